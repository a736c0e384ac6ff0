"""One run of a session: what its file holds, and over it what waits to be written."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from engine.records import Array, RecordBatch, RunLog, Snapshot

from . import chunks, entries, snapshots
from .arrays import table_from_bytes, table_to_bytes
from .chunks import Change
from .entries import RunEntry, StoredRun


@dataclass
class PendingRun:
    """A run's entry and counters as they are now, and the records and snapshots that its file lacks."""

    entry: RunEntry
    counters: dict[str, Array]
    dirty: bool = False
    """Whether entry or counters differ from the file."""
    changes: list[Change] = field(default_factory=list)
    taken: dict[int, Snapshot] = field(default_factory=dict)
    """Snapshots by step, in the order they came."""

    @classmethod
    def read(cls, entry: str, counter_names: str, counters: bytes) -> PendingRun:
        """Make one from a row of the file."""
        return cls(entries.from_json(entry), table_from_bytes(counter_names, counters))

    @property
    def changed(self) -> bool:
        """Say whether anything waits."""
        return self.dirty or bool(self.changes or self.taken)

    def change(self, **changes: Any) -> None:
        """Change the entry."""
        self.entry = replace(self.entry, **changes)
        self.dirty = True

    def extend(
        self,
        batch: RecordBatch,
        events: Mapping[str, list[int | None]],
        counters: Mapping[str, Array],
        seconds: float,
    ) -> None:
        """Add records, and keep the latest events, counters and seconds."""
        replicas = next((values.shape[1] for values in batch.columns.values()), self.entry.replicas)
        happened = {name: list(steps) for name, steps in events.items()}
        self.change(events=happened, seconds=seconds, replicas=replicas)
        self.counters = {name: np.array(values, dtype=np.float64) for name, values in counters.items()}
        self.changes.append(batch)

    def put_snapshot(self, snapshot: Snapshot) -> None:
        """Add a snapshot; memory holds no more resumable ones than the file would."""
        if snapshot.resumable:
            self.taken = {step: snapshots.reduced(s) if s.resumable else s for step, s in self.taken.items()}
        known = self.taken.pop(snapshot.step, None)
        if known is not None and known.resumable and not snapshot.resumable:
            snapshot = replace(known, arrays={**known.arrays, **snapshot.arrays})
        self.taken[snapshot.step] = snapshot

    def truncate(self, step: int) -> None:
        """Forget everything after a step."""
        self.entry = self.entry.cut(step)
        self.dirty = True
        self.changes.append(step)
        self.taken = {at: snapshot for at, snapshot in self.taken.items() if at <= step}

    def stored(self, database: sqlite3.Connection) -> StoredRun:
        """Read all of it."""
        records = chunks.read(database, self.entry.id, self.entry.replicas)
        chunks.replay(records, self.changes)
        events = {name: list(steps) for name, steps in self.entry.events.items()}
        counters = {name: values.copy() for name, values in self.counters.items()}
        finished = not self.entry.under_way
        log = RunLog(records, events, counters, finished, self.entry.status, self.entry.seconds)
        return StoredRun(self.entry, log)

    def snapshot_steps(self, database: sqlite3.Connection) -> list[int]:
        """Return the steps that have a snapshot, increasing."""
        written = [step for step in snapshots.steps(database, self.entry.id) if step <= self._valid_up_to()]
        return sorted({*written, *self.taken})

    def resumable_step(self, database: sqlite3.Connection) -> int | None:
        """Return the step from which the run can go on."""
        waiting = [step for step, snapshot in self.taken.items() if snapshot.resumable]
        if waiting:
            return waiting[-1]
        written = snapshots.resumable_step(database, self.entry.id)
        return written if written is not None and written <= self._valid_up_to() else None

    def snapshot(self, database: sqlite3.Connection, step: int) -> Snapshot | None:
        """Read the snapshot at a step."""
        written = snapshots.read(database, self.entry.id, step) if step <= self._valid_up_to() else None
        waiting = self.taken.get(step)
        if written is None or waiting is None or waiting.resumable:
            found = waiting or written
        else:
            found = replace(written, arrays={**written.arrays, **waiting.arrays})
        if found is not None and found.resumable and self.resumable_step(database) != step:
            return snapshots.reduced(found)
        return found

    def write(self, database: sqlite3.Connection, place: int) -> None:
        """Write what waits, inside the caller's transaction."""
        id = self.entry.id
        values = (id, place, entries.to_json(self.entry), *table_to_bytes(self.counters))
        database.execute(
            "INSERT INTO run VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
            "entry = excluded.entry, counter_names = excluded.counter_names, counters = excluded.counters",
            values,
        )
        if self._valid_up_to() < np.inf:
            snapshots.truncate(database, id, int(self._valid_up_to()))
        chunks.write(database, id, self.changes)
        snapshots.write(database, id, self.taken.values())
        if not self.entry.under_way:
            chunks.compact(database, id, self.entry.replicas)

    def forget_changes(self) -> None:
        """Note that everything was written."""
        self.dirty = False
        self.changes = []
        self.taken = {}

    def _valid_up_to(self) -> float:
        """Return the step up to which the file's snapshots are still this run's."""
        return min((change for change in self.changes if isinstance(change, int)), default=np.inf)
