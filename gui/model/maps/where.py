"""Where maps are trained: remembered on this machine, and said by no experiment."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings

from engine.experiment.data import DataSpec
from engine.experiment.document import Document
from engine.sweep.order import order_of
from engine.sweep.places import place_of
from engine.sweep.workers import Workers, WorkersGone, WorkersState
from engine.words.errors import Refusal
from engine.words.formats import byte_size, counted

if TYPE_CHECKING:
    from engine.sweep.standby import Standby

KEY = "maps/where"
HERE = "local"
"""A process a core of this machine."""


class Where:
    """The place where a window's maps are trained, and the processes of this machine that wait for the next one."""

    def __init__(self) -> None:
        self.place = str(QSettings().value(KEY, HERE)) or HERE
        """The one that was chosen last, as `--on` writes it."""
        self._standby: Standby | None = None
        self._closed = False
        self._making = threading.Lock()
        """Held by whoever makes what waits: it is made when it is wanted, in threads of their own."""

    def choose(self, place: str) -> None:
        """Train at a place from now on, in later windows too."""
        self.place = place
        QSettings().setValue(KEY, place)

    def workers(self, document: Document, data: Iterable[DataSpec]) -> Workers:
        """Return what trains a map; it may take a while until that answers.

        Raises:
            Refusal: where it is no place, nobody is there, or data cannot be read.
        """
        return place_of(self.place).workers(order_of(document, data), self.place, self._kept())

    def warm(self) -> None:
        """Start what would train a map, where that is of this machine."""
        count = place_of(self.place).count
        if count is not None:
            self._kept().warm(count(self.place))

    def close(self) -> None:
        """End what waits, and what would from now on."""
        with self._making:
            self._closed = True
        if self._standby is not None:
            self._standby.close()

    def _kept(self) -> Standby:
        from engine.sweep.standby import Standby

        with self._making:
            if self._standby is None:
                self._standby = Standby()
                if self._closed:
                    self._standby.close()
            return self._standby


def in_words(refusal: Refusal) -> Refusal:
    """Return a refusal of a place as the window says it."""
    if refusal.field != "--on":
        return refusal
    gone = isinstance(refusal, WorkersGone)
    remedy = "does not answer any more; “Continue map” goes on" if gone else refusal.remedy
    return Refusal("Where it runs", refusal.value, remedy)


def staff_words(state: WorkersState) -> str:
    """Say what trains: how many, of how many threads, what memory, how much waits."""
    if not state.workers:
        who = f"no worker of {state.silent:,} answers" if state.silent else "no worker is there"
        return f"{who}; they are waited for"
    told = [counted(state.workers, "worker")]
    if state.threads != state.workers:
        told.append(counted(state.threads, "thread"))
    if state.memory:
        told.append(f"{byte_size(state.memory)} of memory")
    told.append(f"{counted(state.tasks, 'task')} under way")
    return ", ".join(told)
