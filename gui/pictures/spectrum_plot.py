"""Eigenvalues of the tangent kernel by their index, at the start and at the step looked at."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.figures.kernel import positive
from engine.figures.ranges import bounds, joined
from engine.protocol.kernel import KernelReady
from engine.protocol.records import Array
from gui.plots.base import PlotCanvas
from gui.plots.curves import Line, line_pen
from gui.theme import on_screen, theme

MOST_MARKED = 60
"""Eigenvalues up to which each has a point."""


class SpectrumPlot(QWidget):
    """Two lines on logarithmic axes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = PlotCanvas(self)
        self.canvas.set_left_title("eigenvalue", log=True)
        self.canvas.set_bottom_title("index", log=True, shown=True)
        self.canvas.bottom_axis.whole = True
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        self.start, self.now = Line(), Line()
        self.marks = pg.ScatterPlotItem(pxMode=True, size=4, pen=pg.mkPen(None))
        for place, item in enumerate((self.start, self.now, self.marks)):
            self.canvas.view.addItem(item, ignoreBounds=True)
            item.setZValue(place)
        self._extent: tuple[tuple[float, float], tuple[float, float]] | None = None
        self.canvas.fit_requested.connect(self._fit)

    def show_kernel(self, kernel: KernelReady, colour: str) -> None:
        """Show both spectra; the step's in the run's colour."""
        colour = on_screen(colour)
        start, now = (_points(spectrum.eigenvalues) for spectrum in (kernel.start, kernel.now))
        self.start.setData(*start)
        self.now.setData(*now)
        self.start.setPen(line_pen(theme().colours.faint, "dash"))
        self.now.setPen(line_pen(colour))
        few = len(now[0]) <= MOST_MARKED
        self.marks.setData(*(now if few else (np.empty(0), np.empty(0))))
        self.marks.setBrush(QColor(colour))
        count = 2 * len(kernel.labels) - len(start[0]) - len(now[0])
        rounding = f"{count:,} eigenvalues at rounding not shown" if count else ""
        self.canvas.set_words("", rounding)
        across, up = bounds(start[0], now[0]), joined(bounds(start[1]), bounds(now[1]))
        self._extent = (across, up) if across is not None and up is not None else None
        self._fit()

    @Slot()
    def _fit(self) -> None:
        if self._extent is not None:
            across, up = self._extent
            room = 0.03 * ((across[1] - across[0]) or 1.0)
            self.canvas.follow_x((across[0] - room, across[1] + room))
            self.canvas.follow_y(up, exact=False)


def _points(eigenvalues: Array) -> tuple[Array, Array]:
    shown = positive(eigenvalues)
    return np.log10(np.arange(1, len(shown) + 1)), np.log10(shown)
