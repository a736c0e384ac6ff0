"""The file under a session: its schema, how it is opened without being changed, how it is written and copied.

Journal: while a session is being written it is in WAL mode with synchronous=NORMAL, since the window commits
from its own thread. A commit then waits for no disk, save when the log is folded in (every 4 MB); with a
rollback journal each commit waits two or three times, which is 1 ms on a fast disk, 30 ms and more on a slow
one. A killed process loses nothing that was committed; a power cut may lose the last commits but never
damages the file. Closing folds the log in and returns to DELETE mode, so that a closed session is one file.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from engine.errors import Refusal

APPLICATION_ID = 0x4D4C4142  # "MLAB"
SCHEMA = 1
MIGRATIONS: dict[int, str] = {}
"""What leads from a schema to the next one, as SQL; run on a copy, never on the file itself."""
SUFFIX = ".mlab"

_TABLES = """
CREATE TABLE session (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE run (
    id TEXT PRIMARY KEY,
    place INTEGER NOT NULL,
    entry TEXT NOT NULL,
    counter_names TEXT NOT NULL,
    counters BLOB NOT NULL
);
CREATE TABLE chunk (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
    last_step INTEGER NOT NULL,
    steps BLOB NOT NULL,
    names TEXT NOT NULL,
    columns BLOB NOT NULL
);
CREATE INDEX chunk_of_run ON chunk (run);
CREATE TABLE snapshot (
    run TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
    step INTEGER NOT NULL,
    name TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (run, step, name)
);
CREATE TABLE resumable (run TEXT PRIMARY KEY REFERENCES run ON DELETE CASCADE, step INTEGER NOT NULL);
"""
_NO_SESSION = "is not a Margin Lab session; open a .mlab file that the lab has saved"


def refusal(error: sqlite3.Error | OSError, path: Path | None) -> Refusal:
    """Turn a failure to read or write into one sentence with a remedy."""
    shown = None if path is None else str(path)
    if isinstance(error, OSError):
        return Refusal(
            "", shown, f"cannot be written: {error.strerror or error}; save the session under another name"
        )
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith("SQLITE_FULL"):
        trouble = "cannot be written, the disk is full; free some space or save the session elsewhere"
    elif name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
        trouble = "cannot be written, it is read-only or gone; save the session under another name"
    elif name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        trouble = "is being written by another program; close it there or save the session under another name"
    elif name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        trouble = "is damaged; what could still be read stays open, save it under another name"
    elif name.startswith("SQLITE_IOERR"):
        trouble = "cannot be read or written, the disk reports an error; save the session elsewhere"
    else:
        trouble = f"cannot be used as a session: {error}"
    return Refusal("", shown, trouble)


def in_memory() -> sqlite3.Connection:
    """Return an empty session that lies in memory only."""
    database = _connect("file::memory:")
    _make(database)
    return database


def make_file(path: Path) -> None:
    """Write an empty session; a file that is there is replaced in one go.

    Raises:
        Refusal: where the folder cannot be written.
    """
    with replacing(path) as temporary, contextlib.closing(_connect(_address(temporary, "rwc"))) as database:
        _make(database)


def open_to_read(path: Path) -> tuple[sqlite3.Connection, tempfile.TemporaryDirectory[str] | None]:
    """Open a session without changing it; where that takes a copy, also return the folder of the copy.

    A copy is taken where reading alone cannot mend what a killed writer left (a rollback journal, or a log in
    a folder that cannot be written), and of what an older lab wrote: it is migrated there.

    Raises:
        Refusal: where the file is missing, is no session, is damaged, or was written by a newer lab.
    """
    if not path.is_file():
        raise Refusal(
            "", str(path), "is a folder; name a session file" if path.is_dir() else "does not exist"
        )
    try:
        try:
            database = _checked(path)
            copied = None
        except sqlite3.OperationalError:
            database, copied = _copied(path)
    except (sqlite3.OperationalError, OSError) as error:
        raise Refusal("", str(path), f"cannot be read: {error}") from None
    except sqlite3.DatabaseError:
        raise Refusal("", str(path), _NO_SESSION) from None
    try:
        return _migrated(database, copied, path)
    except BaseException:
        database.close()
        raise


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open a session to change it, in WAL mode where the file system can."""
    database = _connect(_address(path, "rw"))
    try:
        database.execute("PRAGMA journal_mode = WAL").fetchone()
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error:
        database.close()
        raise
    return database


def change(path: Path, write: Callable[[sqlite3.Connection], None]) -> None:
    """Let `write` change a file that nobody else has, in one transaction."""
    with contextlib.closing(_connect(_address(path, "rw"))) as database:
        database.execute("PRAGMA foreign_keys = ON")
        with transaction(database):
            write(database)


def close_writer(database: sqlite3.Connection) -> None:
    """Close a session that was written: give back free pages, fold the log in, leave one file."""
    with contextlib.suppress(
        sqlite3.Error
    ):  # someone else reads it, or the disk is full: the log then stays beside it
        database.executescript("PRAGMA incremental_vacuum")  # `execute` would free one page
        database.execute("PRAGMA journal_mode = DELETE").fetchone()
    database.close()


@contextlib.contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """Do everything inside or, where it fails, nothing of it."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a name beside `path` to write to, and put what was written in its place, complete or not at all.

    Raises:
        Refusal: where it cannot be written; `path` is then as before.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        yield temporary
        _synchronise(temporary)
        _clear_log(path)
        temporary.replace(path)
        _synchronise(path.parent)
    except (sqlite3.Error, OSError) as error:
        raise refusal(error, path) from None
    finally:
        with contextlib.suppress(OSError):
            remove(temporary)


def remove(path: Path) -> None:
    """Delete a session and what its writer left beside it."""
    for file in (path, *_beside(path)):
        file.unlink(missing_ok=True)


def _address(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?mode={mode}"


def _connect(address: str) -> sqlite3.Connection:
    # a quarter of a second: the window may wait that long for another writer, not longer
    database = sqlite3.connect(address, uri=True, isolation_level=None, timeout=0.25)
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    return database


def _make(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA auto_vacuum = INCREMENTAL")  # replaced snapshots then do not keep the file large
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {SCHEMA}")
    database.executescript(_TABLES)
    database.execute("PRAGMA foreign_keys = ON")


def _checked(path: Path) -> sqlite3.Connection:
    """Open a file that says it is a session, for reading only."""
    # A file in log mode without its log (a copy of one that was not closed): SQLite would make the log's
    # files beside it, or fail where it may not, unless it is told that nobody writes.
    with path.open("rb") as file:
        in_log_mode = file.read(20)[18:] == b"\x02\x02"
    still = in_log_mode and not any(file.exists() for file in _beside(path))
    database = _connect(_address(path, "ro") + ("&immutable=1" if still else ""))
    try:
        (application,) = database.execute("PRAGMA application_id").fetchone()
        if application != APPLICATION_ID:
            raise Refusal("", str(path), _NO_SESSION)
        # a view or a trigger in a file from elsewhere could change what our statements do
        foreign = database.execute(
            "SELECT name FROM sqlite_master WHERE type NOT IN ('table', 'index')"
        ).fetchone()
        if foreign is not None:
            raise Refusal("", str(path), _NO_SESSION)
    except BaseException:
        database.close()
        raise
    return database


def _copied(path: Path) -> tuple[sqlite3.Connection, tempfile.TemporaryDirectory[str]]:
    """Copy a session with what its writer left, let SQLite mend the copy, and open that."""
    folder = tempfile.TemporaryDirectory(prefix="margin-lab-", ignore_cleanup_errors=True)
    try:
        copy = Path(folder.name) / path.name
        for file in (path, *_beside(path)):
            if file.exists():
                shutil.copyfile(file, copy.with_name(file.name))
        close_writer(open_to_write(copy))
        return _checked(copy), folder
    except BaseException:
        folder.cleanup()
        raise


def _migrated(
    database: sqlite3.Connection, copied: tempfile.TemporaryDirectory[str] | None, path: Path
) -> tuple[sqlite3.Connection, tempfile.TemporaryDirectory[str] | None]:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version == SCHEMA:
        return database, copied
    if version > SCHEMA:
        raise Refusal("", str(path), "was written by a newer Margin Lab; update the lab to open it")
    if version not in MIGRATIONS:
        raise Refusal("", str(path), _NO_SESSION)
    folder = copied or tempfile.TemporaryDirectory(prefix="margin-lab-", ignore_cleanup_errors=True)
    copy = Path(folder.name) / f"migrated{SUFFIX}"
    database.execute("VACUUM INTO ?", (str(copy),))
    database.close()
    with contextlib.closing(_connect(_address(copy, "rw"))) as writer:
        for number in range(version, SCHEMA):
            writer.executescript(MIGRATIONS[number])
        writer.execute(f"PRAGMA user_version = {SCHEMA}")
    return _checked(copy), folder


def _beside(path: Path) -> list[Path]:
    return [path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal")]


def _clear_log(path: Path) -> None:
    """Let no log of an earlier file be taken for the new one's; refuse while somebody writes that file."""
    if not any(file.exists() for file in _beside(path)):
        return
    try:
        with contextlib.closing(open_to_write(path)) as database:
            database.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise
    for file in _beside(path):
        file.unlink(missing_ok=True)


def _synchronise(path: Path) -> None:
    """Wait until the disk has a file, or a folder's list of files (which only POSIX can be asked for)."""
    if path.is_dir() and os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
