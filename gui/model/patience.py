"""What takes long is done beside the event loop, which goes on meanwhile: the window is drawn, and takes no input."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from time import monotonic, sleep
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

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
            with no_collection():
                results.append(work())
        except BaseException as error:
            errors.append(error)

    thread = Thread(target=run, daemon=True)
    with at_work():
        thread.start()
        while thread.is_alive():
            breathe()
            thread.join(SHORT)
    if errors:
        raise errors[0]
    return results[0]


def wait_while(goes_on: Callable[[], bool], longest: float) -> None:
    """Let the event loop turn for as long as something goes on, or for so many seconds."""
    end = monotonic() + longest
    with at_work():
        while goes_on() and monotonic() < end:
            breathe()
            sleep(SHORT)


@contextmanager
def at_work() -> Iterator[None]:
    """Be at something during which the event loop turns, and which the window has to outlive."""
    global _at_work
    _at_work += 1
    try:
        yield
    finally:
        _at_work -= 1
        if not _at_work:
            for wish in _afterwards:
                QTimer.singleShot(0, wish)
            _afterwards.clear()


def must_wait(wish: Callable[[], object]) -> bool:
    """Say whether anything is `at_work`; if so, what is wished is done at its end."""
    if _at_work and wish not in _afterwards:
        _afterwards.append(wish)
    return _at_work > 0


def breathe() -> None:
    """Let the event loop turn once."""
    QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, TURN)


_at_work = 0
_afterwards: list[Callable[[], object]] = []
_kept_off = 0
_lock = Lock()


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep Python from collecting while a thread of ours works: that could destroy the window's Qt objects there.

    The application itself collects in the window's thread alone; this is for windows that others open.
    """
    global _kept_off
    with _lock:
        collects = gc.isenabled() or _kept_off > 0
        _kept_off += collects
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _kept_off -= collects
            if collects and not _kept_off:
                gc.enable()
