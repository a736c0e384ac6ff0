"""Pictures of a map: values over two of its axes, and along one of them. No engine is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..experiment.sweep import Grid, number_of, value_in_words
from ..experiment.titles import short_title
from .pictures import Picture
from .records import Array


class CellState(IntEnum):
    """What there is of a column at a point of a map, or at a place, over all its seeds."""

    WAITING = 0
    """It has not been trained, or not to its end."""
    VALUE = 1
    UNDEFINED = 2
    """It was trained, and has no value."""
    DIVERGED = 3
    FAILED = 4


STATE_WORDS = {
    CellState.DIVERGED: "diverged",
    CellState.FAILED: "failed",
    CellState.UNDEFINED: "undefined",
    CellState.WAITING: "not trained",
}
"""What points and places without a value are called."""


def seed_counts(states: NDArray[np.int8]) -> NDArray[np.int64]:
    """Return how many seeds are in each `CellState` (5, …), of the states (…, seeds) of points."""
    return np.stack([np.count_nonzero(states == state, axis=-1) for state in CellState])


def states_in_words(counts: NDArray[np.int64]) -> str:
    """Say how many of some points have no value, and why, of counts (5, …): '2 diverged, 1 failed'; '' of none."""
    total = counts.reshape(len(CellState), -1).sum(axis=-1)
    return ", ".join(f"{total[state]:,} {words}" for state, words in STATE_WORDS.items() if total[state])


@dataclass(frozen=True)
class AxisSeen:
    """One axis of a map as it is shown."""

    path: str
    title: str
    words: tuple[str, ...]
    """Of its values (K,)."""
    numbers: Array
    """The values (K,); NaN of those that are no numbers."""
    is_log: bool
    """Whether it is better read over logarithms."""

    @property
    def is_of_numbers(self) -> bool:
        """Say whether every value is a number."""
        return bool(np.isfinite(self.numbers).all())


@dataclass(frozen=True)
class MapSeen(Picture):
    """One value a place over two axes, at one value each of all others."""

    name: str
    """The column whose values are shown."""
    title: str
    """What the values are, with what became of several seeds."""
    across: AxisSeen
    up: AxisSeen | None
    """None where the map has one axis."""
    values: Array
    """(U, A), U = 1 without a second axis; NaN where there is none."""
    states: NDArray[np.int8]
    """`CellState` of every place (U, A): without a value what most of its seeds are that have ended."""
    counts: NDArray[np.int64]
    """How many seeds of every place are in each `CellState` (5, U, A)."""
    seeds: int
    head: str
    """What the values are called in tables, whichever seeds they are of."""
    where: str = ""
    """At which values of the other axes, in words."""
    log: bool = False
    """Whether colours follow the logarithm."""
    contour: float | None = None
    """A value at which a line is drawn."""

    @property
    def ended(self) -> NDArray[np.int64]:
        """Return how many seeds have ended (U, A)."""
        return np.asarray(self.seeds - self.counts[CellState.WAITING])

    def partly(self, state: CellState) -> NDArray[np.bool_]:
        """Say at which places (U, A) some seeds are in a state, and others decide what is shown."""
        return np.asarray((self.counts[state] > 0) & (self.states != state))


@dataclass(frozen=True)
class SliceLine:
    """Values along an axis, at one value of every other."""

    words: str
    """Of that value; '' where there is only one line."""
    middles: Array
    """(A,): over seeds; NaN where there is none."""
    lows: Array
    """(A,): a quarter of the seeds lie below."""
    highs: Array
    """(A,): a quarter of the seeds lie above."""
    counts: NDArray[np.int64]
    """How many seeds of every place are in each `CellState` (5, A)."""
    partly: NDArray[np.bool_]
    """(A,): whether the value is of some seeds, and not of all."""


@dataclass(frozen=True)
class SlicesSeen(Picture):
    """Values along an axis, a line for each value of another."""

    name: str
    title: str
    across: AxisSeen
    lines_of: str
    """The title of the axis that has a line for each value; '' where there is none."""
    lines: tuple[SliceLine, ...]
    seeds: int
    head: str
    """What the values are called in tables, whichever seeds they are of."""
    where: str = ""
    log: bool = False
    """Whether values are drawn as logarithms."""
    fitted: bool = False
    """Whether the line of least squares is drawn through each."""

    @property
    def counts(self) -> NDArray[np.int64]:
        """Return how many seeds of all places of all lines are in each `CellState` (5,)."""
        return np.asarray(np.sum([line.counts.sum(axis=-1) for line in self.lines], axis=0, dtype=np.int64))


@dataclass(frozen=True)
class LinesSeen(Picture):
    """One line a point over all axes and a column: seeds have lines of their own."""

    name: str
    titles: tuple[str, ...]
    """Of the axes, and last of the column (K + 1,)."""
    heights: Array
    """Where lines meet them (N, K + 1), 0 to 1; NaN in the last place where a point has no value."""
    names: tuple[tuple[tuple[float, str], ...], ...]
    """What is named along each of them: height and words."""
    axes: tuple[AxisSeen, ...]
    places: NDArray[np.int64]
    """Which value of each axis points have (N, K)."""
    seeds: NDArray[np.int64]
    """(N,)."""
    values: Array
    """(N,): NaN where there is none."""
    states: NDArray[np.int8]
    """`CellState` of every point (N,)."""
    chosen: NDArray[np.bool_] | None = None
    """Which of them are looked at (N,); None: all."""

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Say which lines are looked at (N,)."""
        return np.ones(len(self.values), dtype=bool) if self.chosen is None else self.chosen


def axes_of(grid: Grid) -> tuple[AxisSeen, ...]:
    """Return the axes of a map; side by side they are one, called by all of them."""
    seen = [
        AxisSeen(
            path,
            short_title(grid.base, path),
            tuple(_words(value) for value in values),
            np.array([number_of(value) for value in values]),
            axis.is_log or _is_spread(values),
        )
        for path, values, axis in zip(grid.paths, grid.axes, grid.sweep.axes, strict=True)
    ]
    if grid.sweep.order == "grid":
        return tuple(seen)
    first = seen[0]
    words = tuple(", ".join(parts) for parts in zip(*(axis.words for axis in seen), strict=True))
    titles = ", ".join(axis.title for axis in seen)
    return (AxisSeen(first.path, titles, words, first.numbers, first.is_log),)


def _words(value: Any) -> str:
    """Write a value of an axis; of a list of one number that number."""
    alone = isinstance(value, list | tuple) and len(value) == 1
    return value_in_words(value[0] if alone else value)


def _is_spread(values: Sequence[Any]) -> bool:
    """Say whether values are such as people space evenly in their logarithm: above 0, over more than a decade."""
    numbers = np.array([number_of(value) for value in values])
    return bool(len(numbers) > 2 and np.isfinite(numbers).all() and numbers.min() > 0 and _bends(numbers))


def _bends(numbers: Array) -> bool:
    """Say whether logarithms are more evenly spaced than the numbers."""
    steps, ratios = np.diff(np.sort(numbers)), np.diff(np.log(np.sort(numbers)))
    return bool(np.std(ratios) * np.mean(steps) < np.std(steps) * np.mean(ratios))
