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
from gui.plots.base import hairline
from gui.plots.curves import Line, line_pen
from gui.theme import on_screen, run_colour

SMALL, LARGE = 5, 11
"""Pixels across a point, and one that stands around it."""
MOST_MARKED = 60
"""Values up to which each has a point."""


class ValuesNow(SmallPlot):
    """A line a layer in its colour, a point where it is one value; of the layer chosen the start too, dashed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas.set_left_title("singular value", log=True)
        self.canvas.set_bottom_title("place", log=True, shown=True)
        self.canvas.bottom_axis.whole = True
        self._lines: list[Line] = []
        self.start, self.marks = Line(), pg.ScatterPlotItem(pxMode=True)
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
            colour = layer_colour(place)
            line.setPen(line_pen(colour) if place == chosen else hairline(colour))
            line.setZValue(2 if place == chosen else 0)
        before = _points(start, places[chosen])
        self.start.setData(*before)
        self.start.setPen(line_pen(layer_colour(chosen), "dash"))
        self._mark(points, before, chosen)
        lost = len(layers[chosen]) - len(points[chosen][0])
        self.canvas.set_words("", f"{lost:,} values at rounding not shown" if lost else "")
        across = bounds(*(drawn[0] for drawn in points))
        up = bounds(
            *(drawn[1] for drawn in points), before[1], np.array(extent if extent is not None else ())
        )
        self.hold(across, up)

    def _mark(self, points: Sequence[tuple[Array, Array]], before: tuple[Array, Array], chosen: int) -> None:
        """Put points where a layer is one value, and on those of the layer chosen: at the start hollow, the largest."""
        spots = [
            {
                "pos": at,
                "size": LARGE if hollow else SMALL,
                "brush": None if hollow else colour,
                "pen": colour,
            }
            for place, drawn, hollow in (
                *((place, drawn, False) for place, drawn in enumerate(points)),
                (chosen, before, True),
            )
            if len(drawn[0]) == 1 or (place == chosen and not hollow and len(drawn[0]) <= MOST_MARKED)
            for colour in (QColor(layer_colour(place)),)
            for at in zip(*drawn, strict=True)
        ]
        self.marks.setData(spots)


def layer_colour(place: int) -> str:
    """Return the colour of a layer by its place."""
    return on_screen(run_colour(place))


def _points(values: Array, places: NDArray[np.int64]) -> tuple[Array, Array]:
    heights = log10(values)
    there = np.isfinite(heights)
    return np.log10(places[there]), heights[there]
