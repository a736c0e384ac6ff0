"""The file under a session: its schema, how it is opened without being changed, how it is written and copied.

Journal: while a session is being written it is in WAL mode with synchronous=NORMAL, since the window commits
from its own thread. A commit then waits for no disk, save where the log is folded in with it (every 4 MB, unless
another thread does that); with a rollback journal each commit waits two or three times, which is 1 ms on a fast
disk, 30 ms and more on a slow one. A killed process loses nothing that was committed; a power cut may lose the last
commits but never damages the file. The log is folded in every few seconds besides, since people copy a session that
is open and leave the log behind. Closing folds it in and returns to DELETE mode, so that a closed session is one file.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.files import LONGEST_NAME, TemporaryFolder, take_after, temporary_beside
from engine.words.errors import Refusal, path_in_words

from . import schema

APPLICATION_ID = 0x4D4C4142  # "MLAB"
SCHEMA = 1
WITH_PARAMETERS = 2
"""The number of a file that has what labs of schema 1 would leave out where they go on with a run: they refuse it."""
MIGRATIONS: dict[int, str] = {}
"""What leads from a schema to the next one, as SQL; run on a copy, never on the file itself."""
SUFFIX = ".mlab"

_NO_SESSION = "is not a Margin Lab session; open a .mlab file that the lab has saved"
_DAMAGED = "is damaged; what can still be read of it can be rescued"
_COPY_WITHOUT_LOG = (
    "{} was copied while it was open, without the log beside it: the last seconds before the copy may be missing, "
    "or all of it. Copy it again once it is closed"
)
_ENDS = ("-wal", "-shm", "-journal")
_BEGINS = b"SQLite format 3\0"
FEW_PAGES = 8192
"""Free pages that are given back one by one."""
MOST_WRITTEN = 5
"""Pages of a file over its free ones, up to which all is written anew to give those back."""
LONGEST_PATH = 500
"""Bytes of a path that SQLite takes, its own files' ends left out."""


class Damaged(Refusal):
    """A session that cannot be read as it is."""


class Displaced(Refusal):
    """A file that is not to be written any more: the session has to go on elsewhere."""


@dataclass(frozen=True)
class Opened:
    """A session open to be read."""

    database: sqlite3.Connection
    copied: TemporaryFolder | None = None
    """Where a copy of it lies that is read in its place."""
    remark: str = ""
    """What people should know of it, as a sentence without its full stop."""

    def close(self) -> None:
        """Let go of it."""
        self.database.close()
        if self.copied is not None:
            self.copied.clean_up()


def refusal(error: sqlite3.Error | OSError, path: Path | None) -> Refusal:
    """Turn a failure to read or write into one sentence with a remedy."""
    shown = None if path is None else path_in_words(path)
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
        return Damaged("", shown, _DAMAGED)
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
    with replacing(path) as temporary, contextlib.closing(_connect(address(temporary, "rwc"))) as database:
        database.execute("PRAGMA synchronous = OFF")  # all of it is on the disk before it takes its place
        _make(database)


def complete(database: sqlite3.Connection) -> None:
    """Add what files of earlier labs lack, before they are written to."""
    database.executescript(schema.LATER_TABLES)
    if not has_column(database, "point", "place"):
        database.execute("ALTER TABLE point ADD COLUMN place TEXT NOT NULL DEFAULT ''")


def refuse_to_older(database: sqlite3.Connection) -> None:
    """Have labs refuse the file that know schema 1 alone, inside the caller's transaction."""
    if database.execute("PRAGMA user_version").fetchone()[0] < WITH_PARAMETERS:
        database.execute(f"PRAGMA user_version = {WITH_PARAMETERS}")


def has_table(database: sqlite3.Connection, name: str) -> bool:
    """Say whether a file has a table that earlier labs did not write."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return database.execute(query, (name,)).fetchone() is not None


def has_column(database: sqlite3.Connection, table: str, name: str) -> bool:
    """Say whether a table has a column that earlier labs did not write."""
    query = "SELECT 1 FROM pragma_table_info(?) WHERE name = ?"
    return database.execute(query, (table, name)).fetchone() is not None


def open_to_read(path: Path) -> Opened:
    """Open a session without changing it.

    A copy is read in its place where reading alone cannot mend what a killed writer left (a rollback journal, or a
    log in a folder that cannot be written), and of what an older lab wrote: it is migrated there.

    Raises:
        Damaged: where the file is a session, and cannot be read.
        Refusal: where the file is missing, is no session, or was written by a newer lab.
    """
    if not path.is_file():
        raise Refusal("", path_in_words(path), _why_no_file(path))
    try:
        try:
            opened = _checked(path)
        except sqlite3.OperationalError:
            opened = _copied(path)
    except (sqlite3.OperationalError, OSError) as error:
        raise Refusal("", path_in_words(path), f"cannot be read: {error}") from None
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        raise _no_session(path) from None
    try:
        return _migrated(opened, path)
    except (sqlite3.DatabaseError, UnicodeDecodeError):  # SQLite's words may repeat what is damaged
        opened.close()
        raise _no_session(path) from None
    except BaseException:
        opened.close()
        raise


@contextlib.contextmanager
def opened_to_read(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a session for a look at it.

    Raises:
        Refusal: as `open_to_read`.
    """
    opened = open_to_read(path)
    try:
        yield opened.database
    finally:
        opened.close()


@contextlib.contextmanager
def opened_to_salvage(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a copy of a damaged session, with its log where there is one, to read of it what can be read.

    Raises:
        Refusal: where the file is no session.
    """
    if not isinstance(_no_session(path), Damaged):
        raise Refusal("", path_in_words(path), _NO_SESSION)
    folder = TemporaryFolder()
    try:
        copy = _copy_to(path, folder)
        with contextlib.suppress(sqlite3.Error):  # mends what a killed writer left
            close_writer(open_to_write(copy), copy)
        with contextlib.closing(_connect(address(copy, "ro") + "&immutable=1")) as database:
            yield database
    except OSError as error:
        raise Refusal("", path_in_words(path), f"cannot be read: {error.strerror or error}") from None
    finally:
        folder.clean_up()


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open a session to change it, in WAL mode where the file system can."""
    database = _connect(address(path, "rw"))
    try:
        if database.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            database.execute(f"PRAGMA journal_mode = {_journal(path)}").fetchone()
            database.execute("PRAGMA journal_mode = WAL").fetchone()
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error:
        database.close()
        raise
    return database


def fold_in(database: sqlite3.Connection) -> None:
    """Write what the log has into the file itself; where that cannot be, the log keeps it."""
    with contextlib.suppress(sqlite3.Error):
        database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()


def change(path: Path, write: Callable[[sqlite3.Connection], None]) -> None:
    """Let `write` change a file that nobody else has, in one transaction that waits for no disk."""
    with contextlib.closing(_connect(address(path, "rw"))) as database:
        database.executescript("PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF")
        complete(database)
        with transaction(database):
            write(database)


def give_back_pages(database: sqlite3.Connection) -> None:
    """Make a file shorter by its free pages, in a time that does not grow faster than they do.

    One by one they are looked for in a list of all of them, so that many take for ever: 380,000 of deleted runs took
    minutes. The whole is written anew then, unless there is much more that is in use: others will fill them.
    """
    free, every = (
        int(database.execute(f"PRAGMA {count}").fetchone()[0]) for count in ("freelist_count", "page_count")
    )
    if free <= FEW_PAGES:
        database.executescript("PRAGMA incremental_vacuum")  # `execute` would free one page
    elif every <= MOST_WRITTEN * free:
        database.execute("VACUUM")


def close_writer(database: sqlite3.Connection, path: Path | None) -> None:
    """Close a session that was written: give back free pages, fold the log in, leave one file."""
    with contextlib.suppress(
        sqlite3.Error
    ):  # someone else reads it, or the disk is full: the log then stays beside it
        give_back_pages(database)
        database.execute(f"PRAGMA journal_mode = {'DELETE' if path is None else _journal(path)}").fetchone()
    with contextlib.suppress(sqlite3.Error):
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
def replacing(path: Path, put: Callable[[Callable[[], None]], None] = lambda work: work()) -> Iterator[Path]:
    """Give a name beside `path` to write to, and put what was written in its place, complete or not at all.

    A link is followed, and the permissions of the file that it leads to are kept. `put` does what waits for the disk.

    Raises:
        Refusal: where it cannot be written; `path` is then as before.
    """
    real = Path(os.path.realpath(path))
    if real.exists() and not real.is_file():
        raise Refusal("", path_in_words(path), f"{_why_no_file(real)}; a session needs a file of its own")
    for name, most in ((real.name, LONGEST_NAME - len("-wal")), (str(real), LONGEST_PATH)):
        if len(os.fsencode(name)) > most:
            raise Refusal(
                "", path_in_words(path), f"is too long: {len(os.fsencode(name))} bytes, at most {most}"
            )
    try:
        with temporary_beside(real) as temporary:
            yield temporary
            put(lambda: _put_in_place(temporary, real))
    except (sqlite3.Error, OSError) as error:
        raise refusal(error, path) from None


def _put_in_place(temporary: Path, real: Path) -> None:
    synchronise(temporary)
    if real.exists():
        take_after(real, temporary)
    _clear_log(real)
    temporary.replace(real)
    synchronise(real.parent)


def copy_into(database: sqlite3.Connection, path: Path) -> None:
    """Write all of a session to a new file."""
    # as an address: a name that is not UTF-8 is no text that SQLite takes
    database.execute("VACUUM INTO ?", (path.absolute().as_uri(),))


def remove(path: Path) -> None:
    """Delete a session and what its writer left beside it."""
    for file in (path, *beside(path)):
        file.unlink(missing_ok=True)


def beside(path: Path) -> list[Path]:
    """Return where SQLite's own files of a session lie: its log, the log's index, its journal."""
    names = (path.name + end for end in _ENDS)
    return [path.with_name(name) for name in names if len(os.fsencode(name)) <= LONGEST_NAME]


def connect_new(path: Path, *, lasting: bool = True) -> sqlite3.Connection:
    """Make an empty session and open it, for a file that nobody else sees yet; one not to last waits for no disk."""
    database = _connect(address(path, "rwc"))
    if not lasting:
        database.executescript("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF")
    _make(database)
    database.execute(f"PRAGMA foreign_keys = {'ON' if lasting else 'OFF'}")
    return database


def address(path: Path, mode: str) -> str:
    """Return what SQLite calls a file that is to be opened in a mode."""
    return f"{path.absolute().as_uri()}?mode={mode}"


def _journal(path: Path) -> str:
    """Return the journal of what cannot be logged; where the name of its file would be too long, memory has it."""
    longest = len(os.fsencode(path.name)) + len("-journal")
    return "DELETE" if longest <= LONGEST_NAME else "MEMORY"


def _connect(address: str) -> sqlite3.Connection:
    # a quarter of a second: the window may wait that long for another writer, not longer
    # another thread may read what takes long, one at a time: those who use a session see to that
    database = sqlite3.connect(address, uri=True, isolation_level=None, timeout=0.25, check_same_thread=False)
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    return database


def _make(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA auto_vacuum = INCREMENTAL")  # replaced snapshots then do not keep the file large
    marks = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA};"
    # one by one takes ten times as long
    database.executescript(f"BEGIN; {marks} {schema.TABLES} {schema.LATER_TABLES} COMMIT;")
    database.execute("PRAGMA foreign_keys = ON")


def _why_no_file(path: Path) -> str:
    if path.is_dir():
        return "is a folder; name a session file"
    return "is no plain file" if path.exists() else "does not exist"


def _no_session(path: Path) -> Refusal:
    """Return what to say of a file that SQLite does not read: a session that is damaged, or something else."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        head = file.read(72)
        if head.startswith(_BEGINS) and head[68:] == APPLICATION_ID.to_bytes(4, "big"):
            return Damaged("", path_in_words(path), _DAMAGED)
    return Refusal("", path_in_words(path), _NO_SESSION)


def _checked(path: Path) -> Opened:
    """Open a file that says it is a session, for reading only."""
    # A file in log mode without its log (a copy of one that was not closed): SQLite would make the log's
    # files beside it, or fail where it may not, unless it is told that nobody writes.
    with path.open("rb") as file:
        in_log_mode = file.read(20)[18:] == b"\x02\x02"
    still = in_log_mode and not any(file.exists() for file in beside(path))
    database = _connect(address(path, "ro") + ("&immutable=1" if still else ""))
    try:
        (application,) = database.execute("PRAGMA application_id").fetchone()
        if application != APPLICATION_ID:
            raise Refusal("", path_in_words(path), _NO_SESSION)
        # a view or a trigger in a file from elsewhere could change what our statements do
        foreign = database.execute(
            "SELECT name FROM sqlite_master WHERE type NOT IN ('table', 'index')"
        ).fetchone()
        if foreign is not None:
            raise Refusal("", path_in_words(path), _NO_SESSION)
        # the log may have been folding in while the file was copied
        if still and database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise Damaged("", path_in_words(path), _DAMAGED)
    except BaseException:
        database.close()
        raise
    return Opened(database, remark=_COPY_WITHOUT_LOG.format(path.name) if still else "")


def _copied(path: Path) -> Opened:
    """Copy a session with what its writer left, let SQLite mend the copy, and open that."""
    folder = TemporaryFolder()
    try:
        copy = _copy_to(path, folder)
        close_writer(open_to_write(copy), copy)
        return Opened(_checked(copy).database, folder)
    except BaseException:
        folder.clean_up()
        raise


def _copy_to(path: Path, folder: TemporaryFolder) -> Path:
    """Copy a session with its log and its journal."""
    copy = folder.path / f"copied{SUFFIX}"
    for file in (path, *beside(path)):
        if file.exists():
            shutil.copyfile(file, copy.with_name(copy.name + file.name.removeprefix(path.name)))
    return copy


def _migrated(opened: Opened, path: Path) -> Opened:
    database = opened.database
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version in (SCHEMA, WITH_PARAMETERS):
        return opened
    if version > SCHEMA:
        raise Refusal("", path_in_words(path), "was written by a newer Margin Lab; update the lab to open it")
    if version not in MIGRATIONS:
        raise Refusal("", path_in_words(path), _NO_SESSION)
    folder = opened.copied or TemporaryFolder()
    copy = folder.path / f"migrated{SUFFIX}"
    copy_into(database, copy)
    database.close()
    with contextlib.closing(_connect(address(copy, "rw"))) as writer:
        for number in range(version, SCHEMA):
            writer.executescript(MIGRATIONS[number])
        writer.execute(f"PRAGMA user_version = {SCHEMA}")
    return Opened(_checked(copy).database, folder, opened.remark)


def _clear_log(path: Path) -> None:
    """Let no log of an earlier file be taken for the new one's; refuse while somebody writes that file."""
    if not any(file.exists() for file in beside(path)):
        return
    try:
        with contextlib.closing(open_to_write(path)) as database:
            database.execute(f"PRAGMA journal_mode = {_journal(path)}").fetchone()
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise
    for file in beside(path):
        file.unlink(missing_ok=True)


def synchronise(path: Path) -> None:
    """Wait until the disk has a file, or a folder's list of files (which only POSIX can be asked for)."""
    if path.is_dir() and os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
