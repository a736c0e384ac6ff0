"""What is measured between two pins of a plot: values at both, their difference, and the law fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.figures.curves import Shown
from engine.figures.fits import Between, Fit
from engine.figures.plots import HorizontalAxis
from engine.words.formats import read_out, with_minus

from .choices import Choices
from .curves import Series
from .traces import TraceData

MOST_ROWS = 24
"""Lines measured in one plot: those of the run looked at first."""


@dataclass(frozen=True)
class MeasuredLine:
    """One line between two pins."""

    run: str
    """The run's id."""
    label: str
    colour: str
    """'': that of text."""
    column: str
    title: str
    shown: Shown
    at_first: float
    """The height drawn at the first pin; NaN where there is none."""
    at_last: float
    fit: Fit | None
    """None: no line, or it is not to be fitted."""
    is_fitted: bool
    """Whether it is to be."""

    @property
    def at_first_words(self) -> str:
        """Return the value at the first pin."""
        return value_words(self.at_first, self.shown)

    @property
    def at_last_words(self) -> str:
        """Return the value at the last pin."""
        return value_words(self.at_last, self.shown)

    @property
    def difference_words(self) -> str:
        """Return how the values differ: '+0.012', or by which factor where logarithms are drawn: '×0.031'."""
        change = self.at_last - self.at_first
        if not np.isfinite(change):
            return "–"
        if not self.shown.is_logarithm:
            return ("+" if change >= 0 else "") + read_out(change)
        return f"×{read_out(10.0**change)}" if abs(change) < 5 else f"×10^{with_minus(f'{change:.2f}')}"

    def rate_words(self) -> str:
        """Return the exponent, rate or slope with its standard error."""
        return self.fit.rate_words() if self.fit is not None else "–"

    def law_words(self, axis: HorizontalAxis) -> str:
        """Return the law with its numbers, over what the axis says."""
        return self.fit.words(axis.words) if self.fit is not None else ""


def value_words(height: float, shown: Shown) -> str:
    """Write the value at a height."""
    if not np.isfinite(height) or not shown.is_logarithm:
        return read_out(height)
    return read_out(10.0**height) if abs(height) < 300 else f"10^{with_minus(f'{height:.2f}')}"


def measured(
    between: Between,
    visible: Sequence[TraceData],
    choices: Choices,
    series: dict[tuple[str, str], Series],
    axis: HorizontalAxis,
) -> list[MeasuredLine]:
    """Return what the lines drawn say between two pins, those of the run looked at first."""
    rows: list[MeasuredLine] = []
    for data in sorted(visible, key=lambda d: (not d.trace.selected, d.trace.ghost)):
        for name in choices.columns():
            drawn = series[data.trace.run, name].drawn if (data.trace.run, name) in series else None
            if drawn is None or len(rows) >= MOST_ROWS:
                continue
            shown, fitted = choices.shown_as(name), between.fits(name)
            steps = data.records.steps
            if len(drawn.rows) and drawn.rows[-1] >= len(steps):
                continue  # taken back since it was drawn
            first, last = (_height(drawn.whole[1], steps[drawn.rows], step) for step in ends(between))
            found = between.fit(drawn, steps, axis.log, shown) if fitted else None
            rows.append(
                MeasuredLine(
                    data.trace.run,
                    data.trace.label,
                    data.trace.line_colour,
                    name,
                    choices.value_title(name),
                    shown,
                    first,
                    last,
                    found,
                    fitted,
                )
            )
    return rows


def ends(between: Between) -> tuple[int, int]:
    """Return the first and the last step."""
    return min(between.first, between.last), max(between.first, between.last)


def _height(heights: np.ndarray, steps: np.ndarray, step: int) -> float:
    """Return the height at the record nearest to a step; NaN outside the records."""
    if not len(steps) or not steps[0] <= step <= steps[-1]:
        return float("nan")
    return float(heights[np.abs(steps - step).argmin()])
