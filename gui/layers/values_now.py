"""The singular values of all layers by their place, at the step shown and at the start."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from engine.figures.layers import log10
from engine.figures.ranges import Range, bounds
from engine.protocol.records import Array
from gui.pictures.small_plot import SmallPlot
from gui.plots.curves import Line, line_pen
from gui.theme import on_screen, run_colour, theme

MOST_MARKED = 60
"""Values up to which each has a point."""


class ValuesNow(SmallPlot):
    """A line a layer; of the layer chosen the start too, dashed, and a point for each value."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas.set_left_title("singular value", log=True)
        self.canvas.set_bottom_title("place", log=True, shown=True)
        self.canvas.bottom_axis.whole = True
        self._lines: list[Line] = []
        self.start, self.marks = Line(), pg.ScatterPlotItem(pxMode=True, size=5, pen=pg.mkPen(None))
        self.add(self.start, self.marks)

    def show_values(
        self,
        layers: Sequence[Array],
        places: Sequence[NDArray[np.int64]],
        start: Array,
        chosen: int,
        extent: Range | None,
    ) -> None:
        """Show singular values (k,) of layers at their places (k,), and what those of the chosen one were at the start.

        `extent` is what values over all steps reach: axes stand still while one looks back.
        """
        while len(self._lines) < len(layers):
            line = Line()
            self._lines.append(line)
            self.canvas.view.addItem(line, ignoreBounds=True)
        for line in self._lines[len(layers) :]:
            line.setData(np.empty(0), np.empty(0))
        points = [_points(values, at) for values, at in zip(layers, places, strict=True)]
        for place, (line, drawn) in enumerate(zip(self._lines, points, strict=False)):
            line.setData(*drawn)
            line.setPen(line_pen(layer_colour(place) if place == chosen else theme().colours.faint))
            line.setZValue(2 if place == chosen else 0)
        before = _points(start, places[chosen])
        self.start.setData(*before)
        self.start.setPen(line_pen(layer_colour(chosen), "dash"))
        mine = points[chosen]
        self.marks.setData(*(mine if len(mine[0]) <= MOST_MARKED else (np.empty(0), np.empty(0))))
        self.marks.setBrush(QColor(layer_colour(chosen)))
        lost = len(layers[chosen]) - len(mine[0])
        self.canvas.set_words("", f"{lost:,} values at rounding not shown" if lost else "")
        across = bounds(*(drawn[0] for drawn in points))
        up = bounds(
            *(drawn[1] for drawn in points), before[1], np.array(extent if extent is not None else ())
        )
        self.hold(across, up)


def layer_colour(place: int) -> str:
    """Return the colour of a layer by its place."""
    return on_screen(run_colour(place))


def _points(values: Array, places: NDArray[np.int64]) -> tuple[Array, Array]:
    heights = log10(values)
    there = np.isfinite(heights)
    return np.log10(places[there]), heights[there]
