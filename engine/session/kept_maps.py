"""The maps of a session in use: what its file lacks of them, and what a copy of it lacks that is being made."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from engine.protocol.points import PointResult

from . import sweeps
from .sweeps import StoredSweep

MOST_POINTS = 150
"""Points that are written at once where that is to be done soon."""


@dataclass
class _Waiting:
    """What is to be written."""

    added: dict[str, StoredSweep] = field(default_factory=dict)
    removed: dict[str, None] = field(default_factory=dict)
    points: dict[str, dict[int, tuple[str, PointResult]]] = field(default_factory=dict)
    """Keys and results by map and number."""

    def follow(self, later: _Waiting) -> None:
        """Add what came later."""
        for id in later.removed:
            self.remove(id)
        self.added |= later.added
        for id, results in later.points.items():
            self.points.setdefault(id, {}).update(results)

    def remove(self, id: str) -> None:
        self.points.pop(id, None)
        self.added.pop(id, None)
        self.removed[id] = None

    def write(self, database: sqlite3.Connection) -> None:
        for id in self.removed:
            sweeps.remove(database, id)
        for sweep in self.added.values():
            sweeps.add(database, sweep)
        for id, results in self.points.items():
            keys = {number: key for number, (key, _) in results.items()}
            sweeps.write_points(database, id, keys, [result for _, result in results.values()])

    def parts(self, most: int) -> tuple[_Waiting, _Waiting]:
        """Return everything but so many points at most, and the other points."""
        now, later = _Waiting(dict(self.added), dict(self.removed)), _Waiting()
        for id, results in self.points.items():
            first = dict(islice(results.items(), most))
            most -= len(first)
            rest = {number: told for number, told in results.items() if number not in first}
            for part, points in ((now, first), (later, rest)):
                if points:
                    part.points[id] = points
        return now, later


class KeptMaps:
    """The maps of a session, in their order."""

    def __init__(self, there: Iterable[StoredSweep] = ()) -> None:
        """Take up those that the file has."""
        self.sweeps = {sweep.id: sweep for sweep in there}
        self.taken_out: set[str] = set()
        """Ids of those that are to be deleted when the session is left."""
        self._waiting = _Waiting()
        self._next: tuple[_Waiting, _Waiting] | None = None
        """What is written next, and what waits longer; None: all of it."""
        self._behind: _Waiting | None = None
        """What the file was given since a copy of it began; None where none is made."""

    @property
    def there(self) -> list[StoredSweep]:
        """Return those that were not taken out."""
        return [sweep for id, sweep in self.sweeps.items() if id not in self.taken_out]

    @property
    def changed(self) -> bool:
        """Say whether anything waits to be written."""
        return bool(self._waiting.added or self._waiting.removed or self._waiting.points)

    def add(self, sweep: StoredSweep) -> None:
        """Take up one more map, or what is said of one otherwise."""
        self.sweeps[sweep.id] = self._waiting.added[sweep.id] = sweep

    def remove(self, id: str) -> None:
        """Delete a map with its points."""
        self.sweeps.pop(id, None)
        self.taken_out.discard(id)
        self._waiting.remove(id)

    def note_all(self) -> None:
        """Note that what is said of every map is to be written, as to another file."""
        self._waiting.added = self.sweeps | self._waiting.added

    def take(self, id: str, keys: Mapping[int, str], results: Iterable[PointResult]) -> None:
        """Take up what became of points of a map, with what stands for each point's experiment, by its number."""
        if id in self.sweeps:
            taken = {result.point: (keys[result.point], result) for result in results}
            if taken:
                self._waiting.points.setdefault(id, {}).update(taken)

    def waiting(self, id: str) -> Mapping[int, tuple[str, PointResult]]:
        """Return what the file lacks of a map's points, with their keys, by number."""
        return self._waiting.points.get(id, {})

    # --- while they are written, and copied ---

    def choose(self, *, in_part: bool) -> None:
        """Write all that waits next; in_part: of very many points some."""
        self._next = self._waiting.parts(MOST_POINTS) if in_part else None

    def write(self, database: sqlite3.Connection) -> None:
        """Write what was chosen of what waits, inside the caller's transaction."""
        now = self._waiting if self._next is None else self._next[0]
        now.write(database)

    def forget(self) -> None:
        """Note that it was written."""
        now, later = self._next or (self._waiting, _Waiting())
        if self._behind is not None:
            self._behind.follow(now)
        self._waiting, self._next = later, None

    def begin_copy(self) -> None:
        """Note that a copy has what the file has now."""
        self._behind = _Waiting()

    def write_copy(self, database: sqlite3.Connection) -> None:
        """Write to the copy what it lacks."""
        lacking = _Waiting()
        lacking.follow(self._behind or _Waiting())
        lacking.follow(self._waiting)
        lacking.write(database)

    def end_copy(self, *, only_in_copy: bool) -> None:
        """Note that the copy is the file from now on; only_in_copy: it has what waits, too."""
        behind, self._behind = self._behind or _Waiting(), None
        if only_in_copy:
            self._waiting = _Waiting()
        behind.follow(self._waiting)
        self._waiting = behind

    def give_up_copy(self) -> None:
        """Note that there is no copy."""
        self._behind = None
