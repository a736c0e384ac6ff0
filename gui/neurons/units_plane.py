"""Units as arrows over the data, and the lines where they bend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.figures.neurons import arrows, kinks, rays, tips
from engine.protocol.neurons import NeuronsReady, UnitsSeen
from engine.protocol.records import Array
from gui.pictures.surface_picture import SurfacePicture
from gui.plots.curves import THIN, Line, line_pen
from gui.theme import theme

from .pens import UnitStrokes, bold, paled
from .side_colours import side_colour, side_colours

NEAR = 10
"""Pixels from the mouse at which a unit is meant."""
SHAFT = 2.0
"""Logical pixels across an arrow."""
FEW = 60
"""Lines up to which each is easily told from the others."""
RING = 9
"""Logical pixels across the ring where the predicted limit has a unit's tip."""
NOTHING = (np.empty(0), np.empty(0))


class UnitsPlane(QWidget):
    """Arrows from the origin: the direction in which a unit's input grows, as long as its weights."""

    unit_picked = Signal(object)
    """The place of the unit under the mouse among those shown, or None beside all of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture = SurfacePicture("", self)
        self.picture.title.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.picture)
        self.view = self.picture.view
        self._shafts: list[UnitStrokes] = []
        self._lines: list[UnitStrokes] = []
        self.followed, self.followed_line = UnitStrokes(), UnitStrokes()
        self.trail = Line()
        self.rays = {side: UnitStrokes() for side in (1, -1)}
        self.limit = pg.ScatterPlotItem(pxMode=True, size=RING, brush=None)
        self.limit.setZValue(7)
        self.view.addItem(self.limit, ignoreBounds=True)
        for z, item in ((6, self.followed), (1, self.followed_line), (5, self.trail)):
            item.setZValue(z)
            self.view.addItem(item, ignoreBounds=True)
        self.tips: Array = np.empty((0, 2))
        self._seen: UnitsSeen | None = None
        self._drawn: tuple[Any, ...] = (None,) * 4
        """The theme and the points that are drawn."""
        for ray in self.rays.values():
            ray.setZValue(0.7)
            self.view.addItem(ray, ignoreBounds=True)
        self.picture.canvas.picked.connect(self._on_picked)
        self.picture.fitted.connect(self.picture.fit)

    def show_units(self, picture: NeuronsReady, seen: UnitsSeen, followed: int | None, lines: bool) -> None:
        """Show units at a step.

        Args:
            picture: whose units these are.
            seen: the units at the step shown.
            followed: the place of the unit that stands out.
            lines: whether the lines where units bend are shown.
        """
        assert seen.slope is not None
        self._seen, half = seen, picture.view
        self._show_data(picture)
        self.tips = tips(seen, half)
        groups = side_colours(picture, seen)
        self._groups(self._shafts, len(groups), 4.0)
        self._groups(self._lines, len(groups), 0.5)
        lined = lines and bool(picture.line)
        for (colour, mine), shaft, line in zip(groups, self._shafts, self._lines, strict=False):
            shaft.setData(*arrows(self.tips[mine], 0.035 * half))
            shaft.setPen(bold(colour, SHAFT))
            line.setData(*(kinks(seen, mine, 2 * half) if lined else NOTHING))
            line.setPen(paled(colour, 0.5, THIN) if mine.sum() < FEW else paled(colour, 0.25))
        chosen = np.arange(len(seen.norm)) == (-1 if followed is None else followed)
        for item in (self.followed, self.followed_line):
            item.setPen(bold(theme().colours.foreground))
        self.followed.setData(*arrows(self.tips[chosen], 0.05 * half))
        self.followed_line.setData(*(kinks(seen, chosen, 2 * half) if lined else NOTHING))
        ends = np.empty((0, 2)) if picture.limit is None else tips(picture.limit, half)
        self.limit.setData(*ends.T, pen=pg.mkPen(theme().colours.foreground))

    def show_rays(self, picture: NeuronsReady, shown: bool) -> None:
        """Show the extremal directions, to which units turn first, where they are known and wanted."""
        for side, item in self.rays.items():
            item.setData(*(rays(picture, side) if shown and picture.extremes is not None else NOTHING))
            pen = paled(side_colour(picture, side), 0.7, SHAFT)
            pen.setStyle(Qt.PenStyle.DashLine)
            item.setPen(pen)

    def show_trail(self, picture: NeuronsReady, path: Sequence[UnitsSeen], followed: int | None) -> None:
        """Show where the tip of the unit followed was at stored steps."""
        way = [tips(step, picture.view)[followed] for step in path] if followed is not None else []
        self.trail.setData(*(np.array(way).T if way else NOTHING))
        self.trail.setPen(line_pen(theme().colours.foreground, "dot"))

    def _show_data(self, picture: NeuronsReady) -> None:
        ends = np.array([-picture.view, picture.view])
        if not np.array_equal(self.picture.axis, ends):
            self.picture.axis = ends
            self.picture.fit()
        self.picture.show_inputs(picture.input_names)
        drawn: tuple[Any, ...] = (theme().dark, picture.classes, picture.points, picture.labels)
        if not all(np.array_equal(now, before) for now, before in zip(drawn, self._drawn, strict=True)):
            self._drawn = drawn
            self.picture.show_points(picture.points, picture.labels, None, 2 if picture.classes == 2 else 3)

    def _groups(self, items: list[UnitStrokes], count: int, z: float) -> None:
        """Have as many curves as there are colours; those too many show nothing."""
        while len(items) < count:
            item = UnitStrokes()
            item.setZValue(z)
            self.view.addItem(item, ignoreBounds=True)
            items.append(item)
        for item in items[count:]:
            item.setData([], [])

    def nearest_unit(self, x: float, y: float) -> int | None:
        """Return the place of the unit whose arrow or line is at a point; None beside all of them."""
        if self._seen is None or not len(self.tips):
            return None
        pixel = self.view.viewPixelSize()
        here = np.array([x, y])
        along = np.clip((self.tips @ here) / np.maximum(np.square(self.tips).sum(1), 1e-300), 0, 1)
        gaps = np.hypot(*((along[:, None] * self.tips - here) / pixel).T)
        # near the origin all arrows meet: only the outer part of one tells it from the others
        gaps = np.where(along > 0.3, gaps, np.inf)
        best = int(np.argmin(gaps))
        if gaps[best] <= NEAR:
            return best
        if (
            self._lines
            and self._seen.slope is not None
            and self._seen.offset is not None
            and self._has_lines()
        ):
            steep = np.hypot(*self._seen.slope.T)
            with np.errstate(divide="ignore", invalid="ignore"):
                far = np.abs(self._seen.slope @ here + self._seen.offset) / steep / max(pixel)
            far = np.where(np.isfinite(far), far, math.inf)
            best = int(np.argmin(far))
            if far[best] <= NEAR / 2:
                return best
        return None

    def _has_lines(self) -> bool:
        return any(line.xData is not None and len(line.xData) for line in self._lines)

    @Slot(float, float)
    def _on_picked(self, x: float, y: float) -> None:
        self.unit_picked.emit(self.nearest_unit(x, y))
