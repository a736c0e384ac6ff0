"""Maps in a session: what was asked for, and of every point that ended what became of it.

The last values of a point are an array in the order of its map's names, which only grow; NaN for what it has not.
"""

from __future__ import annotations

import json
import math
import sqlite3
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast, get_args

import numpy as np

from engine.experiment.data import paths_of_files
from engine.experiment.differences import differences
from engine.experiment.document import Document, parse, to_toml
from engine.experiment.provenance import of_axes
from engine.experiment.sweep import CHOICES_OF_DATA
from engine.protocol.points import PointResult, PointStatus
from engine.words.errors import Refusal

from .arrays import from_bytes, table_from_bytes, table_to_bytes, to_bytes
from .storage import has_column, has_table

UNNAMED = "unnamed_{}"
"""What the values of a map are called whose names are damaged, by their number from 1."""
Likeness = Literal["same", "edited", "kept otherwise", "another"]
_STATUSES = get_args(PointStatus)


@dataclass(frozen=True)
class StoredSweep:
    """A map as a session keeps it."""

    id: str
    title: str
    text: str
    """Its document, as TOML."""
    folder: str | None
    """Where relative paths start."""
    begun: str = ""
    """When, in ISO 8601."""


def stored(document: Document) -> StoredSweep:
    """Return a document's map as a session is to keep it, under a new id."""
    return StoredSweep(
        uuid.uuid4().hex,
        document.base.title,
        to_toml(document),
        None if document.folder is None else str(document.folder),
        begun=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def told_anew(sweep: StoredSweep, document: Document) -> StoredSweep:
    """Return a map with what its document says of it now, and where that lies; its points are the same."""
    return replace(stored(document), id=sweep.id, begun=sweep.begun)


def likeness(sweep: StoredSweep, document: Document) -> Likeness:
    """Say whether a stored map is a document's, the same with other axes or seeds, or another one.

    One is kept otherwise that keeps or judges something else of each point: none of its points are a document's.
    """
    try:
        known = parse(sweep.text, None if sweep.folder is None else Path(sweep.folder))
    except Refusal:
        return "another"
    if are_alike(known, document):
        return "same"
    different = differences(document.base, known.base).keys() - {"title"}
    edited = known.sweep is not None and all(of_axes(document, p) or of_axes(known, p) for p in different)
    if not edited:
        return "another"
    return "edited" if _kept(known) == _kept(document) else "kept otherwise"


def are_alike(document: Document, other: Document) -> bool:
    """Say whether two documents have the same points, and judge the same on each.

    What they are called and claim of the whole map decides nothing, nor what their experiments have where an axis
    says it. Where they lie does if they read files from there, unless one was moved: its folder is gone.
    """
    if document.sweep is None or document.sweep != other.sweep or _kept(document) != _kept(other):
        return False
    different = differences(document.base, other.base).keys() - {"title"}
    return all(of_axes(document, path) for path in different) and (
        not _reads_beside(document) or _is_one_folder(document.folder or Path(), other.folder or Path())
    )


def _reads_beside(document: Document) -> bool:
    """Say whether a map reads files whose paths start at its folder."""
    assert document.sweep is not None, "it is a map"
    named, axes = document.base.data.named_file, {axis.path for axis in document.sweep.axes}
    is_beside = bool(named) and not Path(named).is_absolute()
    return is_beside or not axes.isdisjoint({*CHOICES_OF_DATA, *paths_of_files()})


def _is_one_folder(folder: Path, other: Path) -> bool:
    return folder == other or not (folder.is_dir() and other.is_dir())


def _kept(document: Document) -> tuple[object, ...]:
    """Return what a map keeps of every point, and the claims that are judged on each."""
    kept = None if document.sweep is None else (document.sweep.keep, frozenset(document.sweep.columns))
    return kept, *(claim.judged for claim in document.claims if not claim.about_a_map)


def add(database: sqlite3.Connection, sweep: StoredSweep) -> None:
    """Write a map without points, or what is said of one that is there, inside the caller's transaction."""
    entry = {k: getattr(sweep, k) for k in ("title", "text", "folder", "begun")}
    place = database.execute("SELECT coalesce(max(place), -1) + 1 FROM sweep").fetchone()[0]
    database.execute(
        "INSERT INTO sweep VALUES (?, ?, ?, '[]') ON CONFLICT (id) DO UPDATE SET entry = excluded.entry",
        (sweep.id, place, json.dumps(entry)),
    )


def sweeps(database: sqlite3.Connection) -> list[StoredSweep]:
    """Return the maps of a session in their order; one whose entry cannot be read is left out."""
    if not has_table(database, "sweep"):
        return []
    found = []
    for id, entry in database.execute("SELECT id, entry FROM sweep ORDER BY place"):
        try:
            told = json.loads(entry)
            words = {k: told[k] for k in ("title", "text", "begun")}
            folder = told["folder"]
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
        if (
            isinstance(id, str)
            and all(isinstance(v, str) for v in words.values())
            and isinstance(folder, str | None)
        ):
            found.append(StoredSweep(id, folder=folder, **words))
    return found


def write_points(
    database: sqlite3.Connection, sweep: str, keys: Mapping[int, str], results: Iterable[PointResult]
) -> None:
    """Write what became of points, over what was known of them, inside the caller's transaction.

    Args:
        database: the session's.
        sweep: the id of their map.
        keys: what stands for each point's experiment, by its number.
        results: theirs.
    """
    results = list(results)
    names = _names(database, sweep)
    grown = list(dict.fromkeys([*names, *(name for result in results for name in result.finals)]))
    if grown != names:
        database.execute("UPDATE sweep SET names = ? WHERE id = ?", (json.dumps(grown), sweep))
    database.executemany(
        "INSERT OR REPLACE INTO point VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                sweep,
                result.point,
                keys[result.point],
                result.status,
                result.step,
                result.seconds,
                to_bytes(np.array([*map(result.finals.get, grown)], dtype=float)),  # None becomes NaN
                json.dumps(result.events),
                json.dumps(result.verdicts),
                result.why,
                result.place,
            )
            for result in results
        ),
    )
    again = ((sweep, result.point) for result in results)
    database.executemany("DELETE FROM curve WHERE sweep = ? AND number = ?", again)
    curves = [result for result in results if result.steps is not None or result.theta is not None]
    database.executemany(
        "INSERT OR REPLACE INTO curve VALUES (?, ?, ?, ?, ?, ?)",
        (
            (
                sweep,
                result.point,
                to_bytes(result.steps if result.steps is not None else np.empty(0, np.int64)),
                *table_to_bytes({name: values[:, None] for name, values in result.curves.items()}),
                None if result.theta is None else to_bytes(result.theta),
            )
            for result in curves
        ),
    )


def _names(database: sqlite3.Connection, sweep: str) -> list[str]:
    """Return what a map's values are called; where that is damaged they are numbered, so that all can be written."""
    row = database.execute("SELECT names FROM sweep WHERE id = ?", (sweep,)).fetchone()
    try:
        names = json.loads(row[0])
    except (TypeError, ValueError, RecursionError):
        names = None
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return names
    query = "SELECT finals FROM point WHERE sweep = ? ORDER BY length(finals) DESC LIMIT 1"
    longest = database.execute(query, (sweep,)).fetchone()
    return [UNNAMED.format(number) for number in range(1, 1 + (0 if longest is None else _count(longest[0])))]


def _count(finals: Any) -> int:
    try:
        return int(from_bytes(finals).size)
    except (Refusal, TypeError):
        return 0


Row = tuple[Any, ...]


def rows_of(database: sqlite3.Connection, sweep: str, after: int, most: int) -> tuple[list[str], list[Row]]:
    """Return what a map's values are called, and what is written of some of its points, the first after a number."""
    if all(told.id != sweep for told in sweeps(database)):
        return [], []
    place = "place" if has_column(database, "point", "place") else "''"
    rows = database.execute(
        f"SELECT number, key, status, step, seconds, finals, events, verdicts, why, {place} FROM point"
        " WHERE sweep = ? AND number > ? AND typeof(number) = 'integer' ORDER BY number LIMIT ?",
        (sweep, after, most),
    )
    return _names(database, sweep), rows.fetchall()


def points(names: Sequence[str], rows: Iterable[Row]) -> dict[str, PointResult]:
    """Return what became of points, by their keys, without curves and parameters.

    A point that cannot be read is left out: it can be trained again.
    """
    found = {}
    for number, key, status, step, seconds, finals, events, verdicts, why, where in rows:
        try:
            result = _point(
                names,
                number,
                status,
                step,
                seconds,
                finals,
                json.loads(events),
                json.loads(verdicts),
                why,
                where,
            )
        except (Refusal, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            continue
        found[str(key)] = result
    return found


def _point(
    names: Sequence[str],
    number: Any,
    status: Any,
    step: Any,
    seconds: Any,
    finals: bytes,
    events: Any,
    verdicts: Any,
    why: Any,
    place: Any,
) -> PointResult:
    values = from_bytes(finals)
    told = {str(name): int(at) for name, at in events.items()}
    if status not in _STATUSES or values.ndim != 1 or len(values) > len(names) or values.dtype.kind != "f":
        raise ValueError("no point")
    return PointResult(
        int(number),
        cast(PointStatus, status),
        int(step),
        float(seconds),
        {name: float(value) for name, value in zip(names, values, strict=False) if not math.isnan(value)},
        told,
        tuple(str(verdict) for verdict in verdicts),
        str(why),
        place=str(place),
    )


def key_of(database: sqlite3.Connection, sweep: str, number: int) -> str:
    """Return the key of a point that is written; '' where there is none."""
    row = database.execute("SELECT key FROM point WHERE sweep = ? AND number = ?", (sweep, number)).fetchone()
    return "" if row is None else str(row[0])


def with_curves(database: sqlite3.Connection, sweep: str, result: PointResult) -> PointResult:
    """Return a point with what was kept of its curves and parameters.

    Raises:
        Refusal: where these are damaged.
    """
    if not has_table(database, "curve"):
        return result
    row = database.execute(
        "SELECT steps, names, columns, parameters FROM curve WHERE sweep = ? AND number = ?",
        (sweep, result.point),
    ).fetchone()
    if row is None:
        return result
    try:
        steps = from_bytes(row[0])
        return replace(
            result,
            steps=steps if len(steps) else None,
            curves={name: values[:, 0] for name, values in table_from_bytes(row[1], row[2]).items()},
            theta=None if row[3] is None else from_bytes(row[3]),
        )
    except (TypeError, ValueError, IndexError) as error:
        raise Refusal("", None, "the curves of a point are damaged") from error


def remove(database: sqlite3.Connection, sweep: str) -> None:
    """Delete a map with its points, inside the caller's transaction."""
    for table in ("curve", "point"):
        database.execute(f"DELETE FROM {table} WHERE sweep = ?", (sweep,))
    database.execute("DELETE FROM sweep WHERE id = ?", (sweep,))
