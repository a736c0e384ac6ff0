"""Lines that tell something take room under what fills the middle, once the mouse is elsewhere."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.views.centre import Centre
from gui.views.info_bar import InfoBar
from tests.gui.lab import on_screen, pointed_at


def test_a_notice_covers_nothing_and_gives_its_room_back(qtbot: QtBot) -> None:
    contents, info = QWidget(), InfoBar()
    centre = on_screen(qtbot, Centre(contents, info), 500, 300)
    pointed_at(centre, False)
    info.tell("info", "The data are those of rings.csv. Undo brings back the ones before.")
    qtbot.waitUntil(lambda: contents.height() < 300)
    assert contents.geometry().bottom() < info.geometry().top() and info.geometry().bottom() < 300
    info.clear_told()
    qtbot.waitUntil(lambda: contents.height() == centre.height())


def test_a_notice_never_makes_a_window_larger(qtbot: QtBot) -> None:
    contents, info = QWidget(), InfoBar()
    contents.setMinimumHeight(280)
    centre = on_screen(qtbot, Centre(contents, info), 500, 300)
    pointed_at(centre, False)
    before = centre.minimumSizeHint()
    for line in range(3):
        info.tell("bad", f"Line {line} of three that have no room beside what is there.")
    assert centre.minimumSizeHint() == before
    qtbot.waitUntil(lambda: contents.height() == 280)


def test_what_is_beneath_the_mouse_stays_until_the_mouse_leaves(qtbot: QtBot) -> None:
    contents, info = QWidget(), InfoBar()
    centre = on_screen(qtbot, Centre(contents, info), 500, 300)
    pointed_at(centre, True)
    info.tell("info", "The data are those of rings.csv. Undo brings back the ones before.")
    assert contents.geometry() == centre.rect() and info.geometry().bottom() < 300
    pointed_at(centre, False)
    qtbot.waitUntil(lambda: contents.geometry().bottom() < info.geometry().top())


def test_runs_that_diverge_one_after_another_take_one_line(qtbot: QtBot) -> None:
    info = InfoBar()
    qtbot.addWidget(info)
    for run in (1, 2, 3):
        info.tell("diverged", f"Run {run}: diverged after step {run}")
    assert info.sentences() == ["Run 3: diverged after step 3 (and 2 runs before it)"]
    info.clear_told()
    info.tell("diverged", "Run 4: diverged after step 4")
    assert info.sentences() == ["Run 4: diverged after step 4"]
