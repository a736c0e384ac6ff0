"""A window over an engine process without mathematics, and the hands in front of it."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.experiment.document import parse
from gui.engine_thread import EngineThread
from gui.main_window import MainWindow
from gui.model.run import Run
from gui.model.session_model import SessionModel

QUICK = """version = 1
title = "{title}"
data = {{ kind = "circle" }}
network = {{ kind = "mlp", widths = [20] }}
loss = {{ kind = "exponential" }}
optimizer = {{ kind = "steepest", step = {{ kind = "constant", eta = 0.1 }} }}
run = {{ steps = {steps} }}
[[claims]]
text = "The margin reaches the reference"
check = "final"
of = "margin_ratio"
at_least = 0.5
[[claims]]
text = "The margin overtakes it"
check = "final"
of = "margin_ratio"
at_least = 2.0
expect = "fails"
"""


def opened(qtbot: QtBot, engine: EngineThread) -> MainWindow:
    window = MainWindow(SessionModel(engine))
    window.model.setParent(window)
    with qtbot.waitExposed(window):
        window.resize(1280, 800)
        window.show()
    return window


def closed(window: MainWindow) -> None:
    if not shiboken6.isValid(window) or "model" not in vars(window):
        return
    window.close()
    window.deleteLater()
    vars(window).clear()  # pytest holds the window until the end, and that would hold pyqtgraph's menus


def load_quick(window: MainWindow, title: str = "", steps: int = 500) -> None:
    window.model.editor.load(parse(QUICK.format(title=title, steps=steps)))


def click(qtbot: QtBot, window: MainWindow, name: str) -> None:
    qtbot.mouseClick(window.parts.transport.buttons[name], Qt.MouseButton.LeftButton)


def wait_for(qtbot: QtBot, window: MainWindow, state: str) -> None:
    qtbot.waitUntil(lambda: window.model.trainer.state == state, timeout=10_000)


def run_through(qtbot: QtBot, window: MainWindow, title: str = "", steps: int = 500) -> Run:
    load_quick(window, title, steps)
    click(qtbot, window, "run")
    wait_for(qtbot, window, "idle")
    rows = window.parts.side.runs.model
    qtbot.waitUntil(lambda: len(rows.rows) == len(window.model.book), timeout=5000)
    qtbot.waitUntil(lambda: rows.rows[-1].status == window.model.book.runs[-1].status, timeout=5000)
    return window.model.book.runs[-1]


def words(window: MainWindow) -> list[str]:
    return [row._word.text() for row in window.parts.side.claims.rows]
