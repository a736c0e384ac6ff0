"""What lies between two pins, line by line: values, differences, the law fitted and its standard error."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from engine.figures.plots import HorizontalAxis
from gui.layouts import in_column
from gui.plain_text import PlainLabel, tooltip
from gui.theme import text_colour, theme
from gui.tool_buttons import tool_button

from .base import small_font
from .measured import MeasuredLine
from .pins import pins_words
from .trace_plot import TracePlot

HINT = (
    "Click in a plot to set pins A and B. Drag them, or press A or B and then ← or → (with Shift further); "
    "Delete takes them away."
)
HEADS = ("Fit", "Run", "Line", "At A", "At B", "Difference", "a ± error", "Law", "Records")
ERROR = (
    "Least squares over the records between the pins, as they are drawn. After ± stands the standard error of a: how "
    "well a straight line fits, were the records' deviations independent."
)
MOST_SEEN = 4
"""Rows that are seen at once."""


class PinTable(QWidget):
    """The table under the plots."""

    fit_toggled = Signal(str, bool)
    """A column, and whether its lines are fitted."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("measure_panel")
        self.plot: TracePlot | None = None
        self.words = PlainLabel(HINT, self)
        self.words.setObjectName("measure_words")
        self.words.setWordWrap(True)
        self.words.setMinimumWidth(160)
        self.copy_button = tool_button(
            "Copy", self, help="Copy the table, to be pasted into any other program."
        )
        self.remove_button = tool_button("Remove pins", self, help="Take both pins and what was fitted away.")
        line = QHBoxLayout()
        line.setContentsMargins(8, 4, 8, 2)
        line.addWidget(self.words, 1)
        line.addWidget(self.copy_button)
        line.addWidget(self.remove_button)
        self.table = QTableWidget(0, len(HEADS), self)
        self.table.setObjectName("measure_table")
        self.table.setAccessibleName("what lies between the pins")
        self.table.setHorizontalHeaderLabels(HEADS)
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setWordWrap(False)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setStretchLastSection(False)
        self.table.horizontalHeader().setSectionResizeMode(7, QHeaderView.ResizeMode.Stretch)
        self.table.setFont(small_font(self.font()))
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.verticalHeader().setDefaultSectionSize(self.table.fontMetrics().height() + 6)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        in_column((line, self.table), self)
        self.copy_button.clicked.connect(self.copy)
        self.remove_button.clicked.connect(self._on_remove)
        self.table.itemChanged.connect(self._on_item_changed)
        self._rows: list[MeasuredLine] = []
        self._filling = False
        self.show_plot(None)

    def show_plot(self, plot: TracePlot | None) -> None:
        """Show what is measured in a plot."""
        self.plot = plot
        between = None if plot is None else plot.pins.between
        if plot is None or between is None:
            self.words.setText(HINT)
            self._show_rows([], None)
        else:
            axis = plot.axis
            told = f"{plot.spec.title}: {pins_words(between)}"
            laws = list(dict.fromkeys(row.fit.law for row in plot.pins.rows if row.fit is not None))
            told += "".join(f" · {law.value} {law.formula}" for law in laws)
            self.words.setText(told)
            self.words.setToolTip(ERROR)
            self._show_rows(plot.pins.rows, axis)
        for button in (self.copy_button, self.remove_button):
            button.setEnabled(between is not None)

    def _show_rows(self, rows: Sequence[MeasuredLine], axis: HorizontalAxis | None) -> None:
        self._filling = True
        self._rows = list(rows)
        self.table.setVisible(bool(rows))
        if self.table.rowCount() != len(rows):
            self.table.setRowCount(len(rows))
            height = self.table.verticalHeader().defaultSectionSize()
            head = self.table.horizontalHeader().sizeHint().height()
            self.table.setFixedHeight(head + height * min(max(len(rows), 1), MOST_SEEN) + 4)
        for place, row in enumerate(rows):
            if axis is not None:
                self._show_row(place, row, axis)
        self._filling = False

    def _show_row(self, place: int, row: MeasuredLine, axis: HorizontalAxis) -> None:
        for column, text in enumerate(texts(row, axis)):
            item = self.table.item(place, column)
            if item is None:
                item = QTableWidgetItem()
                self.table.setItem(place, column, item)
            if item.text() != text:
                item.setText(text)
                item.setToolTip(tooltip(text))
        tick, run = self.table.item(place, 0), self.table.item(place, 1)
        if tick is not None and run is not None:
            tick.setCheckState(Qt.CheckState.Checked if row.is_fitted else Qt.CheckState.Unchecked)
            tick.setToolTip(tooltip(f"Fit {row.title} in every run"))
            run.setForeground(QColor(text_colour(row.colour) if row.colour else theme().colours.text))

    @Slot()
    def copy(self) -> None:
        """Put the table on the clipboard."""
        if self.plot is not None:
            lines = [HEADS[1:], *(texts(row, self.plot.axis)[1:] for row in self._rows)]
            QGuiApplication.clipboard().setText("\n".join("\t".join(line) for line in lines) + "\n")

    @Slot()
    def _on_remove(self) -> None:
        if self.plot is not None:
            self.plot.pins.remove()

    @Slot(QTableWidgetItem)
    def _on_item_changed(self, item: QTableWidgetItem) -> None:
        if not self._filling and item.column() == 0 and item.row() < len(self._rows):
            ticked = item.checkState() is Qt.CheckState.Checked
            self.fit_toggled.emit(self._rows[item.row()].column, ticked)


def texts(row: MeasuredLine, axis: HorizontalAxis) -> tuple[str, ...]:
    """Return what a row says."""
    return (
        "",
        row.label,
        row.title,
        row.at_first_words,
        row.at_last_words,
        row.difference_words,
        row.rate_words(),
        row.law_words(axis),
        f"{row.fit.count:,}" if row.fit is not None else "",
    )
