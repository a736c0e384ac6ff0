"""The tour of a first start: five steps by keyboard, left at any time, in nobody's way, and again from Help."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt

from gui.tour.steps import STEPS
from gui.tour.tour import Tour

from .lab import Lab


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


def test_each_step_points_at_its_part_and_never_covers_it(quick: Lab) -> None:
    quick.window.commands["tour"].trigger()
    (tour,) = tours(quick)
    parts = quick.window._tour_parts()
    for place, step in enumerate(STEPS):
        tour.go_to(place)
        part = parts[step.part]()
        assert part is not None and tour.frame.isVisible()
        around = QRect(part.mapTo(quick.window, part.rect().topLeft()), part.size())
        assert tour.frame.geometry().intersects(around)
        assert step.part == "plots" or not tour.geometry().intersects(around)
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
    assert not tour.frame.isVisible() and quick.window.rect().contains(tour.geometry())
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
