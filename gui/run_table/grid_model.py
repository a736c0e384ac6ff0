"""Rows and columns for Qt's table: only what is on screen is ever written out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from engine.experiment.columns import title_of, unlogged
from engine.figures.plots import NATURAL_LOGS
from gui.model.run_table.arranged import GroupRow
from gui.model.run_table.cells import cell_text, cell_value
from gui.model.run_table.column import TableColumn
from gui.model.run_table.rows import RowKey, TableRow
from gui.model.run_table.values import in_cell
from gui.plain_text import tooltip

from .shown import TableShown

Index = QModelIndex | QPersistentModelIndex
ROW, COLUMN = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
"""What a cell's row, and its column, are."""
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
TYPED = ("name", "tags")
"""Columns in which people can type."""
FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
FLAGS_OF_TYPED = FLAGS | Qt.ItemFlag.ItemIsEditable
ROLES = frozenset(
    (
        ROW,
        COLUMN,
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.TextAlignmentRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.AccessibleTextRole,
        Qt.ItemDataRole.EditRole,
    )
)
"""What cells answer: they are asked for much more, for every cell that is painted."""


class GridModel(QAbstractTableModel):
    """The rows as they are arranged; names and tags can be typed."""

    typed = Signal(str, str, str)
    """A run, a column, and what was typed there."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.shown = TableShown()
        self._keys: list[RowKey] = []
        self._typed_in: set[int] = set()
        self._cells: dict[tuple[int, int], tuple[str, int]] = {}

    @property
    def keys(self) -> list[RowKey]:
        """The keys of all rows, in order."""
        return self._keys

    def show_table(self, shown: TableShown) -> bool:
        """Take up rows and columns; say whether there are others than before (and not only changed ones)."""
        keys = [row.key for row in shown.rows]
        others = keys != self._keys or _names(shown.columns) != _names(self.shown.columns)
        if others:
            self.beginResetModel()
        self.shown, self._keys = shown, keys
        self._typed_in = {place for place, column in enumerate(shown.columns) if column.name in TYPED}
        self._cells.clear()
        if others:
            self.endResetModel()
        elif keys and shown.columns:
            self.dataChanged.emit(self.index(0, 0), self.index(len(keys) - 1, len(shown.columns) - 1))
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(shown.columns) - 1)
        return others

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.shown.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.shown.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in ROLES or not index.isValid():
            return None
        place, across = index.row(), index.column()
        if place >= len(self._keys) or across >= len(self.shown.columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole or role == Qt.ItemDataRole.TextAlignmentRole:
            text, side = self.written(place, across)
            return side if role == Qt.ItemDataRole.TextAlignmentRole else text
        row, column = self.shown.rows[place], self.shown.columns[across]
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.EditRole:
            return in_cell(row.value(column.name))
        if role == COLUMN:
            return column
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(self.tip(row, column))
        return f"{column.title}: {cell_text(row, column, self.shown.arrangement.middle) or 'nothing'}"

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role == Qt.ItemDataRole.EditRole and index.isValid():
            column = self.shown.columns[index.column()]
            self.typed.emit(self.shown.rows[index.row()].key[0], column.name, str(value))
        return False  # the session model decides

    def flags(self, index: Index) -> Qt.ItemFlag:
        # asked for every cell of thousands that are chosen: the short way
        if not index.isValid() or index.column() not in self._typed_in:
            return FLAGS
        return FLAGS if isinstance(self.shown.rows[index.row()], GroupRow) else FLAGS_OF_TYPED

    def written(self, place: int, across: int) -> tuple[str, int]:
        """Return what a cell says, and at which side; kept until there is something else to show."""
        known = self._cells.get((place, across))
        if known is None:
            row, column = self.shown.rows[place], self.shown.columns[across]
            text = "" if column.name == "star" else cell_text(row, column, self.shown.arrangement.middle)
            words = column.is_text or isinstance(cell_value(row, column.name), str)
            known = self._cells[place, across] = text, LEFT if words else RIGHT
        return known

    def text(self, place: int, across: int) -> str:
        """Return what a cell says."""
        return self.written(place, across)[0]

    def tip(self, row: TableRow, column: TableColumn) -> str:
        """Return what a cell says where there is more room: all of a note, what a group's numbers are, a claim."""
        if isinstance(row, GroupRow):
            band = row.spread(column.name)
            if band is None:
                return cell_text(row, column)
            counted = f"{band.count} of {len(row.rows)} rows"
            return f"median {band.median:.6g}\nfrom {band.low:.6g} to {band.high:.6g}\nmean {band.mean:.6g}\n{counted}"
        value = row.value(column.name)
        if isinstance(value, float):
            said = f"{column.title}: {value:.10g}"
            return said + (f"\n{itself_of(column.name, value)}" if column.name in NATURAL_LOGS else "")
        return str(value) if isinstance(value, str) else column.help

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= len(self.shown.columns):
            return None
        column = self.shown.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            typed = self.shown.book.shortest(column.name) if column.name in self.shown.book else ""
            hint = f"In filters: {typed}" if typed else ""
            return tooltip("\n".join(part for part in (column.help, hint) if part))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return LEFT if column.is_text else RIGHT
        return None


def itself_of(name: str, log: float) -> str:
    """Say what a natural logarithm is of, as plots draw it: 'loss (sum): 10 to the -3.2'."""
    return f"{unlogged(title_of(name))}: 10 to the {log / math.log(10):.4g}, as plots draw it"


def _names(columns: Sequence[TableColumn]) -> list[str]:
    return [column.name for column in columns]
