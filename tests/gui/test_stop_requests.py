"""Ctrl-C, SIGTERM and SIGHUP: an event of the window's loop, wherever they arrive."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from types import FrameType

import pytest
from PySide6.QtCore import QCoreApplication, QObject, Slot
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine.session import Session
from gui.stop_requests import STOPPING, StopRequests
from tests.gui.lab import Lab

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="another system: there are no such signals")
NUMBERS = [getattr(signal, name) for name in STOPPING if hasattr(signal, name)]


class Counter(QObject):
    """How often something was asked for, and within which calls."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.painting = False
        self.within_a_paint = False

    @Slot()
    def note(self) -> None:
        self.count += 1
        self.within_a_paint |= self.painting


class Painted(QWidget):
    """Is asked to end in the middle of a paint."""

    counter: Counter

    def paintEvent(self, event: QPaintEvent) -> None:
        self.counter.painting = True
        for number in NUMBERS:
            signal.raise_signal(number)
        self.counter.painting = False


@pytest.fixture
def requests(qtbot: QtBot) -> Iterator[StopRequests]:
    before = [signal.signal(number, signal.default_int_handler) for number in NUMBERS]
    requests = StopRequests()
    requests.begin()
    yield requests
    requests.end()
    assert [signal.getsignal(number) for number in NUMBERS] == [signal.default_int_handler] * len(NUMBERS)
    assert signal.set_wakeup_fd(-1) == -1
    for number, handler in zip(NUMBERS, before, strict=True):
        signal.signal(number, handler)


def test_within_a_paint_nothing_is_done(qtbot: QtBot, requests: StopRequests) -> None:
    """A handler that called into Qt there crashed the lab in three of eight runs."""
    view = Painted()
    view.counter = Counter()
    requests.requested.connect(view.counter.note)
    qtbot.addWidget(view)
    with qtbot.waitExposed(view):
        view.show()
    qtbot.waitUntil(lambda: view.counter.count > 0)
    assert not view.counter.within_a_paint


def test_the_handler_itself_touches_nothing_of_qt(
    requests: StopRequests, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []

    def look(frame: FrameType, event: str, what: object) -> None:
        if event == "c_call" and ("Qt" in str(what) or "Signal" in str(what)):
            called.append(str(what))

    sys.setprofile(look)
    signal.raise_signal(signal.SIGINT)
    sys.setprofile(None)
    assert called == []
    QCoreApplication.processEvents()


def test_a_loop_that_waits_is_woken(qtbot: QtBot, requests: StopRequests) -> None:
    counter = Counter()
    requests.requested.connect(counter.note)
    for times, number in enumerate(NUMBERS, 1):
        signal.raise_signal(number)
        assert counter.count == times - 1
        qtbot.waitUntil(lambda times=times: counter.count == times)


def test_what_is_ignored_stays_so(qtbot: QtBot) -> None:
    """As under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    requests = StopRequests()
    requests.begin()
    try:
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        requests.end()
        signal.signal(signal.SIGHUP, before)


def test_a_run_that_is_drawn_is_kept_and_the_window_closes(quick: Lab, requests: StopRequests) -> None:
    requests.requested.connect(quick.window.close_once)
    quick.load_quick("slow", 500_000_000)
    quick.button("run")
    quick.until(lambda: quick.runs and quick.run.step > 10)
    store = quick.window.model.store
    store.flush()
    path = store.session.path
    assert path is not None
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGINT)  # impatient
    quick.until(lambda: not quick.window.isVisible())
    with Session.recover(path) as session:
        (run,) = session.runs
        history = session.load_run(run.id).history
        assert run.status == "stopped" and history.records.steps[-1] == history.step > 10
