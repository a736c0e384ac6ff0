"""What takes long is done beside the event loop, which goes on meanwhile: the window is drawn, and takes no input."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QEventLoop

T = TypeVar("T")
TURN = 20
"""Milliseconds that one turn of the event loop takes at most."""
SHORT = 0.002
"""Seconds between two turns."""


def in_background(work: Callable[[], T]) -> T:
    """Do something in a thread of its own and return what it returns, or raise what it raises.

    What people do meanwhile is delivered afterwards, in order.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        breathe()
        thread.join(SHORT)
    if errors:
        raise errors[0]
    return results[0]


def breathe() -> None:
    """Let the event loop turn once."""
    QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, TURN)
