"""A map's points in a session's file, written while they arrive."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from ..experiment.document import Document
from ..files import STANDARD_OUTPUT, check_writable
from ..protocol.points import PointResult
from ..session import Session
from ..session.sweeps import is_same, stored
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
        """Begin a session at a path, or go on with the same map there.

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
        """What the session holds of the map's points already, failed ones left out."""
        if path is None:
            return
        if path == STANDARD_OUTPUT:
            raise Refusal("--out", str(path), "would be standard output, and a session is a file; name one")
        check_writable(path, "--out")
        self._session, self._id = self._opened(document, path)
        self._take_known()

    def _opened(self, document: Document, path: Path) -> tuple[Session, str]:
        if not path.exists():
            session = Session.create(path)
            told = stored(document)
            session.maps.add(told)
            session.flush()
            return session, told.id
        session = Session.open(path)
        try:
            same = [sweep.id for sweep in session.maps.all if is_same(sweep, document)]
            if not same:
                raise Refusal("--out", str(path), "holds something else than this map; choose another name")
            if session.only_read:
                raise Refusal("--out", str(path), session.only_read)
        except BaseException:
            session.discard()
            raise
        return session, same[0]

    def _take_known(self) -> None:
        assert self._session is not None, "it is open"
        numbers = {key: number for number, key in self._keys.items()}
        for key, result in self._session.maps.points(self._id).items():
            if key in numbers and result.status in ("done", "diverged"):
                self.known[numbers[key]] = result

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
