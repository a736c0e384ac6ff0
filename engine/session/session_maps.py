"""The maps of a session in use, and what became of their points: in memory at once, in the file at the next flush."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from threading import RLock

from engine.protocol.points import PointResult

from . import sweeps
from .alone import alone
from .kept_maps import KeptMaps
from .session_file import SessionFile
from .sweeps import StoredSweep


class SessionMaps:
    """What a session says of its maps. Several threads may ask: one waits for the other."""

    def __init__(self, file: SessionFile, kept: KeptMaps, lock: RLock) -> None:
        self._file, self._kept, self.lock = file, kept, lock

    @property
    @alone
    def all(self) -> list[StoredSweep]:
        """Return every map, in the order they were begun."""
        return list(self._kept.sweeps.values())

    @alone
    def add(self, sweep: StoredSweep) -> None:
        """Add a map, without points."""
        self._kept.add(sweep)

    @alone
    def delete(self, id: str) -> None:
        """Delete a map with its points."""
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

    @alone
    def points(self, id: str) -> dict[str, PointResult]:
        """Return what became of the points of a map by their keys, without curves and parameters.

        Raises:
            Refusal: where the file cannot be read.
        """
        with self._file.reading() as database:
            return sweeps.points(database, id) | self._kept.waiting(id)

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
