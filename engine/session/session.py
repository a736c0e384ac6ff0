"""A session in use: read from its file, changed in memory at once, written in transactions."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import RLock
from typing import Any

from engine.protocol.messages import Message, RunStatus
from engine.protocol.records import Records, Snapshot
from engine.words.errors import Refusal

from . import chunks, sweeps
from .alone import alone
from .changes import Books
from .entries import RunEntry, StoredRun
from .kept_maps import KeptMaps
from .numbering import GivenNumbers
from .older import edits_among_views
from .pending_run import PendingRun
from .run_digests import RunDigests
from .salvage import Salvaged
from .session_file import Apart, SessionFile, WaitFor, do_it
from .session_maps import SessionMaps
from .texts import from_json, path_from_text, path_to_text, plain

MOST_ENTRIES = 100
"""Runs of which a slice of writing writes what is said of them: some hundredths of a second."""
_RUN_ROWS = "SELECT id, entry, counter_names, counters FROM run ORDER BY place"


class Session:
    """A session document. Several threads may use it: one waits for the other, but for no disk that it copies to.

    Changes are in memory at once and in the file at the next `flush`, which the owner calls at least every
    two seconds while a run is on. Where the file cannot be written `flush` refuses and nothing is lost:
    everything stays readable here, the next `flush` tries again, and `save_as` writes the whole elsewhere.
    """

    def __init__(self, file: SessionFile) -> None:
        """Read the list of runs, those that can be; `create`, `open` and the others below call this."""
        self._file = file
        self.unreadable: tuple[str, ...] = ()
        """Runs of the file that cannot be read, as words for people; they stay in it."""
        self._runs: dict[str, PendingRun] = {}
        self._given = GivenNumbers()
        self.lock = RLock()
        try:
            with file.reading() as database:
                self._values: dict[str, str] = {
                    str(key): value
                    for key, value in database.execute("SELECT key, value FROM session").fetchall()
                    if isinstance(value, str)
                }
                for row in database.execute(_RUN_ROWS).fetchall():
                    self._take(row)
                kept = KeptMaps(sweeps.sweeps(database))
            self._books = Books(self._values, self._runs, kept)
            self.maps = SessionMaps(file, kept, self.lock)
            self.digests = RunDigests(file, self._books, self._runs, self.lock)
            views = self.views
            for id, run in self._runs.items():
                if run.take_up_edits(edits_among_views(views, id)):
                    self._books.changes.moved.add(id)
        except BaseException:
            file.close()
            raise

    def _take(self, row: tuple[Any, ...]) -> None:
        """Take up a run of the file, or note that it cannot be."""
        try:
            run = PendingRun.read(*row)
        except Refusal as refusal:
            self.unreadable += (f"run {str(row[0])[:8]} ({refusal})",)
        else:
            self._runs[run.entry.id] = run
            self._given.add(run.entry)

    # --- ways to begin ----------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path) -> Session:
        """Make an empty session file.

        Raises:
            Refusal: where there is a file already, or none can be written.
        """
        return cls(SessionFile.create(path))

    @classmethod
    def unsaved(cls, folder: Path | None = None) -> Session:
        """Make a session without a name of its own in the user's data folder, held until it is closed.

        Raises:
            Refusal: where the folder cannot be written; `in_memory` always works.
        """
        return cls(SessionFile.unsaved(folder))

    @classmethod
    def in_memory(cls) -> Session:
        """Make a session that is lost unless it is saved."""
        return cls(SessionFile.in_memory())

    @classmethod
    def open(cls, path: Path) -> Session:
        """Open a session file to work in it; the file is not changed before the session is.

        Where another process works in it already it is only read here, and `only_read` says so.

        Raises:
            Damaged: where it is a session that cannot be read; `rescue` reads what can be.
            Refusal: where it is missing, is no session, or was written by a newer lab.
        """
        return cls(SessionFile.open(path))

    @classmethod
    def read(cls, path: Path) -> Session:
        """Open a session file for a look at it: no other process hears of it, and nothing can be written.

        Raises:
            Refusal: as `open`.
        """
        return cls(SessionFile.open(path, only_read=True))

    @classmethod
    def rescue(cls, path: Path) -> tuple[Session, Salvaged]:
        """Make an unsaved session of all that can be read of a damaged one, and say what that is.

        Raises:
            Refusal: where the file is no session, or the new one cannot be written.
        """
        file, said = SessionFile.rescue(path)
        return cls(file), said

    @classmethod
    def recover(cls, path: Path) -> Session:
        """Take over an unsaved session that `abandoned_sessions` told of.

        Raises:
            Refusal: as `open`, and where a living process holds it.
        """
        return cls(SessionFile.recover(path))

    # --- the session as a whole -------------------------------------------------------------------------

    @property
    def path(self) -> Path | None:
        """Where it lies; None: only in memory."""
        return self._file.path

    @property
    def is_unsaved(self) -> bool:
        """Say whether it still needs a name from its user."""
        return self._file.is_unsaved

    @property
    def only_read(self) -> str:
        """Say why its file is not written; '' where it is."""
        return self._file.only_read

    @property
    def remark(self) -> str:
        """Say what people should know of the file that was opened; '' for nothing."""
        return self._file.remark

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
        return path_from_text(self._values.get("document_folder") or None)

    @document_folder.setter
    def document_folder(self, folder: str | None) -> None:
        self._set("document_folder", path_to_text(folder) or "")

    @property
    def notes(self) -> str:
        """Its user's notes."""
        return self._values.get("notes", "")

    @notes.setter
    def notes(self, text: str) -> None:
        self._set("notes", text)

    @property
    def has_views(self) -> bool:
        """Say whether it is written down how the window showed it."""
        return "views" in self._values

    @property
    def views(self) -> Any:
        """How the window showed it: whatever JSON can say; None for nothing yet."""
        return from_json(self._values.get("views", "null"))

    @views.setter
    def views(self, views: Any) -> None:
        self._set("views", json.dumps(views))

    @alone
    def _set(self, key: str, value: str) -> None:
        value = plain(value)
        if self._values.get(key, "") != value:
            self._values[key] = value
            self._books.changes.values.add(key)

    # --- runs -------------------------------------------------------------------------------------------

    @property
    @alone
    def runs(self) -> list[RunEntry]:
        """Return every run, in the order of the list."""
        return [run.entry for run in self._runs.values()]

    @alone
    def entry(self, run: str) -> RunEntry:
        """Return what is said of a run; KeyError where there is none."""
        return self._runs[run].entry

    def __contains__(self, run: str) -> bool:
        return run in self._runs

    @alone
    def add_run(
        self,
        text: str,
        *,
        id: str | None = None,
        title: str = "",
        experiment: str = "",
        folder: str | None = None,
        replicas: int = 1,
    ) -> str:
        """Add a run of an experiment file's text and return its id; its colour is the first that is free."""
        entry = RunEntry(
            id=id or uuid.uuid4().hex,
            title=title,
            text=text,
            experiment=experiment,
            folder=folder,
            replicas=replicas,
            colour=self._given.free_colour,
            created=datetime.now().astimezone().isoformat(timespec="seconds"),
        )
        self._runs[entry.id] = PendingRun(entry, entry.history({}))
        self._given.add(entry)
        self._books.changes.add(entry.id)
        return entry.id

    @alone
    def number_run(self) -> int:
        """Return the next number for the name of a run, which no run of the session has had, deleted ones included."""
        number = self._given.next_number(self._values.get("numbered", ""))
        self._set("numbered", str(number))
        return number

    @alone
    def change_run(self, run: str, /, **changes: Any) -> None:
        """Change fields of `RunEntry` that are about how it is shown: title, notes, tags, colour and such."""
        pending = self._pending(run)
        self._given.add(pending.entry, -1)
        pending.change(**changes)
        self._given.add(pending.entry)

    @alone
    def delete_run(self, run: str) -> None:
        """Delete a run with its records and snapshots."""
        self._given.add(self._runs.pop(run).entry, -1)
        self._books.delete(run)

    @alone
    def set_status(self, run: str, status: RunStatus, sentence: str) -> None:
        """Note where a run stands that its engine has not told of: it waits, or its engine is gone."""
        self._pending(run).set_status(status, sentence)

    @alone
    def truncate(self, run: str, step: int) -> None:
        """Forget what a run recorded after a step, snapshots and events too: it goes on from there."""
        self._pending(run).truncate(step)

    @alone
    def store(self, message: Message) -> None:
        """Note what the engine says of a run; what it says of a run deleted meanwhile is let go."""
        run = getattr(message, "run", "")
        if run in self._runs:
            self._pending(run).apply(message)

    def _pending(self, run: str) -> PendingRun:
        """Return a run that is about to change."""
        self._books.changes.runs[run] = None
        return self._runs[run]

    # --- reading ----------------------------------------------------------------------------------------

    @alone
    def load_run(self, run: str) -> StoredRun:
        """Read a run with everything it recorded.

        Raises:
            Refusal: where the file is damaged or gone.
        """
        with self._file.reading() as database:
            return self._runs[run].stored(database)

    @alone
    def record_sizes(self) -> dict[str, int]:
        """Return about how many bytes the records of each run take, of those that have any."""
        with self._file.reading() as database:
            sizes = chunks.sizes(database)
        for id in self._books.changes.runs:
            if self._runs[id].has_arrays:
                sizes[id] = sizes.get(id, 0) + self._runs[id].size
        return sizes

    @alone
    def snapshot_steps(self, run: str) -> list[int]:
        """Return the steps of a run that have a snapshot, increasing."""
        with self._file.reading() as database:
            return self._runs[run].snapshot_steps(database)

    @alone
    def resumable_step(self, run: str) -> int | None:
        """Return the step from which a run can go on exactly; None where there is none."""
        with self._file.reading() as database:
            return self._runs[run].resumable_step(database)

    @alone
    def snapshot(self, run: str, step: int) -> Snapshot | None:
        """Read what pictures of a run at a step are made of; None where there is nothing."""
        with self._file.reading() as database:
            return self._runs[run].snapshot(database, step)

    @alone
    def state(self, run: str, step: int) -> Snapshot | None:
        """Read all that was kept of a step, to go on from it; a Refusal says what can be used besides."""
        with self._file.reading() as database:
            return self._runs[run].state(database, step)

    # --- writing ----------------------------------------------------------------------------------------

    def fold_apart(self, apart: Apart) -> None:
        """Have another thread do what a flush would wait for the disk for."""
        self._file.fold_apart(apart)

    @property
    def changed(self) -> bool:
        """Say whether anything waits to be written."""
        return self._books.changed

    @property
    @alone
    def unwritten(self) -> int:
        """Return about how many bytes of records and snapshots wait to be written."""
        return sum(self._runs[run].size for run in self._books.changes.runs)

    @property
    def has_room(self) -> bool:
        """Say whether its disk has room for what waits, as far as can be told."""
        return self._file.has_room_for(self.unwritten)

    @alone
    def flush(self, *, in_part: bool = False) -> bool:
        """Write what has changed, in one transaction; see that the file is still there; say whether something is left.

        How a session is shown is written with other changes; by itself it is no reason to write elsewhere.

        in_part: whether to be done soon: of very many points, and of what is said of very many runs, some is left.

        Raises:
            Displaced: where the file is gone, or is not this process's to write: the session can go on elsewhere.
            Refusal: where it cannot be written now. Everything then still waits.
        """
        if self._file.is_lent:
            return False
        left = False
        wanted = self.changed or (self._books.goes_on and not self._file.only_read)
        if wanted and not (self._file.only_read and self._books.only_views):
            next_ones = self._books.next_ones(MOST_ENTRIES if in_part else None)
            self._file.write(lambda database: self._books.write(database, next_ones))
            self._books.forget(next_ones)
            left = self._books.has_left
        else:
            self._file.check_place()
        self._file.settle()
        return left

    @alone
    def go_on_elsewhere(self, known: Mapping[str, Records] | None = None) -> None:
        """Write everything to an unsaved session in the user's data folder, and go on there.

        Args:
            known: records by run, as their owner has them: for where the old file can no longer be read.

        Raises:
            Refusal: where that cannot be written either; everything then still waits.
        """
        self._books.note_all()
        next_ones = self._books.next_ones()
        self._file.move_to_unsaved(lambda database: self._books.write(database, next_ones))
        self._books.forget(next_ones)
        for id, records in (known or {}).items():
            if id in self._runs and len(self.load_run(id).history.records) < len(records):
                self._pending(id).replace_records(records.all())

    @alone
    def save_as(self, path: Path, wait_for: WaitFor = do_it) -> None:
        """Write the whole session to another file, complete or not at all, and go on there.

        An unsaved session moves; a named one stays behind as it was last written.

        Args:
            path: where to.
            wait_for: does what takes long, and returns once that is done. It may use another thread, and this session:
                what is told meanwhile is written to the file at hand until the other one has taken its place.

        Raises:
            Refusal: where it cannot be written; the session is then as before.
        """
        with contextlib.suppress(Refusal):
            self.flush()
        if self._file.lies_at(path) and not self.changed:
            return
        self._books.begin_copy()
        try:
            leave = self._file.move(
                path, self._write_copy, self._books.note_copy, partial(self._freely, wait_for)
            )
        except BaseException:
            self._books.give_up_copy()
            raise
        self._books.end_copy()
        with contextlib.suppress(Refusal):
            self.flush()
        self._freely(wait_for, leave)

    def _write_copy(self, database: sqlite3.Connection) -> None:
        with contextlib.suppress(Refusal):
            self.flush()
        self._books.write_copy(database)

    def _freely(self, wait_for: WaitFor, work: Callable[[], None]) -> None:
        """Wait for something that takes long, while the file at hand is written on."""
        self.lock.release()
        try:
            wait_for(work)
        finally:
            self.lock.acquire()

    @alone
    def close(self, gone: Iterable[str] = (), wait_for: WaitFor = do_it) -> None:
        """Write what waits and close the file; an unsaved one stays to be offered again, unless it is empty.

        Then runs that are `gone` are deleted, and maps taken out; where that cannot be written they stay in the file.

        Raises:
            Refusal: where it cannot be written; the session stays open as it was, to be saved elsewhere or discarded.
        """
        self.flush()
        for run in self._runs.keys() & set(gone):
            self.delete_run(run)
        self.maps.delete_taken_out()
        with contextlib.suppress(Refusal):
            self.flush()
        self._freely(wait_for, self._file.closing(remove=self.is_empty))

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is in it that anybody made."""
        made = self._values.get("document") or self._values.get("notes")
        return not (self._runs or self.maps.all or self.unreadable or made)

    @alone
    def discard(self) -> None:
        """Close without writing; an unsaved session is deleted."""
        self._file.close(remove=True)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:  # the error under way is the one to tell; what can be written is
            with contextlib.suppress(Refusal):
                self.flush()
            self._file.close()
