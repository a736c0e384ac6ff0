"""A session that is written while runs go on: held back while its disk is full, elsewhere where its file is gone."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from ..experiment.document import Document, to_toml
from ..experiment.experiment import Experiment
from ..files import STANDARD_OUTPUT, check_writable
from ..protocol.messages import Failed, Finished, Message, Started, is_state
from ..protocol.records import Records
from ..protocol.run_history import RunHistory
from ..words.errors import Refusal
from .words import warn

if TYPE_CHECKING:
    from ..session import LateWriter, Session, SessionWriter, WritingNews

FLUSH = 1.0
"""Seconds between two writes of a session: at most 2 s may be unwritten."""
FULL = "stopped, since no more can wait in memory to be written to the session"
Listener = Callable[[Message], None]


class Keeper:
    """Writes runs into a session while they go on; without a path it does nothing."""

    def __init__(
        self, document: Document, path: Path | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Keep the runs of a document in a new session at a path.

        Raises:
            Refusal: where a file is there already, or none can be.
        """
        if path is not None:
            if path == STANDARD_OUTPUT:
                raise Refusal(
                    "--out", str(path), "would be standard output, and a session is a file; name one"
                )
            if path.exists():
                raise Refusal("--out", str(path), "exists already; choose another name")
            check_writable(path, "--out")
        self._document, self._path, self._clock = document, path, clock
        self._histories: dict[str, RunHistory] = {}
        self._session: Session | None = None
        self._writer: SessionWriter | None = None
        self._flushed = -math.inf
        self._late: LateWriter | None = None

    @property
    def keeps(self) -> bool:
        """Say whether anything is written."""
        return self._path is not None

    @property
    def is_full(self) -> bool:
        """Say whether nothing more can wait in memory."""
        return self._writer is not None and self._writer.is_full

    def __enter__(self) -> Keeper:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session, writer = self._session, self._writer
        if session is None or writer is None:
            return
        if self._late is not None:
            self._late.end()
        try:
            self._tell(writer.finish())
            session.close()
        except Refusal:
            session.discard()
            if kind is None:  # else the error under way is the one to tell
                raise
        if kind is None and session.is_unsaved:
            remedy = f"could not be written to the end; the session lies in {session.path}"
            raise Refusal("--out", str(self._path), remedy)

    def listener(self, name: str, experiment: Experiment, history: RunHistory) -> Listener:
        """Return what writes the messages of a run; one that was refused leaves no trace."""

        def listen(message: Message) -> None:
            if self._path is None:
                return
            if isinstance(message, Started):
                self._add_run(self._path, message.run, name, experiment)
                self._histories[message.run] = history
            if self._session is not None and self._writer is not None:
                self._write(self._session, self._writer, message)

        return listen

    def _begin(self, path: Path) -> Session:
        """Make the session; where its file cannot be made any more, elsewhere."""
        from ..session import LateWriter, Session, SessionWriter

        try:
            session = Session.create(path)
        except Refusal as refusal:
            warn(str(refusal))
            session = Session.in_memory()
            with contextlib.suppress(Refusal):
                session = Session.unsaved()
        self._session, self._writer = session, SessionWriter(session, self._records)
        self._late = LateWriter(lambda: self._writer, self._clock)
        session.fold_apart(self._late.do)
        return session

    def _records(self) -> dict[str, Records]:
        return {run: history.records for run, history in self._histories.items()}

    def _add_run(self, path: Path, run: str, name: str, experiment: Experiment) -> None:
        text = to_toml(self._document)
        folder = None if self._document.folder is None else str(self._document.folder)
        session = self._session or self._begin(path)
        session.document, session.document_folder = text, folder
        session.add_run(
            text,
            id=run,
            title=name or experiment.title,
            experiment=name,
            folder=folder,
            replicas=experiment.replicas,
        )
        self._flushed = -math.inf

    def _write(self, session: Session, writer: SessionWriter, message: Message) -> None:
        """Take a message up; write what waits now and then, with a state to go on from, and where a run ends."""
        session.store(message)
        if self._late is not None:
            self._late.begin()
        now = self._clock()
        at_once = isinstance(message, Finished | Failed) or is_state(message)
        if at_once or now - self._flushed > FLUSH:
            self._flushed = now
            if self._late is not None:
                self._late.note_writing()
            self._tell(writer.write())

    def _tell(self, news: WritingNews | None) -> None:
        """Say on standard error what is new of the session's file."""
        if news is not None:
            place = f" It lies in {self._session.path}." if news.kind == "moved" and self._session else ""
            warn(f"{news.sentence}{place}")
