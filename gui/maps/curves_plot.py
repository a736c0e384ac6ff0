"""What a column did at one place of a map: a curve a seed over the steps that are kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from engine.figures.maps import heights
from engine.figures.plots import PALETTE
from engine.figures.ranges import Range, bounds, joined
from engine.protocol.records import Array
from gui.pictures.small_plot import SmallPlot
from gui.plots.curves import line_pen
from gui.theme import on_screen, theme

LOG_FROM = 50
"""Steps from which they run to the right in their logarithm."""
HEIGHT = 150
"""Pixels."""


class CurvesPlot(SmallPlot):
    """Lines over steps, in the order of their seeds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("map_curves")
        self.canvas.setAccessibleName("Curves of the place chosen")
        self.setFixedHeight(HEIGHT)
        self.curves: list[tuple[Array, Array]] = []
        self._title, self._log = "", False
        theme().theme_changed.connect(self._draw)
        self.hide()

    def show_curves(self, curves: Sequence[tuple[Array, Array]], title: str, *, log: bool) -> None:
        """Show curves as steps (T,) and values (T,), one a seed; nothing for none.

        Args:
            curves: those.
            title: what they are of.
            log: whether their heights are logarithms.
        """
        self.curves, self._title, self._log = list(curves), title, log
        self.setVisible(bool(self.curves))
        self._draw()

    @Slot()
    def _draw(self) -> None:
        view = self.canvas.view
        for item in [item for item in view.addedItems if item is not self.canvas.grid_lines]:
            view.removeItem(item)
        if not self.curves:
            return
        is_long = max(float(steps[-1]) for steps, _ in self.curves) >= LOG_FROM
        across: Range | None = None
        up: Range | None = None
        for k, (steps, values) in enumerate(self.curves):
            there = steps > 0 if is_long else steps >= 0
            x = np.log10(steps[there]) if is_long else steps[there].astype(float)
            y = heights(values[there], self._log)
            across, up = joined(across, bounds(x)), joined(up, bounds(y))
            pen = line_pen(on_screen(PALETTE[k % len(PALETTE)]))
            view.addItem(pg.PlotCurveItem(x, y, pen=pen, connect="finite"), True)
        self.canvas.set_bottom_title("step", log=is_long, shown=True)
        self.canvas.set_left_title(self._title, log=self._log)
        self.hold(across, up)
