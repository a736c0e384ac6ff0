"""The guards of conftest.py and pyproject.toml work: tests that must fail, do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MUST_FAIL = """
from __future__ import annotations

import multiprocessing
import threading
import time
import warnings

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot, qWarning
from PySide6.QtWidgets import QWidget

from tests.deadlines import PATIENCE
from tests.gui import conftest

conftest.GRACE = 0.1
kept = []  # what a test leaves behind


class Listener(QObject):
    heard = Signal()

    def __init__(self):
        super().__init__()
        self.reached = threading.Event()

    @Slot()
    def fail(self):
        self.reached.set()
        raise ValueError("slot")


def test_warning():
    warnings.warn("old")


def test_qt_warning():
    qWarning("wrong")


def test_exception_in_thread():
    def fail():
        raise ValueError("thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


def test_exception_in_finalizer():
    class Last:
        def __del__(self):
            raise ValueError("finalizer")

    Last()


def test_exception_in_slot(qtbot):
    listener = Listener()
    listener.heard.connect(listener.fail)
    listener.heard.emit()


def test_exception_in_slot_in_thread(qtbot):
    listener, speaker, thread = Listener(), Listener(), QThread()
    listener.moveToThread(thread)
    speaker.heard.connect(listener.fail)
    thread.start()
    speaker.heard.emit()
    assert listener.reached.wait(PATIENCE)
    thread.quit()
    thread.wait()


def test_exception_in_qthread(qtbot):
    class Thread(QThread):
        def run(self):
            raise ValueError("run")

    thread = Thread()
    thread.start()
    thread.wait()


def test_exception_in_qt_method(qtbot):
    class Window(QWidget):
        def paintEvent(self, event):
            raise ValueError("paint")

    window = Window()
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.repaint()


def test_leaves_window():
    kept.append(QWidget())


def test_leaves_timer():
    kept.append(QTimer())
    kept[-1].start(10_000)


def test_leaves_qthread():
    kept.append(QThread())
    kept[-1].start()


def test_leaves_process():
    kept.append(multiprocessing.get_context("spawn").Process(target=time.sleep, args=(30,), daemon=True))
    kept[-1].start()


def test_ends():
    kept[-1].kill()
    kept[-2].quit()
    kept[-2].wait()
"""


SKIPS = """
from __future__ import annotations

import pytest


@pytest.mark.skipif(True, reason="somebody was in a hurry")
def test_marked():
    pass


def test_halfway():
    pytest.skip("cannot be looked at here")


@pytest.fixture
def nothing():
    pytest.skip("nothing to look at")


def test_fixture(nothing):
    pass


@pytest.mark.skipif(True, reason="no GPU: there is none")
def test_gpu():
    pass


@pytest.mark.xfail(raises=ZeroDivisionError)
def test_known():
    1 / 0
"""
SKIPPED_WHOLE = "import pytest\npytest.importorskip('a_package_that_is_not_there')\n"


def outcomes(folder: Path, *plugins: str, ci: bool = False) -> tuple[set[str], str]:
    """Run the tests of a folder in a process of their own; return which failed, and what pytest said."""
    command = [sys.executable, "-m", "pytest", *(f"-p{plugin}" for plugin in plugins)]
    command += ["-pno:cacheprovider", "-rA", "-c", str(ROOT / "pyproject.toml"), str(folder)]
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"CI": "true"} if ci else {}
    said = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    ).stdout
    return set(re.findall(r"^(?:FAILED|ERROR) .*::test_(\w+)", said, re.MULTILINE)), said


@pytest.mark.parametrize(("ci", "failed"), [(True, {"marked", "halfway", "fixture"}), (False, set())])
def test_a_skipped_test_fails_in_ci_alone(tmp_path: Path, ci: bool, failed: set[str]) -> None:
    (tmp_path / "test_skips.py").write_text(SKIPS, "utf-8")
    found, said = outcomes(tmp_path, "tests.conftest", ci=ci)
    assert found == failed, said


@pytest.mark.parametrize("ci", [True, False])
def test_a_skipped_module_fails_in_ci_alone(tmp_path: Path, ci: bool) -> None:
    (tmp_path / "test_whole.py").write_text(SKIPPED_WHOLE, "utf-8")
    _, said = outcomes(tmp_path, "tests.conftest", ci=ci)
    assert ("skipped in CI: could not import 'a_package_that_is_not_there'" in said) is ci, said


def test_everything_that_must_fail_does(tmp_path: Path) -> None:
    (tmp_path / "test_must_fail.py").write_text(MUST_FAIL, "utf-8")
    failed, said = outcomes(tmp_path, "tests.conftest", "tests.gui.conftest")
    assert failed == set(re.findall(r"^def test_(\w+)", MUST_FAIL, re.MULTILINE)) - {"ends"}, said
