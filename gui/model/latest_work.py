"""Does what was asked for last in a thread of its own; whatever was asked before is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.words.errors import Refusal

from .patience import no_collection

Work = Callable[[], object]
Answers = SimpleQueue[tuple[int, object]]
LOOK = 15
"""Milliseconds between two looks whether it is done."""


def _work(answers: Answers, number: int, work: Work) -> None:
    """Work in a thread that touches nothing of Qt."""
    with no_collection():
        try:
            answers.put((number, work()))
        except Refusal as refusal:
            answers.put((number, refusal))
        except Exception as error:  # whatever a file may do to its reader, the window goes on
            answers.put((number, Refusal("", None, f"cannot be done: {error}")))


class LatestWork(QObject):
    """One piece of work at a time; of those that wait the last."""

    done = Signal(object)
    """What the work returned, or a `Refusal`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._answers: Answers = SimpleQueue()
        self._number = 0
        self._waiting: Work | None = None
        self._thread: Thread | None = None
        self._look = QTimer(self)
        self._look.setInterval(LOOK)
        self._look.timeout.connect(self._on_look)

    @property
    def working(self) -> bool:
        """Whether anything is awaited."""
        return self._thread is not None

    def ask(self, work: Work) -> None:
        """Do this, after what is under way, whose answer nobody hears."""
        self._number += 1
        self._waiting = work
        if self._thread is None:
            self._start()

    def forget(self) -> None:
        """Hear no answer any more."""
        self._number += 1
        self._waiting = None

    def _start(self) -> None:
        work, self._waiting = self._waiting, None
        if work is None:
            return
        self._thread = Thread(target=_work, args=(self._answers, self._number, work), daemon=True)
        self._thread.start()
        self._look.start()

    @Slot()
    def _on_look(self) -> None:
        if self._answers.empty():
            return
        number, answer = self._answers.get()
        self._look.stop()
        self._thread = None
        if number == self._number:
            self.done.emit(answer)
        if self._thread is None:
            self._start()
