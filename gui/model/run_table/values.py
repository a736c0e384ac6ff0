"""What stands in a cell: a number, words, yes or no, or nothing; how these are written and put in order."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from engine.experiment.differences import shown
from engine.words.formats import editable_integer, exact_number, number, with_minus

Value = float | str | bool | None
"""What a cell holds; None where there is nothing, as for an event that has not come."""


def as_value(raw: Any) -> Value:
    """Return what a cell holds of a field or a measurement; a number that is none becomes nothing.

    A list becomes words, one of a single number that number: hidden widths of one layer can be compared and sorted.
    """
    if isinstance(raw, tuple | list) and len(raw) == 1 and isinstance(raw[0], int | float):
        return as_value(raw[0])
    if raw is None or isinstance(raw, bool | str):
        return raw
    if isinstance(raw, int):
        return raw
    try:
        real = float(raw)
    except (TypeError, ValueError):
        return shown(raw)
    return None if math.isnan(real) else real


def in_cell(value: Value) -> str:
    """Write a value for the screen: four digits, whole numbers in full; '' for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e15):
        return with_minus(editable_integer(int(value)))
    return with_minus(number(value))


def in_file(value: Value) -> str:
    """Write a value so that it reads back to itself; '' for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return str(value) if isinstance(value, int) else exact_number(value)


def in_order(value: Value) -> tuple[int, float, str]:
    """Return what values are sorted by: numbers, then words without regard to capitals; nothing comes last."""
    if value is None:
        return 2, 0.0, ""
    if isinstance(value, str):
        return (1, 0.0, value.casefold()) if value else (2, 0.0, "")
    return 0, float(value), ""


def as_number(value: Value) -> float:
    """Return a value as a number; NaN where it is none."""
    return math.nan if value is None or isinstance(value, str) else float(value)


def are_numbers(values: Iterable[Value]) -> bool:
    """Say whether all values that there are are numbers, and there is one."""
    there = [value for value in values if value is not None]
    return bool(there) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in there
    )
