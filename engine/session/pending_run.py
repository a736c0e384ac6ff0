"""One run of a session: what its file holds, and over it what waits to be written."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from engine.experiment.edits import LiveEdit
from engine.protocol.definitions import OUTDATED, first_valid
from engine.protocol.messages import Message, Recorded, RunStatus, SnapshotTaken
from engine.protocol.records import LOOKED_AT, THETAS, UNFITTING, KeptVectors, RecordBatch, Snapshot
from engine.protocol.run_history import RunHistory
from engine.words.errors import Refusal

from . import chunks, digests, entries, snapshots
from .arrays import table_from_bytes, table_to_bytes
from .digests import Digest
from .entries import RunEntry, StoredRun
from .waiting import Waiting

NOTHING = RecordBatch(np.empty(0, np.int64), {})


@dataclass
class PendingRun:
    """What a run has told so far, without its records and snapshots: of these what its file lacks waits here."""

    entry: RunEntry
    """As the file is to have it."""
    history: RunHistory
    waiting: Waiting = field(default_factory=Waiting)
    """What the file lacks."""
    behind: Waiting = field(default_factory=Waiting)
    """What a copy of the file lacks, which is being made, and the file has."""
    digest: Digest | None = None
    """What a table says of it as it is, where the file lacks that."""

    @classmethod
    def read(cls, id: str, text: str, counter_names: str, counters: bytes) -> PendingRun:
        """Make one from a row of the file; a run whose lab is gone is shown as stopped, which writes nothing.

        Raises:
            Refusal: where it cannot be read.
        """
        entry = entries.from_json(text)
        if entry.id != id:
            raise Refusal("", None, entries.UNREADABLE)
        history = entry.history(table_from_bytes(counter_names, counters))
        if not history.status.ended:
            history.status, history.sentence = RunStatus.STOPPED, entries.INTERRUPTED
            entry = entry.with_history(history)
        return cls(entry, history)

    def take_up_edits(self, edits: tuple[LiveEdit, ...]) -> bool:
        """Know edits that the file keeps elsewhere, where the run's own entry has none; say whether there are any.

        That alone is nothing to be written; whoever writes the file for another reason writes them, too.
        """
        if not edits or self.entry.edits:
            return False
        self.entry, self.history.edits = replace(self.entry, edits=edits), list(edits)
        return True

    @property
    def size(self) -> int:
        """Return about how many bytes wait."""
        return self.waiting.size

    @property
    def has_arrays(self) -> bool:
        """Say whether records or snapshots wait, and not only what is said of the run."""
        return bool(self.waiting)

    def change(self, **changes: Any) -> None:
        """Change the entry."""
        self.entry = replace(self.entry, **changes)

    def apply(self, message: Message) -> None:
        """Take up what the engine says of the run."""
        self.digest = None
        match message:
            case SnapshotTaken(snapshot=snapshot, vectors=vectors):
                if vectors:
                    self.waiting.vectors.append(vectors)
                self.waiting.put(snapshot)
                return
            case Recorded(batch=batch):
                replicas = next((v.shape[1] for v in batch.columns.values()), self.entry.replicas)
                self.change(replicas=replicas)
                self.waiting.changes.append(batch)
                self.history.apply(replace(message, batch=NOTHING))
            case _:
                self.history.apply(message)
        self._note_history()

    def set_status(self, status: RunStatus, sentence: str) -> None:
        """Note where the run stands."""
        self.history.status, self.history.sentence = status, sentence
        self._note_history()

    def _note_history(self) -> None:
        self.entry = self.entry.with_history(self.history)

    def truncate(self, step: int) -> None:
        """Forget everything after a step."""
        self.digest = None
        self.history.cut(step)
        self._note_history()
        self.waiting.truncate(step)

    def stored(self, database: sqlite3.Connection) -> StoredRun:
        """Read all of it.

        Raises:
            Refusal: where it is damaged, or there is not the memory for it.
        """
        chunks.check_memory(database, self.entry.id, self.entry.title)
        records = chunks.read(database, self.entry.id, self.entry.replicas, self.entry.definitions)
        chunks.replay(records, self.waiting.changes)
        outdated = {name: OUTDATED for name in records.names if first_valid(name, self.entry.definitions) > 0}
        history = replace(
            self.history.copy(),
            records=records,
            remarks=self.history.remarks | outdated,
            step=int(records.steps[-1]) if len(records) else 0,
            snapshot_steps=self.snapshot_steps(database),
            resumable_step=self.resumable_step(database),
        )
        return StoredRun(self.entry, history)

    def snapshot_steps(self, database: sqlite3.Connection) -> list[int]:
        """Return the steps that have a snapshot, increasing."""
        written = [
            step for step in snapshots.steps(database, self.entry.id) if step <= self.waiting.valid_up_to
        ]
        return sorted({*written, *self.waiting.taken})

    def resumable_step(self, database: sqlite3.Connection) -> int | None:
        """Return the step from which the run can go on."""
        waiting = [step for step, snapshot in self.waiting.taken.items() if snapshot.resumable]
        if waiting:
            return waiting[-1]
        written = snapshots.resumable_step(database, self.entry.id)
        return written if written is not None and written <= self.waiting.valid_up_to else None

    def snapshot(self, database: sqlite3.Connection, step: int) -> Snapshot | None:
        """Read what pictures of a step are made of."""
        snapshot = self._snapshot(database, step, LOOKED_AT)
        return snapshot and snapshots.reduced(snapshot)

    def state(self, database: sqlite3.Connection, step: int) -> Snapshot | None:
        """Read what was kept of a step, and all that the run goes on from where it can there.

        Raises:
            Refusal: where that is damaged, with what still can be done.
        """
        try:
            snapshot = self._snapshot(database, step)
            if snapshot is None or not snapshot.resumable:
                return snapshot
            if self.resumable_step(database) != step:
                return snapshots.reduced(snapshot)
            return self._with_vectors(snapshot, database)
        except Refusal as refusal:
            why = refusal.remedy.removeprefix("the session is damaged: ")
            raise Refusal(
                "",
                self.entry.title or self.entry.id[:8],
                f"cannot go on from step {step}: {why}. Its records and pictures are still there, and so are all other "
                "runs; Run trains it anew",
            ) from None

    def _snapshot(
        self, database: sqlite3.Connection, step: int, names: Sequence[str] | None = None
    ) -> Snapshot | None:
        there = step <= self.waiting.valid_up_to
        written = snapshots.read(database, self.entry.id, step, names) if there else None
        waiting = self.waiting.taken.get(step)
        if written is None or waiting is None or waiting.resumable:
            return waiting or written
        return replace(written, arrays={**written.arrays, **waiting.arrays})

    def _with_vectors(self, snapshot: Snapshot, database: sqlite3.Connection) -> Snapshot:
        """Return a state to go on from with what the run's histories held there."""
        known = [snapshots.read_vectors(database, self.entry.id), *self.waiting.vectors]
        names = {name for told in known for name in told}
        theta = snapshot.arrays.get("theta", np.empty(0))
        kept = {}
        for name in names:
            parts = [told[name] for told in known if name in told]
            shapes = {part.values.shape[1:] for part in parts}
            fits = [
                len(s) == 2 and s == (theta.shape if name == THETAS else (*theta.shape[:1], s[1]))
                for s in shapes
            ]
            if len(shapes) > 1 or (theta.size and not all(fits)):
                raise Refusal("", None, UNFITTING)
            kept[name] = KeptVectors.joined(parts)
        return snapshot.with_vectors(kept)

    def write(self, database: sqlite3.Connection, place: int) -> None:
        """Write what waits, inside the caller's transaction."""
        self._write(database, place, self.waiting)

    def write_behind(self, database: sqlite3.Connection, place: int) -> None:
        """Write to a copy what it lacks and the file has, inside the caller's transaction."""
        self._write(database, place, self.behind)

    def _write(self, database: sqlite3.Connection, place: int, waiting: Waiting) -> None:
        id = self.entry.id
        before = database.execute("SELECT entry FROM run WHERE id = ?", (id,)).fetchone()
        text = entries.to_json(self.entry, before[0] if before and isinstance(before[0], str) else "")
        values = (id, place, text, *table_to_bytes(self.history.counters))
        database.execute(
            "INSERT INTO run VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
            "entry = excluded.entry, counter_names = excluded.counter_names, counters = excluded.counters",
            values,
        )
        if waiting.changes:
            digests.forget(database, id)
        waiting.write(database, id)
        if self.history.status.ended:
            chunks.compact(database, id, self.entry.replicas)

    def write_digest(self, database: sqlite3.Connection) -> None:
        """Write what a table says of it, where that waits, inside the caller's transaction."""
        if self.digest is not None:
            digests.write(database, self.entry.id, self.digest)

    def replace_records(self, records: RecordBatch) -> None:
        """Let these be the records, whatever the file has."""
        self.digest = None
        self.waiting.changes = [-1, *([records] if len(records.steps) else [])]

    def forget_changes(self, *, copying: bool = False) -> None:
        """Note that everything was written; while a copy is made, the copy lacks it."""
        if copying:
            self.behind.follow(self.waiting)
        self.waiting = Waiting()

    def take_over(self) -> None:
        """Note that the copy is the file from now on."""
        self.behind.follow(self.waiting)
        self.waiting, self.behind = self.behind, Waiting()
