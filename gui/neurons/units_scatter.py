"""One number of every unit against another: norms against angles, at the step shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from engine.figures.ranges import bounds
from engine.protocol.neurons import NeuronsReady, UnitsSeen
from engine.protocol.records import Array
from gui.pictures.small_plot import SmallPlot
from gui.plots.curves import Line, line_pen
from gui.theme import theme

from .columns import UnitColumn, on_axis, values
from .side_colours import side_colours

DOT, RING = 7, 14
NEAR = 12
"""Pixels from the mouse at which a unit is meant."""


class UnitsScatter(SmallPlot):
    """A dot a unit; the one followed with its way over steps."""

    unit_picked = Signal(object)
    """The place of the unit under the mouse, or None beside all of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.dots, self.ring = pg.ScatterPlotItem(pxMode=True), pg.ScatterPlotItem(pxMode=True)
        self.trail = Line()
        self.add(self.trail, self.dots, self.ring)
        self.places: Array = np.empty((0, 2))
        self.canvas.picked.connect(self._on_picked)

    def show_units(
        self,
        picture: NeuronsReady,
        seen: UnitsSeen,
        followed: int | None,
        across: UnitColumn,
        up: UnitColumn,
    ) -> None:
        """Show units at a step."""
        self.places = _places(seen, across, up)
        brushes = np.empty(len(self.places), object)
        for colour, mine in side_colours(picture, seen):
            brushes[mine] = pg.mkBrush(QColor(colour))
        there = np.asarray(np.isfinite(self.places).all(axis=1))
        self.dots.setData(
            pos=self.places[there], size=DOT, symbol="o", brush=list(brushes[there]), pen=pg.mkPen(None)
        )
        missing = int((~there).sum())
        self.canvas.set_words("", f"{missing:,} units without a place here" if missing else "")
        ring = self.places[[followed]] if followed is not None and there[followed] else self.places[:0]
        pen = pg.mkPen(theme().colours.foreground, width=2)
        self.ring.setData(pos=ring, size=RING, symbol="o", brush=pg.mkBrush(None), pen=pen)

    def show_path(
        self, path: Sequence[UnitsSeen], followed: int | None, across: UnitColumn, up: UnitColumn
    ) -> None:
        """Hold all stored steps, so that axes stand still while one looks back; show the way of the unit followed."""
        self.canvas.set_bottom_title(across.title, log=across.log, shown=True)
        self.canvas.set_left_title(up.title, log=up.log)
        places = np.array([_places(step, across, up) for step in path])  # (T, U, 2)
        way = places[:, followed] if followed is not None else np.empty((0, 2))
        self.trail.setData(*way.T)
        self.trail.setPen(line_pen(theme().colours.foreground, "dot"))
        wide = (-180.0, 180.0) if across.name == "plane" else bounds(places[..., 0])
        self.hold(wide, bounds(places[..., 1]))

    def nearest_unit(self, x: float, y: float) -> int | None:
        """Return the place of the unit whose dot is at a point; None beside all of them."""
        if not len(self.places):
            return None
        gaps = np.hypot(*((self.places - np.array([x, y])) / self.canvas.view.viewPixelSize()).T)
        gaps = np.where(np.isfinite(gaps), gaps, np.inf)
        best = int(np.argmin(gaps))
        return best if gaps[best] <= NEAR else None

    @Slot(float, float)
    def _on_picked(self, x: float, y: float) -> None:
        self.unit_picked.emit(self.nearest_unit(x, y))


def _places(seen: UnitsSeen, across: UnitColumn, up: UnitColumn) -> Array:
    return np.column_stack([on_axis(column, values(column.name, seen)) for column in (across, up)])
