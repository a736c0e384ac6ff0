"""The lines of one plot: one for every run and column drawn, made once and used again for others."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import NamedTuple

import pyqtgraph as pg

from engine.figures.curves import Shown
from engine.figures.held import HeldSpan
from engine.figures.ranges import Range

from .base import PlotCanvas
from .choices import Choices, Stroke
from .curves import Series
from .still_lines import StillLines
from .strokes import Strokes
from .traces import TraceData

CROWD = 60
"""Lines beyond which all of them are thin: so many are told apart more easily, and drawn in half the time."""


class Lines(NamedTuple):
    """What drawing all lines came to."""

    missing: int
    """How many values cannot be shown."""
    extent: Range | None
    """Of what the value axis has to hold."""
    unfinished: bool
    """Whether lines are left for the next call."""


class Look(NamedTuple):
    """How a column is drawn in every run."""

    name: str
    stroke: Stroke
    shown: Shown
    at_right: bool


class PlotLines:
    """Draws what a plot's choices say of runs into its canvas."""

    def __init__(
        self, canvas: PlotCanvas, right_view: pg.ViewBox | None, choices: Choices, strokes: Strokes
    ) -> None:
        self.series: dict[tuple[str, str], Series] = {}
        """What is drawn, by run and column."""
        self.spare: dict[tuple[bool, bool], list[Series]] = {}
        """What is not, by whether it belongs to the axis at the right, and is of several replicas."""
        self._canvas, self._right_view = canvas, right_view
        self._still = {False: StillLines(), True: StillLines()}
        """Of the axis at the left, and of that at the right."""
        self.beyond: set[str] = set()
        """Diverged runs that leave a value axis which holds the others."""
        for right, still in self._still.items():
            self._view(right).addItem(still, ignoreBounds=True)
        self.choices, self._strokes = choices, strokes

    def draw(self, visible: Sequence[TraceData], everything: bool, most: int | None) -> Lines:
        """Draw every line.

        Args:
            visible: the runs, those above last.
            everything: whether the value axis holds the margins before separation too.
            most: lines that are worked out now.
        """
        view, columns = self._canvas.x_range(), self._canvas.pixel_columns()
        looks = [
            Look(name, self._strokes.stroke(name), self.choices.shown_as(name), self.choices.at_right(name))
            for name in self.choices.columns()
        ]
        wanted = {(d.trace.run, look.name) for d in visible for look in looks if look.name in d.records}
        self._release(wanted)
        crowded = len(wanted) > CROWD
        late = self.choices.spec.id == "margins" and not everything
        missing = lines = 0
        held = HeldSpan()
        for place, data in enumerate(visible):
            since = data.first_on_axis() if late else 0
            for look in looks:
                if (data.trace.run, look.name) not in wanted:
                    continue
                if most is not None and lines >= most:
                    return Lines(missing, None, True)
                series = self._series(data, look)
                series.style(data.trace.line_colour, look.stroke, place, data.trace.ghost, crowded)
                series.show(True)
                drawn = series.set_data(data, look.name, look.shown, view, columns, since)
                lines += series.is_new
                missing += drawn.below
                if not look.at_right:
                    held.add(data.trace.run, drawn.extent, drawn.calm)
        self._keep_still({data.trace.run for data in visible if data.trace.history.finished})
        self.beyond = held.beyond()
        return Lines(missing, held.range(diverged=self.choices.holds_diverged), False)

    def _keep_still(self, ended: Set[str]) -> None:
        """Let the lines of runs that have ended be painted together."""
        parts: dict[bool, list[Series]] = {False: [], True: []}
        for (run, _), series in self.series.items():
            if run in ended:
                parts[series.at_right].append(series)
        for right, still in self._still.items():
            still.set_series(parts[right])

    def _release(self, kept: Set[tuple[str, str]]) -> None:
        """Hide what is drawn no longer, and keep its items for whatever comes next."""
        for key in [key for key in self.series if key not in kept]:
            series = self.series.pop(key)
            series.show(False)
            self.spare.setdefault((series.at_right, series.band is not None), []).append(series)

    def make_spare(self, several: bool) -> bool:
        """Make what the lines of one more run are drawn with, out of sight, where it is not there; say whether it was.

        Args:
            several: whether the run has several replicas.
        """
        wanted: dict[bool, int] = {}
        for name in self.choices.columns():
            right = self.choices.at_right(name)
            wanted[right] = wanted.get(right, 0) + 1
        missing = False
        for right, count in wanted.items():
            spare = self.spare.setdefault((right, several), [])
            while len(spare) < count:
                missing = True
                series = Series(self._view(right), several, right)
                series.show(False)
                spare.append(series)
        return missing

    def _series(self, data: TraceData, look: Look) -> Series:
        """Return the items that draw a column of a run: those it has, spare ones, or new ones."""
        key, right = (data.trace.run, look.name), look.at_right
        if key not in self.series:
            several = data.records.replicas > 1
            spare = self.spare.get((right, several))
            self.series[key] = spare.pop() if spare else Series(self._view(right), several, right)
        return self.series[key]

    def _view(self, right: bool) -> pg.ViewBox:
        return self._right_view if right and self._right_view is not None else self._canvas.view
