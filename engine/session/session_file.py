"""The file of a session in use: read only, then written from the first change on; held while unnamed."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from engine.errors import Refusal

from . import storage
from .unsaved import Hold, new_path, sessions_folder

Write = Callable[[sqlite3.Connection], None]
_COPIED = (
    "is kept as it is, from an older lab or half written; save the session under a new name to change it"
)
_CHANGED_ELSEWHERE = "was changed by another window; save the session under another name"


class SessionFile:
    """An open connection, and what it takes to write through it or to move elsewhere."""

    def __init__(self, database: sqlite3.Connection, path: Path | None) -> None:
        self.path = None if path is None else path.absolute()
        """Where it lies; None: only in memory."""
        self._database = database
        self._writes = path is None
        self._version = self._data_version()
        self._hold: Hold | None = None
        self._copied: tempfile.TemporaryDirectory[str] | None = None

    @classmethod
    def in_memory(cls) -> SessionFile:
        """Make an empty one that no disk has."""
        return cls(storage.in_memory(), None)

    @classmethod
    def create(cls, path: Path, *, overwrite: bool) -> SessionFile:
        """Make an empty one."""
        if path.exists() and not overwrite:
            raise Refusal("", str(path), "exists already; choose another name")
        storage.make_file(path)
        return cls.open(path)

    @classmethod
    def unsaved(cls, folder: Path | None) -> SessionFile:
        """Make an empty one in the user's data folder, and hold it."""
        folder = folder or sessions_folder()
        path = new_path(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage.refusal(error, path) from None
        return cls._held(path, lambda: cls.create(path, overwrite=False))

    @classmethod
    def open(cls, path: Path) -> SessionFile:
        """Open one to read."""
        database, copied = storage.open_to_read(path)
        file = cls(database, path)
        file._copied = copied
        return file

    @classmethod
    def recover(cls, path: Path) -> SessionFile:
        """Open an abandoned one, and hold it."""
        return cls._held(path, lambda: cls.open(path))

    @classmethod
    def _held(cls, path: Path, make: Callable[[], SessionFile]) -> SessionFile:
        hold = Hold(path)
        try:
            file = make()
        except BaseException:
            hold.release()
            raise
        file._hold = hold
        return file

    @property
    def is_unsaved(self) -> bool:
        """Say whether it still needs a name from its user."""
        return self.path is None or self._hold is not None

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection; what fails is refused in plain words."""
        try:
            yield self._database
        except sqlite3.Error as error:
            raise storage.refusal(error, self.path) from None

    def write(self, write: Write) -> None:
        """Write in one transaction.

        Raises:
            Refusal: where nothing was written.
        """
        if self._copied is not None:
            raise Refusal("", str(self.path), _COPIED)
        with self.reading():
            if self._data_version() != self._version:
                raise Refusal("", str(self.path), _CHANGED_ELSEWHERE)
            if not self._writes and self.path is not None:
                writer = storage.open_to_write(self.path)
                self._database.close()
                self._database, self._writes = writer, True
                self._version = self._data_version()
            with storage.transaction(self._database):
                write(self._database)

    def move(self, path: Path, write: Write | None) -> None:
        """Copy everything to another file, there add what `write` writes, and go on with that file.

        Raises:
            Refusal: where it cannot be written; everything is then as before.
        """
        with storage.replacing(path) as temporary:
            self._database.execute("VACUUM INTO ?", (str(temporary),))
            if write is not None:
                storage.change(temporary, write)
        database, _ = storage.open_to_read(path)
        self.close(remove=self._hold is not None)
        self._database, self.path = database, path.absolute()
        self._writes, self._version = False, self._data_version()

    def lies_at(self, path: Path) -> bool:
        """Say whether this is the file at a path, itself and no copy."""
        here = self.path is not None and self._copied is None
        return here and path.exists() and path.samefile(self.path or path)

    def close(self, *, remove: bool = False) -> None:
        """Let go of the file, leaving one file or none; only an unsaved one can be removed."""
        if remove and self._hold is not None and self.path is not None:
            self._database.close()
            storage.remove(self.path)
        elif self._writes:
            storage.close_writer(self._database)
        else:
            self._database.close()
        if self._hold is not None:
            self._hold.release()
        if self._copied is not None:
            self._copied.cleanup()
        self._hold = self._copied = None

    def _data_version(self) -> int:
        """Return a number that changes when another connection changes the file."""
        return int(self._database.execute("PRAGMA data_version").fetchone()[0])
