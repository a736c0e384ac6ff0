"""The list of runs as a view: of thousands of rows only those on screen are looked at."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from gui.text_size import text_size

from .run_rows import RunListModel, RunRow, row_size

ENDS = (QAbstractItemView.CursorAction.MoveHome, QAbstractItemView.CursorAction.MoveEnd)


class RunListGrid(QTableView):
    """One column of rows, some higher than others.

    A list view would ask for the height of every row whenever one of them changes.
    """

    def __init__(self, model: RunListModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("runs")
        self.setAccessibleName("Runs")
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.hide()
            header.setMinimumSectionSize(1)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._model = model
        self._high: set[int] = set()
        """Rows that are not of the usual height."""
        self.setModel(model)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._fit_all()
        model.rows_reset.connect(self._fit_all)
        model.rows_grown.connect(self._fit)
        text_size().changed.connect(self._fit_all)

    @Slot()
    def _fit_all(self) -> None:
        """Give every row its height."""
        self.verticalHeader().setDefaultSectionSize(_height(None))
        self._high.clear()
        self._fit(range(len(self._model.rows)))

    @Slot(object)
    def _fit(self, places: Sequence[int]) -> None:
        """Give these rows the height that they need now."""
        rows = self._model.rows
        for place in places:
            row = rows[place]
            high = bool(row.heading or row.edits)
            if high or place in self._high:
                self.setRowHeight(place, _height(row))
                (self._high.add if high else self._high.discard)(place)

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        if action in ENDS and self._model.rows:
            return self._model.index(0 if action == ENDS[0] else len(self._model.rows) - 1)
        return super().moveCursor(action, modifiers)


def _height(row: RunRow | None) -> int:
    heading, edits = (False, False) if row is None else (bool(row.heading), bool(row.edits))
    return row_size(heading, edits, text_size().percent).height()
