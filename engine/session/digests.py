"""What a table of thousands of runs says of each, kept beside its records so that none of them has to be read.

A digest holds only for the records that it was made of, by the lab that made it: a mark says which. Where it is missing
or outdated the run is read once more; nothing else depends on it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from engine.files import version_of
from engine.protocol.records import Array
from engine.words.errors import Refusal

from .arrays import table_from_bytes, table_to_bytes
from .storage import has_table

KIND = 1
"""Grows where digests say something else than before."""


@dataclass(frozen=True)
class Digest:
    """One run in few words."""

    text: str
    """What its owner says of it; only the owner reads that."""
    finals: Mapping[str, Array]
    """By column its last defined values (R,)."""


def read(database: sqlite3.Connection, run: str) -> Digest | None:
    """Return the digest of a run; None where there is none of its records as they are."""
    if not has_table(database, "digest"):
        return None
    row = database.execute("SELECT mark, text, names, finals FROM digest WHERE run = ?", (run,)).fetchone()
    if row is None or row[0] != _mark(database, run):
        return None
    try:
        return Digest(str(row[1]), table_from_bytes(row[2], row[3]))
    except (Refusal, TypeError):
        return None


def write(database: sqlite3.Connection, run: str, digest: Digest) -> None:
    """Write the digest of a run whose records are in the file, inside the caller's transaction."""
    values = (run, _mark(database, run), digest.text, *table_to_bytes(digest.finals))
    database.execute("INSERT OR REPLACE INTO digest VALUES (?, ?, ?, ?, ?)", values)


def forget(database: sqlite3.Connection, run: str) -> None:
    """Delete the digest of a run whose records are written or cut: others may look like those that it was made of."""
    database.execute("DELETE FROM digest WHERE run = ?", (run,))


def _mark(database: sqlite3.Connection, run: str) -> str:
    """Return what is another once a run has other records, or another lab looks at them; no record is read."""
    taken = "count(*), sum(length(columns) + length(steps))"
    chunks = database.execute(f"SELECT {taken}, max(last_step) FROM chunk WHERE run = ?", (run,)).fetchone()
    closing = ()
    if has_table(database, "closing"):
        closing = database.execute(f"SELECT {taken} FROM closing WHERE run = ?", (run,)).fetchone()
    return f"{KIND}/{version_of()}/{chunks}/{closing}"
