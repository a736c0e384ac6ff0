"""Between values and what people read and type: symbols, words, values in words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from engine.words.formats import editable_integer, editable_number
from gui.formula_letters import in_letters

_BETWEEN = re.compile(r"[\s,;]+")


class UnreadableError(ValueError):
    """What was typed is no value of this field; says why and what would be."""


def label_text(title: str, symbol: str) -> str:
    r"""Return a field's label: its title and symbol, or the symbol alone where the title only spells it."""
    glyph = in_letters(symbol)
    spelled = re.sub(r"[\\_{}^]", "", symbol)
    if not glyph or glyph == title:
        return title
    return glyph if spelled.startswith(title.replace(" ", "")) else f"{title} {glyph}"


def parse_word(text: str) -> str:
    """Read one word of a list, with or without quotes."""
    return text.strip().strip("'\"")


def parse_words(text: str) -> tuple[str, ...]:
    """Read a list of names such as `W1, W2` or `["W1" "W2"]`; nothing is the empty list."""
    inner = text.strip().strip("[]()").strip()
    return tuple(parse_word(part) for part in _BETWEEN.split(inner) if part)


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


def short(text: str) -> str:
    """Return a typed text as a sentence quotes it."""
    return repr(text if len(text) <= 40 else text[:37] + "...")
