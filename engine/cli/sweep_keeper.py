"""A map's points in a session's file, written while they arrive."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from ..experiment.document import Document
from ..files import STANDARD_OUTPUT, check_writable
from ..protocol.points import GOOD, PointResult
from ..session import Session
from ..session.sweeps import likeness, stored
from ..sweep.known import known_points
from ..words.errors import Refusal

FLUSH = 1.0
"""Seconds between two writes: a kill loses what came within two."""


class SweepKeeper:
    """Keeps what becomes of points; without a path it does nothing."""

    def __init__(
        self,
        document: Document,
        path: Path | None,
        keys: Mapping[int, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin a session at a path, or go on with the same map there; one with other axes is added to it.

        Args:
            document: the map.
            path: of the session; None: nothing is kept.
            keys: what stands for every point, by its number.
            clock: the seconds since some moment.

        Raises:
            Refusal: where something else is there, or nothing can be.
        """
        self._keys, self._clock = keys, clock
        self._written = clock()
        self._session: Session | None = None
        self.known: dict[int, PointResult] = {}
        """What the session holds of the map's points already, as of other maps; failed ones left out."""
        self.stale = ""
        """What of the map's points is trained anew, and why, in words; '' for nothing."""
        if path is None:
            return
        if path == STANDARD_OUTPUT:
            raise Refusal("--out", str(path), "would be standard output, and a session is a file; name one")
        check_writable(path, "--out")
        session, self._id = self._opened(document, path)
        try:
            self._take_known(session, document)
        except BaseException:
            session.discard()
            raise
        self._session = session

    def _opened(self, document: Document, path: Path) -> tuple[Session, str]:
        if not path.exists():
            session = Session.create(path)
            told = stored(document)
            session.maps.add(told)
            session.flush()
            return session, told.id
        session = Session.open(path)
        try:
            alike = {likeness(sweep, document): sweep.id for sweep in session.maps.all}
            if not alike.keys() - {"another"}:
                raise Refusal("--out", str(path), "holds something else than this map; choose another name")
            if session.only_read:
                raise Refusal("--out", str(path), session.only_read)
        except BaseException:
            session.discard()
            raise
        if "same" in alike:
            session.maps.rename(alike["same"], document)
            return session, alike["same"]
        if "edited" not in alike:
            self.stale = f"what {path.name} has of these points was kept or judged otherwise"
        told = stored(document)
        session.maps.add(told)
        return session, told.id

    def _take_known(self, session: Session, document: Document) -> None:
        maps, numbers = session.maps, {key: number for number, key in self._keys.items()}
        self.known = maps.there(self._id, numbers)
        for part in maps.elsewhere(self._id, numbers, self.known):
            maps.take(self._id, self._keys, part.values())
            session.flush()
            self.known |= {
                number: replace(result, steps=None, curves={}, theta=None) for number, result in part.items()
            }
        ended = {key: result for key, result in maps.points(self._id).items() if result.status in GOOD}
        untaken = {key: result for key, result in ended.items() if result.point not in self.known}
        self.stale = known_points(document, untaken).stale or self.stale
        session.flush()

    def take(self, results: Sequence[PointResult]) -> None:
        """Keep what became of points; written now and then."""
        if self._session is not None:
            self._session.maps.take(self._id, self._keys, results)
            if self._clock() - self._written >= FLUSH:
                self._written = self._clock()
                self._session.flush()

    def __enter__(self) -> SweepKeeper:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            self._session.close()
