"""The points of the map looked at as a table: filtered, sorted and grouped beside the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.protocol.points import PointResult

from ..latest_work import LatestWork
from ..run_table.arrangement import Arrangement
from ..run_table.arranging import arranged, filter_of_group
from ..run_table.cells import group_columns
from ..run_table.column import ColumnBook, TableColumn
from ..run_table.expression import Condition
from ..run_table.filter_read import FilterRead
from ..run_table.rows import TableRow
from ..run_table.values import Value
from .maps import Maps
from .point_rows import PointsOf, columns_of, usual_columns

SHOWN_EVERY = 400
"""Milliseconds between two arrangements while points arrive."""
MOST_ROWS = 100_000
"""Rows that are shown: of more a filter, or an order, brings forward those that are wanted."""
GROUPINGS = ("seed", "status", "where", "why")
"""Columns of every point that make sensible groups."""


@dataclass(frozen=True)
class _Arranged:
    """What a thread has arranged."""

    rows: list[TableRow]
    kept: int
    """How many the filter leaves, before they are grouped or cut."""
    places: int
    """On how many machines points ran."""


class PointList(QObject):
    """Arranges the points of one map while somebody looks at them."""

    arranged = Signal()

    def __init__(self, maps: Maps, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._maps = maps
        self.arrangement = Arrangement()
        self.book = ColumnBook()
        self.rows: Sequence[TableRow] = ()
        self.filter_read = FilterRead(self)
        self.count = self.kept = 0
        """How many points there are, and how many the filter leaves."""
        self._of: PointsOf | None = None
        self._names: list[str] = []
        self._shown = ""
        self._places = 0
        self._is_watched = False
        self._work = LatestWork(self)
        self._work.done.connect(self._on_arranged)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._ask)
        maps.listed.connect(self._ask)
        maps.points_changed.connect(self._on_points_changed)

    def watch(self, wanted: bool, shown: str = "") -> None:
        """Keep up with the points from now on, or no longer; shown: the column that the map is coloured by."""
        begins = wanted and not self._is_watched
        self._is_watched = wanted
        other, self._shown = shown != self._shown, shown
        if begins:
            self._ask()
        elif wanted and other:
            self.arranged.emit()

    @property
    def columns(self) -> list[TableColumn]:
        """The columns shown, in order."""
        names = self.arrangement.columns
        if names is None and self._of is not None:
            known = self._maps.shown
            why = known is not None and bool(known.table.why)
            names = tuple(usual_columns(self._of, self._names, self._shown, why=why, where=self._places > 1))
        columns = [column for name in names or () if (column := self.book.get(name)) is not None]
        by = self.book.get(self.arrangement.group)
        return columns if by is None else group_columns(columns, by)

    def groupings(self) -> list[TableColumn]:
        """Return the columns whose values may make groups."""
        axes = () if self._of is None else self._of.grid.paths
        others = [c.name for c in self.book.columns.values() if c.group in ("event", "claim")]
        return [
            column for name in (*axes, *GROUPINGS, *others) if (column := self.book.get(name)) is not None
        ]

    # --- what the user chooses ---

    def arrange(self, **changes: Any) -> None:
        """Arrange them otherwise: fields of `Arrangement` and their values."""
        before, self.arrangement = self.arrangement, replace(self.arrangement, **changes)
        if self.arrangement != before:
            self._ask()

    @Slot(str, object)
    def open_group(self, column: str, value: Value) -> None:
        """Show the points of a group in place of all groups."""
        self.arrange(group="", filter=filter_of_group(self.arrangement, self.book, column, value))

    def restore(self, stored: object) -> None:
        """Take up what a session kept."""
        self.arrangement = Arrangement.read(stored)
        self._ask()

    # --- arranging ---

    @Slot()
    def _on_points_changed(self) -> None:
        if self._is_watched and not self._soon.isActive():
            self._soon.start(SHOWN_EVERY)

    @Slot()
    def _ask(self) -> None:
        """Have the points arranged as they are known now."""
        known = self._maps.shown
        if not self._is_watched:
            return
        self._soon.stop()
        if known is None:
            self._of, self.rows, self.count, self.kept = None, (), 0, 0
            self._work.forget()
            self.arranged.emit()
            return
        self._names = known.table.names
        self._of = PointsOf.of(known.grid, known.document.claims)
        self.book = columns_of(self._of, self._names)
        self.filter_read.read(self.arrangement.filter, self.book)
        results, before, met = dict(known.results), self.rows, self.filter_read.condition
        self._work.ask(partial(_arranged, self._of, results, self.arrangement, self.book, met, before))

    @Slot(object)
    def _on_arranged(self, found: object) -> None:
        if isinstance(found, _Arranged) and self._of is not None:
            self.rows, self.kept, self._places = found.rows, found.kept, found.places
            self.count = self._of.grid.runs
            self.arranged.emit()


def _arranged(
    of: PointsOf,
    results: Mapping[int, PointResult],
    choice: Arrangement,
    book: ColumnBook,
    met: Condition | None,
    before: Sequence[TableRow],
) -> _Arranged:
    kept, rows = arranged(of.rows(results), choice, book, met, before)
    places = {result.place for result in results.values() if result.place}
    return _Arranged(rows[:MOST_ROWS], len(kept), len(places))
