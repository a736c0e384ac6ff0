"""SIGINT, SIGTERM and SIGHUP while a command works: a run ends after its step, and what was recorded is written."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Any

STOPPING = ("SIGINT", "SIGTERM", "SIGHUP")
"""Ctrl-C, what schedulers send, and a terminal that is gone; a system may lack some."""


class BrokenOff(KeyboardInterrupt):
    """A signal breaks off what is being done."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class StopSignals:
    """Notes the signals that ask a command to end; what is being done says what a signal does to it.

    Outside `breaking` and `stopping` a signal is noted and nothing else, but that a second Ctrl-C breaks off.
    What was ignored from the start, as under nohup, stays so.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        """Of the first one that came."""
        self._breaks = False
        self._stop: Callable[[str], None] | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopSignals:
        if threading.current_thread() is threading.main_thread():  # only there can signals be handled
            for name in STOPPING:
                number = getattr(signal, name, None)
                if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    @contextlib.contextmanager
    def breaking(self) -> Iterator[None]:
        """Let a signal break off what is being done, as there is nothing yet to keep.

        Raises:
            BrokenOff: there, or at once where one has come before.
        """
        self._breaks = True
        try:
            if self.number is not None:
                raise BrokenOff(self.number)
            yield
        finally:
            self._breaks = False

    @contextlib.contextmanager
    def stopping(self, stop: Callable[[str], None]) -> Iterator[None]:
        """Let the first signal call this with a sentence, and the second one break off what is being done.

        Raises:
            BrokenOff: at the second one.
        """
        self._stop = stop
        try:
            if self.number is not None:
                stop(_sentence(self.number))
            yield
        finally:
            self._stop = None

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        first = self.number is None
        if first:
            self.number = number
        if self._breaks:
            raise BrokenOff(number)
        if self._stop is not None and first:
            self._stop(_sentence(number))
        elif not first and (self._stop is not None or number == signal.SIGINT):
            raise BrokenOff(number)


def _sentence(number: int) -> str:
    return f"stopped by {'Ctrl-C' if number == signal.SIGINT else signal.Signals(number).name}"
