"""Two steps side by side: one is held, the other follows the timeline; choices are made for both."""

from __future__ import annotations

import json
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from gui.model.run import Run
from gui.tabs.compared_steps import ComparedSteps
from gui.tabs.listed import TABS
from tests.gui.lab import Lab

pytestmark = pytest.mark.one_window


@pytest.fixture
def stored(quick: Lab) -> Run:
    """A run of which several steps are stored."""
    run = quick.run_through()
    assert len(run.history.snapshot_steps) > 2
    return run


def compared(lab: Lab, name: str) -> ComparedSteps:
    tab = lab.window.parts.tabs[name]
    lab.window.parts.tabs.bring(name)
    lab.until(lambda: tab.compared is not None and tab.compared.button.isVisible())
    return tab.compared


def picture(view: QWidget) -> Any:
    return view.surface if hasattr(view, "surface") else view.kernel  # type: ignore[attr-defined]


def step_of(view: QWidget) -> int:
    return -1 if picture(view) is None else int(picture(view).step)


@pytest.mark.parametrize("name", ["surface", "kernel"])
def test_a_step_is_held_beside_that_of_the_timeline(quick: Lab, stored: Run, name: str) -> None:
    steps, two = stored.history.snapshot_steps, compared(quick, name)
    first, last = steps[1], steps[-1]
    quick.window.model.selection.mark_step(first)
    quick.until(lambda: step_of(two.view) == first)
    quick.press(two.button)
    quick.until(lambda: two.held is not None and step_of(two.held.view) == first)
    quick.window.model.selection.mark_step(last)
    quick.until(lambda: step_of(two.view) == last)
    assert step_of(two.held.view) == first and two.held.page.isVisible()
    assert f"A: step {first:,}" in two.words.text() and f"B: step {last:,}" in two.words.text()
    quick.press(two.here)
    quick.until(lambda: step_of(two.held.view) == last)
    quick.press(two.button)
    assert not two.held.page.isVisible() and two.words.isHidden()


def test_what_is_chosen_for_one_step_is_chosen_for_both(quick: Lab, stored: Run) -> None:
    two = compared(quick, "surface")
    quick.press(two.button)
    quick.choose(two.view.resolution_box, 61)
    quick.until(lambda: two.held.view.resolution == 61)
    quick.press(two.view.normalise_box)
    assert two.held.view.normalise_box.isChecked() == two.view.normalise_box.isChecked()


def test_the_step_held_is_kept_in_the_session(quick: Lab, stored: Run) -> None:
    two, step = compared(quick, "kernel"), stored.history.snapshot_steps[1]
    two.hold(step)
    tab = quick.window.parts.tabs["kernel"]
    kept = json.loads(json.dumps(tab.state()))
    tab.restore(None)
    assert two.step is None and tab.state() is None
    tab.restore(kept)
    quick.until(lambda: step_of(two.held.view) == step)
    tab.restore({"held step": "yesterday"})
    assert two.step is None


def test_two_steps_stand_under_one_another_where_there_is_no_room(quick: Lab, stored: Run) -> None:
    two = compared(quick, "surface")
    two.hold(0)
    two.resize(900, 500)
    quick.until(lambda: two.held.page.x() < two.view.x())
    assert abs(two.held.page.width() - two.view.width()) <= 2
    two.resize(420, 900)
    quick.until(lambda: two.held.page.y() < two.view.y())


def test_surface_kernel_and_neurons_compare_steps() -> None:
    assert {tab.name for tab in TABS if tab.compares} >= {"surface", "kernel", "neurons"}


def test_two_steps_make_no_window_wider(quick: Lab, stored: Run) -> None:
    two = compared(quick, "surface")
    two.view.setMinimumWidth(two.width() - 50)  # as large text needs
    quick.until(lambda: quick.window.minimumSizeHint().width() > two.width())
    before = quick.window.width(), quick.window.minimumSizeHint().width()
    quick.press(two.button)
    quick.until(lambda: two.held is not None and two.held.page.isVisible())
    two.held.view.setMinimumWidth(two.view.minimumWidth())
    quick.until(lambda: two.splitter.orientation() == Qt.Orientation.Vertical)
    assert (quick.window.width(), quick.window.minimumSizeHint().width()) == before
