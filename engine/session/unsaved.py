"""Sessions without a name yet: in the user's data folder, held by a lock that dies with its process."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from engine.files import Lock, is_locked
from engine.words.errors import Refusal, path_in_words

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
    runs: tuple[str, ...] = ()
    """Titles of its runs."""
    noted: bool = False
    """Whether it has notes of its own."""
    edited: bool = False
    """Whether it has an experiment, or maps, beside its runs."""
    damaged: bool = False
    """Whether it cannot be read as it is; what can be is rescued."""
    discarded: bool = False
    """Whether it is offered no more, until it is taken back or deleted for good."""

    @property
    def is_empty(self) -> bool:
        """Say whether it is proved to hold nothing that anybody made."""
        return not (self.runs or self.noted or self.edited or self.damaged)


def hold(path: Path, remedy: str = "save it there under a name of its own") -> Lock:
    """Keep other processes from taking a file for abandoned, until released or until this process is gone.

    Raises:
        Refusal: where a living process holds it.
    """
    try:
        lock = Lock.take(path)
    except OSError as error:
        raise storage.refusal(error, path) from None
    if lock is None:
        raise Refusal("", path_in_words(path), f"is open in another window; {remedy}")
    return lock


def new_path(folder: Path) -> Path:
    """Return a name in a folder that no session has."""
    return folder / f"unsaved-{datetime.now():%Y-%m-%d-%H%M%S}-{uuid.uuid4().hex[:8]}{storage.SUFFIX}"


def abandoned_sessions(folder: Path | None = None) -> list[Abandoned]:
    """Return the unsaved sessions of processes that have gone, the latest first; looking changes none."""
    return [abandoned for abandoned in _every(folder) if not abandoned.discarded]


def discarded_sessions(folder: Path | None = None) -> list[Abandoned]:
    """Return those that were discarded and not deleted yet, the latest first; looking changes none."""
    return [abandoned for abandoned in _every(folder) if abandoned.discarded]


def discard(path: Path) -> None:
    """Offer an abandoned session no more, damaged or not: nothing of it is lost, and `take_back` offers it again.

    Raises:
        Refusal: where its folder cannot be written.
    """
    try:
        _mark(path).touch(0o600)
    except OSError as error:
        raise Refusal("", path_in_words(path), f"cannot be discarded: {error.strerror or error}") from None


def take_back(path: Path) -> None:
    """Make a discarded session one again that is offered.

    Raises:
        Refusal: where its folder cannot be written.
    """
    try:
        _mark(path).unlink(missing_ok=True)
    except OSError as error:
        raise Refusal("", path_in_words(path), f"cannot be taken back: {error.strerror or error}") from None


def delete_for_good(path: Path) -> None:
    """Delete an abandoned session, damaged or not.

    Raises:
        Refusal: where a living process holds it, or it cannot be deleted.
    """
    lock = hold(path)
    try:
        _remove(path)
    except OSError as error:
        raise Refusal("", path_in_words(path), f"cannot be deleted: {error.strerror or error}") from None
    finally:
        lock.release()


def clear_empty_sessions(folder: Path | None = None) -> None:
    """Delete the abandoned sessions that are proved empty, each while it is held."""
    for abandoned in _every(folder):
        if not abandoned.is_empty:
            continue
        with contextlib.suppress(Refusal, OSError):
            lock = hold(abandoned.path)
            try:
                if _looked_at(abandoned.path).is_empty:
                    _remove(abandoned.path)
            finally:
                lock.release()


def _every(folder: Path | None) -> list[Abandoned]:
    sessions = list(_abandoned(folder or sessions_folder()))
    return sorted(sessions, key=lambda abandoned: abandoned.changed, reverse=True)


def _mark(path: Path) -> Path:
    """Return the empty file that says of a session that it was discarded."""
    return path.with_name(path.name + ".discarded")


def _remove(path: Path) -> None:
    storage.remove(path)
    _mark(path).unlink(missing_ok=True)


def _abandoned(folder: Path) -> Iterator[Abandoned]:
    for path in folder.glob(f"unsaved-*{storage.SUFFIX}"):
        try:
            if not is_locked(path):
                yield replace(_looked_at(path), discarded=_mark(path).exists())
        except (Refusal, OSError):
            continue  # of a newer lab, or gone meanwhile: nothing to offer, and not ours to remove


def _looked_at(path: Path) -> Abandoned:
    files = [path, path.with_name(path.name + "-wal")]
    seconds = max(file.stat().st_mtime for file in files if file.exists())
    changed = datetime.fromtimestamp(seconds).astimezone()
    try:
        with storage.opened_to_read(path) as database:
            titles = tuple(
                str(json.loads(entry)["title"])
                for (entry,) in database.execute("SELECT entry FROM run ORDER BY place")
            )
            values = dict(database.execute("SELECT key, value FROM session").fetchall())
            of_maps = (
                storage.has_table(database, "sweep") and database.execute("SELECT 1 FROM sweep").fetchone()
            )
    except storage.Damaged:
        return Abandoned(path, changed, damaged=True)
    except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
        if isinstance(error, Refusal):
            raise
        return Abandoned(path, changed, damaged=True)
    return Abandoned(
        path, changed, titles, bool(values.get("notes")), bool(values.get("document") or of_maps)
    )
