"""Sessions without a name yet: in the user's data folder, held by a lock that dies with its process."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from engine.errors import Refusal

from . import storage

_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)
"""What a file system says that knows no locks: sessions there are used without."""


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
        self._lock = _lock_of(path)
        try:
            self._lock.acquire()
        except Timeout:
            raise Refusal(
                "", str(path), "is open in another window; save it there under a name of its own"
            ) from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise storage.refusal(error, path) from None

    def release(self) -> None:
        """Let go, and take the lock's file away."""
        beside = Path(self._lock.lock_file)
        if not self._lock.is_locked:
            return
        if os.name == "posix":  # before letting go: nobody can then lock a file that is about to vanish
            beside.unlink(missing_ok=True)
        self._lock.release()
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


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


def _lock_of(path: Path) -> FileLock:
    """Return the lock of a session, which is had at once or not at all, by its owner in any thread."""
    return FileLock(path.with_name(path.name + ".lock"), timeout=0, mode=0o600, thread_local=False)


def _is_held(path: Path) -> bool:
    lock = _lock_of(path)
    if not Path(lock.lock_file).exists():
        return False
    try:
        lock.acquire()
    except Timeout:
        return True
    lock.release()
    return False
