"""A list of choices that is open stays as it is; what is offered meanwhile follows when it is closed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.choice_box import ChoiceBox

FIRST = [("auto", "auto: names"), (True, "names"), (False, "a point")]
LATER = [("auto", "auto: a point", "as it seems"), (1, "one"), (True, "names"), (False, "a point")]


@pytest.fixture
def box(qtbot: QtBot) -> ChoiceBox:
    box = ChoiceBox()
    qtbot.addWidget(box)
    box.show()
    box.offer(FIRST, True)
    return box


def words(box: ChoiceBox) -> list[str]:
    return [box.itemText(k) for k in range(box.count())]


def test_choose_from_a_list_that_is_renewed_while_it_is_open(qtbot: QtBot, box: ChoiceBox) -> None:
    told: list[object] = []
    box.activated.connect(lambda place: told.append(box.offered(place)))
    box.showPopup()
    qtbot.waitUntil(box.view().isVisible)
    box.offer(LATER, "auto")
    QTest.keyClick(box.view(), Qt.Key.Key_Down)
    assert words(box) == [words for _, words in FIRST] and box.view().currentIndex().row() == 2
    QTest.keyClick(box.view(), Qt.Key.Key_Return)
    assert told == [False]
    qtbot.waitUntil(lambda: box.count() == len(LATER))
    assert box.currentText() == "a point" and box.currentIndex() == 3


def test_close_a_list_without_a_choice(qtbot: QtBot, box: ChoiceBox) -> None:
    box.showPopup()
    qtbot.waitUntil(box.view().isVisible)
    box.offer(LATER, True)
    QTest.keyClick(box.view(), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: box.count() == len(LATER))
    assert box.currentIndex() == 2, "1 and True are two choices"
    box.offer(FIRST, "auto")
    assert box.currentText() == "auto: names"


def test_a_box_that_was_opened_while_it_was_empty_is_filled(box: ChoiceBox) -> None:
    box.offer([], None)
    box.showPopup()
    box.offer(FIRST, False)
    assert words(box) == [words for _, words in FIRST] and box.currentText() == "a point"


def test_what_is_offered_no_more_is_not_chosen(box: ChoiceBox) -> None:
    box.offer(LATER, "of another table")
    assert box.currentIndex() == -1
    box.offer(LATER, "of another table", otherwise=0)
    assert box.currentIndex() == 0


def test_what_is_typed_stays(qtbot: QtBot, box: ChoiceBox) -> None:
    box.setEditable(True)
    box.setEditText("mine")
    box.offer(LATER, "mine")
    assert box.currentText() == "mine" and box.count() == len(LATER)
    box.showPopup()
    qtbot.waitUntil(box.view().isVisible)
    box.offer(FIRST, "mine")
    box.hidePopup()
    qtbot.waitUntil(lambda: box.count() == len(FIRST))
    assert box.currentText() == "mine"
