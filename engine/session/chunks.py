"""Records of a run as chunks: what arrives is appended, what is read is replayed, no chunk is rewritten.

A list of changes holds batches of records and, as plain numbers, steps to go back to. Closing records lie in a table
of their own: going on takes them back. Files of earlier labs have no such table until they are written to.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from engine import machine
from engine.protocol.definitions import Definitions, first_valid
from engine.protocol.records import RecordBatch, Records, joined
from engine.words.errors import Refusal
from engine.words.formats import byte_size

from .arrays import from_bytes, table_from_bytes, table_to_bytes, to_bytes
from .storage import has_table

Change = RecordBatch | int
COMPACTED_UP_TO = 2_000_000
"""Chunks of more bytes than this stay as they are: one large chunk is read no faster than a few."""


def replay(records: Records, changes: Iterable[Change]) -> None:
    """Do to records what the changes say."""
    for change in changes:
        if isinstance(change, int):
            records.truncate(change)
        else:
            records.extend(change)


def gathered(database: sqlite3.Connection, run: str, changes: Iterable[Change]) -> list[Change]:
    """Return changes of a run that do the same in fewer pieces."""
    (last,) = database.execute("SELECT max(last_step) FROM chunk WHERE run = ?", (run,)).fetchone()
    return _gathered(changes, -1 if last is None else last)


def write(database: sqlite3.Connection, run: str, changes: Iterable[Change]) -> None:
    """Add the gathered changes of a run, inside the caller's transaction."""
    for change in changes:
        if isinstance(change, int):
            database.execute("DELETE FROM closing WHERE run = ?", (run,))
            _truncate(database, run, change)
        elif change.closing:
            database.execute(
                "INSERT INTO closing (run, steps, names, columns) VALUES (?, ?, ?, ?)",
                (run, to_bytes(change.steps), *table_to_bytes(change.columns)),
            )
        else:
            _append(database, run, change)


def read(
    database: sqlite3.Connection, run: str, replicas: int, definitions: Definitions | None = None
) -> Records:
    """Read every record of a run; what was recorded under an earlier definition of its column is left out.

    Raises:
        Refusal: where a chunk does not fit the others.
    """
    records = Records(replicas)
    rows = database.execute("SELECT steps, names, columns FROM chunk WHERE run = ? ORDER BY id", (run,))
    for steps, names, columns in rows:
        records.extend(_as_meant_now(batch_of(steps, names, columns, replicas), definitions or {}))
    for steps, names, columns in closing_rows(database, run):
        batch = _as_meant_now(batch_of(steps, names, columns, replicas), definitions or {})
        records.extend(replace(batch, closing=True))
    return records


def _as_meant_now(batch: RecordBatch, definitions: Definitions) -> RecordBatch:
    """Return records without values of another definition than this lab's."""
    first = {name: first_valid(name, definitions) for name in batch.columns}
    if not len(batch.steps) or max(first.values(), default=0) <= batch.steps[0]:
        return batch
    columns = {
        name: np.where((batch.steps >= first[name])[:, None], values, np.nan)
        for name, values in batch.columns.items()
    }
    return replace(batch, columns=columns)


def sizes(database: sqlite3.Connection) -> dict[str, int]:
    """Return about how many bytes the records of each run take, of those that have any; none of them is read."""
    taken: dict[str, int] = {}
    for table in ("chunk", *(["closing"] if has_table(database, "closing") else [])):
        query = f"SELECT run, sum(length(columns) + length(steps)) FROM {table} GROUP BY run"
        for run, size in database.execute(query):
            taken[str(run)] = taken.get(str(run), 0) + int(size or 0)
    return taken


def check_memory(database: sqlite3.Connection, run: str, name: str) -> None:
    """Refuse to read records that memory has no room for.

    Raises:
        Refusal: with what they take, and what there is.
    """
    query = "SELECT sum(length(columns)), max(length(columns)) FROM chunk WHERE run = ?"
    whole, largest = database.execute(query, (run,)).fetchone()
    # a table grows by doubling, and beside it stand a chunk's bytes and what is read of them
    needed = 3 * int(whole or 0) + 2 * int(largest or 0)
    limit = machine.memory_limit()
    if limit is not None and needed > limit:
        raise Refusal(
            "",
            name or run[:8],
            f"has records that take about {byte_size(needed)} to read, where {byte_size(limit)} of memory are at hand; "
            "close other programs, or open the session on a machine with more memory",
        )


def compact(database: sqlite3.Connection, run: str, replicas: int) -> None:
    """Join the chunks of a run that has ended, inside the caller's transaction."""
    count, size = database.execute(
        "SELECT count(*), sum(length(columns)) FROM chunk WHERE run = ?", (run,)
    ).fetchone()
    if count < 2 or size > COMPACTED_UP_TO:
        return
    records = Records(replicas)
    for _, batch in _batches(database, run):
        records.extend(batch)
    database.execute("DELETE FROM chunk WHERE run = ?", (run,))
    _append(database, run, records.all())


def _gathered(changes: Iterable[Change], last: int) -> list[Change]:
    """Join batches of new records that follow each other: thirty a second arrive, one chunk is written.

    Batches that fill in columns of records already there, up to the step `last`, stay by themselves: joined
    with others they would put NaN over what is known.
    """
    gathered: list[list[RecordBatch] | int] = []
    appending = False
    for change in changes:
        if isinstance(change, int):
            gathered.append(change)
            last, appending = min(last, change), False
        elif change.closing:
            gathered.append([change])
            appending = False
        elif len(change.steps):
            new = bool(change.steps[0] > last)
            if appending and new and isinstance(gathered[-1], list):
                gathered[-1].append(change)
            else:
                gathered.append([change])
            last, appending = max(last, int(change.steps[-1])), new
    return [one if isinstance(one, int) else joined(one) for one in gathered]


def _append(database: sqlite3.Connection, run: str, batch: RecordBatch) -> None:
    database.execute(
        "INSERT INTO chunk (run, last_step, steps, names, columns) VALUES (?, ?, ?, ?, ?)",
        (run, int(batch.steps[-1]), to_bytes(batch.steps), *table_to_bytes(batch.columns)),
    )


def _truncate(database: sqlite3.Connection, run: str, step: int) -> None:
    for id, batch in _batches(database, run, after=step):
        keep = int(np.searchsorted(batch.steps, step, side="right"))
        database.execute("DELETE FROM chunk WHERE id = ?", (id,))
        if keep:
            part = RecordBatch(
                batch.steps[:keep], {name: values[:keep] for name, values in batch.columns.items()}
            )
            names, columns = table_to_bytes(part.columns)
            # under its old number: chunks are replayed in order
            database.execute(
                "INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?)",
                (id, run, int(part.steps[-1]), to_bytes(part.steps), names, columns),
            )


def batch_of(steps: bytes, names: str, columns: bytes, replicas: int) -> RecordBatch:
    """Read one chunk.

    Raises:
        Refusal: where it is damaged.
    """
    batch = _read(steps, names, columns)
    if any(values.shape != (len(batch.steps), replicas) for values in batch.columns.values()):
        raise Refusal("", None, "the session is damaged: records in it have the wrong shape")
    return batch


def _read(steps: bytes, names: str, columns: bytes) -> RecordBatch:
    numbers = from_bytes(steps)
    if numbers.dtype.kind != "i" or numbers.ndim != 1 or np.any(np.diff(numbers) <= 0):
        raise Refusal("", None, "the session is damaged: the steps of its records are not in order")
    return RecordBatch(numbers.astype(np.int64), table_from_bytes(names, columns))


def _batches(database: sqlite3.Connection, run: str, after: int = -1) -> list[tuple[int, RecordBatch]]:
    """Return the chunks that reach beyond a step, with their numbers, in the order they were written."""
    rows = database.execute(
        "SELECT id, steps, names, columns FROM chunk WHERE run = ? AND last_step > ? ORDER BY id",
        (run, after),
    )
    return [(id, _read(steps, names, columns)) for id, steps, names, columns in rows]


def closing_rows(database: sqlite3.Connection, run: str) -> list[tuple[bytes, str, bytes]]:
    """Return a run's closing records, in the order they were written."""
    if not has_table(database, "closing"):
        return []
    query = "SELECT steps, names, columns FROM closing WHERE run = ? ORDER BY id"
    return database.execute(query, (run,)).fetchall()
