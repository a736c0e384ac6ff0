"""What the window's tests stand on: settings of their own, and nothing left alive behind them."""

from __future__ import annotations

import gc
import multiprocessing
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QSettings, QThread, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.main_window import MainWindow
from gui.theme import apply_theme, theme
from tests.deadlines import PATIENCE
from tests.gui.lab import Lab, SharedEngine
from tests.gui.patient_bot import PatientBot

GRACE = PATIENCE
"""Seconds that a thread or process may take to end after the test: one may read a file or import a library."""


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> PatientBot:
    """Give pytest-qt's hands, with the tests' own patience."""
    return PatientBot(request)


@pytest.fixture(autouse=True)
def window_settings(user_folders: Path) -> None:
    """Keep QSettings in the test's own folder; Qt reads the environment for it only once."""
    for form in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, str(user_folders / "config"))


@pytest.fixture
def light_again(qapp: QApplication) -> Iterator[None]:
    """Go back to the light theme after a test that leaves it."""
    yield
    if theme().dark:
        apply_theme(qapp, "light")


@pytest.fixture(scope="module")
def fake_engine(qapp: QApplication) -> Iterator[SharedEngine]:
    """Start an engine process without mathematics; one that started later would seem left behind by a test."""
    engine = SharedEngine(target="tests.gui.fake_engine:main")
    yield engine.awaited()
    engine.end()


@pytest.fixture(scope="module")
def real_engine(qapp: QApplication) -> Iterator[SharedEngine]:
    engine = SharedEngine()
    yield engine.awaited()
    engine.end()


@pytest.fixture
def lab(qtbot: QtBot, real_engine: SharedEngine) -> Iterator[Lab]:
    """Open the window over the real engine, with hands in front of it."""
    yield from in_light(qtbot, real_engine)


@pytest.fixture
def quick(qtbot: QtBot, fake_engine: SharedEngine) -> Iterator[Lab]:
    """Open the window over the engine without mathematics, with hands in front of it."""
    yield from in_light(qtbot, fake_engine)


def in_light(qtbot: QtBot, engine: SharedEngine) -> Iterator[Lab]:
    """Open the window in the light theme, and close it."""
    apply_theme(QApplication.instance(), "light")
    lab = Lab(qtbot, engine)
    yield lab
    lab.close()


@pytest.fixture
def window(quick: Lab) -> MainWindow:
    """Return the window over the engine without mathematics."""
    return quick.window


@pytest.fixture(scope="module", autouse=True)
def only_new_objects_are_looked_through() -> None:
    """Put what imports made out of the collector's sight: looking through it would take most of the tests' time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def nothing_left_behind(qapp: QApplication, window_settings: None) -> Iterator[None]:
    """Fail a test that leaves a window, a thread, a timer or a process: it would die in another test."""
    before = set(alive(qapp))
    yield
    end = time.monotonic() + GRACE
    while True:
        gc.collect()
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        qapp.processEvents()
        left = {what: name for what, name in alive(qapp).items() if what not in before}
        if not left:
            return
        if time.monotonic() > end:
            pytest.fail("left behind: " + "; ".join(sorted(left.values())), pytrace=False)
        time.sleep(0.002)


def alive(app: QApplication) -> dict[tuple[str, int], str]:
    """Return what is alive now, under a key that tells one from another, with a name for people."""
    found: dict[tuple[str, int], str] = {}
    for widget in app.topLevelWidgets():
        found["window", address(widget)] = f"window {widget!r}"
    for thing in gc.get_objects():
        if not is_watched(type(thing)) or not shiboken6.isValid(thing):
            continue
        if isinstance(thing, QTimer) and thing.isActive():
            found["timer", address(thing)] = f"timer {thing!r} of {thing.parent()!r}"
        elif isinstance(thing, QThread) and thing.isRunning() and thing != app.thread():
            found["thread", address(thing)] = f"thread {thing!r}"
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not isinstance(thread, threading._DummyThread):
            found["Python thread", id(thread)] = f"Python thread {thread.name}"
    for process in multiprocessing.active_children():
        found["process", process.pid or 0] = f"process {process.name} ({process.pid})"
    return found


@cache
def is_watched(kind: type) -> bool:
    """Say whether things of a kind are looked at; asked for every object that there is."""
    return issubclass(kind, QThread | QTimer)


def address(thing: object) -> int:
    """Return where the Qt object behind a Python object lives."""
    return int(shiboken6.getCppPointer(thing)[0])
