"""Median and band of a column that grows record by record."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.protocol.records import Array

from .curves import Shown, below_axis, heights, readings
from .spread import spread


class GrowingSpread:
    """Low end, median and high end of a growing column; only rows that are new or changed are worked out."""

    def __init__(self) -> None:
        self._seen: Array = np.empty((0, 0))
        self._result: Array = np.empty((3, 0))
        self._below: NDArray[np.int64] = np.empty(0, np.int64)

    @property
    def below(self) -> int:
        """Return how many values lie below what the axis can show: those without a logarithm."""
        return int(self._below.sum())

    def of(self, values: Array, x: Array | None = None, shown: Shown = Shown.VALUE) -> Array:
        """Return where the three are drawn (3, T), for values (T, R); those without a position `x` (T, R) are left out.

        Positions and `shown` are those of the calls before.
        """
        known = len(self._seen)
        same = (
            known <= len(values)
            and self._seen.shape[1:] == values.shape[1:]
            and np.array_equal(self._seen.view(np.int64), values[:known].view(np.int64))
        )
        if not same:
            known = 0
        if known < len(values):
            fresh = readings(values[known:], shown)
            if x is not None:
                fresh = np.where(np.isfinite(x[known:]), fresh, np.nan)
            fresh_heights = heights(spread(fresh), shown)
            self._result = np.concatenate((self._result[:, :known], fresh_heights), axis=1)
            self._below = np.concatenate((self._below[:known], below_axis(fresh, shown).sum(axis=1)))
            self._seen = values.copy()
        return self._result
