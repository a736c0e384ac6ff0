"""How a table writes its numbers: decimals with a point or a comma, thousands apart, percent signs."""

from __future__ import annotations

import math
from collections.abc import Iterable

from engine.experiment.numerals import Notation, digits_in, plain

MISSING = {"", "?", "na", "n/a", "nan", "null", "none", "inf", "infinity", "missing"}
"""Words that stand for a number that is not there; a first line that has one is no header for it."""
Place = tuple[int, int]
"""A line and a column, from 1."""


class UnclearError(Exception):
    """Numbers that cannot be told, or that contradict one another; where the first of them stands."""

    def __init__(self, place: Place, fault: str) -> None:
        super().__init__(fault)
        self.place = place


def is_missing(cell: str) -> bool:
    """Say whether a cell is empty, or has a word for a number that is not there."""
    return cell.lower().lstrip("+-") in MISSING


def is_plain(cell: str) -> bool:
    """Say whether a cell is a finite number with its decimals after a point, as files of old had to write them."""
    try:
        # Python reads 1_000 as a number; people who write tables do not
        return "_" not in cell and math.isfinite(float(cell))
    except ValueError:
        return False


def number_in(cell: str, notation: Notation) -> float:
    """Return a cell's number; 5 % is 0.05.

    Raises:
        ValueError: where it is none in this notation.
    """
    text = plain(cell)
    share = text.endswith("%")
    digits = None if "_" in text else digits_in(text.removesuffix("%").rstrip(), notation)
    if digits is None or (share and "e" in digits.lower()):
        raise ValueError(cell)
    value = float(f"{digits}e-2" if share else digits)
    if not math.isfinite(value):
        raise ValueError(cell)
    return value


def is_number(cell: str) -> bool:
    """Say whether a cell is a finite number in some notation."""
    return is_plain(cell) or _in(cell, "point") is not None or _in(cell, "comma") is not None


def notation_of(cells: Iterable[tuple[Place, str]]) -> Notation:
    """Return the one notation in which all cells that are numbers can be read.

    Raises:
        UnclearError: where there is none, or where two would make different numbers of them.
    """
    not_point: tuple[Place, str] | None = None
    not_comma: tuple[Place, str] | None = None
    differs: tuple[Place, str] | None = None
    for place, cell in cells:
        point, comma = _in(cell, "point"), _in(cell, "comma")
        if point is None and comma is not None:
            not_point = not_point or (place, cell)
        elif comma is None and point is not None:
            not_comma = not_comma or (place, cell)
        elif point != comma:
            differs = differs or (place, cell)
        if not_point and not_comma:
            (line, column), other = not_comma if not_comma[0] > not_point[0] else not_point
            first, cell = min(not_point, not_comma)
            raise UnclearError(
                first,
                f"{cell!r} and, in line {line}, column {column}, {other!r} have different signs before their "
                "decimals; write all with a point",
            )
    if not_point:
        return "comma"
    if differs and not not_comma:
        place, cell = differs
        point, comma = _in(cell, "point"), _in(cell, "comma")
        raise UnclearError(
            place,
            f"{cell!r} may be {comma:g} or {point:.15g}; write decimals with a point, thousands not apart",
        )
    return "point"


def _in(cell: str, notation: Notation) -> float | None:
    try:
        return number_in(cell, notation)
    except ValueError:
        return None
