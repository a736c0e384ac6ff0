"""The first rows of data as they are written, with what each column is taken for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from gui.forms.tones import tone
from gui.plain_text import tooltip

Index = QModelIndex | QPersistentModelIndex
WIDEST = 160
"""Pixels of a column at first."""
MOST_FITTED = 40
"""Columns whose width is fitted to what they show."""
MOST_COLUMNS = 1000
"""Columns that are shown."""
NOWHERE = QModelIndex()


class RowsModel(QAbstractTableModel):
    """Cells as text; the label's column is bold, columns that are left out are faint."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = parent
        self._titles: tuple[str, ...] = ()
        self._rows: Sequence[Sequence[str]] = ()
        self._label = -1
        self._left_out: frozenset[int] = frozenset()

    def show_rows(
        self, titles: tuple[str, ...], rows: Sequence[Sequence[str]], label: int, left_out: frozenset[int]
    ) -> None:
        """Show rows; columns count from 0."""
        self.beginResetModel()
        self._titles, self._rows = titles[:MOST_COLUMNS], rows
        self._label, self._left_out = label, left_out
        self.endResetModel()

    @property
    def titles(self) -> tuple[str, ...]:
        """Return what the columns are called."""
        return self._titles

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self._rows[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row[column] if column < len(row) else ""
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(row[column]) if column < len(row) else None
            case Qt.ItemDataRole.ForegroundRole if column in self._left_out:
                return tone(self._view.palette(), "faint")
            case Qt.ItemDataRole.FontRole:
                return self._font(column)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return section + 1 if role == Qt.ItemDataRole.DisplayRole else None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._titles[section]
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(f"{self._titles[section]}: {self.part(section)}")
            case Qt.ItemDataRole.ForegroundRole if section in self._left_out:
                return tone(self._view.palette(), "faint")
            case Qt.ItemDataRole.FontRole:
                return self._font(section)
        return None

    def part(self, column: int) -> str:
        """Return what a column is taken for."""
        return "label" if column == self._label else "left out" if column in self._left_out else "input"

    def _font(self, column: int) -> QFont:
        font = QFont(self._view.font())
        font.setBold(column == self._label)
        font.setStrikeOut(column in self._left_out)
        return font


class RowsView(QTableView):
    """Shows rows, to be looked at alone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("own_data_rows")
        self.setAccessibleName("The first rows")
        self.rows = RowsModel(self)
        self.setModel(self.rows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setTabKeyNavigation(False)
        self.setAcceptDrops(False)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)

    def show_rows(
        self, titles: tuple[str, ...], rows: Sequence[Sequence[str]], label: int, left_out: frozenset[int]
    ) -> None:
        """Show rows, columns as wide as the first of them need."""
        before = self.rows.titles
        self.rows.show_rows(titles, rows, label, left_out)
        if before == self.rows.titles:
            return
        metrics = self.fontMetrics()
        for column, title in enumerate(titles[:MOST_FITTED]):
            texts = [title, *(row[column] for row in rows[:8] if column < len(row))]
            width = max(metrics.horizontalAdvance(text[:40]) for text in texts)
            self.setColumnWidth(column, min(WIDEST, int(1.12 * width) + 18))
