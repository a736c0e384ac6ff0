"""The table of runs as people see it: choices above, rows, a scatter plot where it is wanted."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QInputDialog,
    QMenu,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QWidget,
)

from engine.words.formats import counted
from gui.layouts import in_column
from gui.plain_text import PlainLabel, ShortLabel, tooltip
from gui.plots.value_legend import ValueLegend

from .choices import TableChoices
from .filter_refusal import FilterRefusal
from .grid import RunGrid, inside
from .scatter_plot import ScatterPlot
from .shown import TableShown

NO_RUNS = "No runs yet.\nRun trains the experiment on the left; every run is a row here."
NO_ROWS = "No run meets the filter."
SOON = 6
"""Milliseconds until the scatter plot is made, or drawn: each takes as long as the table, which has its turn before."""


class RunTableView(QWidget):
    """Shows the table as it is arranged; what people do leaves as signals."""

    shown_alone = Signal(list)
    """Runs that the plots are to show, and no others."""
    visibility_changed = Signal(str, bool)
    starred = Signal(list, bool)
    tagged = Signal(list, list, list)
    """Runs, the tags that they get, and those that they lose."""
    duplicated = Signal(str)
    axes_chosen = Signal(str, str)
    """The columns across and up the scatter plot."""
    hold_chosen = Signal(bool)
    """Whether its axes are to hold rows that diverged, too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("run_table")
        self.choices = TableChoices(self)
        self.refusal = FilterRefusal(self.choices.filter, self)
        self.values = ValueLegend(self)
        self.grid = RunGrid(self)
        self.scatter: ScatterPlot | None = None
        self.empty = PlainLabel(NO_RUNS, self)
        self.empty.setProperty("role", "faint")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.grid)
        self.body = QSplitter(Qt.Orientation.Vertical, self)
        self.body.setObjectName("table_body")
        self.body.setChildrenCollapsible(False)
        self.body.addWidget(self.stack)
        in_column((self.choices, self.refusal, self.values, self.body, self._foot()), self).setStretch(3, 1)
        self.shown = TableShown()
        """What is shown now."""
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON)
        self._soon.timeout.connect(self._show_scatter)
        self.grid.chosen_changed.connect(self._show_count)
        self.grid.customContextMenuRequested.connect(self._on_menu_requested)
        self.grid.delegate.eye_clicked.connect(self._on_eye_clicked)
        self.grid.delegate.star_clicked.connect(self._on_star_clicked)

    @Slot()
    def _show_scatter(self) -> None:
        """Draw the rows, where that is wanted; the plot is made in a turn before that."""
        choice = self.shown.arrangement
        wanted = bool(choice.across or choice.up)
        if self.scatter is None:
            if wanted:
                self._make_scatter()
            return
        self.scatter.setVisible(wanted)
        if wanted and not self.body.sizes()[1]:  # it was never seen
            self.body.setSizes([1000, 1000])
        self.scatter.show_table(self.shown)

    def _make_scatter(self) -> None:
        self.scatter = ScatterPlot(self)
        self.scatter.hide()
        self.body.addWidget(self.scatter)
        self.scatter.axes_chosen.connect(self.axes_chosen)
        self.scatter.hold_chosen.connect(self.hold_chosen)
        self.scatter.run_chosen.connect(self.grid.run_selected)
        self._soon.start()

    def _foot(self) -> QHBoxLayout:
        self.count = ShortLabel("", self)
        self.count.setObjectName("table_count")
        self.count.setProperty("role", "faint")
        self.overlay = QPushButton("Show only these in the plots", self)
        self.overlay.setObjectName("overlay_chosen")
        self.overlay.clicked.connect(self._on_overlay)
        row = QHBoxLayout()
        row.setContentsMargins(10, 2, 8, 4)
        row.addWidget(self.count, 1)
        row.addWidget(self.overlay)
        return row

    def show_table(self, shown: TableShown) -> None:
        """Show rows, columns and choices."""
        self.shown = shown
        self.choices.show_table(shown)
        self.grid.show_table(shown)
        self._soon.start()
        self.values.show_scale(shown.scale, "")
        self.empty.setText(NO_ROWS if shown.count else NO_RUNS)
        self.stack.setCurrentIndex(1 if shown.rows else 0)
        self._show_count()

    @Slot()
    def _show_count(self) -> None:
        shown, chosen = self.shown, self.grid.chosen()
        noun = "replica" if shown.arrangement.by_replica else "run"
        if shown.arrangement.group:
            words = [counted(len(shown.rows), "group"), counted(shown.count, noun)]
        elif len(shown.rows) == shown.count:
            words = [counted(shown.count, noun)]
        else:
            words = [f"{len(shown.rows):,} of {counted(shown.count, noun)}"]
        if len(chosen) > 1:
            words.append(f"{len(chosen):,} chosen")
        if shown.unread:
            words.append(f"{shown.unread:,} still to be read")
        self.count.setText(", ".join(words))
        self.overlay.setText(
            "Show only these in the plots" if len(chosen) != 1 else "Show only this in the plots"
        )
        self.overlay.setVisible(bool(shown.rows))
        self.overlay.setEnabled(bool(self._wanted()))
        which = "the rows that are chosen" if len(chosen) else "all rows of the table"
        self.overlay.setToolTip(tooltip(f"The plots draw the runs of {which}, and no others."))

    def _wanted(self) -> list[str]:
        """Return the runs that are chosen; all in the table where none is."""
        if self.grid.chosen():
            return self.grid.chosen_runs()
        return runs_of(self.shown)

    @Slot()
    def _on_overlay(self) -> None:
        self.shown_alone.emit(self._wanted())

    @Slot(str)
    def _on_eye_clicked(self, id: str) -> None:
        row = next((row for row in self.shown.rows if row.key[0] == id), None)
        if row is not None:
            self.visibility_changed.emit(id, not row.value("shown"))

    @Slot(str)
    def _on_star_clicked(self, id: str) -> None:
        row = next((row for row in self.shown.rows if row.key[0] == id), None)
        if row is not None:
            rows = inside([row])
            starred = all(one.value("star") for one in rows)
            self.starred.emit(list(dict.fromkeys(one.key[0] for one in rows)), not starred)

    # --- what can be done to the rows that are chosen --------------------------------------------------------

    @Slot(QPoint)
    def _on_menu_requested(self, place: QPoint) -> None:
        if self.grid.chosen_runs():
            self.make_menu().popup(self.grid.viewport().mapToGlobal(place))

    def make_menu(self) -> QMenu:
        """Return what can be done to the chosen rows; the menu deletes itself when it closes."""
        runs, rows = self.grid.chosen_runs(), self.grid.chosen_rows()
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Show only this" if len(runs) == 1 else "Show only these", self._on_overlay)
        starred = bool(rows) and all(row.value("star") for row in rows)
        menu.addAction("Take the star" if starred else "Star", self._on_unstar if starred else self._on_star)
        menu.addAction("Tag…", self._on_tag)
        gone = menu.addMenu("Take a tag")
        for tag in dict.fromkeys(
            tag for row in rows for tag in str(row.value("tags") or "").split(", ") if tag
        ):
            gone.addAction(tag, self._on_untag).setData(tag)
        gone.setEnabled(not gone.isEmpty())
        if len(runs) == 1:
            menu.addSeparator()
            menu.addAction("Edit a copy of its experiment", self._on_duplicate)
        menu.addSeparator()
        menu.addAction("Delete" if len(runs) == 1 else f"Delete {len(runs):,} runs", self._on_delete)
        return menu

    @Slot()
    def _on_star(self) -> None:
        self.starred.emit(self.grid.chosen_runs(), True)

    @Slot()
    def _on_unstar(self) -> None:
        self.starred.emit(self.grid.chosen_runs(), False)

    @Slot()
    def _on_tag(self) -> None:
        runs = self.grid.chosen_runs()
        dialog = QInputDialog(self)
        dialog.setObjectName("tag_dialog")
        dialog.setWindowTitle("Tag")
        dialog.setLabelText("Tags, with commas between them:")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setProperty("runs", runs)
        dialog.textValueSelected.connect(self._on_tags_typed)
        dialog.open()

    @Slot(str)
    def _on_tags_typed(self, text: str) -> None:
        dialog = self.sender()
        if dialog is not None:
            self.tagged.emit(list(dialog.property("runs")), text.split(","), [])

    @Slot()
    def _on_untag(self) -> None:
        action = self.sender()
        if action is not None:
            self.tagged.emit(self.grid.chosen_runs(), [], [str(action.property("data") or action.data())])  # type: ignore[attr-defined]

    @Slot()
    def _on_duplicate(self) -> None:
        self.duplicated.emit(self.grid.chosen_runs()[0])

    @Slot()
    def _on_delete(self) -> None:
        self.grid.deleted.emit(self.grid.chosen_runs())


def runs_of(shown: TableShown) -> list[str]:
    """Return the runs of all rows, each once."""
    return list(dict.fromkeys(row.key[0] for row in inside(shown.rows)))
