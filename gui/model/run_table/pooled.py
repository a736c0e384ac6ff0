"""Runs of a group as one run with as many replicas: plots draw its median and its band like those of any run."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.figures.curves import connected_rows
from engine.figures.thinning import evenly
from engine.protocol.messages import RunStatus
from engine.protocol.records import Array, RecordBatch, Records
from engine.protocol.run_history import Events, RunHistory
from engine.words.formats import counted

MOST_CELLS = 2**24
"""Values of all columns of all groups, 128 MB: beyond that groups have fewer steps, then fewer runs, both evenly."""
FEWEST_STEPS = 200
"""That a group keeps as long as more than one run is left."""
FIRST_STEP = 0.5
"""Where step 0 lies on the logarithmic axis between records."""


@dataclass(frozen=True)
class GroupPart:
    """A run of a group: what it told, and which of its replicas belong there; None: all."""

    history: RunHistory
    replica: int | None = None
    run: str = ""

    @property
    def replicas(self) -> list[int]:
        """Return the replicas that belong to the group."""
        return list(range(self.history.records.replicas)) if self.replica is None else [self.replica]

    @property
    def name(self) -> tuple[str, int | None]:
        """Return which part it is, whatever it has told."""
        return self.run, self.replica

    @property
    def stamp(self) -> tuple[object, ...]:
        """Return what is another once it has told more."""
        records = self.history.records
        return *self.name, id(records), records.changes, self.history.finished


class _Frozen:
    """The records of a part as they were, on the steps of all."""

    def __init__(self, part: GroupPart) -> None:
        records = part.history.records
        self.steps = records.steps.copy()
        chosen = slice(None) if part.replica is None else slice(part.replica, part.replica + 1)
        self._thinned = part.history.is_thinned
        self._columns = {name: records.column(name)[:, chosen] for name in records.names}
        self._every: NDArray[np.int64] = self.steps
        self._inside = slice(0, 0)
        self._between: tuple[NDArray[np.intp], Array] | None = None

    def put_on(self, steps: NDArray[np.int64]) -> None:
        """Note where its records lie among the steps of all."""
        first = int(np.searchsorted(steps, self.steps[0]))
        self._inside = slice(first, int(np.searchsorted(steps, self.steps[-1], side="right")))
        self._every = steps[self._inside]
        same = np.array_equal(self._every, self.steps)
        self._between = None if same else _between(self.steps, self._every)

    def fill(self, name: str, values: Array) -> None:
        """Write a column into its replicas' part (T, r) of the values at all steps."""
        own = self._columns.get(name)
        if own is None:
            return
        joined = connected_rows(own, self._thinned(name))
        if len(joined) == len(own) and self._between is None:
            values[self._inside] = own
        elif len(joined) == len(own) and self._between is not None:
            values[self._inside] = _interpolated(own, *self._between)
        elif len(joined):
            steps = self.steps[joined]
            within = (self._every >= steps[0]) & (self._every <= steps[-1])
            values[self._inside][within] = _interpolated(own[joined], *_between(steps, self._every[within]))


class Pooling:
    """Makes one history of runs, whose replicas are those of all of them, a little in each turn.

    It has the steps that any of them recorded; of more than there is room for some, evenly. Between two of its records
    a run lies on a straight line over log step, so that all runs count at every step from their first record to their
    last; beyond that a run has no value. The line ends where fewer than half of the runs are left: a median of the few
    that go on is not the group's. What runs record while this is made is not in it.
    """

    def __init__(self, parts: Sequence[GroupPart], room: int = MOST_CELLS) -> None:
        """Begin.

        Args:
            parts: the runs.
            room: how many values it may make.
        """
        self.stamps = tuple(part.stamp for part in parts)
        self._names = [part.name for part in parts]
        there = [part for part in parts if len(part.history.records)]
        self._parts, self._steps = _within(there, room)
        self.left_out = len(there) - len(self._parts)
        """Runs for which there is no room."""
        self.drawn = len(self._parts)
        """Runs that are in it."""
        self._frozen = [_Frozen(part) for part in self._parts]
        last = self._steps[-1] if len(self._steps) else 0
        self.at_end = sum(bool(frozen.steps[-1] >= last) for frozen in self._frozen)
        """Runs that are left at its last step."""
        self.replicas = self._count = sum(len(part.replicas) for part in self._parts)
        """Replicas that are in it: as each equals a run of its own, median and band count each of them once."""
        self._columns = dict.fromkeys(name for part in self._parts for name in part.history.records.names)
        self._history: RunHistory | None = None
        self._work = self._made()

    @property
    def members(self) -> str:
        """Say how many are in it, and at its last step: runs, or also their replicas, each of which counts once."""
        if self.replicas == self.drawn:
            members, left = f"{self.drawn:,}", f"{self.at_end:,}"
        else:
            members = f"{self.replicas:,} replicas of {counted(self.drawn, 'run')}"
            left = counted(self.at_end, "run")
        return members if self.at_end == self.drawn else f"{members}, {left} at the end"

    def is_of(self, parts: Sequence[GroupPart]) -> bool:
        """Say whether it is made of these runs, whatever they have told since it was begun."""
        return self._names == [part.name for part in parts]

    def go_on(self, seconds: float) -> bool:
        """Work for about so long, on one column of one run at least; say whether it is done."""
        end = time.perf_counter() + seconds
        return all(time.perf_counter() <= end for _ in self._work)

    def history(self) -> RunHistory | None:
        """Return what was made; None before it is done."""
        return self._history

    def _made(self) -> Iterator[None]:
        """Make the history, a run's column between two yields."""
        for frozen in self._frozen:
            frozen.put_on(self._steps)
            yield
        records = Records(max(self._count, 1))
        for name in self._columns:
            values = np.full((len(self._steps), self._count), np.nan)
            at = 0
            for part, frozen in zip(self._parts, self._frozen, strict=True):
                frozen.fill(name, values[:, at : at + len(part.replicas)])
                at += len(part.replicas)
                yield
            records.extend(RecordBatch(self._steps, {name: values}))
        self._history = self._told(records)
        self._frozen = []

    def _told(self, records: Records) -> RunHistory:
        ended = all(part.history.finished for part in self._parts)
        step = int(self._steps[-1]) if len(self._steps) else 0
        status = RunStatus.DONE if ended else RunStatus.RUNNING
        return RunHistory(records, status, step=step, events=self._events())

    def _events(self) -> Events:
        names = dict.fromkeys(name for part in self._parts for name in part.history.events)
        events: Events = {name: [] for name in names}
        for part in self._parts:
            for name in names:
                known = part.history.events.get(name, [])
                events[name] += [known[r] if r < len(known) else None for r in part.replicas]
        return events


def _between(own: NDArray[np.int64], steps: NDArray[np.int64]) -> tuple[NDArray[np.intp], Array]:
    """Return for steps (T,) within a run's own (n,) the record before, and how far the next one is the way (T, 1)."""
    below = np.clip(np.searchsorted(own, steps, side="right") - 1, 0, max(len(own) - 2, 0))
    above = np.minimum(below + 1, len(own) - 1)
    places = np.log(np.maximum(own, FIRST_STEP))
    apart = places[above] - places[below]
    way = np.log(np.maximum(steps, FIRST_STEP)) - places[below]
    share = np.divide(way, apart, out=np.zeros_like(way), where=apart > 0)
    share[own[above] == steps] = 1.0
    share[own[below] == steps] = 0.0
    return below, share[:, None]


def _interpolated(own: Array, below: NDArray[np.intp], share: Array) -> Array:
    """Return values (n, r) of a run between its records: a record's own where the share is 0 or 1."""
    low, high = own[below], own[np.minimum(below + 1, len(own) - 1)]
    with np.errstate(invalid="ignore", over="ignore"):  # inf - inf
        between = low + share * (high - low)
    between = np.where((share == 0) | (low == high), low, between)
    return np.where(share == 1, high, between)


def _steps_of(parts: Sequence[GroupPart]) -> NDArray[np.int64]:
    """Return the steps that any of these runs recorded, up to the last that at least half of them have reached."""
    every = [part.history.records.steps for part in parts]
    ends = sorted((int(steps[-1]) for steps in every), reverse=True)
    steps = np.unique(np.concatenate([np.empty(0, np.int64), *every]))
    return steps[steps <= ends[(len(ends) - 1) // 2]] if ends else steps


def _within(parts: Sequence[GroupPart], room: int) -> tuple[list[GroupPart], NDArray[np.int64]]:
    """Return runs and steps that there is room for: first some of the steps, then some of the runs, evenly chosen."""
    some = list(parts)
    while True:
        names = {name for part in some for name in part.history.records.names}
        steps = _steps_of(some)
        a_step = max(1, len(names) * sum(len(part.replicas) for part in some))
        fits = room // a_step
        if len(steps) <= fits or fits >= FEWEST_STEPS or len(some) < 2:
            return some, steps[evenly(len(steps), max(fits, FEWEST_STEPS))]
        kept = max(1, min(len(some) - 1, len(some) * fits // min(len(steps), FEWEST_STEPS)))
        some = [some[k] for k in evenly(len(some), kept)] if kept > 1 else some[:1]
