"""The digests of a session's runs: those that its file has, and over them those that wait to be written."""

from __future__ import annotations

from collections.abc import Mapping
from threading import RLock

from . import digests
from .alone import alone
from .changes import Books
from .digests import Digest
from .pending_run import PendingRun
from .session_file import SessionFile


class RunDigests:
    """What a table says of each run; several threads may use it, as they may the session."""

    def __init__(self, file: SessionFile, books: Books, runs: Mapping[str, PendingRun], lock: RLock) -> None:
        """Read and note digests of a session's runs."""
        self._file, self._books, self._runs = file, books, runs
        self.lock = lock

    @alone
    def get(self, run: str) -> Digest | None:
        """Return what was noted of a run; None where it has recorded something else since."""
        if run not in self._runs:
            return None
        waiting = self._runs[run]
        if waiting.digest is not None or waiting.has_arrays:
            return waiting.digest
        with self._file.reading() as database:
            return digests.read(database, run)

    @alone
    def note(self, run: str, digest: Digest) -> None:
        """Note what is to be said of a run as it is now; that is written with the next change."""
        if run in self._runs:
            self._runs[run].digest = digest
            self._books.changes.digests[run] = None
