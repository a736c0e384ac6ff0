"""Runs of a group as one run with as many replicas: plots draw its median and its band like those of any run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.protocol.messages import RunStatus
from engine.protocol.records import Array, RecordBatch, Records
from engine.protocol.run_history import Events, RunHistory

MOST_CELLS = 2**24
"""Values of all columns of a group, 128 MB: of more runs some are taken, evenly."""


@dataclass(frozen=True)
class GroupPart:
    """A run of a group: what it told, and which of its replicas belong there; None: all."""

    history: RunHistory
    replica: int | None = None

    @property
    def replicas(self) -> list[int]:
        """Return the replicas that belong to the group."""
        return list(range(self.history.records.replicas)) if self.replica is None else [self.replica]

    @property
    def stamp(self) -> tuple[int, int, int | None]:
        """Return what is another once it has told more."""
        records = self.history.records
        return id(records), records.changes, self.replica


class Pooling:
    """Makes one history of runs, whose replicas are those of all of them, column by column.

    It has the steps that any of them recorded. Between two of its records a run has the values of the first of them,
    after its last none.
    """

    def __init__(self, parts: Sequence[GroupPart]) -> None:
        self.stamps = tuple(part.stamp for part in parts)
        self._parts = _some([part for part in parts if len(part.history.records)])
        self.left_out = len(parts) - len(self._parts)
        """Runs without records, and those for which there is no room."""
        every = [part.history.records.steps for part in self._parts]
        self._steps = np.unique(np.concatenate([np.empty(0, np.int64), *every]))
        self._rows = [self._rows_of(part) for part in self._parts]
        self._count = sum(len(part.replicas) for part in self._parts)
        names = dict.fromkeys(name for part in self._parts for name in part.history.records.names)
        self._left = list(names)
        self._columns: dict[str, Array] = {}

    def _rows_of(self, part: GroupPart) -> tuple[slice, slice | NDArray[np.int64]]:
        """Return where the records of a run lie among the steps of all, and which of its rows stands at each."""
        own = part.history.records.steps
        first, last = np.searchsorted(self._steps, [own[0], own[-1]])
        inside = slice(int(first), int(last) + 1)
        if inside.stop - inside.start == len(own):
            return inside, slice(0, len(own))
        return inside, np.searchsorted(own, self._steps[inside], side="right").astype(np.int64) - 1

    def go_on(self, seconds: float) -> bool:
        """Work for about so long, on one column at least; say whether it is done."""
        end = time.perf_counter() + seconds
        while self._left:
            name = self._left.pop(0)
            self._columns[name] = self._column(name)
            if time.perf_counter() > end:
                break
        return not self._left

    def _column(self, name: str) -> Array:
        values = np.full((len(self._steps), self._count), np.nan)
        at = 0
        for part, (inside, rows) in zip(self._parts, self._rows, strict=True):
            replicas, records = len(part.replicas), part.history.records
            if name in records:
                own = records.column(name)
                own = own if part.replica is None else own[:, part.replica : part.replica + 1]
                if isinstance(rows, slice):
                    values[inside, at : at + replicas] = own[rows][: inside.stop - inside.start]
                elif len(own):
                    values[inside, at : at + replicas] = own[np.minimum(rows, len(own) - 1)]
            at += replicas
        return values

    def history(self) -> RunHistory:
        """Return what was made."""
        records = Records(max(self._count, 1))
        records.extend(RecordBatch(self._steps, self._columns))
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


def _some(parts: Sequence[GroupPart]) -> list[GroupPart]:
    """Return as many runs as there is room for, evenly chosen."""
    cells = sum(len(p.history.records) * len(p.history.records.names) * len(p.replicas) for p in parts)
    if cells <= MOST_CELLS:
        return list(parts)
    kept = max(1, len(parts) * MOST_CELLS // cells)
    return [parts[k] for k in np.unique(np.linspace(0, len(parts) - 1, kept).round().astype(int))]
