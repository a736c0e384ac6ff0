"""Writes a session whose owner is held up: records are not to wait until a window has drawn, or a step ends."""

from __future__ import annotations

import contextlib
import itertools
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

from .session import Session
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
    failed: bool = False
    """Whether it could not be stored here: its owner is to, before what comes after it is."""

    @property
    def is_for_owner(self) -> bool:
        """Say whether only the owner can take it."""
        return self.failed or isinstance(self.message, _IN_ORDER)


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
        """Look from now on, as something was told; not once this has ended."""
        with self._lock:
            if not self._ended.is_set() and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(
                    target=self._go_on, name="margin-lab-late-writer", daemon=True
                )
                self._thread.start()

    def end(self) -> None:
        """Never look again, and forget what was heard."""
        with self._lock:
            self._ended.set()
            thread = self._thread
        if thread is not None:
            thread.join()
        self.forget()

    def do(self, work: Callable[[], None]) -> None:
        """Do something soon that waits for the disk, of what the owner writes; closing a session does it, too."""
        with self._lock:
            if not self._ended.is_set():
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

    def store(self, session: Session, message: Message) -> None:
        """Store what the owner takes, unless it is stored already; the owner has done with what came before it.

        No look comes between taking and storing: it would store what comes after the message before it.
        """
        if self._take(message, if_stored=True):  # nobody waits for a write then
            return
        with session.lock:
            if not self._take(message):
                session.store(message)

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
        with session.lock:
            if self._writer() is not writer:  # the owner left it meanwhile
                return False
            for heard in self._to_be_stored():
                try:
                    session.store(heard.message)
                except Exception:  # the owner meets it, too, and says so
                    heard.failed = True
                    break
                heard.stored = True
            if not session.changed:
                return False
            self.note_writing()
            with contextlib.suppress(Exception):  # as above
                session.flush(in_part=True)
        return True

    @property
    def _is_late(self) -> bool:
        """Say whether the owner has not written for too long."""
        now = self._clock()
        with self._lock:
            waiting = [heard.at for heard in self._heard if is_state(heard.message) and not heard.stored]
        return now - self.written >= LATE or now - min([*waiting, self._state_taken]) >= STATE_LATE

    def _to_be_stored(self) -> list[_Heard]:
        """Return what can be stored before its owner takes it, in order."""
        with self._lock:
            free = itertools.takewhile(lambda heard: not heard.is_for_owner, self._heard)
            return [heard for heard in free if not heard.stored]

    def _take(self, message: Message, *, if_stored: bool = False) -> bool:
        """Let go of a message and those before it, if wanted only where it is stored; say whether it is."""
        with self._lock:
            place = next((i for i, heard in enumerate(self._heard) if heard.message is message), None)
            stored = place is not None and self._heard[place].stored
            if stored or not if_stored:
                if is_state(message):
                    self._state_taken = min(self._state_taken, self._clock())
                for _ in range(0 if place is None else place + 1):
                    self._heard.popleft()
            return stored

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
