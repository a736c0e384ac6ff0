"""A run as plots see it: its records, and where each of them lies on the horizontal axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.figures.curves import connected_rows, event_step
from engine.figures.plots import HorizontalAxis
from engine.records import Array, RecordBatch, Records
from engine.run_history import RunHistory

from .thinning import Spread, bounds

BY_STEP = ("step", "log_step")
"""Horizontal axes on which every replica has the same positions."""


@dataclass(frozen=True)
class Trace:
    """A run to draw: its name in legends, its colour as sessions keep it, and what it has recorded so far."""

    run: str
    label: str
    colour: str
    visible: bool
    log: RunHistory
    selected: bool = False
    """Whether it is the run looked at, whose values are told first."""
    replica: int | None = None
    """The replica looked at, drawn in the median's place; None: the median."""
    replica_label: str = ""
    """What that replica is called."""


class TraceData:
    """What plots share about one run: positions of its records, the nearest record, the moments to mark."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.version = 0
        """Grows with every change worth drawing."""
        self.x: Array = np.empty((0, 1))
        """Positions (T, R)."""
        self.middle: Array = np.empty(0)
        """The replicas' median position (T,)."""
        self.axis = ""
        """Id of the horizontal axis."""
        self._seen: tuple[object, ...] = ()
        self._spread = Spread()

    @property
    def records(self) -> Records:
        return self.trace.log.records

    def update(self, horizontal: HorizontalAxis) -> bool:
        """Look whether the run or the axis changed since the last time, and work out positions if so."""
        log, records = self.trace.log, self.trace.log.records
        last = tuple(records.column(name)[-1].tobytes() for name in records.names) if len(records) else ()
        seen = (
            horizontal.id,
            id(records),
            len(records),
            int(records.steps[-1]) if len(records) else -1,
            last,
            log.status,
            log.finished,
            tuple((name, tuple(steps)) for name, steps in log.events.items()),
        )
        if seen == self._seen:
            return False
        self._seen = seen
        self.version += 1
        self.axis = horizontal.id
        if self.axis in BY_STEP:
            shared = Records()
            shared.extend(RecordBatch(records.steps, {}))
            self.x = np.broadcast_to(horizontal.values(shared), (len(records), records.replicas))
        else:
            self.x = horizontal.values(records)
        self.middle = self.x[:, 0] if self.same_for_all else self._spread.of(self.x)[1]
        return True

    @property
    def replica(self) -> int | None:
        """Return the replica drawn in the median's place."""
        chosen = self.trace.replica
        return chosen if chosen is not None and chosen < self.records.replicas > 1 else None

    @property
    def same_for_all(self) -> bool:
        """Say whether every replica has the same positions."""
        return self.x.shape[1] == 1 or self.x.strides[1] == 0

    def extent(self) -> tuple[float, float] | None:
        """Return the least and most position."""
        return bounds(self.middle) if self.same_for_all else bounds(self.x)

    def nearest(self, position: float) -> int | None:
        """Return the record whose position is nearest; None where none has one."""
        distance = np.abs(self.middle[: len(self.records)] - position)
        distance[~np.isfinite(distance)] = np.inf
        if not distance.size or not np.isfinite(distance.min()):
            return None
        return int(distance.argmin())

    def step(self, record: int) -> int:
        """Return the step of a record."""
        return int(self.records.steps[record])

    def position(self, step: float) -> float:
        """Return where a step lies, on the straight line between its neighbours; NaN outside the records."""
        # records may have come, or been taken back, since positions were worked out
        steps, places = self.records.steps[: len(self.middle)], self.middle[: len(self.records)]
        finite = np.isfinite(places)
        if not finite.any() or not steps[0] <= step <= steps[-1]:
            return float("nan")
        if self.axis == "step":
            return step
        if self.axis == "log_step":
            return math.log10(step) if step > 0 else float("nan")
        return float(np.interp(step, steps[finite], places[finite], left=np.nan, right=np.nan))

    def event(self, name: str) -> float:
        """Return the step of an event, the median over the replicas that have met it; NaN where none has."""
        return event_step(self.trace.log, f"{name}_step")

    def since_separated(self) -> int:
        """Return the first record from the separation on; 0 where there is none yet."""
        step = self.event("separated")
        start = int(np.searchsorted(self.records.steps, step)) if step == step else 0
        return start if start < len(self.records) - 1 else 0

    def final(self, name: str) -> Array:
        """Return the last defined value (R,) of a column."""
        return self.records.final(name)

    def at(self, name: str, record: int) -> Array:
        """Return the values (R,) of a column at a record; of a thinned one the last measured by then."""
        values = self.records.column(name)
        rows = connected_rows(values)
        if len(rows) == len(values):
            return values[record]
        before = int(np.searchsorted(rows, record, side="right"))
        return values[rows[before - 1]] if before else values[record]
