"""Snapshots of a run: parameters at recorded steps, and what training needs at the last resumable one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.protocol.records import LOOKED_AT, THETAS, KeptVectors, Snapshot
from engine.words.errors import Refusal

from .arrays import from_bytes, to_bytes
from .storage import has_table, refuse_to_older

_PLACES = ", ".join("?" * len(LOOKED_AT))


def reduced(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot that can be looked at and no longer be resumed."""
    looked_at = {name: array for name, array in snapshot.arrays.items() if name in LOOKED_AT}
    return Snapshot(snapshot.step, looked_at, resumable=False)


def write(database: sqlite3.Connection, run: str, snapshots: Iterable[Snapshot]) -> None:
    """Add snapshots, inside the caller's transaction; a resumable one takes the place of the one before."""
    for snapshot in snapshots:
        if snapshot.resumable:
            database.execute(
                f"DELETE FROM snapshot WHERE run = ? AND (name NOT IN ({_PLACES}) OR step = ?)",
                (run, *LOOKED_AT, snapshot.step),
            )
            database.execute("INSERT OR REPLACE INTO resumable VALUES (?, ?)", (run, snapshot.step))
            _forget_vectors(database, run, snapshot)
        database.executemany(
            "INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, ?)",
            [(run, snapshot.step, name, to_bytes(array)) for name, array in snapshot.arrays.items()],
        )


def truncate(database: sqlite3.Connection, run: str, step: int) -> None:
    """Forget every snapshot after a step."""
    for table in ("snapshot", "resumable", "vector"):
        database.execute(f"DELETE FROM {table} WHERE run = ? AND step > ?", (run, step))


def steps(database: sqlite3.Connection, run: str) -> list[int]:
    """Return the steps that have a snapshot, increasing."""
    rows = database.execute("SELECT DISTINCT step FROM snapshot WHERE run = ? ORDER BY step", (run,))
    return [_whole(step) for (step,) in rows]


def resumable_step(database: sqlite3.Connection, run: str) -> int | None:
    """Return the step that training can go on from; None where there is none."""
    row = database.execute("SELECT step FROM resumable WHERE run = ?", (run,)).fetchone()
    return None if row is None else _whole(row[0])


def read(
    database: sqlite3.Connection, run: str, step: int, names: Sequence[str] | None = None
) -> Snapshot | None:
    """Read the snapshot at a step, or what it has of these names; None where there is none."""
    query, values = "SELECT name, data FROM snapshot WHERE run = ? AND step = ?", [run, step]
    if names is not None:
        query, values = f"{query} AND name IN ({', '.join('?' * len(names))})", [*values, *names]
    rows = database.execute(query, values).fetchall()
    if not rows:
        return None
    if not all(isinstance(name, str) and isinstance(data, bytes) for name, data in rows):
        raise Refusal("", None, "the session is damaged: a snapshot in it cannot be read")
    arrays = {name: from_bytes(data) for name, data in rows}
    return Snapshot(step, arrays, resumable=names is None and resumable_step(database, run) == step)


def _whole(step: object) -> int:
    """Return a step as the file has it; any cell of a file may hold anything."""
    if not isinstance(step, int) or step < 0:
        raise Refusal("", None, "the session is damaged: the step of a snapshot in it is no whole number")
    return step


def write_vectors(database: sqlite3.Connection, run: str, vectors: Mapping[str, KeptVectors]) -> None:
    """Add vectors to a run's histories, inside the caller's transaction and before the snapshot that lists them."""
    if THETAS in vectors:
        refuse_to_older(database)
    for name, kept in vectors.items():
        database.executemany(
            "INSERT OR REPLACE INTO vector VALUES (?, ?, ?, ?)",
            [
                (run, name, step, to_bytes(v))
                for step, v in zip(kept.steps.tolist(), kept.values, strict=True)
            ],
        )


def read_vectors(database: sqlite3.Connection, run: str) -> dict[str, KeptVectors]:
    """Read what was kept of a run's histories, by their names.

    Raises:
        Refusal: where vectors are damaged, with their step.
    """
    if not has_table(database, "vector"):
        return {}
    found: dict[str, dict[int, NDArray[Any]]] = {}
    query = "SELECT name, step, data FROM vector WHERE run = ? ORDER BY name, step"
    for name, step, data in database.execute(query, (run,)):
        vectors = found.setdefault(str(name), {})
        try:
            vectors[_whole(step)] = read = from_bytes(data)
        except Refusal:
            raise Refusal("", None, f"what was kept of step {step} cannot be read") from None
        if read.shape != next(iter(vectors.values())).shape:
            raise Refusal("", None, f"what was kept of step {step} does not fit what was kept before")
    return {
        name: KeptVectors(np.array(list(vectors)), np.stack(list(vectors.values())))
        for name, vectors in found.items()
    }


def _forget_vectors(database: sqlite3.Connection, run: str, snapshot: Snapshot) -> None:
    """Delete vectors that the run's histories have let go."""
    names = database.execute("SELECT DISTINCT name FROM vector WHERE run = ?", (run,)).fetchall()
    for (name,) in names:
        held = set(snapshot.vector_steps(name).tolist())
        rows = database.execute("SELECT step FROM vector WHERE run = ? AND name = ?", (run, name)).fetchall()
        gone = [(run, name, step) for (step,) in rows if step not in held and step <= snapshot.step]
        database.executemany("DELETE FROM vector WHERE run = ? AND name = ? AND step = ?", gone)
