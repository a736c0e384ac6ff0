"""What cells say, on the screen and in files; of a group its middle and its band."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.words.formats import number, with_minus

from .arranged import COUNT, GroupRow, Spread
from .arrangement import Middle
from .column import TableColumn
from .rows import TableRow
from .values import Value, in_cell, in_file

COUNT_COLUMN = TableColumn(COUNT, "rows", "run", "How many rows the group has.")
OF_ONE = ("star", "name", "replica", "notes", "shown")
"""Columns that groups do not show."""


def cell_text(row: TableRow, column: TableColumn, middle: Middle = "median") -> str:
    """Return what a cell says on the screen; of a group also of how many rows, where not all have a value."""
    if not isinstance(row, GroupRow):
        return in_cell(row.value(column.name))
    if column.name == COUNT:
        return in_cell(len(row.rows))
    band = None if column.name == row.by else row.spread(column.name)
    if band is None:
        return in_cell(cell_value(row, column.name, middle))
    of_some = f", {band.count:,} of {len(row.rows):,}" if band.count < len(row.rows) else ""
    return band_text(band, middle) + of_some


def cell_value(row: TableRow, column: str, middle: Middle = "median") -> Value:
    """Return the value of a cell: of a group's numbers the middle of them."""
    if isinstance(row, GroupRow):
        if column == COUNT:
            return len(row.rows)
        band = None if column == row.by else row.spread(column)
        if band is not None:
            return band.median if middle == "median" else band.mean
    return row.value(column)


def band_text(band: Spread, middle: Middle) -> str:
    """Write the middle and the band of numbers: '0.023 (0.021 to 0.025)', or '0.023 ± 0.001'."""
    if middle == "mean":
        if math.isnan(band.deviation):
            return with_minus(number(band.mean))
        return with_minus(f"{number(band.mean)} ± {number(band.deviation, 2)}")
    if band.low == band.high:
        return in_cell(band.median)
    return with_minus(f"{number(band.median)} ({number(band.low)} to {number(band.high)})")


def group_columns(columns: Sequence[TableColumn], by: TableColumn) -> list[TableColumn]:
    """Return the columns that groups show: what they are made by, how many rows, and what rows have in common."""
    return [by, COUNT_COLUMN, *(c for c in columns if c.name not in (by.name, *OF_ONE))]


def file_heads(column: TableColumn, grouped: bool, by: str, numeric: bool) -> list[str]:
    """Return the heads of a column in a file; a group's numbers have several."""
    if grouped and numeric and column.name not in (by, COUNT):
        return [f"{column.name} {part}" for part in ("median", "low", "high", "mean", "deviation", "count")]
    return [column.name]


def file_cells(row: TableRow, column: TableColumn, several: bool) -> list[str]:
    """Return what a row says in a file, in one field or, where `several`, in those of `file_heads`."""
    if not several:
        return [in_file(cell_value(row, column.name))]
    band = row.spread(column.name) if isinstance(row, GroupRow) else None
    if band is None:
        return [""] * 6
    parts = (band.median, band.low, band.high, band.mean, band.deviation)
    return [*("" if math.isnan(part) else in_file(part) for part in parts), str(band.count)]
