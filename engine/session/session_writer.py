"""Writing a session again and again: held back while it cannot be written, elsewhere where it is not to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.protocol.records import Records
from engine.words.errors import Refusal
from engine.words.formats import byte_size

from .session import Session
from .storage import Displaced

MOST_UNWRITTEN = 2**28
"""Bytes of records and snapshots that may wait in memory."""


@dataclass(frozen=True)
class WritingNews:
    """What people should know of how a session is written."""

    kind: Literal["held", "moved", "clear"]
    """Held back for now; moved to the user's data folder; all is written again."""
    sentence: str


class SessionWriter:
    """Writes what waits in a session, and loses nothing where that does not go.

    Where the file cannot be written for now (a full disk) everything waits in memory and each call tries again.
    Where it is gone, or another's, the session goes on in the user's data folder; so it does where too much waits.
    """

    def __init__(self, session: Session, known: Callable[[], Mapping[str, Records]]) -> None:
        """Write a session; `known` gives the records of its runs as their owner has them."""
        self.session, self._known = session, known
        self._held = ""
        self._cause: Refusal | None = None
        self.is_full = False
        """Whether no more is to be recorded before something could be written."""
        self.is_behind = False
        """Whether more could be written at once: so much has changed that it is written in parts."""

    @property
    def is_held(self) -> bool:
        """Say whether what waits cannot be written for now."""
        return bool(self._held)

    def write(self) -> WritingNews | None:
        """Write what waits, a part of it where it is very much; return what is new of that."""
        self.is_behind = False
        news = self._written()
        self.is_full = bool(self._held) and self.session.unwritten > MOST_UNWRITTEN
        return news

    def _written(self) -> WritingNews | None:
        if self._cause is not None and not self.session.has_room and self.session.unwritten <= MOST_UNWRITTEN:
            return self._hold_back(self._cause)  # to try would fill the rest of the disk with a part of it
        try:
            self.is_behind = self.session.flush(in_part=True)
        except Displaced as refusal:
            return self._moved(refusal)
        except Refusal as refusal:
            if self.session.unwritten > MOST_UNWRITTEN:
                return self._moved(refusal)
            return self._hold_back(refusal)
        if self.session.path is None:
            return self._out_of_memory()
        return self._clear()

    def finish(self) -> WritingNews | None:
        """Write what waits one last time, in the user's data folder where it does not go into the file.

        Raises:
            Refusal: where it goes nowhere; everything then still waits.
        """
        try:
            self.session.flush()
            if self.session.path is None and not self.session.is_empty:
                self.session.go_on_elsewhere()
        except Refusal as refusal:
            news = self._moved(refusal)
            if news is not None and news.kind == "moved":
                return news
            raise
        return self._clear()

    def _moved(self, cause: Refusal) -> WritingNews | None:
        try:
            self.session.go_on_elsewhere(self._known())
        except Refusal:
            return self._hold_back(cause)
        self._held, self._cause = "", None
        sentence = f"{cause}. Meanwhile it is kept among the unsaved sessions, and nothing is lost."
        return WritingNews("moved", sentence)

    def _hold_back(self, cause: Refusal) -> WritingNews | None:
        self._cause = cause
        sentence = f"{cause}. {_waiting(self.session.unwritten)} in memory, to be written as soon as that is possible."
        return self._news_of_holding(sentence)

    def _out_of_memory(self) -> WritingNews | None:
        """Give a session that lives in memory a file as soon as there can be one."""
        try:
            self.session.go_on_elsewhere()
        except Refusal as refusal:
            return self._news_of_holding(f"{refusal}. Until it is saved, this session lives in memory only.")
        return self._clear()

    def _news_of_holding(self, sentence: str) -> WritingNews | None:
        if sentence == self._held:
            return None
        self._held = sentence
        return WritingNews("held", sentence)

    def _clear(self) -> WritingNews | None:
        self._cause = None
        if not self._held:
            return None
        self._held = ""
        name = "" if self.session.path is None else f" to {self.session.path.name}"
        return WritingNews("clear", f"Everything is written{name} again; nothing was lost.")


def _waiting(size: int) -> str:
    """Say how much waits, in powers of two: a sentence that is read is not to change all the time."""
    if size < 2**20:
        return "Less than 1 MiB waits"
    return f"More than {byte_size(2 ** (size.bit_length() - 1))} wait"
