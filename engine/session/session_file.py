"""The file of a session in use: read only, then written from the first change on; held by one process at a time."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from engine.errors import Refusal, path_in_words
from engine.files import Lock

from . import storage
from .salvage import Salvaged, salvage
from .storage import Displaced, Opened
from .unsaved import hold, new_path, sessions_folder, take_back

Write = Callable[[sqlite3.Connection], None]
WaitFor = Callable[[Callable[[], None]], None]
"""Does something that takes long, and returns when it is done; what it raises is raised."""
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
            storage.fold_in(self._database)
            self._unfolded = 0

    def move(self, path: Path, write: Write, wait_for: WaitFor = do_it) -> None:
        """Copy everything to another file, there add what `write` writes, and go on with that file.

        `write` is asked for once the copy stands: what was told meanwhile is in it.

        Raises:
            Refusal: where it cannot be written, or another process has it; everything is then as before.
        """
        real = os.path.realpath(path)
        mine = self._lock is not None and self._lock.stands and real == os.path.realpath(self.path or "")
        lock = self._lock if mine else hold(Path(real), "choose another name")
        try:
            self._copy(path, write, wait_for)
            opened = storage.open_to_read(path)
        except BaseException:
            if lock is not None and not mine:
                lock.release()
            raise
        self._leave(remove=not self._named, keep_lock=mine)
        self._become(opened, path, lock, named=True)

    def move_to_unsaved(self, write: Write) -> None:
        """Copy what can be read to the user's data folder, there add what `write` writes, and go on with that.

        Raises:
            Refusal: where that cannot be written either; everything is then as before.
        """
        path = _new_place(None)
        lock = hold(path)
        try:
            self._copy(path, write)
            opened = storage.open_to_read(path)
        except BaseException:
            lock.release()
            raise
        self._leave(remove=False)
        self._become(opened, path, lock, named=False)

    def lies_at(self, path: Path) -> bool:
        """Say whether this is the file at a path, itself and no copy."""
        here = self.path is not None and self._opened.copied is None
        return here and path.exists() and self._identity == _identity(path)

    def close(self, *, remove: bool = False) -> None:
        """Let go of the file, leaving one file or none; only an unsaved one can be removed."""
        self._leave(remove=remove and not self._named)

    def _copy(self, path: Path, write: Write, wait_for: WaitFor = do_it) -> None:
        with storage.replacing(path) as temporary:
            wait_for(lambda: self._copy_to(temporary, path))
            storage.change(temporary, write)

    def _copy_to(self, temporary: Path, path: Path) -> None:
        try:
            storage.copy_into(self._database, temporary)
        except sqlite3.DatabaseError as error:
            if not isinstance(storage.refusal(error, path), storage.Damaged) and not self._is_gone():
                raise
            _salvaged(self._database, temporary)
        storage.synchronise(temporary)

    def _leave(self, *, remove: bool, keep_lock: bool = False) -> None:
        if remove and self.path is not None:
            self._database.close()
            with contextlib.suppress(OSError):
                storage.remove(self.path)
        elif self._writes:
            storage.close_writer(self._database, self.path)
        else:
            self._database.close()
        if self._lock is not None and not keep_lock:
            self._lock.release()
        if self._opened.copied is not None:
            self._opened.copied.clean_up()

    def _become(self, opened: Opened, path: Path, lock: Lock | None, *, named: bool) -> None:
        """Be the session in another file from now on."""
        self.path, self.only_read, self._opened = path.absolute(), "", opened
        self._database, self._writes, self._unfolded = opened.database, False, 0
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
