"""The window and its dialogs fit the screens that people have: 1366 x 768 at a scale of 1.5 is 911 x 512."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QSettings, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

import gui
from engine.figures.plots import PLOTS
from gui.main_window import MainWindow
from gui.model.session_model import SessionModel
from gui.screen_fit import fitted
from tests.gui.conftest import SharedEngine
from tests.gui.lab import Lab
from tests.gui.screens import on_a_screen

ROOT = Path(__file__).parents[2]
WIDEST = 900
"""Logical pixels that the window may need."""
SMALL = (911, 512)
TITLE_BAR = 32


@pytest.mark.parametrize("scale", [2])
def test_window_and_dialogs_fit_a_small_screen(scale: float, tmp_path: Path) -> None:
    environment = os.environ | on_a_screen(tmp_path, SMALL, scale) | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.gui.small_screen"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout.splitlines()[-1])
    assert (tuple(said["screen"]), said["ratio"]) == (SMALL, scale)
    for plots, (width, height) in said["least"].items():
        assert width <= WIDEST, f"{plots} plots need {width} pixels"
        assert height <= SMALL[1] - TITLE_BAR, f"{plots} plots need {height} pixels from top to bottom"
    assert is_inside(said["window"])
    assert len(said["dialogs"]) == 8
    assert {name for name, dialog in said["dialogs"].items() if not is_inside(dialog["place"])} == set()
    assert all(dialog["buttons in sight"] for dialog in said["dialogs"].values())


def is_inside(corners: list[int]) -> bool:
    left, top, right, bottom = corners
    return left >= 0 and top >= 0 and right <= SMALL[0] and bottom <= SMALL[1]


def test_every_dialog_is_one_that_fits_its_screen() -> None:
    own = {
        node.name: {ast.unparse(base) for base in node.bases}
        for file in Path(gui.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    assert {name for name, bases in own.items() if "QDialog" in bases} == {"Dialog"}
    assert len([name for name, bases in own.items() if "Dialog" in bases]) >= 7


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (QRect(100, 50, 600, 400), QRect(100, 50, 600, 400)),
        (QRect(0, 0, 3840, 2160), QRect(0, 24, 895, 448)),
        (QRect(2500, 1300, 600, 400), QRect(911 - 616, 512 - 440, 600, 400)),
        (QRect(-1900, -300, 600, 400), QRect(0, 24, 600, 400)),
    ],
)
def test_a_place_on_another_screen_becomes_one_on_this(place: QRect, expected: QRect) -> None:
    available = QRect(0, 24, 911, 488)  # below a panel
    frame = QSize(16, 40)
    assert fitted(place, available, frame) == expected
    assert available.contains(QRect(expected.topLeft(), expected.size() + frame))


def test_a_window_left_on_a_larger_screen_comes_back_inside_this_one(
    quick: Lab, fake_engine: SharedEngine
) -> None:
    quick.window.setGeometry(1700, 900, 2300, 1300)
    QSettings().setValue("window/geometry", quick.window.saveGeometry())
    window = MainWindow(SessionModel(fake_engine))
    try:
        window.show()
        QApplication.processEvents()
        assert window.screen().availableGeometry().contains(window.frameGeometry())
    finally:
        window.close()
        window.model.deleteLater()
        window.deleteLater()
        vars(window).clear()


def test_plots_that_do_not_fit_scroll_and_stand_in_one_column_where_it_is_narrow(quick: Lab) -> None:
    window, plots = quick.window, quick.window.parts.plots
    plots.set_shown([spec.id for spec in PLOTS])
    QApplication.processEvents()
    bar, canvas = plots.area.verticalScrollBar(), plots.plots["norms"].canvas
    assert len(plots.area.rows) == len(PLOTS) // 2 + 1  # two a row, the loss alone
    assert bar.maximum() > 0
    turn_wheel(canvas.viewport())
    assert bar.value() > 0 and canvas.following
    bar.setValue(0)
    turn_wheel(canvas.viewport(), Qt.KeyboardModifier.ControlModifier)
    assert bar.value() == 0 and not canvas.following
    window.resize(*SMALL)
    QApplication.processEvents()
    assert (window.width(), window.height()) == SMALL
    assert [len(ids) for ids in plots.area.rows] == [1] * len(PLOTS)
    for id in plots.on_screen():
        plot = plots.plots[id]
        assert 0 <= plot.mapTo(plots.area, QPoint()).x() <= plots.area.viewport().width() - plot.width()
    plots.set_shown(["margins"])
    QApplication.processEvents()
    assert bar.maximum() == 0
    alone = plots.plots["margins"].canvas
    turn_wheel(alone.viewport())
    assert not alone.following


def turn_wheel(viewport: QWidget, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Turn the wheel over the middle of a plot, towards its user."""
    window = viewport.window()
    place = QPointF(viewport.mapTo(window, viewport.rect().center()))
    QTest.wheelEvent(window.windowHandle(), place, QPoint(0, -240), stateKey=keys)


def test_what_has_no_room_in_the_status_bar_is_cut_off(quick: Lab) -> None:
    bar = quick.window.parts.status
    bar.show_engine("engine " + "very " * 60 + "busy")
    assert bar.minimumSizeHint().width() < 300
