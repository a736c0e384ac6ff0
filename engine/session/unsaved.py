"""Sessions without a name yet: in the user's data folder, held by a lock that dies with its process."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.errors import Refusal

from . import storage


def sessions_folder() -> Path:
    """Return where unsaved sessions lie."""
    from platformdirs import user_data_path

    return user_data_path("margin-lab", appauthor=False) / "sessions"


@dataclass(frozen=True)
class Abandoned:
    """An unsaved session whose process has gone."""

    path: Path
    changed: datetime
    runs: tuple[str, ...]
    """Titles of its runs."""


class Hold:
    """Keeps other processes from taking a file for abandoned, until released or until this process is gone.

    The operating system's lock on a file beside it, not a process number: numbers are used again.
    """

    def __init__(self, path: Path) -> None:
        """Hold a file.

        Raises:
            Refusal: where a living process holds it.
        """
        self._path = _beside(path)
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise storage.refusal(error, path) from None
        with contextlib.suppress(OSError):  # a file system that knows no locks: then the file alone says it
            if not _lock(self._descriptor):
                os.close(self._descriptor)
                raise Refusal(
                    "", str(path), "is open in another window; save it there under a name of its own"
                )

    def release(self) -> None:
        """Let go, and take the lock's file away."""
        if self._descriptor < 0:
            return
        if os.name != "posix":  # another system: a file that is open cannot be taken away there
            os.close(self._descriptor)
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
        if os.name == "posix":  # after taking it away: nobody can lock a file that is about to vanish
            os.close(self._descriptor)
        self._descriptor = -1


def new_path(folder: Path) -> Path:
    """Return a name in a folder that no session has."""
    return folder / f"unsaved-{datetime.now():%Y-%m-%d-%H%M%S}-{uuid.uuid4().hex[:8]}{storage.SUFFIX}"


def abandoned_sessions(folder: Path | None = None) -> list[Abandoned]:
    """Return the unsaved sessions of processes that have gone, the latest first.

    Those without a run and without notes are cleared away: all they hold is an experiment as it was opened.
    """
    sessions = []
    for path in (folder or sessions_folder()).glob(f"unsaved-*{storage.SUFFIX}"):
        try:
            if not _is_held(path) and (abandoned := _looked_at(path)) is not None:
                sessions.append(abandoned)
        except (Refusal, OSError):
            continue  # of a newer lab, damaged, or gone meanwhile: nothing to offer, and not ours to remove
    return sorted(sessions, key=lambda abandoned: abandoned.changed, reverse=True)


def _looked_at(path: Path) -> Abandoned | None:
    files = [path, path.with_name(path.name + "-wal")]
    changed = max(file.stat().st_mtime for file in files if file.exists())
    database, copied = storage.open_to_read(path)
    try:
        titles = tuple(
            str(json.loads(entry)["title"])
            for (entry,) in database.execute("SELECT entry FROM run ORDER BY place")
        )
        noted = database.execute("SELECT 1 FROM session WHERE key = 'notes' AND value != ''")
        anything = bool(titles) or noted.fetchone() is not None
    finally:
        database.close()
        if copied is not None:
            copied.cleanup()
    if not anything:
        storage.remove(path)
        return None
    return Abandoned(path, datetime.fromtimestamp(changed).astimezone(), titles)


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _is_held(path: Path) -> bool:
    """Say whether a living process holds a session.

    Raises:
        OSError: where that cannot be told: the lock's file is there, but its file system knows no locks.
    """
    try:
        descriptor = os.open(_beside(path), os.O_RDWR)  # not made: it would stay
    except FileNotFoundError:
        return False
    try:
        return not _lock(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Lock an open file for this process, until it is closed; False where another one has it.

    Raises:
        OSError: where it cannot be locked at all.
    """
    from filelock import lock_descriptor  # slow to import: not before the window needs it

    return lock_descriptor(descriptor, blocking=False)
