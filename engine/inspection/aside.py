"""Questions that take long, answered in a thread of their own while the engine goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from ..protocol.pictures import NoPicture, Picture


class Aside:
    """Answers one question after another, beside whoever asks for news."""

    def __init__(self) -> None:
        self._asked: SimpleQueue[Callable[[], Picture | NoPicture]] = SimpleQueue()
        self._answers: SimpleQueue[Picture | NoPicture] = SimpleQueue()
        self._dropped: set[int] = set()
        self._untold = 0
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Say whether an answer is still to be told."""
        return self._untold > 0

    def drop(self, request: int) -> None:
        """Want no answer to a question any longer: what is under way is broken off."""
        self._dropped.add(request)

    def wants(self, request: int) -> bool:
        """Say whether the answer to a question is still wanted, from any thread."""
        return request not in self._dropped

    def take(self, answer: Callable[[], Picture | NoPicture]) -> None:
        """Answer in turn; `answer` raises nothing."""
        self._untold += 1
        self._asked.put(answer)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="aside", daemon=True)
            self._thread.start()

    def news(self) -> list[Picture | NoPicture]:
        """Return the answers that came since."""
        told: list[Picture | NoPicture] = []
        while True:
            try:
                told.append(self._answers.get_nowait())
            except Empty:
                self._untold -= len(told)
                if not self.busy:
                    self._dropped.clear()
                return told

    def _work(self) -> None:
        while True:
            self._answers.put(self._asked.get()())
