"""What can be read of a damaged session, written to a new one: row by row, run by run."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.protocol.records import THETAS
from engine.words.errors import Refusal

from . import chunks, entries
from .arrays import from_bytes, table_from_bytes
from .storage import refuse_to_older

Row = tuple[Any, ...]
COLUMNS = {
    "session": "key, value",
    "run": "id, place, entry, counter_names, counters",
    "chunk": "id, run, last_step, steps, names, columns",
    "closing": "id, run, steps, names, columns",
    "snapshot": "run, step, name, data",
    "vector": "run, name, step, data",
    "resumable": "run, step",
    "digest": "run, mark, text, names, finals",
    "sweep": "id, place, entry, names",
    "point": "sweep, number, key, status, step, seconds, finals, events, verdicts, why, place",
    "curve": "sweep, number, steps, names, columns, parameters",
}


@dataclass
class Salvaged:
    """What was saved of a damaged session, and what was not."""

    runs: int = 0
    lost: list[str] = field(default_factory=list)
    """What could not be read, in words, the largest first."""


def salvage(damaged: sqlite3.Connection, new: sqlite3.Connection) -> Salvaged:
    """Copy every row that can be read to an empty session.

    Records of a chunk that cannot be read are left out, and a state to go on from of which a part is missing.
    """
    said = Salvaged()
    for key, value in _rows(damaged, "session"):
        if isinstance(key, str) and isinstance(value, str):
            new.execute("INSERT OR REPLACE INTO session VALUES (?, ?)", (key, value))
    titles: dict[str, tuple[str, int]] = {}
    for row in sorted(_rows(damaged, "run"), key=lambda row: row[1] if isinstance(row[1], int) else 0):
        try:
            entry = entries.from_json(_text(row[2]))
            table_from_bytes(_text(row[3]), row[4])
        except Refusal:
            said.lost.append(f"the run {str(row[0])[:8]}")
            continue
        new.execute("INSERT OR REPLACE INTO run VALUES (?, ?, ?, ?, ?)", (row[0], len(titles), *row[2:]))
        titles[entry.id] = entry.title or entry.id[:8], entry.replicas
    said.runs = len(titles)
    _copy_chunks(damaged, new, titles, said)
    _copy_closing(damaged, new, titles)
    _copy_snapshots(damaged, new, titles, said)
    _copy_vectors(damaged, new, titles, said)
    for row in _rows(damaged, "digest"):
        if row[0] in titles:
            new.execute("INSERT OR REPLACE INTO digest VALUES (?, ?, ?, ?, ?)", row)
    _copy_maps(damaged, new)
    return said


def _copy_maps(damaged: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """Copy maps with the points that can be read: what is lost of them can be trained again."""
    maps: set[Any] = set()
    for row in _rows(damaged, "sweep"):
        if all(isinstance(value, kind) for value, kind in zip(row, (str, int, str, str), strict=True)):
            new.execute("INSERT OR REPLACE INTO sweep VALUES (?, ?, ?, ?)", row)
            maps.add(row[0])
    for row in _rows(damaged, "point"):
        with contextlib.suppress(Refusal, TypeError):
            if row[0] in maps:
                from_bytes(row[6])
                new.execute(f"INSERT OR REPLACE INTO point VALUES ({', '.join('?' * len(row))})", row)
    for row in _rows(damaged, "curve"):
        with contextlib.suppress(Refusal, TypeError):
            if row[0] in maps:
                from_bytes(row[2]), table_from_bytes(_text(row[3]), row[4])
                new.execute("INSERT OR REPLACE INTO curve VALUES (?, ?, ?, ?, ?, ?)", row)


def _copy_chunks(
    damaged: sqlite3.Connection, new: sqlite3.Connection, titles: dict[str, tuple[str, int]], said: Salvaged
) -> None:
    expected: dict[str, int] = dict(
        _pairs(damaged, "SELECT run, count(*) FROM chunk INDEXED BY chunk_of_run GROUP BY run")
    )
    copied = dict.fromkeys(titles, 0)
    for row in sorted(_rows(damaged, "chunk")):
        _, replicas = titles.get(row[1], ("", 0))
        if not replicas:
            continue
        with contextlib.suppress(Refusal, TypeError):
            chunks.batch_of(row[3], row[4], row[5], replicas)
            new.execute("INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?)", row)
            copied[row[1]] += 1
            continue
        expected.setdefault(row[1], copied[row[1]] + 1)
    said.lost += [
        f"records of '{title}'" for run, (title, _) in titles.items() if copied[run] < expected.get(run, 0)
    ]


def _copy_closing(
    damaged: sqlite3.Connection, new: sqlite3.Connection, titles: dict[str, tuple[str, int]]
) -> None:
    for row in _rows(damaged, "closing"):
        with contextlib.suppress(Refusal, TypeError):
            if row[1] in titles:
                chunks.batch_of(row[2], row[3], row[4], titles[row[1]][1])
                new.execute("INSERT INTO closing VALUES (?, ?, ?, ?, ?)", row)


def _copy_vectors(
    damaged: sqlite3.Connection, new: sqlite3.Connection, titles: dict[str, tuple[str, int]], said: Salvaged
) -> None:
    lost: dict[str, None] = {}
    for row in _rows(damaged, "vector"):
        if row[0] not in titles:
            continue
        with contextlib.suppress(Refusal, TypeError):
            from_bytes(row[3])
            new.execute("INSERT OR REPLACE INTO vector VALUES (?, ?, ?, ?)", row)
            if row[1] == THETAS:
                refuse_to_older(new)
            continue
        lost[titles[row[0]][0]] = None
    said.lost += [f"what '{title}' compares with its end, at some records" for title in lost]


def _copy_snapshots(
    damaged: sqlite3.Connection, new: sqlite3.Connection, titles: dict[str, tuple[str, int]], said: Salvaged
) -> None:
    copied: set[Row] = set()
    for row in _rows(damaged, "snapshot"):
        with contextlib.suppress(Refusal, TypeError):
            if row[0] in titles:
                from_bytes(row[3])
                new.execute("INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, ?)", row)
                copied.add(row[:3])
    try:
        known = set(damaged.execute("SELECT run, step, name FROM snapshot").fetchall())  # by the index alone
    except sqlite3.Error:
        said.lost += ["snapshots"]
        return
    for run, step in _rows(damaged, "resumable"):
        if run in titles and {row for row in known if row[:2] == (run, step)} <= copied:
            new.execute("INSERT OR REPLACE INTO resumable VALUES (?, ?)", (run, step))
    if any(row[0] in titles for row in known - copied):
        said.lost.append("snapshots")


def _rows(database: sqlite3.Connection, table: str) -> list[Row]:
    """Return the rows of a table that can be read: from its beginning and from its end up to what is damaged."""
    found: dict[int, Row] = {}
    for order in ("", " DESC"):
        query = f"SELECT rowid, {COLUMNS[table]} FROM {table} NOT INDEXED ORDER BY rowid{order}"
        with contextlib.suppress(sqlite3.Error):
            for rowid, *row in _each(database.execute(query)):
                if rowid in found:
                    break
                found[rowid] = tuple(row)
            else:
                break
    return [found[rowid] for rowid in sorted(found)]


def _each(cursor: sqlite3.Cursor) -> Iterator[Row]:
    while (row := cursor.fetchone()) is not None:
        yield row


def _pairs(database: sqlite3.Connection, query: str) -> list[Row]:
    try:
        return database.execute(query).fetchall()
    except sqlite3.Error:
        return []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
