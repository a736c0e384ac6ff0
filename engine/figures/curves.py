"""From records to lines of a figure: logarithms with gaps, medians and bands over replicas, fewer points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from engine.experiment.columns import column
from engine.records import Array
from engine.run_history import RunHistory

from .plots import LN10, HorizontalAxis, PlotSpec

MOST_POINTS = 4000
"""Of one line in a vector file."""
MOST_SINGLES = 16
"""Replicas drawn one by one behind their band."""
BAND_REPLICAS = 5
"""From so many on the band runs from the 10th to the 90th percentile, below it from least to most."""


class Shown(Enum):
    """What of a value is drawn."""

    VALUE = "value"
    FRACTION = "value, on an axis of its own from 0 to 1"
    LOG10 = "log10 value"
    NATURAL_LOG = "value / ln 10"
    ONE_MINUS = "log10(1 - value)"


@dataclass(frozen=True)
class Curve:
    """One column of one run: positions and heights (T, R), NaN where there is none, and their steps (T,)."""

    x: Array
    y: Array
    steps: NDArray[np.int64]

    def since(self, step: float) -> Curve:
        """Return what lies at a step and after it."""
        late = self.steps >= step
        return Curve(self.x[late], self.y[late], self.steps[late])

    def finite(self) -> tuple[Array, Array]:
        """Return the positions and the heights of every point that is drawn."""
        there = np.isfinite(self.x) & np.isfinite(self.y)
        return self.x[there], self.y[there]


def shown_as(spec: PlotSpec, name: str, one_minus: bool) -> Shown:
    """Return what of a column's values a plot draws."""
    known = column(name)
    scale = known.scale if known else "linear"
    if scale == "fraction" and spec.in_log10:
        return Shown.FRACTION
    if name in spec.in_log10:
        return Shown.NATURAL_LOG
    if one_minus and spec.one_minus:  # a drift from 0 is no distance from 1
        return Shown.LOG10 if scale == "log" else Shown.ONE_MINUS
    return Shown.LOG10 if spec.log else Shown.VALUE


def heights(values: Array, shown: Shown) -> Array:
    """Return where values are drawn; a logarithm of 0 or less, and infinity, are gaps."""
    if shown is Shown.NATURAL_LOG:
        result = values / LN10
    elif shown in (Shown.LOG10, Shown.ONE_MINUS):
        inner = 1.0 - values if shown is Shown.ONE_MINUS else values
        result = np.log10(inner, out=np.full_like(inner, np.nan), where=inner > 0)
    else:
        result = values
    return np.where(np.isfinite(result), result, np.nan)


def curve(log: RunHistory, name: str, horizontal: HorizontalAxis, shown: Shown) -> Curve:
    """Return where a column of a run is drawn; a thinned one goes on between the records that have it."""
    values = log.records.column(name)
    rows = connected_rows(values)
    x, y = horizontal.values(log.records)[rows], heights(values[rows], shown)
    return Curve(np.where(np.isfinite(x), x, np.nan), y, log.records.steps[rows])


def connected_rows(values: Array) -> NDArray[np.intp]:
    """Return the records that the line of a column (T, R) joins: all, or where a thinned one was measured.

    Measurements thin themselves, and how far is not known from their names. Where most neighbouring values
    are two or more records apart, those between are left out; a gap of more than twice that stays one.
    """
    measured = np.flatnonzero(~np.isnan(values).all(axis=1))
    apart = np.diff(measured)
    usual = float(np.median(apart)) if apart.size else 1.0
    if usual < 2:
        return np.arange(len(values))
    gaps = measured[:-1][apart > 2 * usual] + 1
    return np.union1d(measured, gaps)


def lone_points(x: Array, y: Array) -> tuple[Array, Array]:
    """Return the points (T,) that no line reaches: finite ones between two that are not."""
    there = np.isfinite(x) & np.isfinite(y)
    before, after = np.append(False, there[:-1]), np.append(there[1:], False)
    lone = there & ~before & ~after
    return x[lone], y[lone]


def event_step(log: RunHistory, event: str) -> float:
    """Return the step of an event, the median over the replicas that have met it; NaN where none has."""
    steps = [step for step in log.events.get(event, []) if step is not None]
    return float(np.median(steps)) if steps else float("nan")


def event_position(log: RunHistory, event: str, horizontal: HorizontalAxis) -> float:
    """Return where an event lies: the median over the replicas that have met it; NaN where none has."""
    step, steps = event_step(log, event), log.records.steps
    if np.isnan(step) or not len(steps) or not steps[0] <= step <= steps[-1]:
        return float("nan")
    if horizontal.id == "log_step":  # between two records a straight line in the step would miss it
        return float(np.log10(step)) if step > 0 else float("nan")
    middle = spread(horizontal.values(log.records))[1]
    placed = np.isfinite(middle)
    if not placed.any():
        return float("nan")
    return float(np.interp(step, steps[placed], middle[placed], left=np.nan, right=np.nan))


def band_words(counts: Sequence[int]) -> str:
    """Say what the bands of runs with so many replicas cover."""
    words = {True: "10 to 90 %", False: "least to most"}
    return " or ".join(words[few] for few in sorted({count >= BAND_REPLICAS for count in counts}))


def spread(values: Array) -> tuple[Array, Array, Array]:
    """Return low end, median and high end (T,) over the finite replicas of (T, R); NaN where none is."""
    values = np.where(np.isfinite(values), values, np.nan)
    tail = 0.1 if values.shape[1] >= BAND_REPLICAS else 0.0
    low, middle, high = (np.full(len(values), np.nan) for _ in range(3))
    defined = ~np.isnan(values).all(axis=1)
    if defined.any():
        low[defined], middle[defined], high[defined] = np.nanquantile(
            values[defined], [tail, 0.5, 1.0 - tail], axis=1
        )
    return low, middle, high


def singles(replicas: int) -> NDArray[np.intp]:
    """Return which replicas are drawn one by one: evenly over all of them."""
    return np.unique(np.linspace(0, replicas - 1, min(replicas, MOST_SINGLES)).round().astype(np.intp))


def thin(x: Array, y: Array, most: int = MOST_POINTS) -> tuple[Array, Array]:
    """Return at most so many points (T,) that look the same: least and most of every strip, and gaps.

    Strips have equal width on the axis, not equal numbers of records: evenly spaced records keep their first
    decades on a logarithmic axis.
    """
    if len(x) <= most:
        return x, y
    starts = _strips(x, y, most // 3)
    low, high = np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts)
    ends = np.append(starts[1:], len(y)) - 1
    rising = y[starts] <= y[ends]
    gap = np.add.reduceat(np.isnan(y).astype(int), starts) > 0
    new_x, new_y = np.repeat(x[starts], 3), np.empty(3 * len(starts))
    new_x[1::3], new_x[2::3] = x[ends], x[ends]
    new_y[0::3], new_y[1::3] = np.where(rising, low, high), np.where(rising, high, low)
    new_y[2::3] = np.where(gap, np.nan, new_y[1::3])
    return new_x, new_y


def thin_band(x: Array, low: Array, high: Array, most: int = MOST_POINTS) -> tuple[Array, Array, Array]:
    """Return at most so many points of a band that cover the same."""
    if len(x) <= most:
        return x, low, high
    starts = _strips(x, low, most)
    return x[starts], np.fmin.reduceat(low, starts), np.fmax.reduceat(high, starts)


def _strips(x: Array, y: Array, count: int) -> NDArray[np.intp]:
    """Return where strips of equal width start; of equal counts where the line runs back and forth."""
    there = np.isfinite(x)
    strip = np.full(len(x), -1)
    if there.any():
        left = x[there].min()
        width = (x[there].max() - left) or 1.0
        strip[there] = np.minimum((x[there] - left) / width * count, count - 1).astype(int)
    starts = np.flatnonzero(np.diff(strip, prepend=-2))
    return starts if len(starts) <= count else np.linspace(0, len(x), count, endpoint=False).astype(np.intp)
