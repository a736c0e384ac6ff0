"""Predicted limits in the plot of the margins: a horizontal line a run, in its colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pyqtgraph as pg

from gui.theme import on_screen

from .curves import line_pen
from .trace_plot import TracePlot

COLUMN = "normalized_margin"
"""What the limits are limits of."""


class LimitLine(NamedTuple):
    """The limit of a run's normalized margin."""

    value: float
    colour: str
    told: bool
    """Whether the run has converged enough."""
    words: str
    """Whose it is, and as of which step."""


class LimitLines:
    """Lines in one plot; where it does not show what they are limits of, there are none."""

    def __init__(self, plot: TracePlot) -> None:
        self._plot = plot
        self.lines: list[pg.InfiniteLine] = []

    def show(self, limits: Sequence[LimitLine]) -> None:
        """Draw these; dashed where the limit is told, dotted where the run has not converged enough."""
        choices = self._plot.choices
        drawn = limits if COLUMN in choices.columns() and not choices.log else ()
        while len(self.lines) < len(drawn):
            line = pg.InfiniteLine(angle=0, movable=False)
            line.setZValue(40)
            self._plot.canvas.view.addItem(line, ignoreBounds=True)
            self.lines.append(line)
        for place, line in enumerate(self.lines):
            line.setVisible(place < len(drawn))
            if place < len(drawn):
                limit = drawn[place]
                line.setPos(limit.value)
                line.setToolTip(limit.words)
                line.setPen(line_pen(on_screen(limit.colour), "dash" if limit.told else "dot"))
