"""Help: every quantity with its formula and source, and what the lab is made of."""

from __future__ import annotations

import html
import platform
from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from engine.experiment.columns import COLUMNS, Column
from engine.experiment.measure import GROUP_TITLES
from gui.formula_letters import in_letters
from gui.layouts import in_column
from gui.model.report import version_in_words
from gui.plain_text import PlainLabel, RichLabel, tooltip
from gui.plots.formulas import SHARPNESS, formulas
from gui.search_line import SearchLine
from gui.text_size import scaled
from gui.theme import theme

from .dialog import MARGIN, Dialog

HEADS = ("Column", "Name", "Formula", "What it is", "Source")
FORMULA_AT = 2
LEAST_WIDTHS = (150, 130, 205, 225, 120)
"""Of the columns, in pixels, with text of the usual size."""


class Quantities(Dialog):
    """A table of every measurement that a run can record."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("quantities", "Quantities", QSize(1120, 640), parent)
        self.search = SearchLine("quantities_search", "Search", self)
        self.table = QTableWidget(len(COLUMNS), len(HEADS), self)
        self.table.setObjectName("quantities_table")
        self.table.setAccessibleName("Quantities")
        self.table.setHorizontalHeaderLabels(HEADS)
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setWordWrap(True)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setVerticalScrollMode(QTableWidget.ScrollMode.ScrollPerPixel)
        self._pictures: dict[str, list[PlainLabel]] = {}
        self._rows_changed = QTimer(self)
        self._rows_changed.setSingleShot(True)
        self._rows_changed.setInterval(50)
        self._rows_changed.timeout.connect(self.table.resizeRowsToContents)
        formulas().rendered.connect(self._show_formula)
        theme().theme_changed.connect(self._show_formulas)
        for row, column in enumerate(COLUMNS):
            self._fill(row, column)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        body = QWidget(self)
        in_column((self.search, self.table), body, spacing=6).setStretch(1, 1)
        self.fill(body, buttons)
        self.search.textChanged.connect(self._on_search_changed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()
        self._rows_changed.start()

    def _share_width(self) -> None:
        """Divide the width among the columns; where words would be cut, the table scrolls sideways."""
        bar = self.table.verticalScrollBar().sizeHint().width() + 2 * self.table.frameWidth()
        whole = max(self.width() - 2 * MARGIN - bar, scaled(sum(LEAST_WIDTHS)))
        shares = [round(whole * width / sum(LEAST_WIDTHS)) for width in LEAST_WIDTHS]
        for place, width in enumerate(shares):
            self.table.setColumnWidth(place, width if place else width + whole - sum(shares))

    def _fill(self, row: int, column: Column) -> None:
        group = GROUP_TITLES.get(column.group, column.group)
        for place, text in enumerate((column.name, column.title, "", column.help, column.source)):
            item = QTableWidgetItem(text)
            item.setToolTip(tooltip(f"{group} · measured: {column.cost}"))
            self.table.setItem(row, place, item)
        picture = PlainLabel(in_letters(column.formula), self.table)
        picture.setContentsMargins(4, 4, 4, 4)
        picture.setToolTip(tooltip(in_letters(column.formula)))
        self.table.setCellWidget(row, FORMULA_AT, picture)
        self._pictures.setdefault(column.formula, []).append(picture)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_formulas()

    @Slot()
    def _show_formulas(self) -> None:
        for formula in self._pictures:
            self._show_formula(formula)

    @Slot(str)
    def _show_formula(self, formula: str) -> None:
        """Put a rendered formula in its place; one that is not there yet comes later."""
        image = formulas().image(formula, theme().colours.text)
        if image is None:
            return
        picture = QPixmap.fromImage(image)
        picture.setDevicePixelRatio(SHARPNESS)
        for label in self._pictures.get(formula, []):
            label.setPixmap(picture)
        self._rows_changed.start()

    @Slot(str)
    def _on_search_changed(self, text: str) -> None:
        words = text.lower().split()
        for row, column in enumerate(COLUMNS):
            haystack = f"{column.name} {column.title} {column.help} {column.source} {column.group}".lower()
            self.table.setRowHidden(row, not all(word in haystack for word in words))


class AboutDialog(Dialog):
    """What the lab is, and the versions it runs on."""

    def __init__(self, engine_versions: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__("about_dialog", "About Margin Lab", None, parent)
        rows = {"Margin Lab": version_in_words("margin-lab"), "Python": platform.python_version()}
        rows |= {
            name: version_in_words(name) for name in ("PySide6-Essentials", "pyqtgraph", "numpy", "pydantic")
        }
        known = {name.lower() for name in rows}
        rows |= {name: version for name, version in engine_versions.items() if name.lower() not in known}
        table = "".join(
            f"<tr><td>{html.escape(name)}&nbsp;&nbsp;</td><td>{html.escape(version)}</td></tr>"
            for name, version in rows.items()
        )
        text = RichLabel(
            "<h3>Margin Lab</h3><p>A desktop laboratory for the implicit bias of gradient methods:<br>"
            "margins, norms, directions and tangent kernels, long after the training error is zero.</p>"
            f"<table>{table}</table>",
            self,
        )
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.fill(text, buttons, scrolls=True)

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(QSize(420, 260))
