"""Numbers as people write them: decimals with a point or a comma, thousands apart or not; in no locale."""

from __future__ import annotations

import re
from typing import Literal

Notation = Literal["point", "comma"]
"""Which sign begins the decimals; the other one may set thousands apart."""

_GAPS = " \u00a0\u2009\u202f'’_"


def _pattern(decimals: str, group: str) -> re.Pattern[str]:
    # a leading zero is never a group: 0,125 is no 125
    digits = rf"(?:\d+|[1-9]\d{{0,2}}(?P<gap>[{group}{_GAPS}])\d{{3}}(?:(?P=gap)\d{{3}})*)"
    return re.compile(rf"(?P<sign>[+-]?)(?:{digits}(?:{decimals})?|{decimals})(?P<exponent>[eE][+-]?\d+)?")


_PATTERNS: dict[Notation, re.Pattern[str]] = {
    "point": _pattern(r"(?:\.\d+|(?<=\d)\.)", ","),
    "comma": _pattern(r"(?:,\d+)", "."),
}


_LOOSE = re.compile(r"[+-]?(?:[0-9]{1,400}\.?[0-9]{0,400}|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,10})?")


def plain(text: str) -> str:
    """Return a text without blanks around it, its minus sign the one of keyboards."""
    return text.strip().replace("\u2212", "-")


def digits_in(text: str, notation: Notation) -> str | None:
    """Return a number's text as `float` takes it; None where the notation does not know such a number."""
    match = _PATTERNS[notation].fullmatch(text)
    if match is None:
        return None
    gap = match["gap"]
    digits = text.replace(gap, "") if gap else text
    return digits.replace(",", ".") if notation == "comma" else digits


def as_meant(text: str) -> str:
    """Return how TOML writes what a bare word most likely means: a number or a truth; '' where that is unknown."""
    if text.lower() in ("true", "false"):
        return text.lower()
    typed = plain(text)
    found = [digits_in(typed, notation) for notation in ("point", "comma")]
    return " or ".join(dict.fromkeys(as_written(digits) for digits in found if digits is not None))


def loose_number(text: str) -> int | float | None:
    """Return the number that a word is for everybody but TOML, which wants a digit on both sides: .5, 1., 007."""
    typed = plain(text)
    if not _LOOSE.fullmatch(typed):
        return None
    return int(typed) if typed.lstrip("+-").isdecimal() else float(typed)


def as_written(digits: str) -> str:
    """Return how files and forms write a number, as TOML has it: a digit on either side of a point."""
    sign, body = (digits[0], digits[1:]) if digits[0] in "+-" else ("", digits)
    number, mark, exponent = body.lower().partition("e")
    whole, point, decimals = number.partition(".")
    whole = whole.lstrip("0") or "0"
    return f"{sign}{whole}{point}{decimals or '0' if point else ''}{mark}{exponent}"


def lost_to_zero(digits: str, value: float) -> bool:
    """Say whether a number other than zero became zero, too small for float64."""
    return value == 0 and bool(re.search(r"[1-9]", digits.lower().partition("e")[0]))
