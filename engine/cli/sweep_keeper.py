"""A map's points in a session's file, written while they arrive."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from ..experiment.document import Document, parse, to_toml
from ..files import STANDARD_OUTPUT, check_writable
from ..protocol.points import PointResult
from ..session import sweeps
from ..session.session_file import SessionFile
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
        self._waiting: list[PointResult] = []
        self._written = clock()
        self._file: SessionFile | None = None
        self.known: dict[int, PointResult] = {}
        """What the session holds of the map's points already, failed ones left out."""
        if path is None:
            return
        if path == STANDARD_OUTPUT:
            raise Refusal("--out", str(path), "would be standard output, and a session is a file; name one")
        check_writable(path, "--out")
        self._file, self._id = self._opened(document, path)
        self._take_known()

    def _opened(self, document: Document, path: Path) -> tuple[SessionFile, str]:
        told = sweeps.StoredSweep(
            uuid.uuid4().hex,
            document.base.title,
            to_toml(document),
            None if document.folder is None else str(document.folder),
            begun=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        if not path.exists():
            file = SessionFile.create(path)
            file.write(lambda database: sweeps.add(database, told))
            return file, told.id
        file = SessionFile.open(path)
        try:
            with file.reading() as database:
                there = sweeps.sweeps(database)
            same = [sweep.id for sweep in there if _same(sweep, document)]
            if not same:
                raise Refusal("--out", str(path), "holds something else than this map; choose another name")
            if file.only_read:
                raise Refusal("--out", str(path), file.only_read)
        except BaseException:
            file.close()
            raise
        return file, same[0]

    def _take_known(self) -> None:
        assert self._file is not None, "it is open"
        numbers = {key: number for number, key in self._keys.items()}
        with self._file.reading() as database:
            for key, result in sweeps.points(database, self._id).items():
                if key in numbers and result.status in ("done", "diverged"):
                    self.known[numbers[key]] = result

    def take(self, results: Sequence[PointResult]) -> None:
        """Keep what became of points; written now and then."""
        self._waiting += results
        if self._clock() - self._written >= FLUSH:
            self.write()

    def write(self) -> None:
        """Write what waits.

        Raises:
            Refusal: where the file cannot be written.
        """
        self._written = self._clock()
        if self._file is None or not self._waiting:
            self._waiting.clear()
            return
        waiting = list(self._waiting)
        self._file.write(lambda database: sweeps.write_points(database, self._id, self._keys, waiting))
        self._waiting.clear()
        self._file.settle()

    def __enter__(self) -> SweepKeeper:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        try:
            self.write()
        finally:
            self._file.close()


def _same(sweep: sweeps.StoredSweep, document: Document) -> bool:
    try:
        stored = parse(sweep.text, document.folder)
    except Refusal:
        return False
    return (
        stored.sweep == document.sweep and stored.base == document.base and stored.claims == document.claims
    )
