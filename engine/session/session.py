"""A session in use: read from its file, changed in memory at once, written in transactions."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from engine.experiment.refusals import Refusal
from engine.messages import Failed, Finished, Message, Recorded, ReferenceSolved, SnapshotTaken, Started
from engine.records import Array, RecordBatch, RunLog, Snapshot

from . import storage
from .entries import RunEntry, StoredRun, interrupted
from .stored_run import PendingRun
from .unsaved import Hold, new_path, sessions_folder

_COPIED = "is kept as it was, written by an older lab or half written; save the session under a new name to change it"
_CHANGED_ELSEWHERE = "was changed by another window; save the session under another name"


class Session:
    """A session document. Use it from one thread only.

    Changes are in memory at once and in the file at the next `flush`, which the owner calls at least every two
    seconds while a run is on. Where the file cannot be written `flush` refuses and nothing is lost: everything stays
    readable here, the next `flush` tries again, and `save_as` writes the whole elsewhere.
    """

    def __init__(
        self,
        database: sqlite3.Connection,
        path: Path | None,
        *,
        writes: bool = False,
        hold: Hold | None = None,
        copied: tempfile.TemporaryDirectory[str] | None = None,
    ) -> None:
        """Take over an open file; `create`, `unsaved`, `in_memory`, `open` and `recover` are the ways to call this."""
        self.path = path
        """Where it lies; None: only in memory."""
        self._database = database
        self._writes = writes
        self._hold = hold
        self._copied = copied
        self._version = self._data_version()
        self._values: dict[str, str] = dict(database.execute("SELECT key, value FROM session").fetchall())
        self._runs: dict[str, PendingRun] = {}
        for row in database.execute("SELECT entry, counter_names, counters FROM run ORDER BY place"):
            run = PendingRun.read(*row)
            self._runs[run.entry.id] = run
        self._deleted: set[str] = set()
        self._dirty_values: set[str] = set()
        self._places_changed = False

    # --- ways to begin --------------------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path, *, overwrite: bool = False) -> Session:
        """Make an empty session file.

        Raises:
            Refusal: where there is a file already and `overwrite` is not said, or none can be written.
        """
        if path.exists() and not overwrite:
            raise Refusal("", str(path), "exists already; choose another name")
        storage.make_file(path)
        return cls.open(path)

    @classmethod
    def unsaved(cls, folder: Path | None = None) -> Session:
        """Make a session without a name of its own in the user's data folder, held until it is closed.

        Raises:
            Refusal: where the folder cannot be written; `in_memory` always works.
        """
        folder = folder or sessions_folder()
        path = new_path(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage.refusal(error, path) from None
        hold = Hold(path)
        try:
            storage.make_file(path)
            return cls(storage.open_to_read(path)[0], path, hold=hold)
        except BaseException:
            hold.release()
            raise

    @classmethod
    def in_memory(cls) -> Session:
        """Make a session that is lost unless it is saved."""
        return cls(storage.in_memory(), None, writes=True)

    @classmethod
    def open(cls, path: Path) -> Session:
        """Open a session file; the file is not changed before the session is.

        Raises:
            Refusal: where it is missing, is no session, is damaged, or was written by a newer lab.
        """
        return cls._opened(path, None)

    @classmethod
    def recover(cls, path: Path) -> Session:
        """Take over an unsaved session that `abandoned_sessions` told of.

        Raises:
            Refusal: as `open`, and where a living process holds it.
        """
        hold = Hold(path)
        try:
            return cls._opened(path, hold)
        except BaseException:
            hold.release()
            raise

    @classmethod
    def _opened(cls, path: Path, hold: Hold | None) -> Session:
        database, copied = storage.open_to_read(path)
        try:
            session = cls(database, path, hold=hold, copied=copied)
        except BaseException as error:
            database.close()
            if isinstance(error, sqlite3.Error):
                raise storage.refusal(error, path) from None
            raise
        for run in session._runs.values():
            run.entry = interrupted(run.entry)  # not a change to write: opening never changes a file
        return session

    # --- the session as a whole -----------------------------------------------------------------------------------

    @property
    def is_unsaved(self) -> bool:
        """Say whether it still needs a name from its user."""
        return self.path is None or self._hold is not None

    @property
    def document(self) -> str:
        """The experiment file being edited, as TOML; '' for none."""
        return self._values.get("document", "")

    @document.setter
    def document(self, text: str) -> None:
        self._set("document", text)

    @property
    def document_folder(self) -> str | None:
        """Where the relative paths of the document being edited start."""
        return self._values.get("document_folder") or None

    @document_folder.setter
    def document_folder(self, folder: str | None) -> None:
        self._set("document_folder", folder or "")

    @property
    def notes(self) -> str:
        """Its user's notes."""
        return self._values.get("notes", "")

    @notes.setter
    def notes(self, text: str) -> None:
        self._set("notes", text)

    @property
    def views(self) -> Any:
        """How the window showed it: whatever JSON can say; None for nothing yet."""
        try:
            return json.loads(self._values.get("views", "null"))
        except ValueError:
            return None

    @views.setter
    def views(self, views: Any) -> None:
        self._set("views", json.dumps(views))

    def _set(self, key: str, value: str) -> None:
        if self._values.get(key, "") != value:
            self._values[key] = value
            self._dirty_values.add(key)

    # --- runs -----------------------------------------------------------------------------------------------------

    @property
    def runs(self) -> list[RunEntry]:
        """Return every run, in the order of the list."""
        return [run.entry for run in self._runs.values()]

    def entry(self, run: str) -> RunEntry:
        """Return what is said of a run; KeyError where there is none."""
        return self._runs[run].entry

    def __contains__(self, run: str) -> bool:
        return run in self._runs

    def add_run(
        self, text: str, *, title: str = "", experiment: str = "", folder: str | None = None, replicas: int = 1
    ) -> str:
        """Add a run of an experiment file's text and return its id; its colour is the first that no run has."""
        used = {run.entry.colour for run in self._runs.values()}
        entry = RunEntry(
            id=uuid.uuid4().hex,
            title=title,
            text=text,
            experiment=experiment,
            folder=folder,
            replicas=replicas,
            colour=next(colour for colour in range(len(used) + 1) if colour not in used),
            created=datetime.now().astimezone().isoformat(timespec="seconds"),
        )
        self._runs[entry.id] = PendingRun(entry, {}, dirty=True)
        self._places_changed = True
        return entry.id

    def change_run(self, run: str, **changes: Any) -> None:
        """Change what the list says of a run: title, notes, colour, hidden, text, status, sentence, seconds."""
        self._runs[run].change(**changes)

    def move_run(self, run: str, place: int) -> None:
        """Put a run at a place of the list, counted from 0."""
        order = [id for id in self._runs if id != run]
        order.insert(place, run)
        self._runs = {id: self._runs[id] for id in order}
        self._places_changed = True

    def delete_run(self, run: str) -> None:
        """Delete a run with its records and snapshots."""
        del self._runs[run]
        self._deleted.add(run)

    def start_run(self, started: Started) -> None:
        """Note what is known of a run that was prepared."""
        self._runs[started.run].change(started=started, status="running", sentence="")

    def extend_records(
        self,
        run: str,
        batch: RecordBatch,
        events: Mapping[str, list[int | None]],
        counters: Mapping[str, Array],
        seconds: float,
    ) -> None:
        """Add records of a run and note its latest events, counters and training time."""
        self._runs[run].extend(batch, events, counters, seconds)

    def put_snapshot(self, run: str, snapshot: Snapshot) -> None:
        """Add a snapshot; a resumable one takes the place of the one before, of which the parameters stay."""
        self._runs[run].put_snapshot(snapshot)

    def put_reference(self, reference: ReferenceSolved) -> None:
        """Note an exact answer, in place of an earlier one of its kind."""
        run = self._runs[reference.run]
        others = tuple(known for known in run.entry.references if known.kind != reference.kind)
        run.change(references=(*others, reference))

    def finish_run(self, run: str, status: str, sentence: str = "", seconds: float | None = None) -> None:
        """Note how a run ended."""
        entry = self._runs[run].entry
        seconds = entry.seconds if seconds is None else seconds
        self._runs[run].change(status=status, sentence=sentence, seconds=seconds)

    def truncate(self, run: str, step: int) -> None:
        """Forget what a run recorded after a step, snapshots and events too: it goes on from there."""
        self._runs[run].truncate(step)

    def store(self, message: Message) -> None:
        """Note what the engine says of a run; what it says of a run deleted meanwhile is let go."""
        if getattr(message, "run", None) not in self._runs:
            return
        match message:
            case Started():
                self.start_run(message)
            case ReferenceSolved():
                self.put_reference(message)
            case Recorded():
                self.extend_records(message.run, message.batch, message.events, message.counters, message.seconds)
            case SnapshotTaken():
                self.put_snapshot(message.run, message.snapshot)
            case Finished():
                self.finish_run(message.run, message.status, message.sentence, message.seconds)
            case Failed():
                self.finish_run(message.run, "failed", message.sentence)
            case _:
                pass

    # --- reading --------------------------------------------------------------------------------------------------

    def load_run(self, run: str) -> StoredRun:
        """Read a run with everything it recorded.

        Raises:
            Refusal: where the file is damaged or gone.
        """
        with self._refusing():
            return self._runs[run].stored(self._database)

    def log(self, run: str) -> RunLog:
        """Read everything a run recorded; see `load_run`."""
        return self.load_run(run).log

    def snapshot_steps(self, run: str) -> list[int]:
        """Return the steps of a run that have a snapshot, increasing."""
        with self._refusing():
            return self._runs[run].snapshot_steps(self._database)

    def resumable_step(self, run: str) -> int | None:
        """Return the step from which a run can go on exactly; None where there is none."""
        with self._refusing():
            return self._runs[run].resumable_step(self._database)

    def snapshot(self, run: str, step: int) -> Snapshot | None:
        """Read the snapshot of a run at a step; None where there is none."""
        with self._refusing():
            return self._runs[run].snapshot(self._database, step)

    # --- writing --------------------------------------------------------------------------------------------------

    @property
    def changed(self) -> bool:
        """Say whether anything waits to be written."""
        dirty = bool(self._dirty_values or self._deleted or self._places_changed)
        return dirty or any(run.changed for run in self._runs.values())

    def flush(self) -> None:
        """Write what has changed, in one transaction.

        Raises:
            Refusal: where it cannot be written; it then still waits.
        """
        if not self.changed:
            return
        with self._refusing():
            self._write_into_file()
        self._forget_changes()

    def save_as(self, path: Path) -> None:
        """Write the whole session to another file, complete or not at all, and go on there.

        An unsaved session moves; a named one stays behind as it was last written.

        Raises:
            Refusal: where it cannot be written; the session is then as before.
        """
        with contextlib.suppress(Refusal):
            self.flush()
        if not self.changed and self._copied is None and self.path is not None and _same(self.path, path):
            return
        with storage.replacing(path) as temporary:
            self._database.execute("VACUUM INTO ?", (str(temporary),))
            if self.changed:
                storage.change(temporary, self._write)
        database, _ = storage.open_to_read(path)
        self._forget_changes()
        unsaved = self.path if self._hold is not None else None
        self._release()
        if unsaved is not None:
            storage.remove(unsaved)
        self._database, self.path = database, path
        self._writes, self._version = False, self._data_version()

    def close(self) -> None:
        """Write what waits and close the file; an unsaved session stays to be offered again, unless it is empty.

        Raises:
            Refusal: where it cannot be written; the session then stays open, to be saved elsewhere or discarded.
        """
        self.flush()
        empty = not self._runs and not any(self._values.values())
        self._end(remove=empty)

    def discard(self) -> None:
        """Close without writing; an unsaved session is deleted."""
        self._end(remove=True)

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:  # the error that is under way is the one to tell; what can be written is
            with contextlib.suppress(Refusal):
                self.flush()
            self._end(remove=False)

    def _end(self, *, remove: bool) -> None:
        unsaved = self.path if self._hold is not None and remove else None
        if unsaved is not None:
            self._database.close()
            storage.remove(unsaved)
        self._release()

    def _release(self) -> None:
        """Let go of the file."""
        if self._writes:
            storage.close_writer(self._database)
        else:
            self._database.close()
        if self._hold is not None:
            self._hold.release()
        if self._copied is not None:
            self._copied.cleanup()
        self._hold = self._copied = None

    def _write_into_file(self) -> None:
        if self._copied is not None:
            raise Refusal("", str(self.path), _COPIED)
        if self._data_version() != self._version:
            raise Refusal("", str(self.path), _CHANGED_ELSEWHERE)
        if not self._writes and self.path is not None:
            reader, self._database = self._database, storage.open_to_write(self.path)
            reader.close()
            self._writes, self._version = True, self._data_version()
        with storage.transaction(self._database):
            self._write(self._database)

    def _write(self, database: sqlite3.Connection) -> None:
        values = [(key, self._values[key]) for key in sorted(self._dirty_values)]
        database.executemany("INSERT OR REPLACE INTO session VALUES (?, ?)", values)
        database.executemany("DELETE FROM run WHERE id = ?", [(run,) for run in sorted(self._deleted)])
        for place, run in enumerate(self._runs.values()):
            if run.changed:
                run.write(database, place)
        if self._places_changed:
            places = [(place, run) for place, run in enumerate(self._runs)]
            database.executemany("UPDATE run SET place = ? WHERE id = ?", places)

    def _forget_changes(self) -> None:
        self._dirty_values.clear()
        self._deleted.clear()
        self._places_changed = False
        for run in self._runs.values():
            run.forget_changes()

    def _data_version(self) -> int:
        """Return a number that changes when another connection changes the file."""
        return int(self._database.execute("PRAGMA data_version").fetchone()[0])

    @contextlib.contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise storage.refusal(error, self.path) from None


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.exists() and one.samefile(other)
