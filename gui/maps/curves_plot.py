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
        self.draft: tuple[Array, Array] | None = None
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
        self._show()

    def show_draft(self, draft: tuple[Array, Array] | None) -> None:
        """Show what is steered as steps (T,) and values (T,), dashed; None for nothing."""
        if draft is not None or self.draft is not None:
            self.draft = draft
            self._show()

    def _show(self) -> None:
        self.setVisible(bool(self.curves) or self.draft is not None)
        self.canvas.set_words("", "" if self.draft is None else "dashed: the draft")
        self._draw()

    @Slot()
    def _draw(self) -> None:
        items: list[pg.PlotCurveItem] = []
        pens = [line_pen(on_screen(PALETTE[k % len(PALETTE)])) for k in range(len(self.curves))]
        curves = list(self.curves)
        if self.draft is not None:
            curves.append(self.draft)
            pens.append(line_pen(theme().colours.foreground, "dash"))
        if not curves:
            self.draw_anew(items)
            return
        is_long = max(float(steps[-1]) for steps, _ in curves) >= LOG_FROM
        across: Range | None = None
        up: Range | None = None
        for (steps, values), pen in zip(curves, pens, strict=True):
            there = steps > 0 if is_long else steps >= 0
            x = np.log10(steps[there]) if is_long else steps[there].astype(float)
            y = heights(values[there], self._log)
            across, up = joined(across, bounds(x)), joined(up, bounds(y))
            items.append(pg.PlotCurveItem(x, y, pen=pen, connect="finite"))
        self.draw_anew(items)
        self.canvas.set_bottom_title("step", log=is_long, shown=True)
        self.canvas.set_left_title(self._title, log=self._log)
        self.hold(across, up)
