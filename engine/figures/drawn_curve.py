"""One column of a run as it is drawn, on screen and in a file alike: line, band, single lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.protocol.records import Array

from .curves import Shown, below_axis, connected_rows, heights, lone_points, readings
from .growing_spread import GrowingSpread
from .positions import Positions
from .ranges import Range, bounds, joined
from .thinning import evenly, sparse_rows, thin

MOST_SINGLES = 32
"""Replicas drawn one by one behind their band."""

Points = tuple[Array, Array]


@dataclass(frozen=True)
class Detail:
    """How finely curves are drawn."""

    strips: int
    """Of equal width across the view: where a line is thinned, each keeps its first, least, most and last point."""
    line: int
    """Points up to which a line is drawn whole."""
    band: int
    """Points up to which an end of a band is."""
    singles: int
    """Points of all single lines together."""
    view: Range | None = None
    """Positions in view; None: all of a line."""


@dataclass(frozen=True)
class DrawnCurve:
    """What is drawn of one column of one run; NaN is a gap."""

    line: Points
    """Of the only replica, the median or the replica chosen."""
    lone: Points
    """Points of the line without a neighbour to be joined with."""
    band: tuple[Array, Array, Array] | None
    """Positions, low end and high end; None for one replica."""
    singles: Points | None
    """A row for each of some replicas, NaN last; None for one replica."""
    extent: Range | None
    """Of the heights that the value axis has to hold."""
    replicas: NDArray[np.intp]
    """Which replicas the single lines are of."""
    below: int
    """How many values have no logarithm and so no height."""
    calm: Range | None
    """Of the heights of replicas that did not diverge."""
    whole: Points
    """The line with all of its points, however finely it is drawn."""
    rows: NDArray[np.intp]
    """Which records these are."""

    def across(self) -> Range | None:
        """Return the least and the most position of what is drawn."""
        drawn = [self.line, *([] if self.band is None else [self.band[:2]])]
        drawn += [] if self.singles is None else [self.singles]
        return bounds(*(x[np.isfinite(y)] for x, y in drawn))


class CurveDrawing:
    """Works out what is drawn of one column of one run, again and again while the run goes on."""

    def __init__(self) -> None:
        self._spread = GrowingSpread()
        self._kind: tuple[Shown, str] = (Shown.VALUE, "")

    def of(
        self,
        values: Array,
        positions: Positions,
        shown: Shown,
        detail: Detail,
        *,
        replica: int | None = None,
        since: int = 0,
        lost: NDArray[np.bool_] | None = None,
        thinned: bool = False,
    ) -> DrawnCurve:
        """Return what is drawn of values (T, R).

        Args:
            values: of the column.
            positions: of its records.
            shown: what of the values.
            detail: how finely.
            replica: which is drawn in the median's place; None: the median.
            since: the first record whose heights the value axis has to hold.
            lost: which replicas (R,) diverged; None: none.
            thinned: whether the column is measured at some records alone.
        """
        x, middle = positions.x, positions.middle
        if positions.of_a_column:  # where that was not measured there is no place for others
            values = np.where(np.isfinite(x), values, np.nan)
        rows = connected_rows(values, thinned)
        if len(rows) < len(values):
            since = int(np.searchsorted(rows, since))
            x, middle, values = x[rows], middle[rows], values[rows]
        if values.shape[1] == 1:
            only = _placed(values, x, shown)[:, 0]
            height = heights(only, shown)
            below = int(below_axis(only, shown).sum())
            line = thin(middle, height, detail.view, detail.strips, detail.line)
            none = np.empty(0, np.intp)
            extent = bounds(height[since:])
            return DrawnCurve(
                line,
                lone_points(middle, height),
                None,
                None,
                extent,
                none,
                below,
                None if lost is not None and lost[0] else extent,
                (middle, height),
                rows,
            )
        if (shown, positions.axis) != self._kind:
            self._kind, self._spread = (shown, positions.axis), GrowingSpread()
        low, height, high = self._spread.of(values, x, shown)
        place, extents = middle, []
        if replica is not None:
            place, height = x[:, replica], heights(_placed(values[:, replica], x[:, replica], shown), shown)
            extents = [bounds(height[since:])]
        band = _band(middle, low, high, detail)
        singles, extent = _singles(x, middle, values, shown, detail, since)
        extent = calm = joined(extent, bounds(low[since:], high[since:]), *extents)
        if lost is not None and lost.any():
            calm = bounds(heights(_placed(values[since:, ~lost], x[since:, ~lost], shown), shown))
        return DrawnCurve(
            thin(place, height, detail.view, detail.strips, detail.line),
            lone_points(place, height),
            band,
            singles,
            extent,
            evenly(values.shape[1], MOST_SINGLES),
            self._spread.below,
            calm,
            (place, height),
            rows,
        )


def _placed(values: Array, x: Array, shown: Shown) -> Array:
    """Return readings; NaN where they have no position."""
    return np.where(np.isfinite(x), readings(values, shown), np.nan)


def _band(x: Array, low: Array, high: Array, detail: Detail) -> tuple[Array, Array, Array]:
    """Return a band, with a gap where either end has none."""
    whole = np.isfinite(low) & np.isfinite(high)
    low, high = np.where(whole, low, np.nan), np.where(whole, high, np.nan)
    strips = detail.strips // 2
    thin_x, thin_low = thin(x, low, detail.view, strips, detail.band)
    return thin_x, thin_low, thin(x, high, detail.view, strips, detail.band)[1]


def _singles(
    x: Array, middle: Array, values: Array, shown: Shown, detail: Detail, since: int
) -> tuple[Points, Range | None]:
    """Return some replicas' lines at some records, and their bounds from a record on."""
    replicas: NDArray[np.intp] = evenly(values.shape[1], MOST_SINGLES)
    rows = sparse_rows(middle, detail.singles // len(replicas))
    chosen = np.ix_(rows, replicas)
    height = heights(_placed(values[chosen], x[chosen], shown), shown)
    single_x, single_y = (np.full((len(replicas), len(rows) + 1), np.nan) for _ in range(2))
    single_x[:, :-1], single_y[:, :-1] = x[chosen].T, height.T
    return (single_x, single_y), bounds(height[rows >= since])
