"""Where plots stand: two a row where there is room, the strip across the bottom, or one alone; they scroll."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from gui.text_size import scaled, text_size

from .plots_on_demand import PlotsOnDemand

STRIP = "loss"
"""Runs across the bottom, lower than the others."""
TWO_COLUMNS = 540
"""Pixels, with text of the usual size, from which two plots stand side by side; below, all stand under one another."""
LEAST_HEIGHT = 120
"""Of what is seen of the plots, in pixels."""


class PlotsGrid(QScrollArea):
    """Puts the plots chosen into rows; which there are it asks of `plots`, which makes them."""

    arranged = Signal()
    """Plots stand elsewhere, or others do."""
    restored = Signal()
    """Escape brought back the plots beside the one that was seen alone."""

    def __init__(self, plots: PlotsOnDemand, shown: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.plots = plots
        self.shown = list(shown)
        self.holds_number = False
        """Whether an arrangement of the window said how many there are, as for a room: a preset does not."""
        """Those chosen, in order."""
        self.maximised: str | None = None
        """The one that is seen alone."""
        self.rows: list[list[str]] = []
        """What stands on screen."""
        self._columns = 2
        inside = QWidget()
        self.grid = QGridLayout(inside)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setHorizontalSpacing(6)
        self.grid.setVerticalSpacing(0)
        self.setObjectName("plots_scroll")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setWidget(inside)
        text_size().changed.connect(self._fit_columns)
        self.verticalScrollBar().rangeChanged.connect(self._on_scroll_range_changed)

    @property
    def scrolls(self) -> bool:
        """Whether there is more than is seen."""
        return self.verticalScrollBar().maximum() > 0

    def on_screen(self) -> list[str]:
        """Return the plots on screen, in order."""
        ids = [self.maximised] if self.maximised else self.shown
        return [id for id in ids if id in self.plots]

    def set_shown(self, ids: Sequence[str]) -> None:
        """Choose the plots on screen; they keep the order of all plots."""
        self.shown = [id for id in self.plots if id in ids]
        self.maximised = None
        self.arrange()

    def as_many(self, ids: Sequence[str]) -> list[str]:
        """Return the first of these plots, as many as there are now where their number is held."""
        if not self.holds_number:
            return list(ids)
        strip = [STRIP] if STRIP in self.shown else []
        first = dict.fromkeys(id for id in (*ids, *self.shown) if id != STRIP)
        return [*list(first)[: len(self.shown) - len(strip)], *strip]

    def set_maximised(self, id: str | None) -> None:
        """Show one plot alone, or all again."""
        self.maximised = id if id in self.plots else None
        self.arrange()

    def switch(self, id: str) -> None:
        """Show one plot alone, or all again where it is alone; it takes the focus, for Escape."""
        self.set_maximised(None if self.maximised == id else id)
        self.plots[id].canvas.setFocus()

    def arrange(self) -> None:
        """Put the plots into their places."""
        for plot in self.plots.made.values():
            self.grid.removeWidget(plot)
        for row in range(self.grid.rowCount()):
            self.grid.setRowStretch(row, 0)
        self.rows = self._rows()
        for row, ids in enumerate(self.rows):
            alone = len(ids) == 1
            self.grid.setRowStretch(row, 10 if ids != [STRIP] or len(self.rows) == 1 else 7)
            for k, id in enumerate(ids):
                self.grid.addWidget(self.plots[id], row, k, 1, 2 if alone else 1)
        self.grid.setColumnStretch(0, 1)
        self.grid.setColumnStretch(1, 1)
        for id, plot in self.plots.made.items():
            plot.setVisible(id in self.on_screen())
            plot.maximise_button.show_alone(id == self.maximised)
        self.line_up()
        self.arranged.emit()

    def show_all(self) -> None:
        """Show all plots again, where one was seen alone."""
        self.set_maximised(None)
        self.restored.emit()

    def take_out(self, plot: QWidget) -> None:
        """Let go of a plot that is no more."""
        self.grid.removeWidget(plot)
        self.rows = [[id for id in ids if id in self.plots] for ids in self.rows]
        plot.hide()
        plot.deleteLater()

    def _rows(self) -> list[list[str]]:
        """Return the plots row by row: two a row where there is room, the strip alone in the last."""
        ids, columns = self.on_screen(), self._columns
        if len(ids) < 2:
            return [ids] if ids else []
        others = [id for id in ids if id != STRIP]
        rows = [others[k : k + columns] for k in range(0, len(others), columns)]
        return rows + ([[STRIP]] if STRIP in ids else [])

    @Slot()
    def line_up(self) -> None:
        """Make heads side by side equally high, so that the plots below them line up."""
        for ids in self.rows:
            lines = max(self.plots[id].header.lines for id in ids)
            for id in ids:
                self.plots[id].header.set_least_lines(lines)

    @Slot(int, int)
    def _on_scroll_range_changed(self, _least: int, most: int) -> None:
        for plot in self.plots.made.values():
            plot.canvas.scrolled_by_wheel = most > 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    @Slot()
    def _fit_columns(self) -> None:
        """Let two plots stand side by side where their heads have room for text of its size."""
        columns = 2 if self.width() >= scaled(TWO_COLUMNS) else 1
        if columns != self._columns:
            self._columns = columns
            self.arrange()
