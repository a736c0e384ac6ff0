"""What a run has recorded that a file lacks: records and steps to go back to, snapshots, vectors of histories."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from engine.protocol.records import KeptVectors, RecordBatch, Snapshot

from . import chunks, snapshots
from .chunks import Change


@dataclass
class Waiting:
    """What waits to be written, in the order it came."""

    changes: list[Change] = field(default_factory=list)
    taken: dict[int, Snapshot] = field(default_factory=dict)
    """Snapshots by step, in the order they came."""
    vectors: list[Mapping[str, KeptVectors]] = field(default_factory=list)
    """What the run's histories took up."""

    def __bool__(self) -> bool:
        return bool(self.changes or self.taken or self.vectors)

    @property
    def size(self) -> int:
        """Return about how many bytes wait."""
        batches = (change for change in self.changes if isinstance(change, RecordBatch))
        arrays = [array for snapshot in self.taken.values() for array in snapshot.arrays.values()]
        arrays += [values for batch in batches for values in batch.columns.values()]
        histories = (kept.values for told in self.vectors for kept in told.values())
        return sum(array.nbytes for array in (*arrays, *histories))

    @property
    def valid_up_to(self) -> float:
        """Return the step up to which the file's snapshots are still the run's."""
        return min((change for change in self.changes if isinstance(change, int)), default=np.inf)

    def put(self, snapshot: Snapshot) -> None:
        """Add a snapshot; memory holds no more resumable ones than the file would."""
        if snapshot.resumable:
            self.taken = {step: snapshots.reduced(s) if s.resumable else s for step, s in self.taken.items()}
        known = self.taken.pop(snapshot.step, None)
        if known is not None and known.resumable and not snapshot.resumable:
            snapshot = replace(known, arrays={**known.arrays, **snapshot.arrays})
        self.taken[snapshot.step] = snapshot

    def truncate(self, step: int) -> None:
        """Forget everything after a step, here and in the file."""
        self._cut(step)
        self.changes.append(step)

    def follow(self, later: Waiting) -> None:
        """Add what came after."""
        if later.valid_up_to < np.inf:
            self._cut(int(later.valid_up_to))
        self.changes += later.changes
        self.vectors += later.vectors
        for snapshot in later.taken.values():
            self.put(snapshot)

    def write(self, database: sqlite3.Connection, run: str) -> None:
        """Write all of it, inside the caller's transaction."""
        if self.valid_up_to < np.inf:
            snapshots.truncate(database, run, int(self.valid_up_to))
        self.changes = chunks.gathered(database, run, self.changes)  # kept so, should this fail
        chunks.write(database, run, self.changes)
        for vectors in self.vectors:
            snapshots.write_vectors(database, run, vectors)
        snapshots.write(database, run, self.taken.values())

    def _cut(self, step: int) -> None:
        self.taken = {at: snapshot for at, snapshot in self.taken.items() if at <= step}
        self.vectors = [{n: kept.up_to(step) for n, kept in told.items()} for told in self.vectors]
