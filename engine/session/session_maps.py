"""The maps of a session in use, and what became of their points: in memory at once, in the file at the next flush."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from threading import RLock

from engine.experiment.document import Document
from engine.protocol.points import GOOD, PointResult
from engine.words.errors import Refusal

from . import sweeps
from .alone import alone
from .kept_maps import KeptMaps
from .session_file import SessionFile
from .sweeps import StoredSweep, told_anew

AT_ONCE = 500
"""Points that are read while nobody else may use the session."""
WHOLE_AT_ONCE = 50
"""The same of points with their curves and parameters."""


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
        told: dict[int, tuple[str, PointResult]] = {}
        waiting, after = self._waiting(id), -1
        while True:
            names, rows = self._rows(id, after)
            if not rows:
                return dict((told | waiting | self._waiting(id)).values())
            after = int(rows[-1][0])
            told |= {result.point: (key, result) for key, result in sweeps.points(names, rows).items()}

    def there(self, id: str, numbers: Mapping[str, int]) -> dict[int, PointResult]:
        """Return what became of points of a map that are not trained again, by number.

        Args:
            id: the map's.
            numbers: of all its points, by what stands for each one's experiment.

        Raises:
            Refusal: where the file cannot be read.
        """
        points = self.points(id).items()
        return {r.point: r for key, r in points if r.status in GOOD and numbers.get(key) == r.point}

    def elsewhere(
        self, id: str, numbers: Mapping[str, int], there: Collection[int]
    ) -> Iterator[dict[int, PointResult]]:
        """Yield whole what a map lacks and the session has, as of its other maps, some points at a time, by number.

        An edited axis adds only what is new. What cannot be read is left out: it can be trained again.

        Args:
            id: the map's.
            numbers: of all its points, by what stands for each one's experiment.
            there: numbers of points that it does not lack.
        """
        had = set(there)
        for other in sorted((sweep.id for sweep in self.all), key=lambda other: other != id):
            with suppress(Refusal):
                lacking = {
                    key: result
                    for key, result in self.points(other).items()
                    if result.status in GOOD and key in numbers and numbers[key] not in had
                }
                for start in range(0, len(lacking), WHOLE_AT_ONCE):
                    part = dict(islice(lacking.items(), start, start + WHOLE_AT_ONCE))
                    whole = self._whole(other, part)
                    had |= {numbers[key] for key in whole}
                    yield {numbers[key]: replace(result, point=numbers[key]) for key, result in whole.items()}

    @alone
    def _waiting(self, id: str) -> dict[int, tuple[str, PointResult]]:
        return dict(self._kept.waiting(id))

    @alone
    def _rows(self, id: str, after: int) -> tuple[list[str], list[sweeps.Row]]:
        with self._file.reading() as database:
            return sweeps.rows_of(database, id, after, AT_ONCE)

    @alone
    def whole(self, id: str, result: PointResult) -> PointResult:
        """Return a point with what was kept of its curves and parameters, without them where these are damaged."""
        _, waiting = self._kept.waiting(id).get(result.point, ("", None))
        if waiting is not None:
            return waiting
        with suppress(Refusal), self._file.reading() as database:
            return sweeps.with_curves(database, id, result)
        return result

    @alone
    def _whole(self, id: str, results: Mapping[str, PointResult]) -> dict[str, PointResult]:
        """Return points by their keys, without those that are damaged, or were trained again meanwhile."""
        waiting, whole = self._kept.waiting(id), dict[str, PointResult]()
        for key, result in results.items():
            told, later = waiting.get(result.point, ("", result))
            if told == key:
                whole[key] = later
            elif not told:
                with suppress(Refusal), self._file.reading() as database:
                    if sweeps.key_of(database, id, result.point) == key:
                        whole[key] = sweeps.with_curves(database, id, result)
        return whole
