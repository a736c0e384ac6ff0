"""The list of runs: overlay, hide, recolour, rename, delete."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelection, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QCursor, QKeyEvent
from PySide6.QtWidgets import (
    QMenu,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QWidget,
)

from engine.figures.plots import PALETTE
from gui.icons import swatch
from gui.layouts import in_column
from gui.model.copy_kinds import COPIES
from gui.plain_text import PlainLabel
from gui.theme import on_screen

from .run_list_grid import RunListGrid
from .run_rows import ROW, RunDelegate, RunListModel, RunRow

COLOUR_NAMES = ("blue", "vermilion", "green", "pink", "orange", "sky blue", "violet", "grey")
LOOKED_AFTER = 50
"""Milliseconds from a move of the list to what is read for its rows."""
MOST_IN_VIEW = 100
EMPTY = "No runs yet.\nRun trains the experiment on the left."


class RunListView(QWidget):
    """Shows the runs; what people do to them leaves as signals with the runs' ids."""

    selected = Signal(str)
    """The run that is looked at."""
    rows_in_view = Signal(list)
    """The runs whose rows are on screen, and the one above them."""
    visibility_changed = Signal(str, bool)
    renamed = Signal(str, str)
    recoloured = Signal(str, int)
    deleted = Signal(list)
    shown_alone = Signal(list)
    duplicated = Signal(str)
    """Whose experiment is wanted in the editor."""
    copied = Signal(str, str)
    """Which run is wanted on the clipboard, and as what."""
    table_wanted = Signal()
    """All runs are wanted at once, in the table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("run_list")
        self.model = RunListModel(self)
        self.view = RunListGrid(self.model, self)
        self.delegate = RunDelegate(self.model, self)
        self.view.setItemDelegate(self.delegate)
        empty = PlainLabel(EMPTY, self)
        empty.setProperty("role", "faint")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setWordWrap(True)
        self.more = QToolButton(self)
        self.more.setObjectName("more_runs")
        self.more.setToolTip("Show all runs in the Runs tab, to sort, filter and compare them.")
        self.more.setAutoRaise(True)
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.more.hide()
        self.more.clicked.connect(self.table_wanted)
        filled = QWidget(self)
        in_column((self.view, self.more), filled).setStretch(0, 1)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(empty)
        self._stack.addWidget(filled)
        self._showing = False
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(LOOKED_AFTER)
        self._look.timeout.connect(self._look_at_rows)
        self.view.verticalScrollBar().valueChanged.connect(self._look.start)
        self.view.verticalScrollBar().rangeChanged.connect(self._look.start)
        self._room_changed = QTimer(self)
        self._room_changed.setSingleShot(True)
        self._room_changed.timeout.connect(self._show_current)
        self.model.renamed.connect(self.renamed)
        self.delegate.eye_clicked.connect(self._on_eye_clicked)
        self.delegate.swatch_clicked.connect(self._on_swatch_clicked)
        self.view.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.view.customContextMenuRequested.connect(self._on_menu_requested)

    def show_runs(self, rows: Sequence[RunRow], selected: str) -> None:
        """Show the rows, and which run is looked at."""
        self._showing = True
        self.model.show(rows)
        place = next((i for i, row in enumerate(self.model.rows) if row.id == selected), -1)
        index, selection = self.model.index(place), self.view.selectionModel().selection()
        chosen = sum(selection.at(part).height() for part in range(selection.count()))
        if chosen < 2 or not selection.contains(index):  # else several are chosen, and stay so
            if place < 0:
                self.view.clearSelection()
            elif chosen != 1 or not selection.contains(index):
                self.view.setCurrentIndex(index)
        self._stack.setCurrentIndex(1 if rows else 0)
        self._showing = False
        self._look.start()

    def chosen(self) -> list[str]:
        """Return the ids of the rows that are selected, in order."""
        indexes = sorted(self.view.selectionModel().selectedIndexes(), key=_row)
        return [index.data(ROW).id for index in indexes]

    @Slot()
    def _look_at_rows(self) -> None:
        area = self.view.viewport().rect()
        first, last = self.view.indexAt(area.topLeft()), self.view.indexAt(area.bottomLeft())
        rows = self.model.rows
        begin = max(first.row() - 1, 0)
        end = last.row() + 1 if last.isValid() else len(rows)
        self._count_more(first.row(), last.row() if last.isValid() else len(rows) - 1)
        self.rows_in_view.emit([row.id for row in rows[begin : min(end, begin + MOST_IN_VIEW)]])

    def _count_more(self, first: int, last: int) -> None:
        """Say how many rows are out of sight, where there are any: one counts as seen where half of it is."""
        area = self.view.viewport().rect()
        places = range(max(first, 0), last + 1)[:MOST_IN_VIEW]
        boxes = (self.view.visualRect(self.model.index(place)) for place in places)
        seen = sum(area.top() <= box.center().y() <= area.bottom() for box in boxes)
        unseen = len(self.model.rows) - seen if len(self.model.rows) > 1 else 0
        self.more.setText(f"{unseen:,} more… all in the Runs tab")
        if self.more.isHidden() == (unseen > 0):
            self.more.setVisible(unseen > 0)
            self._room_changed.start(0)

    @Slot()
    def _show_current(self) -> None:
        """Keep the run looked at in sight where the list has less room than before."""
        self.view.scrollTo(self.view.currentIndex())

    def _find(self, id: str) -> RunRow | None:
        return next((row for row in self.model.rows if row.id == id), None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and self.chosen():
            self.deleted.emit(self.chosen())
        else:
            super().keyPressEvent(event)

    @Slot(str)
    def _on_eye_clicked(self, id: str) -> None:
        row = self._find(id)
        if row is not None:
            self.visibility_changed.emit(id, not row.visible)

    @Slot(str)
    def _on_swatch_clicked(self, id: str) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._add_colours(menu, id)
        menu.popup(QCursor.pos())

    def _add_colours(self, menu: QMenu, id: str) -> None:
        for place, (colour, name) in enumerate(zip(PALETTE, COLOUR_NAMES, strict=True)):
            action = menu.addAction(swatch(on_screen(colour)), name)
            action.setData((id, place))
            action.triggered.connect(self._on_colour_chosen)

    @Slot()
    def _on_colour_chosen(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            id, colour = action.data()
            self.recoloured.emit(id, colour)

    @Slot(QItemSelection, QItemSelection)
    def _on_selection_changed(self, _new: QItemSelection, _old: QItemSelection) -> None:
        current = self.view.currentIndex()
        if not self._showing and current.isValid():
            self.selected.emit(current.data(ROW).id)

    @Slot(QPoint)
    def _on_menu_requested(self, place: QPoint) -> None:
        if self.chosen():
            menu = self.make_menu()
            menu.popup(self.view.viewport().mapToGlobal(place))

    def make_menu(self) -> QMenu:
        """Return what can be done to the selected rows; the menu deletes itself when it closes."""
        chosen = self.chosen()
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Show only this" if len(chosen) == 1 else "Show only these", self._on_show_only)
        row = self._find(chosen[0])
        if len(chosen) == 1 and row is not None:
            menu.addAction("Hide" if row.visible else "Show", self._on_toggle)
            menu.addAction("Rename", self._on_rename)
            self._add_colours(menu.addMenu("Colour"), chosen[0])
            menu.addSeparator()
            menu.addAction("Edit a copy of its experiment", self._on_duplicate)
            copies = menu.addMenu("Copy as")
            for kind, (title, _) in COPIES.items():
                copies.addAction(title, self._on_copy).setData(kind)
        menu.addSeparator()
        menu.addAction("Delete" if len(chosen) == 1 else f"Delete {len(chosen)} runs", self._on_delete)
        return menu

    @Slot()
    def _on_show_only(self) -> None:
        self.shown_alone.emit(self.chosen())

    @Slot()
    def _on_toggle(self) -> None:
        self._on_eye_clicked(self.chosen()[0])

    @Slot()
    def _on_rename(self) -> None:
        self.view.edit(self.view.currentIndex())

    @Slot()
    def _on_duplicate(self) -> None:
        self.duplicated.emit(self.chosen()[0])

    @Slot()
    def _on_copy(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.copied.emit(self.chosen()[0], str(action.data()))

    @Slot()
    def _on_delete(self) -> None:
        self.deleted.emit(self.chosen())


def _row(index: object) -> int:
    return int(index.row())  # type: ignore[attr-defined]
