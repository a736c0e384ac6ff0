"""All singular values of one layer over stored steps, on logarithmic axes."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from engine.figures.ranges import bounds
from engine.protocol.records import Array
from gui.pictures.small_plot import SmallPlot
from gui.plots.base import hairline
from gui.theme import mixed, on_screen, theme

PALEST = 0.4
"""How much of the background there is in the line of the smallest value."""


class ValuesOverSteps(SmallPlot):
    """A line a singular value: the largest in the run's colour, the others the paler the smaller they are."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas.set_bottom_title("step", log=True, shown=True)
        self._lines: list[pg.PlotCurveItem] = []
        self.marker = pg.InfiniteLine(angle=90, movable=False)
        self.marker.setZValue(9)
        self.canvas.view.addItem(self.marker, ignoreBounds=True)

    def show_values(self, steps: Array, values: Array, title: str, colour: str) -> None:
        """Show log10 of singular values (T, m), largest first, at log10 of steps (T,)."""
        self.canvas.set_left_title(title, log=True)
        count = values.shape[1] if values.size else 0
        while len(self._lines) < count:
            line = pg.PlotCurveItem(connect="finite", antialias=False)
            self._lines.append(line)
            self.canvas.view.addItem(line, ignoreBounds=True)
        for line in self._lines[count:]:
            line.setData([], [])
        own = on_screen(colour)
        for place in range(count):
            share = PALEST * place / max(count - 1, 1)
            pen = hairline(mixed(own, theme().colours.background, share))
            if place == 0:
                pen = pg.mkPen(QColor(own), width=2, cosmetic=True)
            self._lines[place].setPen(pen)
            self._lines[place].setZValue(count - place)
            self._lines[place].setData(steps, values[:, place])
        self.canvas.set_words("Two stored steps make a line." if len(steps) < 2 else "", "")
        self.hold(bounds(steps), bounds(values))

    def mark(self, step: int) -> None:
        """Put a line at the step shown."""
        self.marker.setPen(hairline(theme().colours.accent))
        self.marker.setVisible(step > 0)
        if step > 0:
            self.marker.setValue(np.log10(step))

    @property
    def lines(self) -> int:
        """Return how many lines are drawn."""
        return sum(line.xData is not None and len(line.xData) > 0 for line in self._lines)
