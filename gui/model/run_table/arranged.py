"""Rows filtered, sorted and grouped: plain functions of rows, whatever these are rows of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.figures.spread import spread
from engine.protocol.records import Array

from .expression import Condition
from .rows import OF_RUN, RowKey, TableRow
from .values import Value, are_numbers, as_number, in_cell, in_file, in_order

COUNT = "rows"
"""The column of groups that says how many rows each has."""


@dataclass(frozen=True)
class Spread:
    """What the numbers of a group are."""

    mean: float
    median: float
    low: float
    high: float
    deviation: float
    """Standard deviation of a sample; NaN of fewer than two."""
    count: int

    @classmethod
    def of(cls, values: Array) -> Spread | None:
        """Return what numbers are, those that are NaN left out; None where there is none."""
        there = values[~np.isnan(values)]
        if not len(there):
            return None
        low, median, high = (float(end) for end in spread(there[None])[:, 0])
        finite = bool(np.isfinite(there).all())
        mean = float(there.mean()) if finite else math.nan
        deviation = float(there.std(ddof=1)) if finite and len(there) > 1 else math.nan
        return cls(mean, median, low, high, deviation, len(there))


class GroupNumbers:
    """What a group's columns of numbers are; where a few rows have changed, those are asked alone."""

    def __init__(self, rows: tuple[TableRow, ...], before: GroupNumbers | None = None) -> None:
        self._rows = rows
        self._states = [row.state for row in rows]
        self._numbers: dict[str, Array | None] = {}
        """By column, NaN for nothing; None where it is no column of numbers."""
        self._spreads: dict[str, Spread | None] = {}
        if before is not None:
            self._carry(before)

    def spread(self, column: str) -> Spread | None:
        """Return mean, median and band of a column of numbers; None where it is none."""
        if column not in self._spreads:
            numbers = self._numbers_of(column)
            self._spreads[column] = None if numbers is None else Spread.of(numbers)
        return self._spreads[column]

    def _numbers_of(self, column: str) -> Array | None:
        if column not in self._numbers:
            values = [row.value(column) for row in self._rows]
            there = are_numbers(values)
            self._numbers[column] = np.array([as_number(value) for value in values]) if there else None
        return self._numbers[column]

    def _carry(self, before: GroupNumbers) -> None:
        """Take over what was known of rows that are as they were."""
        places = {row.key: place for place, row in enumerate(before._rows)}
        known = np.array([places.get(row.key, -1) for row in self._rows])
        changed = [
            here
            for here, there in enumerate(known.tolist())
            if there < 0 or before._states[there] is not self._states[here]
        ]
        if len(changed) > len(self._rows) // 2:
            return
        same = not changed and len(self._rows) == len(before._rows)
        for column, numbers in before._numbers.items():
            values = [self._rows[here].value(column) for here in changed]
            if column in OF_RUN or numbers is None or not (are_numbers(values) or set(values) <= {None}):
                continue
            carried = numbers[known]
            carried[changed] = [as_number(value) for value in values]
            if not np.isnan(carried).all():
                self._numbers[column] = carried
                if same or np.array_equal(carried, numbers, equal_nan=True):
                    self._spreads[column] = before.spread(column)


@dataclass(frozen=True)
class GroupRow:
    """Rows that have the same value in one column."""

    by: str
    """That column."""
    common: Value
    """What all of them have there."""
    rows: tuple[TableRow, ...]
    numbers: GroupNumbers = field(compare=False)

    @property
    def key(self) -> RowKey:
        told = repr(self.common) if isinstance(self.common, str) else in_file(self.common)
        return f"{self.by}={told}", None

    @property
    def state(self) -> object:
        return self.numbers

    def spread(self, column: str) -> Spread | None:
        """Return mean, median and band of a column of numbers; None where it is none."""
        return self.numbers.spread(column)

    def value(self, column: str) -> Value:
        """Return the median of numbers, words that all rows share, or how many different ones there are."""
        if column == self.by:
            return self.common
        if column == COUNT:
            return len(self.rows)
        band = self.spread(column)
        if band is not None:
            return band.median
        told = list(
            dict.fromkeys(in_cell(value) for row in self.rows if (value := row.value(column)) is not None)
        )
        if len(told) < 2:
            return told[0] if told else None
        return f"{len(told)} values"


def filtered(rows: Iterable[TableRow], condition: Condition | None) -> list[TableRow]:
    """Return the rows that meet a condition."""
    return list(rows) if condition is None else [row for row in rows if condition.holds(row.value)]


def ordered(rows: Sequence[TableRow], column: str, descending: bool) -> list[TableRow]:
    """Return rows sorted by a column, where nothing is last in both directions; equal ones stay in their order."""
    if not column:
        return list(rows)
    keys = [in_order(row.value(column)) for row in rows]
    there = [k for k, key in enumerate(keys) if key[0] < 2]
    there.sort(
        key=keys.__getitem__, reverse=descending
    )  # Python keeps equal ones in order in both directions
    return [rows[k] for k in (*there, *(k for k, key in enumerate(keys) if key[0] == 2))]


def grouped(rows: Iterable[TableRow], column: str, before: Iterable[TableRow] = ()) -> list[GroupRow]:
    """Return groups of rows by the values of a column, in the order of these values; without one they are last.

    Args:
        rows: whatever has values.
        column: by which they are grouped.
        before: the groups as they were: what is known of rows that have not changed is not asked again.
    """
    groups: dict[tuple[int, float, str], list[TableRow]] = {}
    for row in rows:
        groups.setdefault(in_order(row.value(column)), []).append(row)
    known = {
        in_order(row.common): row.numbers for row in before if isinstance(row, GroupRow) and row.by == column
    }
    return [
        GroupRow(
            column,
            groups[key][0].value(column),
            tuple(groups[key]),
            GroupNumbers(tuple(groups[key]), known.get(key)),
        )
        for key in sorted(groups)
    ]
