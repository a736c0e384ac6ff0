"""Writes a session whose owner is held up: records are not to wait until a window has drawn, or a step ends."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from engine.protocol.messages import (
    Edited,
    Failed,
    Finished,
    Message,
    Noted,
    Paused,
    Recorded,
    ReferenceSolved,
    Resumed,
    SnapshotTaken,
    Started,
    is_state,
)

from .session_writer import SessionWriter

LATE = 1.25
"""Seconds since the last write after which the owner counts as held up; it writes every second."""
STATE_LATE = 0.25
"""Seconds that a state to go on from waits for its owner: after a kill it is what counts."""
LOOKED_EVERY = 0.25
RESTS = 8
"""Looks in a row that find nothing to do, after which nobody looks until something is told again."""
_IN_ORDER = (Started, ReferenceSolved, Noted, Edited, Paused, Resumed, Finished, Failed)
"""What the owner is to take before what comes after it is stored."""


@dataclass
class _Heard:
    message: Message
    at: float
    stored: bool = False


class LateWriter:
    """Stands in for whoever owns a session: a thread that writes it where that one has not for too long.

    What an engine says may be heard before its owner takes it, each in a thread of its own: records and states are
    stored then, unless something comes before them that only the owner can take up.
    """

    def __init__(
        self,
        writer: Callable[[], SessionWriter | None],
        clock: Callable[[], float] = time.monotonic,
        around: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
    ) -> None:
        """Look at nothing yet.

        Args:
            writer: gives who writes the session at hand; None for none.
            clock: the seconds that have passed since some moment.
            around: what each look is done inside.
        """
        self._writer, self._clock, self._around = writer, clock, around
        self._lock = threading.Lock()
        self._heard: deque[_Heard] = deque()
        self._works: deque[Callable[[], None]] = deque()
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self.written = clock()
        """When the session was written last."""
        self._state_taken = math.inf
        """When its owner took a state that is not written yet."""

    def begin(self) -> None:
        """Look from now on, as something was told."""
        if self._thread is None or not self._thread.is_alive():
            self._ended.clear()
            self._thread = threading.Thread(target=self._go_on, name="margin-lab-late-writer", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Look no more, and forget what was heard."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        self.forget()

    def do(self, work: Callable[[], None]) -> None:
        """Do something soon that waits for the disk, of what the owner writes."""
        with self._lock:
            self._works.append(work)
        self.begin()

    def note_writing(self) -> None:
        """Note that the owner writes now."""
        self.written, self._state_taken = self._clock(), math.inf

    def hear(self, message: Message) -> None:
        """Know of a message that is on its way to the owner."""
        if isinstance(message, (Recorded, SnapshotTaken, *_IN_ORDER)) and not _is_glance(message):
            with self._lock:
                self._heard.append(_Heard(message, self._clock()))

    def took(self, message: Message) -> bool:
        """Note that the owner takes a message, and has done with those before it; say whether it is stored already."""
        with self._lock:
            if is_state(message):
                self._state_taken = min(self._state_taken, self._clock())
            if not any(heard.message is message for heard in self._heard):
                return False
            while True:
                heard = self._heard.popleft()
                if heard.message is message:
                    return heard.stored

    def forget(self) -> None:
        """Let go of what was heard: it is of another session."""
        with self._lock:
            self._works.clear()
            self._heard.clear()

    def look(self) -> bool:
        """Write what waits if the owner has not for too long; say whether there was anything to do."""
        writer = self._writer()
        if writer is None or writer.is_held or not self._is_late:
            return False
        session = writer.session
        with session.lock, contextlib.suppress(Exception):  # the owner meets it, too, and says so
            for message in self._to_be_stored():
                session.store(message)
            if not session.changed:
                return False
            self.note_writing()
            session.flush(in_part=True)
        return True

    @property
    def _is_late(self) -> bool:
        """Say whether the owner has not written for too long."""
        now = self._clock()
        with self._lock:
            waiting = [heard.at for heard in self._heard if is_state(heard.message) and not heard.stored]
        return now - self.written >= LATE or now - min([*waiting, self._state_taken]) >= STATE_LATE

    def _to_be_stored(self) -> list[Message]:
        """Return what can be stored before its owner takes it."""
        found: list[Message] = []
        with self._lock:
            for heard in self._heard:
                if isinstance(heard.message, _IN_ORDER):
                    break
                if not heard.stored:
                    heard.stored = True
                    found.append(heard.message)
        return found

    def _next_work(self) -> Callable[[], None] | None:
        with self._lock:
            return self._works.popleft() if self._works else None

    def _go_on(self) -> None:
        rests = 0
        while rests < RESTS and not self._ended.wait(LOOKED_EVERY):
            with self._around():
                while (work := self._next_work()) is not None:
                    work()
                rests = 0 if self.look() else rests + 1


def _is_glance(message: Message) -> bool:
    return isinstance(message, Recorded) and message.glance
