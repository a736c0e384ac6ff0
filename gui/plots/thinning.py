"""From records to what is drawn: logarithms with gaps, medians and bands over replicas, fewer points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.figures.curves import BAND_REPLICAS, Shown
from engine.figures.plots import LN10
from engine.records import Array

MOST_POINTS = 2000
"""Of one line; beyond, it is thinned to what the plot's pixels can show."""
MOST_SINGLE_POINTS = 2000
"""Of all faint lines of one column together."""
MOST_BAND_POINTS = 300
"""Of one end of a band."""
MOST_SINGLES = 32


def heights(values: Array, shown: Shown) -> Array:
    """Return where values are drawn: -inf where a logarithm has none, NaN where there is no value."""
    if shown in (Shown.VALUE, Shown.FRACTION):
        return values
    if shown is Shown.NATURAL_LOG:
        return values / LN10
    inner = 1.0 - values if shown is Shown.ONE_MINUS else values
    result = np.where(np.isnan(inner), np.nan, -np.inf)
    return np.log10(inner, out=result, where=inner > 0)


def placed(values: Array, x: Array | None, shown: Shown) -> Array:
    """Return where values are drawn; NaN too where they have no position."""
    result = heights(values, shown)
    return result if x is None else np.where(np.isfinite(x), result, np.nan)


def told(values: Array, shown: Shown) -> Array:
    """Return what a read-out says of values: the loss' log as log10, distances from 1, else themselves."""
    if shown is Shown.NATURAL_LOG:
        return values / LN10
    return 1.0 - values if shown is Shown.ONE_MINUS else values


def spread(values: Array) -> tuple[Array, Array, Array]:
    """Return low end, median and high end over the replicas of (T, R) without NaN; NaN where all are."""
    replicas = values.shape[1]
    tail = 0.1 if replicas >= BAND_REPLICAS else 0.0
    ordered = np.sort(values, axis=1)  # NaN last
    count = replicas - np.isnan(ordered).sum(axis=1)
    rows = np.arange(len(ordered))
    result = []
    for share in (tail, 0.5, 1.0 - tail):
        place = share * np.maximum(count - 1, 0)
        below = np.floor(place).astype(int)
        weight = place - below
        first, second = ordered[rows, below], ordered[rows, np.minimum(below + 1, replicas - 1)]
        with np.errstate(invalid="ignore"):  # inf - inf
            between = first + weight * (second - first)
        result.append(np.where(weight > 0, between, first))
    return result[0], result[1], result[2]


class Spread:
    """Low end, median and high end of a growing column; only rows that are new or changed are worked out."""

    def __init__(self) -> None:
        self._seen: Array = np.empty((0, 0))
        self._result: Array = np.empty((3, 0))
        self._below: NDArray[np.int64] = np.empty(0, np.int64)

    @property
    def below(self) -> int:
        """Return how many values were at -inf: those without a logarithm."""
        return int(self._below.sum())

    def of(self, values: Array, x: Array | None = None, shown: Shown = Shown.VALUE) -> Array:
        """Return the three (3, T) for values (T, R), as they are shown at positions `x` (T, R)."""
        known = len(self._seen)
        same = (
            known <= len(values)
            and self._seen.shape[1:] == values.shape[1:]
            and np.array_equal(self._seen.view(np.int64), values[:known].view(np.int64))
        )
        if not same:
            known = 0
        if known < len(values):
            fresh = placed(values[known:], None if x is None else x[known:], shown)
            self._result = np.concatenate((self._result[:, :known], np.array(spread(fresh))), axis=1)
            self._below = np.concatenate((self._below[:known], np.isneginf(fresh).sum(axis=1)))
            self._seen = values.copy()
        return self._result


def thin(
    x: Array, y: Array, view: tuple[float, float], columns: int, most: int = MOST_POINTS
) -> tuple[Array, Array]:
    """Return fewer points that look the same: first, least, most and last of every pixel column.

    Follows the data in their order, so that `x` may run back; gaps (values that are not finite) stay gaps.
    """
    if len(x) <= most:
        return x, y
    finite = np.isfinite(x) & np.isfinite(y)
    scale = columns / max(view[1] - view[0], 1e-300)
    column = np.clip((np.where(finite, x, 0.0) - view[0]) * scale, -1, columns).astype(np.int32)
    column[~finite] = -2
    starts = np.flatnonzero(np.concatenate(([True], column[1:] != column[:-1])))
    ends = np.concatenate((starts[1:], [len(x)])) - 1
    gaps = np.where(finite, y, np.nan)
    new_x = np.repeat(np.where(finite[starts], x[starts], np.nan), 4)
    new_x[3::4] = np.where(finite[ends], x[ends], np.nan)
    new_y = np.empty(4 * len(starts))
    new_y[0::4], new_y[3::4] = gaps[starts], gaps[ends]
    new_y[1::4], new_y[2::4] = np.fmin.reduceat(gaps, starts), np.fmax.reduceat(gaps, starts)
    return new_x, new_y


def evenly(count: int, most: int) -> NDArray[np.intp]:
    """Return at most `most` places out of `count`, evenly over all, the first and the last among them."""
    if count <= most:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, max(most, 2)).round().astype(np.intp))


def sparse_rows(x: Array, most: int) -> NDArray[np.intp]:
    """Return about `most` rows of positions (T,), evenly over the axis; rows without a position are left out.

    Records at every step keep their first decades on a logarithmic axis; a line that runs back and forth is
    thinned evenly in its own order.
    """
    rows = np.flatnonzero(np.isfinite(x))
    if len(rows) <= most:
        return rows
    there = x[rows]
    width = float(there.max() - there.min()) or 1.0
    strip = ((there - there.min()) * (most / width)).astype(np.int64)
    starts = np.flatnonzero(np.diff(strip, prepend=-1))
    if len(starts) > most + 1:
        starts = evenly(len(rows), most)
    return rows[np.union1d(starts, [len(rows) - 1])]


def singles(
    x: Array, middle: Array, values: Array, shown: Shown, start: int
) -> tuple[Array, Array, tuple[float, float] | None]:
    """Return the replicas' lines as one, gaps between; and its bounds from a row on."""
    replicas = evenly(values.shape[1], MOST_SINGLES)
    rows = sparse_rows(middle, MOST_SINGLE_POINTS // len(replicas))
    chosen = np.ix_(rows, replicas)
    few = placed(values[chosen], x[chosen], shown)
    together = []
    for points in (x[chosen], np.where(np.isfinite(few), few, np.nan)):
        part = np.full((len(rows) + 1, len(replicas)), np.nan)
        part[:-1] = points
        together.append(part.ravel(order="F"))
    return together[0], together[1], bounds(few[rows >= start])


def bounds(*parts: Array) -> tuple[float, float] | None:
    """Return the least and the most finite value of several arrays; None where there is none."""
    low, high = np.inf, -np.inf
    for part in parts:
        finite = part[np.isfinite(part)]
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    return (low, high) if low <= high else None


def joined(*several: tuple[float, float] | None) -> tuple[float, float] | None:
    """Return the bounds of bounds; None where all are None."""
    there = [b for b in several if b is not None]
    return (min(b[0] for b in there), max(b[1] for b in there)) if there else None


def roomy(wanted: tuple[float, float], share: float = 0.04) -> tuple[float, float]:
    """Return bounds with a margin, and some width where they have none."""
    low, high = wanted
    least = 1e-9 * max(abs(low), abs(high)) or 1e-9
    if high - low < least:
        half = 0.05 * max(abs(low), abs(high)) or 0.5
        low, high = low - half, high + half
    room = share * (high - low)
    return low - room, high + room


def followed(
    current: tuple[float, float] | None, wanted: tuple[float, float], final: bool, share: float = 0.04
) -> tuple[float, float]:
    """Return the range to show: calm while data come in, exact once they are all there.

    A range that still holds the data well stays; one that they leave grows further than it must,
    so that axes are not redrawn at every record.
    """
    low, high = roomy(wanted, share)
    if final or current is None:
        return low, high
    if current[0] <= wanted[0] and wanted[1] <= current[1] and current[1] - current[0] < 1.6 * (high - low):
        return current
    ahead = 0.12 * (high - low)
    return (low - ahead if wanted[0] < current[0] else low, high + ahead if wanted[1] > current[1] else high)
