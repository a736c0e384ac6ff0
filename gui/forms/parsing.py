"""Between values and what people read and type: symbols, numbers, lists."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from engine.formats import editable_integer, editable_number

T = TypeVar("T")

_LOW = str.maketrans("0123456789aeijoruvx", "₀₁₂₃₄₅₆₇₈₉ₐₑᵢⱼₒᵣᵤᵥₓ")
_HIGH = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_BETWEEN = re.compile(r"[\s,;×]+")
_GROUPED = re.compile(r"[+-]?\d{1,3}([,_ \u202f]\d{3})+")


class UnreadableError(ValueError):
    """What was typed is no value of this field; says why and what would be."""


def symbol_text(mathtext: str) -> str:
    r"""Return a symbol in plain characters: `\beta_1` becomes β₁."""
    text = re.sub(r"\\([A-Za-z]+)", _letter, mathtext)
    text = re.sub(r"_\{?(\w+)\}?", lambda m: m[1].translate(_LOW), text)
    return re.sub(r"\^\{?(\w+)\}?", lambda m: m[1].translate(_HIGH), text)


def label_text(title: str, symbol: str) -> str:
    r"""Return a field's label: its title and symbol, or the symbol alone where the title only spells it."""
    glyph = symbol_text(symbol)
    spelled = re.sub(r"[\\_{}^]", "", symbol)
    if not glyph or glyph == title:
        return title
    return glyph if spelled.startswith(title.replace(" ", "")) else f"{title} {glyph}"


def parse_number(text: str) -> float:
    """Read one number; thousands may be apart.

    Raises:
        UnreadableError: where it is none.
    """
    digits = _ungrouped(text)
    try:
        value = float(digits)
    except ValueError:
        if re.fullmatch(r"[+-]?\d*,\d+", digits):
            raise UnreadableError(f"{digits!r} is not a number; write {digits.replace(',', '.')}") from None
        raise UnreadableError(f"{_short(digits)} is not a number; write 0.5 or 1e-3") from None
    if not math.isfinite(value):
        raise UnreadableError(f"{_short(digits)} is not a finite number")
    return value


def parse_integer(text: str) -> int:
    """Read one whole number; 1e6 is one too.

    Raises:
        UnreadableError: where it is none.
    """
    digits = _ungrouped(text)
    if re.fullmatch(r"[+-]?\d+", digits):
        return int(digits)  # exact, however long
    try:
        value = parse_number(text)
    except UnreadableError:
        raise UnreadableError(f"{_short(digits)} is not a whole number") from None
    if value != int(value):
        raise UnreadableError(f"{_short(digits)} is not a whole number")
    return int(value)


def parse_word(text: str) -> str:
    """Read one word of a list, with or without quotes."""
    return text.strip().strip("'\"")


def parse_list(text: str, item: Callable[[str], T]) -> tuple[T, ...]:
    """Read a list such as `20, 20` or `[20 20]`; nothing is the empty list."""
    inner = text.strip().strip("[]()").strip()
    return tuple(item(part) for part in _BETWEEN.split(inner) if part)


def value_text(value: Any) -> str:
    """Write a field's value for people, the way its editor shows it."""
    if value is None:
        return "off"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return editable_integer(value)
    if isinstance(value, float):
        return editable_number(value)
    if isinstance(value, tuple | list):
        return ", ".join(str(v) if isinstance(v, int) else value_text(v) for v in value) or "none"
    return str(value)


def notes_in(help: str, options: Iterable[str]) -> dict[str, str]:
    """Return what a help sentence such as `sum: all added; mean: divided by N.` says of each option."""
    known = set(options)
    notes = {}
    for part in re.split(r"[;.] |[;.]$", help):
        word, colon, rest = part.partition(":")
        if colon and word.strip() in known:
            notes[word.strip()] = rest.strip()
    return notes


def _ungrouped(text: str) -> str:
    """Return a number's text with plain signs and without gaps between thousands."""
    plain = text.strip().replace("−", "-")
    return re.sub(r"[,_ \u202f]", "", plain) if _GROUPED.fullmatch(plain) else plain


def _letter(command: re.Match[str]) -> str:
    """Return the character that a mathtext command such as `beta` stands for, else its name."""
    name = command[1]
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {case} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")
    except KeyError:
        return {"ell": "ℓ", "infty": "∞"}.get(name, name)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
