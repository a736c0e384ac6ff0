"""The points of a map as a table: choices above, a row a point, what can be done to those that are chosen."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from engine.words.formats import counted
from gui.layouts import in_column
from gui.plain_text import PlainLabel, ShortLabel
from gui.run_table.choices import TableChoices
from gui.run_table.filter_refusal import FilterRefusal
from gui.run_table.grid import RunGrid
from gui.run_table.grid_model import ROW
from gui.run_table.shown import TableShown

NO_POINTS = "No run meets the filter."
MOST_TRAINED = 100
"""Points that are trained as runs at once, at most."""


class PointTableView(QWidget):
    """Shows points as they are arranged; what people do leaves as signals with points' numbers."""

    point_chosen = Signal(int)
    point_opened = Signal(int)
    """A point whose experiment is to be edited."""
    points_wanted = Signal(list)
    """Points that are to be trained as runs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("map_points")
        self.choices = TableChoices(self, of_runs=False)
        self.refusal = FilterRefusal(self.choices.filter, self)
        self.grid = RunGrid(self)
        self.grid.setObjectName("point_grid")
        self.grid.setAccessibleName("points of the map")
        self.empty = PlainLabel(NO_POINTS, self)
        self.empty.setProperty("role", "faint")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.grid)
        self.count = ShortLabel("", self)
        self.count.setObjectName("point_count")
        self.count.setProperty("role", "faint")
        self.count.setContentsMargins(10, 2, 8, 4)
        in_column((self.choices, self.refusal, self.stack, self.count), self).setStretch(2, 1)
        self.shown, self.kept = TableShown(), 0
        self.grid.run_selected.connect(self._on_selected)
        self.grid.chosen_changed.connect(self._say_count)
        self.grid.doubleClicked.connect(self._on_double_clicked)
        self.grid.customContextMenuRequested.connect(self._on_menu_requested)

    def show_points(self, shown: TableShown, kept: int) -> None:
        """Show rows, columns and choices; kept: how many points the filter leaves, shown or not."""
        other = shown.selected != self.shown.selected
        self.shown, self.kept = shown, kept
        self.choices.show_table(shown)
        self.grid.show_table(shown)
        if other and not self.grid.hasFocus():
            self.grid.scrollTo(self.grid.currentIndex())
        self.stack.setCurrentIndex(1 if shown.rows else 0)
        self._say_count()

    @Slot()
    def _say_count(self) -> None:
        shown, chosen = self.shown, len(self.grid.chosen())
        whole = counted(shown.count, "run")
        if shown.arrangement.group:
            words = [counted(len(shown.rows), "group"), whole]
        else:
            words = [whole if self.kept == shown.count else f"{self.kept:,} of {whole}"]
            if len(shown.rows) < self.kept:
                words.append(f"the first {len(shown.rows):,} are shown")
        if chosen > 1:
            words.append(f"{chosen:,} chosen")
        self.count.setText(", ".join(words))

    def _chosen(self) -> list[int]:
        return [int(id) for id in self.grid.chosen_runs()]

    @Slot(str)
    def _on_selected(self, id: str) -> None:
        self.point_chosen.emit(int(id))

    @Slot(QModelIndex)
    def _on_double_clicked(self, index: QModelIndex) -> None:
        number = index.data(ROW).key[0]
        if number.isdigit():  # a group opens by itself
            self.point_opened.emit(int(number))

    @Slot(QPoint)
    def _on_menu_requested(self, place: QPoint) -> None:
        if self._chosen():
            self.make_menu().popup(self.grid.viewport().mapToGlobal(place))

    def make_menu(self) -> QMenu:
        """Return what can be done to the points that are chosen; the menu deletes itself when it closes."""
        count = len(self._chosen())
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Edit as experiment", self._on_edit).setEnabled(count == 1)
        trains = menu.addAction("Train as run" if count == 1 else f"Train {count:,} as runs", self._on_train)
        trains.setEnabled(count <= MOST_TRAINED)
        return menu

    @Slot()
    def _on_edit(self) -> None:
        self.point_opened.emit(self._chosen()[0])

    @Slot()
    def _on_train(self) -> None:
        self.points_wanted.emit(self._chosen())
