"""A run as plots see it: its records, and where each of them lies on the horizontal axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.figures.curves import connected_rows
from engine.figures.growing_spread import GrowingSpread
from engine.figures.held import lost_replicas
from engine.figures.plots import HorizontalAxis
from engine.figures.positions import Positions, event_step, first_on_axis, positions
from engine.figures.replicas import ReplicaScale
from engine.protocol.records import Array, Records
from engine.protocol.run_history import RunHistory
from engine.words.formats import with_minus


@dataclass(frozen=True)
class Trace:
    """A run to draw: its name in legends, its colour as sessions keep it, and what it has recorded so far."""

    run: str
    label: str
    colour: str
    visible: bool
    history: RunHistory
    selected: bool = False
    """Whether it is the run looked at, whose values are told first."""
    replica: int | None = None
    """The replica looked at, drawn in the median's place; None: the median."""
    replica_label: str = ""
    """What that replica is called."""
    scale: ReplicaScale | None = None
    """What is varied between its replicas, where they are drawn in the colours of their values."""
    ghost: bool = False
    """Whether it is drawn pale, beneath a draft."""
    is_group: bool = False
    """Whether it is several runs, each of its replicas one of theirs."""

    @property
    def line_colour(self) -> str:
        """The colour of its own line; '' for that of text, where replicas have colours that are near its own."""
        return self.colour if self.scale is None else ""

    @property
    def line_words(self) -> str:
        """What its own line is, of several replicas."""
        return self.replica_label if self.replica is not None else "median"


@dataclass(frozen=True)
class ReadingPlace:
    """What read-outs tell the values of: a step, and by run the record there; a run without one tells none."""

    step: int
    records: Mapping[str, int]


class TraceData:
    """What plots share about one run: positions of its records, the nearest record, the moments to mark."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.version = 0
        """Grows with every change worth drawing."""
        self.positions = Positions("", np.empty((0, 1)), np.empty(0))
        self.lost = lost_replicas(trace.history)
        """Which replicas (R,) diverged."""
        self._seen: tuple[object, ...] = ()
        self._medians = GrowingSpread()
        self._events: dict[str, float] = {}
        self._event_positions: dict[str, float] = {}
        self._first_on_axis: int | None = None
        self._finals: dict[str, Array] = {}
        self._connected: dict[str, tuple[Array, NDArray[np.intp]]] = {}

    @property
    def records(self) -> Records:
        return self.trace.history.records

    def update(self, horizontal: HorizontalAxis) -> bool:
        """Look whether the run or the axis changed since the last time, and work out positions if so."""
        history, records = self.trace.history, self.trace.history.records
        seen = (
            horizontal.id,
            records,
            records.changes,
            history.status,
            history.finished,
            tuple((name, tuple(steps)) for name, steps in history.events.items()),
            tuple(history.edits),
        )
        if seen == self._seen:
            return False
        self._seen = seen
        self.version += 1
        self._events.clear()
        self._event_positions.clear()
        self._first_on_axis = None
        self._finals.clear()
        self._connected.clear()
        self.positions = positions(records, horizontal, self._medians)
        self.lost = lost_replicas(history)
        return True

    @property
    def replica(self) -> int | None:
        """Return the replica drawn in the median's place."""
        chosen = self.trace.replica
        return chosen if chosen is not None and chosen < self.records.replicas > 1 else None

    def nearest(self, position: float) -> int | None:
        """Return the record whose position is nearest; None where none has one."""
        distance = np.abs(self.positions.middle[: len(self.records)] - position)
        distance[~np.isfinite(distance)] = np.inf
        if not distance.size or not np.isfinite(distance.min()):
            return None
        return int(distance.argmin())

    def record_at(self, position: float) -> int | None:
        """Return the record nearest to a position; None where the run has nothing near it."""
        record = self.nearest(position)
        if record is None:
            return None
        middle = self.positions.middle[: len(self.records)]
        around = np.abs(middle[max(record - 1, 0) : record + 2] - middle[record])
        reach = float(np.max(around, where=np.isfinite(around), initial=0.0))
        return record if abs(float(middle[record]) - position) <= reach or len(middle) == 1 else None

    def record_of(self, step: int) -> int | None:
        """Return the record nearest to a step; None outside the records."""
        steps = self.records.steps
        if not len(steps) or not steps[0] <= step <= steps[-1]:
            return None
        return int(np.abs(steps - step).argmin())

    def step(self, record: int) -> int:
        """Return the step of a record."""
        return int(self.records.steps[record])

    def position(self, step: float) -> float:
        """Return where a step lies; NaN outside the records."""
        return self.positions.of_step(step, self.records)

    def event_position(self, name: str) -> float:
        """Return where an event lies; NaN where none has met it."""
        if name not in self._event_positions:
            self._event_positions[name] = self.position(self.event(name))
        return self._event_positions[name]

    def event(self, name: str) -> float:
        """Return the step of an event, the median over the replicas that have met it; NaN where none has."""
        if name not in self._events:
            self._events[name] = event_step(self.trace.history, f"{name}_step")
        return self._events[name]

    def edits(self) -> dict[int, str]:
        """Return what was edited so that steps lead elsewhere, in words, by step."""
        words: dict[int, list[str]] = {}
        for edit in self.trace.history.edits:
            if edit.moves:
                words.setdefault(edit.step, []).append(with_minus(edit.words))
        return {step: ", ".join(told) for step, told in words.items()}

    def first_on_axis(self) -> int:
        """Return the first record that an axis of margins has to hold."""
        if self._first_on_axis is None:
            self._first_on_axis = first_on_axis(self.trace.history)
        return self._first_on_axis

    def final(self, name: str) -> Array:
        """Return the last defined value (R,) of a column, as it was when positions were worked out."""
        if name not in self._finals:
            self._finals[name] = self.records.final(name)
        return self._finals[name]

    def at(self, name: str, record: int) -> Array:
        """Return the values (R,) of a column at a record; of a thinned one the last measured by then."""
        if name not in self._connected or len(self._connected[name][0]) != len(self.records):
            values = self.records.column(name)
            self._connected[name] = values, connected_rows(values, self.trace.history.is_thinned(name))
        values, rows = self._connected[name]
        if len(rows) == len(values):
            return values[record]
        before = int(np.searchsorted(rows, record, side="right"))
        return values[rows[before - 1]] if before else values[record]
