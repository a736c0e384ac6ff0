"""The tour of a first start: five steps by keyboard, left at any time, in nobody's way, and again from Help."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from gui.text_size import text_size
from gui.tour.steps import STEPS, Place
from gui.tour.tour import Tour, seen

from .lab import Lab

pytestmark = pytest.mark.one_window


@pytest.fixture(autouse=True)
def usual_text_again() -> Iterator[None]:
    yield
    text_size().set(100)


def covers(tour: Tour, part: Place) -> bool:
    return tour.geometry().intersects(seen(part, tour.window()))


def tours(lab: Lab) -> list[Tour]:
    return [tour for tour in lab.window.findChildren(Tour) if tour.isVisible()]


def test_the_first_start_takes_the_tour_by_keyboard_and_no_later_start_does(quick: Lab) -> None:
    quick.window.learn.first_tour()
    (tour,) = tours(quick)
    titles = []
    while tours(quick):
        titles.append(tour.title.text())
        assert quick.window.rect().contains(tour.geometry())
        quick.key(Qt.Key.Key_Return)
    assert titles == [step.title for step in STEPS] and len(titles) == 5
    quick.window.learn.first_tour()
    assert tours(quick) == []


@pytest.mark.parametrize(
    ("size", "text"), [((900, 600), 100), ((900, 600), 150), ((1280, 800), "lecture"), ((1440, 900), 200)]
)
def test_each_step_marks_its_part_and_the_card_is_beside_it(
    quick: Lab, size: tuple[int, int], text: int | str
) -> None:
    window = quick.window
    window.resize(*size)
    if text == "lecture":
        window.commands["lecture"].trigger()
        quick.until(lambda: window.laid_out.settled)
    else:
        text_size().set(int(text))
    window.commands["tour"].trigger()
    (tour,) = tours(quick)
    parts = window._tour_parts()
    for place, step in enumerate(STEPS):
        tour.go_to(place)
        QApplication.processEvents()
        around = [seen(parts[name](), window) for name in step.parts]
        assert window.rect().contains(tour.geometry())
        assert not any(tour.geometry().intersects(rect) for rect in around), (step.parts, tour.geometry())
        assert step.parts != ("run",) or not tour.geometry().intersects(seen(window.parts.transport, window))
        for frame, rect in zip(tour.frames, around, strict=False):
            assert frame.isVisible() is not rect.isEmpty() and (
                rect.isEmpty() or frame.geometry().contains(rect)
            )
        assert not around[0].isEmpty() or step.hidden in tour.waits.text()
        assert text != 100 or step.clear != ("every plot",) or not covers(tour, parts["every plot"]())
    tour.end()


def test_a_step_that_waits_for_a_run_says_so_until_there_is_one(quick: Lab) -> None:
    quick.window.commands["tour"].trigger()
    (tour,) = tours(quick)
    tour.go_to(2)
    assert tour.waits.text() == STEPS[2].waits and tour.waits.isVisible()
    quick.run_through("Awaited", steps=50)
    quick.until(lambda: not tour.waits.isVisible())
    tour.end()


def test_leave_the_tour_and_work_while_it_is_there(quick: Lab) -> None:
    quick.window.commands["tour"].trigger()
    quick.run_through("Beside the tour", steps=50)  # nothing is blocked
    (tour,) = tours(quick)
    quick.window.commands["tour"].trigger()  # the second takes the first one's place
    (again,) = tours(quick)
    assert again is not tour
    quick.key(Qt.Key.Key_Escape)
    assert tours(quick) == []


def test_a_step_about_a_hidden_part_is_told_in_the_middle(quick: Lab) -> None:
    quick.window.parts.side.hide()
    quick.window.commands["tour"].trigger()
    (tour,) = tours(quick)
    tour.go_to(3)
    assert not tour.frames[0].isVisible() and quick.window.rect().contains(tour.geometry())
    quick.window.resize(quick.window.minimumSize())
    assert quick.window.rect().contains(tour.geometry())
    tour.end()


def test_tab_leads_from_button_to_button_of_the_tour(quick: Lab) -> None:
    quick.window.commands["tour"].trigger()
    (tour,) = tours(quick)
    tour.go_to(1)
    met = []
    for _ in range(3):
        quick.key(Qt.Key.Key_Tab)
        met.append(quick.window.focusWidget())
    assert met == [tour.leave, tour.back, tour.next]
    tour.end()
