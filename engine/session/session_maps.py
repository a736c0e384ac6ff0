"""The maps of a session in use, and what became of their points: in memory at once, in the file at the next flush."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from threading import RLock

from engine.experiment.document import Document
from engine.protocol.points import GOOD, PointResult

from . import sweeps
from .alone import alone
from .kept_maps import KeptMaps
from .session_file import SessionFile
from .sweeps import StoredSweep, told_anew

AT_ONCE = 500
"""Points that are read while nobody else may use the session."""


class SessionMaps:
    """What a session says of its maps. Several threads may ask: one waits for the other."""

    def __init__(self, file: SessionFile, kept: KeptMaps, lock: RLock) -> None:
        self._file, self._kept, self.lock = file, kept, lock

    @property
    @alone
    def all(self) -> list[StoredSweep]:
        """Return every map, in the order they were begun."""
        return self._kept.there

    @alone
    def add(self, sweep: StoredSweep) -> None:
        """Add a map, without points."""
        self._kept.add(sweep)

    @alone
    def delete(self, id: str) -> None:
        """Delete a map with its points."""
        self._kept.remove(id)

    @alone
    def rename(self, id: str, document: Document) -> None:
        """Call a map as its document is called now."""
        self._kept.add(told_anew(self._kept.sweeps[id], document))

    @alone
    def take_out(self, id: str) -> None:
        """Take a map out; it can come back until the session is left."""
        self._kept.taken_out.add(id)

    @alone
    def put_back(self, id: str) -> None:
        """Bring back a map that was taken out."""
        self._kept.taken_out.discard(id)

    @alone
    def delete_taken_out(self) -> None:
        """Delete for good what was taken out."""
        for id in tuple(self._kept.taken_out):
            self._kept.remove(id)

    @alone
    def take(self, id: str, keys: Mapping[int, str], results: Iterable[PointResult]) -> None:
        """Note what became of points of a map; of one deleted meanwhile it is let go.

        Args:
            id: the map's.
            keys: what stands for each point's experiment, by its number.
            results: theirs.
        """
        self._kept.take(id, keys, results)

    def points(self, id: str) -> dict[str, PointResult]:
        """Return what became of the points of a map by their keys, without curves and parameters.

        Of very many some are read at a time: who writes the session meanwhile waits for no more than that.

        Raises:
            Refusal: where the file cannot be read.
        """
        found: dict[str, PointResult] = {}
        waiting, after = self._waiting(id), -1
        while True:
            names, rows = self._rows(id, after)
            if not rows:
                return found | waiting | self._waiting(id)
            after = int(rows[-1][0])
            found |= sweeps.points(names, rows)

    def known(
        self, id: str, numbers: Mapping[str, int]
    ) -> tuple[dict[int, PointResult], dict[int, PointResult]]:
        """Return what became of points that are not trained again, by number: of a map, and whole of what it lacks.

        The same points of other maps of the session count: an edited axis adds only what is new.

        Args:
            id: the map's.
            numbers: of all its points, by what stands for each one's experiment.

        Raises:
            Refusal: where the file cannot be read.
        """
        there: dict[int, PointResult] = {}
        found: dict[int, PointResult] = {}
        for other in sorted((sweep.id for sweep in self.all), key=lambda other: other != id):
            for key, result in self.points(other).items():
                number = numbers.get(key)
                if number is None or result.status not in GOOD or number in there or number in found:
                    continue
                if other == id and result.point == number:
                    there[number] = result
                else:
                    found[number] = replace(self.whole(other, result), point=number)
        return there, found

    @alone
    def _waiting(self, id: str) -> dict[str, PointResult]:
        return self._kept.waiting(id)

    @alone
    def _rows(self, id: str, after: int) -> tuple[list[str], list[sweeps.Row]]:
        with self._file.reading() as database:
            return sweeps.rows_of(database, id, after, AT_ONCE)

    @alone
    def whole(self, id: str, result: PointResult) -> PointResult:
        """Return a point with what was kept of its curves and parameters.

        Raises:
            Refusal: where these are damaged.
        """
        waiting = [told for told in self._kept.waiting(id).values() if told.point == result.point]
        if waiting:
            return waiting[0]
        with self._file.reading() as database:
            return sweeps.with_curves(database, id, result)
