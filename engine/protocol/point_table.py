"""What is known of a map's points as arrays over its axes and seeds, filled as points end. No torch."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from functools import cached_property
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..experiment.sweep import Grid
from .map_pictures import AxisSeen, axes_of
from .points import PointResult, PointStatus
from .records import Array

_ENDED: Final[tuple[PointStatus, ...]] = ("done", "diverged", "failed", "stopped")
STATUSES: Final[tuple[PointStatus | Literal["waiting"], ...]] = ("waiting", *_ENDED)
"""What may have become of a point, in the order of the numbers that stand for it."""
CLAIM = "claim."
"""Before the number, from 1, of a claim about a point: 1 where it holds, 0 where it fails, NaN where it is void."""
DIVERGED = "diverged"
"""1 of a point that diverged, 0 of one that did not."""
NO_LAST_VALUE = ("diverged", "failed")
"""Statuses of points whose last record is not that of the step they were to be trained to."""
OverSeeds = Literal["median", "mean", "spread"]
"""How the values of a place's seeds become one: their median, their mean, or the largest less the smallest."""


class PointTable:
    """The points of a map by their number: settings in the order of the axes, seeds within each."""

    def __init__(self, grid: Grid) -> None:
        """Begin with no point known."""
        self.grid = grid
        self._status = np.zeros(grid.runs, dtype=np.int8)
        self._columns: dict[str, Array] = {}
        self.why: dict[int, str] = {}
        """Of points that failed, or were lost on their way, by number."""
        self.known = 0
        """How many points there are results of."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the number of values of every axis, and of seeds."""
        return *self.grid.shape, self.grid.sweep.seeds

    @cached_property
    def axes(self) -> tuple[AxisSeen, ...]:
        """Return the axes; side by side they are one, called by all of them."""
        return axes_of(self.grid)

    @property
    def counts(self) -> dict[PointStatus, int]:
        """Return of how many points each thing became that became of any, the most frequent first."""
        counts = np.bincount(self._status, minlength=len(STATUSES)).tolist()[1:]
        there = [(status, count) for status, count in zip(_ENDED, counts, strict=True) if count]
        return dict(sorted(there, key=lambda told: -told[1]))

    @property
    def names(self) -> list[str]:
        """Return what there is of points: last values, then events, then claims, then whether they diverged."""
        return sorted(self._columns, key=lambda name: (name.startswith(CLAIM), name.endswith("_step")))

    def take(self, results: Iterable[PointResult]) -> None:
        """Note what became of points; a later result of a point is in the place of an earlier one."""
        latest = {result.point: result for result in results if 0 <= result.point < len(self._status)}
        numbers = np.array(list(latest), dtype=int)
        there = self._status[numbers] != 0
        self.known += int(np.count_nonzero(~there))
        for column in self._columns.values():
            column[numbers[there]] = np.nan
        self._status[numbers] = [STATUSES.index(result.status) for result in latest.values()]
        alike: dict[tuple[str, ...], tuple[list[int], list[list[float]]]] = {}
        for result in latest.values():
            values = _values(result)
            places, rows = alike.setdefault(tuple(values), ([], []))
            places.append(result.point)
            rows.append(list(values.values()))
            if result.why:
                self.why[result.point] = result.why
            else:
                self.why.pop(result.point, None)
        for names, (places, rows) in alike.items():
            for name, told in zip(names, np.array(rows, dtype=float).reshape(len(places), -1).T, strict=True):
                if name not in self._columns:
                    self._columns[name] = np.full(self.grid.runs, np.nan)
                self._columns[name][places] = told

    def status(self) -> NDArray[np.int8]:
        """Return what became of every point (*axes, seeds), as places in `STATUSES`."""
        return self._status.reshape(self.shape)

    def values(self, name: str) -> Array:
        """Return a column (*axes, seeds); NaN where a point has none, or is not known yet."""
        if name == DIVERGED:
            status = self.status()
            diverged = (status == STATUSES.index("diverged")).astype(float)
            return np.where((status == 0) | (status == STATUSES.index("failed")), np.nan, diverged)
        values = self._columns.get(name)
        return np.full(self.shape, np.nan) if values is None else values.reshape(self.shape)

    def over_seeds(self, name: str, how: OverSeeds = "median") -> Array:
        """Return one value a place (*axes,) of the seeds that have one; NaN where none has."""
        return over_seeds(self.values(name), how)


def over_seeds(values: Array, how: OverSeeds) -> Array:
    """Return what becomes of values (…, seeds) over the last axis, of those that are no NaN."""
    if how == "median":
        return quantiles(values, 0.5)[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of places without a value
        if how == "mean":
            return np.asarray(np.nanmean(values, axis=-1))
        return np.asarray(np.nanmax(values, axis=-1) - np.nanmin(values, axis=-1))


def quantiles(values: Array, *shares: float) -> list[Array]:
    """Return quantiles (…,) over the last axis of values (…, seeds) that are no NaN; NaN where none has a value.

    NumPy's own walk over all places one by one: of a thousand they took a hundred milliseconds.
    """
    ordered = np.sort(values, axis=-1)  # NaN last
    last = np.maximum(np.count_nonzero(~np.isnan(values), axis=-1, keepdims=True) - 1, 0)
    found = []
    for share in shares:
        below = np.floor(share * last).astype(int)
        part = share * last - below
        low, high = (np.take_along_axis(ordered, place, -1) for place in (below, np.minimum(below + 1, last)))
        between = np.where(part == 0, low, low * (1 - part) + high * part)
        found.append(np.asarray(between[..., 0]))
    return found


def is_share(name: str) -> bool:
    """Say whether a column is 0 or 1 of every point, so that its mean over seeds is a share of them."""
    return name.startswith(CLAIM) or name == DIVERGED


def _values(result: PointResult) -> dict[str, float]:
    verdicts = {
        f"{CLAIM}{k}": {"holds": 1.0, "fails": 0.0}.get(verdict, np.nan)
        for k, verdict in enumerate(result.verdicts, 1)
    }
    finals = {} if result.status in NO_LAST_VALUE else result.finals
    return {**finals, **{name: float(step) for name, step in result.events.items()}, **verdicts}
