"""Fewer points that look the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.protocol.records import Array

from .ranges import Range, bounds


def thin(x: Array, y: Array, view: Range | None, strips: int, most: int) -> tuple[Array, Array]:
    """Return fewer points (T,) that look the same: first, least, most and last of every strip of the view.

    Follows the data in their order, so that `x` may run back; gaps (values that are not finite) stay gaps.
    Strips have equal width on the axis, not equal numbers of records: evenly spaced records keep their first
    decades on a logarithmic axis. A line of up to `most` points stays as it is; one that enters far more strips
    than there are, because it runs back and forth, is cut at its gaps and into `most` pieces of equal numbers of
    records.
    """
    if len(x) <= most:
        return x, y
    left, right = view or bounds(x) or (0.0, 1.0)
    finite = np.isfinite(x) & np.isfinite(y)
    scale = strips / max(right - left, 1e-300)
    strip = np.clip((np.where(finite, x, left) - left) * scale, -1, strips).astype(np.int32)
    strip[~finite] = -2
    starts = np.flatnonzero(np.concatenate(([True], strip[1:] != strip[:-1])))
    if len(starts) > max(most, 2 * strips):
        pieces = np.linspace(0, len(x), most, endpoint=False).astype(np.intp)
        starts = np.union1d(pieces, np.flatnonzero(finite[1:] != finite[:-1]) + 1)
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
    rows: NDArray[np.intp] = np.flatnonzero(np.isfinite(x))
    if len(rows) <= most:
        return rows
    there = x[rows]
    width = float(there.max() - there.min()) or 1.0
    strip = ((there - there.min()) * (most / width)).astype(np.int64)
    starts = np.flatnonzero(np.diff(strip, prepend=-1))
    if len(starts) > most + 1:
        starts = evenly(len(rows), most)
    kept: NDArray[np.intp] = rows[np.union1d(starts, [len(rows) - 1])]
    return kept
