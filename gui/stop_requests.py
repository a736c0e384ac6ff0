"""Ctrl-C, SIGTERM and SIGHUP as an event of the window's own loop."""

from __future__ import annotations

import contextlib
import os
import signal
from types import FrameType
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal, Slot

STOPPING = ("SIGINT", "SIGTERM", "SIGHUP")
LOOKED_EVERY = 200  # milliseconds, where a pipe cannot wake the loop


class StopRequests(QObject):
    """Tells in the event loop that the process was asked to end.

    A signal may arrive anywhere, as within a paint: the handler, which Python runs there, calls nothing of Qt. What
    wakes the loop is a byte that Python's own handler in C writes into a pipe (signal.set_wakeup_fd). What was ignored
    from the start, as under nohup, stays so.
    """

    requested = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._came = False
        self._before: dict[int, Any] = {}
        self._pipe: tuple[int, int] | None = None
        self._notifier: QSocketNotifier | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOKED_EVERY)
        self._timer.timeout.connect(self._on_woken)

    def begin(self) -> None:
        """Listen from now on; in the main thread."""
        for name in STOPPING:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._on_signal)
        if os.name != "posix":
            self._timer.start()  # there the loop can be woken by sockets alone, and the lab opens none
            return
        reading, writing = self._pipe = os.pipe()
        for end in self._pipe:
            os.set_blocking(end, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        self._notifier = QSocketNotifier(reading, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_woken)

    def end(self) -> None:
        """Let signals do again what they did before."""
        self._timer.stop()
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        self._before = {}
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier = None
        if self._pipe is not None:
            signal.set_wakeup_fd(-1)
            for end in self._pipe:
                os.close(end)
            self._pipe = None

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._came = True

    @Slot()
    def _on_woken(self) -> None:
        came, self._came = self._came, False
        if self._pipe is not None:  # the byte is there before Python has run the handler
            came = False
            with contextlib.suppress(BlockingIOError):
                came = any(number in self._before for number in os.read(self._pipe[0], 4096))
        if came:
            self.requested.emit()
