"""What plots beside pictures share: a canvas that fills them, and ranges that hold what was asked to be held."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.figures.ranges import Range
from gui.plots.base import PlotCanvas


class SmallPlot(QWidget):
    """A canvas alone in a widget; those who show something add their items to it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = PlotCanvas(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        self._drawn: list[Any] = []
        self._held: tuple[Range, Range] | None = None
        self.canvas.fit_requested.connect(self._fit)

    def add(self, *items: Any) -> None:
        """Add items, each above the one before."""
        for place, item in enumerate(items):
            item.setZValue(place)
            self.canvas.view.addItem(item, ignoreBounds=True)

    def draw_anew(self, items: Iterable[Any]) -> None:
        """Draw these in place of what was drawn so before."""
        for item in self._drawn:
            self.canvas.view.removeItem(item)
        self._drawn = list(items)
        for item in self._drawn:
            self.canvas.view.addItem(item, ignoreBounds=True)

    def hold(self, across: Range | None, up: Range | None) -> None:
        """Show these ranges with some room, unless the user has chosen others; None: as before."""
        self._held = (across, up) if across is not None and up is not None else None
        self._fit()

    @Slot()
    def _fit(self) -> None:
        if self._held is not None:
            across, up = self._held
            room = 0.03 * ((across[1] - across[0]) or 1.0)
            self.canvas.follow_x((across[0] - room, across[1] + room))
            self.canvas.follow_y(up, exact=True)
