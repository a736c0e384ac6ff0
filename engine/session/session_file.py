"""The file of a session in use: read only, then written from the first change on; held by one process at a time."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Lock as OneAtATime

from engine.files import Lock
from engine.words.errors import Refusal, path_in_words

from . import storage
from .salvage import Salvaged, salvage
from .still_view import StillView
from .storage import Displaced, Opened
from .unsaved import hold, new_path, sessions_folder, take_back

Write = Callable[[sqlite3.Connection], None]
WaitFor = Callable[[Callable[[], None]], None]
"""Does something that takes long, and returns when it is done; what it raises is raised."""
Apart = Callable[[Callable[[], None]], None]
"""Has something done by another thread, later."""
Identity = tuple[int, int]
FOLDED_AFTER = 3
"""Calls of `settle` (a second apart) after which the log is folded into the file."""
_COPIED = (
    "is kept as it is, from an older lab or half written; save the session under a new name to change it"
)
_CHANGED_ELSEWHERE = "was changed by another window; save the session under another name"
_OPEN_ELSEWHERE = "is open in another window, and only read here; save the session under another name"
_TWO_NAMES = "has a second name (a hard link), and is only read here; save the session under another name"
_ONLY_READ = "was opened to be read alone"
_GONE = (
    "is no longer there: it was moved or deleted, or its disk is gone; save the session under another name"
)
_REPLACED = "was replaced by another file while it was open; save the session under another name"


def do_it(work: Callable[[], None]) -> None:
    """Do something here and now."""
    work()


class SessionFile:
    """An open connection, and what it takes to write through it or to move elsewhere."""

    def __init__(
        self, opened: Opened, path: Path | None, lock: Lock | None = None, only_read: str = ""
    ) -> None:
        self.path = None if path is None else path.absolute()
        """Where it lies; None: only in memory."""
        self.only_read = only_read or (_COPIED if opened.copied is not None else "")
        """Why it is not written; '' where it is."""
        self.remark = opened.remark
        self._opened = opened
        self._database = opened.database
        self._writes = path is None
        self._version = self._data_version()
        self._identity = self._look()
        self._lock = lock
        self._named = True
        self._unfolded = 0
        self.is_lent = False
        """Whether its one connection is busy being copied from: it cannot be written then."""
        self._is_left = False
        self._apart: Apart | None = None
        self._folding = OneAtATime()

    @classmethod
    def in_memory(cls) -> SessionFile:
        """Make an empty one that no disk has."""
        return cls(Opened(storage.in_memory()), None)

    @classmethod
    def create(cls, path: Path) -> SessionFile:
        """Make an empty one."""
        if path.exists():
            raise Refusal("", path_in_words(path), "exists already; choose another name")
        storage.make_file(path)
        return cls.open(path)

    @classmethod
    def unsaved(cls, folder: Path | None) -> SessionFile:
        """Make an empty one in the user's data folder, and hold it."""
        path = _new_place(folder)
        return cls._held(path, lambda: storage.make_file(path))

    @classmethod
    def open(cls, path: Path, *, only_read: bool = False) -> SessionFile:
        """Open one; where another process has it, or could have it by a second name, to read alone."""
        if only_read:
            return cls(storage.open_to_read(path), path, only_read=_ONLY_READ)
        if not path.is_file():
            storage.open_to_read(path)  # says why not, and leaves no lock
        if path.stat().st_nlink > 1:  # each name would have a lock and a write-ahead log of its own
            return cls(storage.open_to_read(path), path, only_read=_TWO_NAMES)
        real = Path(os.path.realpath(path))
        lock, why = None, ""
        try:
            lock = Lock.take(real)
            why = "" if lock is not None else _OPEN_ELSEWHERE
        except OSError:
            pass  # a folder that nobody can write to: nobody writes the session either
        try:
            return cls(storage.open_to_read(path), path, lock, why)
        except BaseException:
            if lock is not None:
                lock.release()
            raise

    @classmethod
    def recover(cls, path: Path) -> SessionFile:
        """Open an abandoned one, and hold it; it is discarded no more."""
        return cls._held(path, lambda: take_back(path))

    @classmethod
    def rescue(cls, path: Path) -> tuple[SessionFile, Salvaged]:
        """Make an unsaved one of all that can be read of a damaged one, which stays as it is."""
        place = _new_place(None)
        said: list[Salvaged] = []
        with storage.opened_to_salvage(path) as damaged:
            file = cls._held(place, lambda: said.append(_salvaged(damaged, place)))
        return file, said[0]

    @classmethod
    def _held(cls, path: Path, make: Callable[[], None]) -> SessionFile:
        lock = hold(path)
        try:
            make()
            file = cls(storage.open_to_read(path), path, lock)
        except BaseException:
            lock.release()
            raise
        file._named = False
        return file

    @property
    def is_unsaved(self) -> bool:
        """Say whether it still needs a name from its user."""
        return self.path is None or not self._named

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection; what fails is refused in plain words."""
        if self._is_left:  # another thread may be closing the connection: reading it then ends the process
            raise Refusal("", None, "the session is closed; open it again to read it")
        try:
            yield self._database
        except UnicodeDecodeError:  # SQLite's words may repeat what is damaged
            raise Refusal("", None, "the session is damaged: a text in it cannot be read") from None
        except sqlite3.Error as error:
            raise storage.refusal(error, self.path) from None

    def write(self, write: Write) -> None:
        """Write in one transaction.

        Raises:
            Displaced: where this file is not to be written any more.
            Refusal: where nothing was written.
        """
        if self.only_read:
            raise Displaced("", str(self.path), self.only_read)
        self.check_place()
        with self.reading():
            if self._data_version() != self._version:
                raise Displaced("", str(self.path), _CHANGED_ELSEWHERE)
            if not self._writes and self.path is not None:
                writer = storage.open_to_write(self.path)
                self._database.close()
                self._database, self._writes = writer, True
                storage.complete(writer)
                self._fold_by()
                self._version = self._data_version()
                self.check_place()
            with storage.transaction(self._database):
                write(self._database)
            self._unfolded = max(self._unfolded, 1)

    def check_place(self) -> None:
        """Look whether the file is still where it was, and still the same.

        Raises:
            Displaced: where it is not.
        """
        if self.path is None or self._opened.copied is not None:
            return
        now = self._look()
        if now != self._identity:
            raise Displaced("", str(self.path), _GONE if now is None else _REPLACED)

    def settle(self) -> None:
        """Fold the log into the file now and then: a copy of the file alone then lacks seconds at most."""
        if not self._unfolded or self.path is None:
            return
        self._unfolded += 1
        if self._unfolded > FOLDED_AFTER:
            self._unfolded = 0
            if self._apart is None:
                storage.fold_in(self._database)
            else:
                self._apart(partial(_fold_in_beside, self.path, self._folding))

    def fold_apart(self, apart: Apart) -> None:
        """Have the log folded in by another thread from now on: that waits for the disk."""
        self._apart = apart
        if self._writes:
            self._fold_by()

    def _fold_by(self) -> None:
        """Let no commit fold the log in where another thread does."""
        if self._apart is not None:
            self._database.execute("PRAGMA wal_autocheckpoint = 0")

    def move(
        self, path: Path, write: Write, copied: Callable[[], bool], wait_for: WaitFor
    ) -> Callable[[], None]:
        """Copy everything to another file, there add what `write` writes, and go on with that file.

        What is copied is as it is now, and can be written meanwhile: `write` is asked for once the copy stands, and
        adds what came. Then `copied` is told; it says whether what comes can be written here until the copy is in
        its place. The caller is to call what is returned, which lets go of the file before.

        Raises:
            Refusal: where it cannot be written, or another process has it; everything is then as before.
        """
        real = os.path.realpath(path)
        same = real == os.path.realpath(self.path or "")
        mine = self._lock is not None and self._lock.stands and same
        lock = self._lock if mine else hold(Path(real), "choose another name")

        def put(work: Callable[[], None]) -> None:
            (wait_for if copied() and not same else do_it)(work)

        try:
            with storage.replacing(path, put) as temporary:
                self._copy(temporary, path, wait_for)
                storage.change(temporary, write)
            opened = storage.open_to_read(path)
        except BaseException:
            if lock is not None and not mine:
                lock.release()
            raise
        leave = self._leaving(remove=not self._named, keep_lock=mine)
        if same:  # one name: its log is of one file at a time
            leave()
            leave = _nothing
        self._become(opened, path, lock, named=True)
        return leave

    def move_to_unsaved(self, write: Write) -> None:
        """Copy what can be read to the user's data folder, there add what `write` writes, and go on with that.

        Raises:
            Refusal: where that cannot be written either; everything is then as before.
        """
        path = _new_place(None)
        lock = hold(path)
        try:
            with storage.replacing(path) as temporary:
                self._copy(temporary, path, do_it)
                storage.change(temporary, write)
            opened = storage.open_to_read(path)
        except BaseException:
            lock.release()
            raise
        self._leaving(remove=False)()
        self._become(opened, path, lock, named=False)

    def has_room_for(self, size: int) -> bool:
        """Say whether its disk has room for so many bytes, as far as can be told."""
        try:
            return self.path is None or shutil.disk_usage(self.path.parent).free > size
        except OSError:
            return True

    def lies_at(self, path: Path) -> bool:
        """Say whether this is the file at a path, itself and no copy."""
        here = self.path is not None and self._opened.copied is None
        return here and path.exists() and self._identity == _identity(path)

    def close(self, *, remove: bool = False) -> None:
        """Let go of the file, leaving one file or none; only an unsaved one can be removed."""
        self.closing(remove=remove)()

    def closing(self, *, remove: bool = False) -> Callable[[], None]:
        """Let nobody read or write from now on; return what lets go of the file, in any thread."""
        self.is_lent = self._is_left = True
        return self._leaving(remove=remove and not self._named)

    def _copy(self, temporary: Path, path: Path, wait_for: WaitFor) -> None:
        """Copy everything as it is now; only where that takes this connection it is not written meanwhile."""
        view = None
        if self._writes and self.path is not None and not self._is_gone():
            with contextlib.suppress(sqlite3.Error):
                view = StillView(self.path, temporary)
        if view is not None:
            wait_for(partial(self._copy_by, view.copy, temporary, path))
            return
        self.is_lent = True
        try:
            wait_for(
                partial(self._copy_by, partial(storage.copy_into, self._database, temporary), temporary, path)
            )
        finally:
            self.is_lent = False

    def _copy_by(self, copy: Callable[[], None], temporary: Path, path: Path) -> None:
        try:
            copy()
        except sqlite3.DatabaseError as error:
            if not isinstance(storage.refusal(error, path), storage.Damaged) and not self._is_gone():
                raise
            _salvaged(self._database, temporary)
        storage.synchronise(temporary)

    def _leaving(self, *, remove: bool, keep_lock: bool = False) -> Callable[[], None]:
        """Return what lets go of the file as it is now."""
        database, path, lock, copied = self._database, self.path, self._lock, self._opened.copied
        writes, folding = self._writes, self._folding

        def leave() -> None:
            with folding:  # who has a file open keeps its log
                if remove and path is not None:
                    database.close()
                    with contextlib.suppress(OSError):
                        storage.remove(path)
                elif writes:
                    storage.close_writer(database, path)
                else:
                    database.close()
            if lock is not None and not keep_lock:
                lock.release()
            if copied is not None:
                copied.clean_up()

        return leave

    def _become(self, opened: Opened, path: Path, lock: Lock | None, *, named: bool) -> None:
        """Be the session in another file from now on."""
        self.path, self.only_read, self._opened = path.absolute(), "", opened
        self._database, self._writes, self._unfolded, self._folding = opened.database, False, 0, OneAtATime()
        self._lock, self._named = lock, named
        self._version, self._identity = self._data_version(), self._look()

    def _data_version(self) -> int:
        """Return a number that changes when another connection changes the file."""
        return int(self._database.execute("PRAGMA data_version").fetchone()[0])

    def _look(self) -> Identity | None:
        """Return which file lies at the path now; None for none, or none that can be reached."""
        return None if self.path is None else _identity(self.path)

    def _is_gone(self) -> bool:
        return self.path is not None and self._look() != self._identity


def _fold_in_beside(path: Path, folding: OneAtATime) -> None:
    """Fold a log in by a connection of its own, while others write."""
    with (
        folding,
        contextlib.suppress(sqlite3.Error),  # it is gone
        contextlib.closing(sqlite3.connect(storage.address(path, "rw"), uri=True)) as database,
    ):
        storage.fold_in(database)


def _nothing() -> None:
    """Do nothing."""


def _identity(path: Path) -> Identity | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _new_place(folder: Path | None) -> Path:
    folder = folder or sessions_folder()
    path = new_path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage.refusal(error, path) from None
    return path


def _salvaged(damaged: sqlite3.Connection, path: Path) -> Salvaged:
    """Write to a new file what can be read of a damaged session."""
    with contextlib.suppress(OSError):
        storage.remove(path)
    with contextlib.closing(storage.connect_new(path)) as new, storage.transaction(new):
        return salvage(damaged, new)
