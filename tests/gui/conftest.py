"""What the window's tests stand on: settings of their own, and nothing left alive behind them."""

from __future__ import annotations

import gc
import multiprocessing
import threading
import time
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QSettings, QThread, QTimer
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from gui.main_window import MainWindow
from gui.model.maps.where import Where
from gui.theme import apply_theme, theme
from tests.deadlines import PATIENCE
from tests.engine.sweep.material import Here
from tests.gui.kept_window import KeptWindow
from tests.gui.lab import Lab, SharedEngine
from tests.gui.mapping import maps, norms
from tests.gui.patient_bot import PatientBot

GRACE = PATIENCE
"""Seconds that a thread or process may take to end after the test: one may read a file or import a library."""


WARM = Where.warm
"""What windows do outside of tests, where a map is looked at: see `no_processes_ahead`."""


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


@pytest.fixture(scope="package")
def one_fake_engine(qapp: QApplication) -> Iterator[SharedEngine]:
    """Keep one engine without mathematics for all the window's tests."""
    yield from kept(SharedEngine(target="tests.gui.fake_engine:main"))


@pytest.fixture(scope="package")
def one_real_engine(qapp: QApplication) -> Iterator[SharedEngine]:
    """Keep one engine for all the window's tests: it takes seconds to start."""
    yield from kept(SharedEngine())


def kept(engine: SharedEngine) -> Iterator[SharedEngine]:
    yield engine
    engine.end()


@pytest.fixture(scope="module")
def fake_engine(one_fake_engine: SharedEngine) -> SharedEngine:
    """Return an engine process that is alive; one that started later would seem left behind by a test."""
    return one_fake_engine.awaited()


@pytest.fixture(scope="module")
def real_engine(one_real_engine: SharedEngine) -> SharedEngine:
    return one_real_engine.awaited()


@pytest.fixture(scope="module")
def kept_windows() -> Iterator[dict[str, KeptWindow]]:
    """Keep the windows of a file that is marked `one_window`, by the fixture that they stand behind."""
    windows = {"lab": KeptWindow(), "quick": KeptWindow()}
    yield windows
    for window in windows.values():
        window.close()


@pytest.fixture
def opened_before(
    request: pytest.FixtureRequest, window_settings: None, kept_windows: dict[str, KeptWindow]
) -> None:
    """Open the kept window before anybody looks what a test leaves behind."""
    if request.node.get_closest_marker("one_window"):
        for name, engine in (("lab", "real_engine"), ("quick", "fake_engine")):
            if name in request.fixturenames:
                kept_windows[name].open(request.getfixturevalue("qtbot"), request.getfixturevalue(engine))


@pytest.fixture
def lab(
    qtbot: QtBot, real_engine: SharedEngine, opened_before: None, kept_windows: dict[str, KeptWindow]
) -> Iterator[Lab]:
    """Open the window over the real engine, with hands in front of it."""
    yield from in_light(qtbot, real_engine, kept_windows["lab"])


@pytest.fixture
def quick(
    qtbot: QtBot, fake_engine: SharedEngine, opened_before: None, kept_windows: dict[str, KeptWindow]
) -> Iterator[Lab]:
    """Open the window over the engine without mathematics, with hands in front of it."""
    yield from in_light(qtbot, fake_engine, kept_windows["quick"])


def in_light(qtbot: QtBot, engine: SharedEngine, kept: KeptWindow) -> Iterator[Lab]:
    """Open the window in the light theme, and close it; a kept one is brought back to its beginning instead."""
    if kept.lab is not None:
        yield kept.lab
        kept.put_back()
        return
    apply_theme(QApplication.instance(), "light")
    lab = Lab(qtbot, engine)
    yield lab
    lab.close()


@pytest.fixture
def window(quick: Lab) -> MainWindow:
    """Return the window over the engine without mathematics."""
    return quick.window


@pytest.fixture
def mapped(quick: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A window whose maps are trained here, at once."""
    monkeypatch.setattr(maps(quick), "make_workers", lambda document, data: Here(norms))
    quick.load_quick("Mapped")
    quick.window.model.editor.change({"optimizer.step": {"kind": "constant", "eta": 0.1}}, "a constant step")
    return quick


@pytest.fixture(autouse=True)
def no_processes_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start no processes where a map is looked at: few tests train one in them."""
    monkeypatch.setattr(Where, "warm", lambda where: None)


@pytest.fixture(scope="module", autouse=True)
def only_new_objects_are_looked_through() -> None:
    """Put what imports made out of the collector's sight: looking through it would take most of the tests' time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def nothing_left_behind(
    qapp: QApplication, opened_before: None, kept_windows: dict[str, KeptWindow]
) -> Iterator[None]:
    """Fail a test that leaves a window, a thread, a timer or a process: it would die in another test."""
    kept = [window for window in kept_windows.values() if window.lab is not None]
    before = set(alive(qapp, kept))
    yield
    end, pause = time.monotonic() + GRACE, 0.002
    while True:
        gc.collect()
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        qapp.processEvents()
        left = {what: name for what, name in alive(qapp, kept).items() if what not in before}
        if not left:
            return
        if time.monotonic() > end:
            pytest.fail("left behind: " + "; ".join(sorted(left.values())), pytrace=False)
        time.sleep(pause)
        pause = min(2 * pause, 0.1)  # looking costs time that what is waited for may need


def alive(app: QApplication, kept: Sequence[KeptWindow] = ()) -> dict[tuple[str, int], str]:
    """Return what is alive, under a key that tells one from another, with a name for people.

    Of kept windows that leaves out themselves, what writes their sessions, and menus and lists, which are made when
    first opened and then stay.
    """
    writers = [window.writer for window in kept]
    found: dict[tuple[str, int], str] = {}
    for widget in app.topLevelWidgets():
        owned = any(window.owns(widget) for window in kept)
        if kept and not isinstance(widget, QDialog) and (owned or not widget.isVisible()):
            continue
        found["window", address(widget)] = f"window {widget!r}"
    for thing in gc.get_objects():
        if not is_watched(type(thing)) or not shiboken6.isValid(thing):
            continue
        if isinstance(thing, QTimer) and thing.isActive():
            found["timer", address(thing)] = f"timer {thing!r} of {thing.parent()!r}"
        elif isinstance(thing, QThread) and thing.isRunning() and thing != app.thread():
            found["thread", address(thing)] = f"thread {thing!r}"
    for thread in threading.enumerate():
        if thread in (threading.main_thread(), *writers) or isinstance(thread, threading._DummyThread):
            continue
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
