"""What is known of a map's points as arrays over its axes and seeds, filled as points end. No torch."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..experiment.sweep import Grid
from .map_pictures import AxisSeen, CellState, axes_of
from .points import GOOD, PointResult, PointStatus
from .records import Array

_ENDED: Final[tuple[PointStatus, ...]] = ("done", "diverged", "failed", "stopped")
STATUSES: Final[tuple[PointStatus | Literal["waiting"], ...]] = ("waiting", *_ENDED)
"""What may have become of a point, in the order of the numbers that stand for it."""
CLAIM = "claim."
"""Before the number, from 1, of a claim about a point: 1 where it holds, 0 where it fails, NaN where it is void."""
DIVERGED = "diverged"
"""1 of a point that diverged, 0 of one that did not."""
OverSeeds = Literal["median", "mean", "spread"]
"""How the values of a place's seeds become one: their median, their mean, or the largest less the smallest."""


class PointTable:
    """The points of a map by their number: settings in the order of the axes, seeds within each."""

    def __init__(self, grid: Grid, only: Collection[str] | None = None) -> None:
        """Begin with no point known; only: which last values and events are taken, None: all, and verdicts too."""
        self.grid, self._only = grid, only
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
        """Note what became of points; a later result of a point is in the place of an earlier one.

        An infinite value is none: no colour, mean or step between neighbours can have it.
        """
        latest = {result.point: result for result in results if 0 <= result.point < len(self._status)}
        numbers = np.array(list(latest), dtype=int)
        there = self._status[numbers] != 0
        self.known += int(np.count_nonzero(~there))
        for column in self._columns.values():
            column[numbers[there]] = np.nan
        self._status[numbers] = [STATUSES.index(result.status) for result in latest.values()]
        alike: dict[tuple[str, ...], tuple[list[int], list[list[float]]]] = {}
        for result in latest.values():
            values = _values(result, self._only)
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
                self._columns[name][places] = np.where(np.isfinite(told), told, np.nan)

    def forget(self, numbers: Collection[int]) -> None:
        """Know nothing of points that are known."""
        places = np.array(list(numbers), dtype=int)
        self.known -= len(places)
        self._status[places] = 0
        for column in self._columns.values():
            column[places] = np.nan
        for number in numbers:
            self.why.pop(number, None)

    def status(self) -> NDArray[np.int8]:
        """Return what became of every point (*axes, seeds), as places in `STATUSES`."""
        return self._status.reshape(self.shape)

    def values(self, name: str) -> Array:
        """Return a column (*axes, seeds); NaN where a point has none, or is not known yet."""
        if name == DIVERGED:
            status = self.status()
            diverged = (status == STATUSES.index("diverged")).astype(float)
            return np.where(np.isin(status, [STATUSES.index(word) for word in GOOD]), diverged, np.nan)
        values = self._columns.get(name)
        return np.full(self.shape, np.nan) if values is None else values.reshape(self.shape)

    def states(self, name: str) -> NDArray[np.int8]:
        """Return what there is of a column at every point (*axes, seeds), each a `CellState`."""
        status = self.status()
        states = np.full(self.shape, int(CellState.WAITING), dtype=np.int8)
        states[np.isin(status, [STATUSES.index(word) for word in GOOD])] = CellState.UNDEFINED
        states[status == STATUSES.index("diverged")] = CellState.DIVERGED
        states[status == STATUSES.index("failed")] = CellState.FAILED
        states[~np.isnan(self.values(name))] = CellState.VALUE
        return states


def over_seeds(values: Array, how: OverSeeds) -> Array:
    """Return what values (…, seeds) that are no NaN become over the last axis; one alone has no spread."""
    if how == "median":
        return quantiles(values, 0.5)[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of places without a value
        if how == "mean":
            return np.asarray(np.nanmean(values, axis=-1))
        spreads = np.nanmax(values, axis=-1) - np.nanmin(values, axis=-1)
        return np.where(np.count_nonzero(~np.isnan(values), axis=-1) > 1, spreads, np.nan)


def share_over_seeds(values: Array, counts: NDArray[np.int64]) -> Array:
    """Return the share (…,) of the seeds that count for which it is so; NaN where it is known of none.

    Args:
        values: 1 where it is so, 0 where it is not (…, seeds).
        counts: how many seeds are in each `CellState` (5, …).
    """
    count = _judged(counts)
    shares = np.nansum(values, axis=-1) / np.maximum(count, 1)
    return np.where(counts[CellState.VALUE] > 0, shares, np.nan)


def seeds_that_count(name: str, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many seeds (…,) a place's value is of, of counts (5, …): those with a value; of a share see there."""
    return _judged(counts) if is_share(name) else counts[CellState.VALUE]


def _judged(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many seeds a share is of: all that were trained, whether or not it could be told of them."""
    return np.asarray(counts[CellState.VALUE] + counts[CellState.UNDEFINED] + counts[CellState.DIVERGED])


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


def _values(result: PointResult, only: Collection[str] | None) -> dict[str, float]:
    """Return what there is of a point; of one that is to be trained again nothing."""
    if result.status not in GOOD:
        return {}
    if only is not None:
        each = ((name, result.last_values.get(name, result.events.get(name))) for name in only)
        return {name: float(value) for name, value in each if value is not None}
    verdicts = {
        f"{CLAIM}{k}": {"holds": 1.0, "fails": 0.0}.get(verdict, np.nan)
        for k, verdict in enumerate(result.verdicts, 1)
    }
    return {**result.last_values, **{name: float(step) for name, step in result.events.items()}, **verdicts}
