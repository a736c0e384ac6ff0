"""One number of every unit over stored steps, the unit followed standing out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from engine.figures.ranges import bounds
from engine.protocol.neurons import NeuronsReady, UnitsSeen
from engine.protocol.records import Array
from gui.pictures.small_plot import SmallPlot
from gui.plots.base import hairline
from gui.theme import theme

from .columns import UnitColumn, on_axis, values
from .pens import UnitStrokes, bold, paled
from .side_colours import side_colours

NEAR = 10
"""Pixels from the mouse at which a unit is meant."""
FEW = 40
"""Lines up to which each is easily told from the others."""


class UnitsOverSteps(SmallPlot):
    """A faint line a unit over the logarithm of the step."""

    unit_picked = Signal(object)
    """The place of the unit under the mouse, or None beside all of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas.set_bottom_title("step", log=True, shown=True)
        self._lines: list[pg.PlotCurveItem] = []
        self.followed = UnitStrokes()
        self.marker = pg.InfiniteLine(angle=90, movable=False)
        for place, item in enumerate((self.marker, self.followed)):
            item.setZValue(5 + place)
            self.canvas.view.addItem(item, ignoreBounds=True)
        self._steps: Array = np.empty(0)
        self._values: Array = np.empty((0, 0))
        self.canvas.picked.connect(self._on_picked)

    def show_path(
        self,
        picture: NeuronsReady,
        path: Sequence[UnitsSeen],
        followed: int | None,
        up: UnitColumn,
    ) -> None:
        """Show the units at stored steps, in the colours that they have at the last."""
        self.canvas.set_left_title(up.title, log=up.log)
        later = [step for step in path if step.step > 0] or list(path)
        self._steps = np.log10([max(float(step.step), 1.0) for step in later])
        self._values = np.array([on_axis(up, values(up.name, step)) for step in later])
        groups = side_colours(picture, later[-1])
        while len(self._lines) < len(groups):
            line = pg.PlotCurveItem(connect="finite", antialias=False)
            self._lines.append(line)
            self.canvas.view.addItem(line, ignoreBounds=True)
        for line in self._lines[len(groups) :]:
            line.setData([], [])
        for (colour, mine), line in zip(groups, self._lines, strict=False):
            own = self._values[:, mine]
            gap = np.full((1, own.shape[1]), np.nan)
            x = np.tile(np.append(self._steps, np.nan), own.shape[1])
            line.setData(x, np.concatenate([own, gap]).T.ravel())
            line.setPen(paled(colour, 0.8 if own.shape[1] < FEW else 0.35))
        one = self._values[:, followed] if followed is not None else np.empty(0)
        self.followed.setData(self._steps if len(one) else np.empty(0), one, connect="finite")
        self.followed.setPen(bold(theme().colours.foreground))
        self.canvas.set_words("Two stored steps make a line." if len(later) < 2 else "", "")
        self.hold(bounds(self._steps), bounds(self._values))

    def mark(self, step: int) -> None:
        """Put a line at the step shown."""
        self.marker.setPen(hairline(theme().colours.accent))
        self.marker.setVisible(step > 0)
        if step > 0:
            self.marker.setValue(np.log10(step))

    def nearest_unit(self, x: float, y: float) -> int | None:
        """Return the place of the unit whose line is at a point; None beside all of them."""
        if len(self._steps) < 2:
            return None
        here = np.array([np.interp(x, self._steps, column) for column in self._values.T])
        gaps = np.abs(here - y) / self.canvas.view.viewPixelSize()[1]
        gaps = np.where(np.isfinite(gaps), gaps, np.inf)
        best = int(np.argmin(gaps)) if len(gaps) else 0
        return best if len(gaps) and gaps[best] <= NEAR else None

    @Slot(float, float)
    def _on_picked(self, x: float, y: float) -> None:
        self.unit_picked.emit(self.nearest_unit(x, y))
