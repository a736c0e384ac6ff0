"""The line of choices above the table: filter, columns, groups, colours, replicas, scatter plot, export."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QMenu, QToolButton, QWidget

from gui.choices_row import ChoicesRow, named
from gui.model.run_table.arrangement import MIDDLES
from gui.model.run_table.column import ColumnBook, headed
from gui.plain_text import tooltip
from gui.tool_buttons import tool_button

from .column_box import ColumnBox
from .columns_popup import ColumnsPopup
from .filter_line import FilterLine
from .shown import TableShown

COLOUR_HELP = "Runs are coloured by this value, here and in the plots."
BY_GROUP = (
    "Groups are coloured by the value that makes them. Colours by another value come back without groups."
)
GROUP_HELP = (
    "Rows with the same value are one, and one line in plots: between two of its records a run lies on a straight "
    "line over log step, and beyond its last it does not count. The line ends where fewer than half are left."
)
POINTS_HELP = "Points with the same value are one row."
MIDDLE_TITLES = {"median": "Median and band", "mean": "Mean and deviation"}
LETTERS = 11
"""Of a chosen column's title, that can be read at least."""
EXPORTS = {
    "csv": ("CSV…", "All digits, under the names of the columns."),
    "latex": ("LaTeX…", "As the table is shown, for the package booktabs."),
    "copy": ("Copy as CSV", "To paste into a spreadsheet."),
}


class TableChoices(QWidget):
    """What is chosen leaves as signals."""

    columns_chosen = Signal(object)
    """The names in order, or None for those that say something."""
    group_chosen = Signal(str)
    middle_chosen = Signal(str)
    colour_chosen = Signal(str)
    replicas_chosen = Signal(bool)
    scatter_wanted = Signal(bool)
    export_requested = Signal(str)
    """csv, latex or copy."""

    def __init__(self, parent: QWidget | None = None, *, of_runs: bool = True) -> None:
        """Make them; of_runs: rows are runs, which plots draw in their colours."""
        super().__init__(parent)
        self.filter = FilterLine(self)
        self.columns = tool_button("Columns", self, name="columns_button", help="Which columns are shown.")
        self.popup: ColumnsPopup | None = None
        self._book, self._shown = ColumnBook(), list[str]()
        self.columns.clicked.connect(self._on_columns)
        self.group = ColumnBox("group_box", "group by", self, LETTERS)
        self.group.setToolTip(tooltip(GROUP_HELP if of_runs else POINTS_HELP))
        self.middle = QComboBox(self)
        self.middle.setObjectName("middle_box")
        self.middle.setAccessibleName("shown of groups")
        self.middle.setToolTip(tooltip("What is shown of a group's numbers."))
        for middle in MIDDLES:
            self.middle.addItem(MIDDLE_TITLES[middle], middle)
        self.colour = ColumnBox("colour_box", "colour by", self, LETTERS)
        self.replicas = tool_button(
            "Replicas", self, name="replicas_button", help="A row is a replica of a run.", checkable=True
        )
        self.scatter = tool_button(
            "Scatter", self, name="scatter_button", help="Two columns against each other.", checkable=True
        )
        self.export = tool_button(
            "Export", self, name="export_table", help="Write the table as it is filtered, sorted and grouped."
        )
        self._fill_export()
        row = ChoicesRow((8, 4, 8, 2), self)
        row.add(self.filter, stretch=1)
        row.add(self.columns, self.replicas, self.scatter, self.export)
        colour = named("Colour", self.colour, self)
        row.add(named("Group", self.group, self), self.middle, colour)
        if not of_runs:
            for widget in (self.replicas, self.scatter, colour):
                widget.hide()
            for control in (self.replicas, self.scatter, self.colour):
                control.setObjectName("")  # nobody finds what is never seen
        self.group.activated.connect(self._on_group)
        self.middle.activated.connect(self._on_middle)
        self.colour.activated.connect(self._on_colour)
        self.replicas.clicked.connect(self.replicas_chosen)
        self.scatter.clicked.connect(self.scatter_wanted)

    def _fill_export(self) -> None:
        menu = QMenu(self.export)
        for kind, (text, help) in EXPORTS.items():
            action = menu.addAction(text)
            action.setData(kind)
            action.setToolTip(help)
        menu.setToolTipsVisible(True)
        menu.triggered.connect(self._on_export)
        self.export.setProperty("menu", "quiet")
        self.export.setMenu(menu)
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def show_table(self, shown: TableShown) -> None:
        """Offer what there is, and show what is chosen."""
        choice = shown.arrangement
        self.filter.show_book(shown.book)
        self.filter.show_filter(choice.filter)
        grouped = bool(choice.group)
        offered = headed(shown.groupings, shown.differing)
        for box, chosen, nothing in (
            (self.group, choice.group, "no groups"),
            (self.colour, "" if grouped else choice.colour, "by group" if grouped else "runs' own"),
        ):
            box.offer_columns(offered, chosen, nothing)
        self.middle.setCurrentIndex(self.middle.findData(choice.middle))
        self.middle.setVisible(grouped)
        self.colour.setEnabled(not grouped)
        self.colour.setToolTip(tooltip(BY_GROUP if grouped else COLOUR_HELP))
        self.replicas.setChecked(choice.by_replica)
        self.scatter.setChecked(bool(choice.across or choice.up))
        self._book, self._shown = shown.book, [column.name for column in shown.columns]

    @Slot()
    def _on_columns(self) -> None:
        if self.popup is None:
            self.popup = ColumnsPopup(self)
            self.popup.columns_chosen.connect(self.columns_chosen)
        self.popup.show_columns(self._book, self._shown)
        self.popup.come_up(self.columns)

    @Slot()
    def _on_group(self) -> None:
        self.group_chosen.emit(str(self.group.currentData() or ""))

    @Slot()
    def _on_middle(self) -> None:
        self.middle_chosen.emit(str(self.middle.currentData()))

    @Slot()
    def _on_colour(self) -> None:
        self.colour_chosen.emit(str(self.colour.currentData() or ""))

    @Slot(QAction)
    def _on_export(self, action: QAction) -> None:
        self.export_requested.emit(str(action.data()))
