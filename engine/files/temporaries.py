"""What is half written: noted in the user's data folder, so that the next start sweeps what a killed process left.

A note is one file with its path in it, and behind a zero byte that of the file that it is to become. It is locked for
as long as its process lives: nobody sweeps what is still being written, on this machine or on another one that shares
the folder.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

from .locks import close_descriptor, is_at, lock_descriptor, sweep_lock

ENDS = ("", "-journal", "-wal", "-shm")
"""What SQLite adds to the name of a database for its own files beside it."""
_FILE = re.compile(r"\..*-[0-9a-f]{8}\.tmp", re.DOTALL)
_PREFIX = "margin-lab-"


def notes_folder() -> Path:
    """Return where temporaries are noted."""
    from platformdirs import user_data_path

    return user_data_path("margin-lab", appauthor=False) / "temporaries"


@contextlib.contextmanager
def temporary_beside(path: Path) -> Iterator[Path]:
    """Give a name beside a path to write to first, and take away whatever is there in the end."""
    stem = os.fsdecode(os.fsencode(path.stem)[:60]) if path.stem.isascii() else "file"
    temporary = path.absolute().with_name(f".{stem}-{uuid.uuid4().hex[:8]}.tmp")
    note, there = _Note(temporary, path.absolute()), temporary.parent.is_dir()
    try:
        yield temporary
    finally:
        if _remove(temporary) or not there:
            note.release()


class TemporaryFolder:
    """A folder for copies, until it is cleaned up or its process is gone."""

    def __init__(self) -> None:
        self.path = Path(tempfile.gettempdir()).absolute() / f"{_PREFIX}{uuid.uuid4().hex[:12]}"
        self._note = _Note(self.path)
        self.path.mkdir(0o700)

    def clean_up(self) -> None:
        """Take the folder away with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._note.release()


def sweep_temporaries() -> None:
    """Take away what processes left that are gone; what cannot be told or reached stays for another time."""
    with contextlib.suppress(OSError):
        for note in notes_folder().glob("*.note"):
            with contextlib.suppress(OSError):
                _sweep(note)


class _Note:
    """Says where something half written lies, for as long as it is."""

    def __init__(self, path: Path, wanted: Path | None = None) -> None:
        self._place, self._descriptor = notes_folder() / f"{uuid.uuid4().hex}.note", -1
        with contextlib.suppress(OSError):  # nowhere to note it: it is written all the same
            self._place.parent.mkdir(parents=True, exist_ok=True)
            while self._descriptor < 0:
                self._descriptor = os.open(self._place, os.O_RDWR | os.O_CREAT, 0o600)
                # one that says nothing yet is swept: then it is made once more
                if not (lock_descriptor(self._descriptor) and is_at(self._place, self._descriptor)):
                    os.close(self._descriptor)
                    self._descriptor = -1
            paths = (path,) if wanted is None else (path, wanted)
            os.write(self._descriptor, b"\0".join(map(os.fsencode, paths)))

    def release(self) -> None:
        """Take the note away."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            close_descriptor(descriptor)
            with contextlib.suppress(OSError):
                self._place.unlink(missing_ok=True)


def _sweep(note: Path) -> None:
    descriptor = os.open(note, os.O_RDWR)
    try:
        if not lock_descriptor(descriptor):
            return
        paths = [Path(os.fsdecode(path)) for path in os.read(descriptor, 2**16).split(b"\0") if path]
        if paths and not _remove(paths[0]):
            return
        for wanted in paths[1:]:
            if not wanted.exists():  # it never came to be
                sweep_lock(wanted)
    finally:
        os.close(descriptor)
    note.unlink(missing_ok=True)


def _remove(path: Path) -> bool:
    """Take away what a temporary's name says, and nothing of another name; say whether it is gone for good."""
    try:
        if _FILE.fullmatch(path.name):
            if not path.parent.is_dir():
                return False  # a medium that is not here now
            for end in ENDS:
                path.with_name(path.name + end).unlink(missing_ok=True)
        elif path.name.startswith(_PREFIX) and path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
    except OSError:
        return False
    return True
