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


def as_written(digits: str) -> str:
    """Return how a number is written in files and forms: without gaps, decimals after a point."""
    return f"0{digits}" if digits.startswith(".") else digits


def lost_to_zero(digits: str, value: float) -> bool:
    """Say whether a number other than zero became zero, too small for float64."""
    return value == 0 and bool(re.search(r"[1-9]", digits.lower().partition("e")[0]))
