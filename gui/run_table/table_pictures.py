"""What figures are made of from the table: the table itself, and two of its columns against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.figures.held import is_ruined
from engine.figures.ranges import bounds
from engine.protocol.messages import RunStatus
from engine.protocol.pictures import Picture
from engine.protocol.records import Array
from engine.protocol.run_history import DIVERGED
from engine.protocol.run_pictures import OF_NO_RUN, RunScatter, RunTableSeen
from engine.words.formats import counted
from gui.model.run_table.arranged import GroupRow
from gui.model.run_table.cells import cell_text, cell_value
from gui.model.run_table.column import TableColumn
from gui.model.run_table.rows import TableRow
from gui.model.run_table.values import as_number, in_cell
from gui.model.run_table.written import csv_of

from .shown import TableShown

LOG_FROM = 8.0
"""A column of positive numbers has a logarithmic axis where its largest is so many times its least."""
GREY = "#8a8f94"
"""Of rows without a colour."""
UNSEEN = ("star", "shown")
"""Columns that say nothing on paper."""


class TablePictures(Mapping[str, Picture]):
    """What there is to be drawn of a table, by figure: each is made when it is first wanted, and kept."""

    def __init__(self, shown: TableShown) -> None:
        self._shown = shown
        makers = {"run_scatter": scatter_of, "run_table": table_of} if shown.rows else {}
        if None in axes_of(shown):
            makers.pop("run_scatter", None)
        self._makers = makers
        self._made: dict[str, Picture] = {}

    def __getitem__(self, id: str) -> Picture:
        if id not in self._made:
            self._made[id] = self._makers[id](self._shown)
        return self._made[id]

    def __contains__(self, id: object) -> bool:
        return id in self._makers  # a mapping's own would make the picture to find out

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def axes_of(shown: TableShown) -> tuple[TableColumn | None, TableColumn | None]:
    """Return the columns against each other."""
    return shown.book.get(shown.arrangement.across), shown.book.get(shown.arrangement.up)


def table_of(shown: TableShown) -> RunTableSeen:
    """Return the table as it is drawn."""
    columns = [column for column in shown.columns if column.name not in UNSEEN]
    middle = shown.arrangement.middle
    return RunTableSeen(
        0,
        OF_NO_RUN,
        0,
        0,
        tuple(column.title for column in columns),
        tuple(tuple(cell_text(row, column, middle) for column in columns) for row in shown.rows),
        tuple(not any(isinstance(row.value(column.name), str) for row in shown.rows) for column in columns),
        csv_of(columns, shown.rows),
    )


def scatter_of(shown: TableShown) -> RunScatter:
    """Return two columns of a table against each other, where both are known."""
    across, up = axes_of(shown)
    assert across is not None and up is not None
    values = values_of(shown, across, up)
    held = held_of(shown, values, (across, up))
    words = "" if shown.arrangement.diverged else beyond_words(shown, held)
    seen = values[held] if words else values
    return RunScatter(
        0,
        OF_NO_RUN,
        0,
        0,
        values,
        (across.title, up.title),
        (is_log(seen[:, 0]), is_log(seen[:, 1])),
        tuple(shown.colours.get(row.key[0], GREY) for row in shown.rows),
        tuple(map(name_of, shown.rows)),
        () if shown.scale is None else tuple(shown.scale.named()),
        "" if shown.scale is None else shown.scale.title,
        tuple(held.tolist()) if words else (),
        words,
    )


def held_of(shown: TableShown, values: Array, columns: Sequence[TableColumn]) -> NDArray[np.bool_]:
    """Say which rows (n,) of two columns' values (n, 2) axes hold: those that did not diverge, and those among them.

    Where nothing else has both values they hold all, as do axes of fields, which are as somebody said, and those that
    all leave room enough for the others.
    """
    there = np.isfinite(values).all(axis=1)
    calm = np.array([not has_diverged(row) for row in shown.rows], bool)
    held = np.ones(len(values), bool)
    if not (calm & there).any():
        return held
    for column, numbers in zip(columns, values.T, strict=True):
        logs = is_log(numbers[calm & there]) and bool((numbers[there] > 0).all())
        with np.errstate(divide="ignore", invalid="ignore"):
            places = np.log10(numbers) if logs else numbers
        others, every = bounds(places[calm & there]), bounds(places[there])
        if others is not None and column.group == "measurement" and is_ruined(others, every):
            held &= calm | ~there | ((places >= others[0]) & (places <= others[1]))
    return held


def has_diverged(row: TableRow) -> bool:
    """Say whether a row is of a run or replica that diverged, or a group of such alone."""
    if isinstance(row, GroupRow):
        return all(map(has_diverged, row.rows))
    lost = row.key[1] is not None and row.value(DIVERGED) is not None
    return lost or row.value("status") == RunStatus.DIVERGED.value


def beyond_words(shown: TableShown, held: NDArray[np.bool_]) -> str:
    """Say how many rows diverged that axes do not hold; '' for none."""
    grouped, count = bool(shown.arrangement.group), int((~held).sum())
    noun = "group" if grouped else "replica" if shown.arrangement.by_replica else "run"
    return counted(count, f"diverged {noun}") if count else ""


def values_of(shown: TableShown, across: TableColumn, up: TableColumn) -> Array:
    """Return two columns as numbers (n, 2), of groups the middle of each; NaN where there is none."""
    middle = shown.arrangement.middle
    told = [
        [as_number(cell_value(row, column.name, middle)) for column in (across, up)] for row in shown.rows
    ]
    return np.array(told, dtype=np.float64).reshape(-1, 2)


def is_log(numbers: Array) -> bool:
    """Say whether the axis of a column's numbers is logarithmic; NaN is nothing."""
    there = numbers[~np.isnan(numbers)]
    return bool(len(there)) and bool(there.min() > 0 and there.max() >= LOG_FROM * there.min())


def name_of(row: TableRow) -> str:
    """Return what a row is called."""
    name, replica = in_cell(row.value("name")) or row.key[0], row.key[1]
    return name if replica is None else f"{name}, replica {replica}"
