"""Maps that are opened beside others, trained at once, paused and gone on with, stopped and deleted."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.catalog import load_preset
from engine.protocol.points import PointResult, Task
from tests.engine.sweep.material import Here
from tests.gui.lab import Lab
from tests.gui.mapping import ETA, maps, norms, page, stopped, sweep, trained, write

pytestmark = pytest.mark.one_window
PRESET = "map-adam-handover"


def a_map(lab: Lab) -> None:
    """Train a map of two steps."""
    sweep(lab, ETA)
    write(lab, ETA, "0.1, 1")
    page(lab).axes.seeds.setValue(1)
    trained(lab)


def test_a_map_that_is_opened_beside_another_is_not_taken_for_that(mapped: Lab) -> None:
    a_map(mapped)
    other, view = maps(mapped).shown, page(mapped)
    assert other is not None
    mapped.window.files.open_preset(PRESET)
    mapped.until(lambda: view.nothing.isVisible() and "optimizer.epsilon" in view.axes.lines)
    assert maps(mapped).shown is None and not maps(mapped).claims.judged
    mapped.until(view.choices.map_box.isVisible)
    assert not view.choices.delete.isVisible()
    mapped.until(lambda: mapped.window.parts.experiment.panel.is_complete)
    mapped.until(
        lambda: view.axes.lines["run.steps"].height() >= view.axes.lines["run.steps"].sizeHint().height()
    )
    mapped.choose(view.choices.map_box, other.id)
    mapped.until(view.choices.delete.isVisible)
    mapped.press(view.choices.lines)
    assert maps(mapped).shown is other and view.choices.edit.isVisible()
    mapped.press(view.choices.edit)
    mapped.until(lambda: not view.choices.edit.isVisible())
    mapped.window.files.open_preset(PRESET, True)
    mapped.until(lambda: maps(mapped).shown is not None and maps(mapped).shown.is_complete)
    assert maps(mapped).shown is maps(mapped).of(load_preset(PRESET)) is not other
    assert mapped.window.parts.tabs.front.name == "maps" and not mapped.runs
    mapped.until(view.choices.slices.isChecked)
    maps(mapped).show(other.id)
    mapped.until(view.choices.lines.isChecked)
    mapped.window.files.open_preset("rings-ntk")
    assert mapped.window.parts.tabs.front.name == "plots"


def test_a_map_that_pauses_goes_on_by_the_button_that_began_it(mapped: Lab) -> None:
    sweep(mapped, ETA)
    write(mapped, ETA, "0.1, 0.2, 0.4, 0.8")

    def pauses(task: Task) -> Sequence[PointResult]:
        maps(mapped).pause(True)
        return norms(task)

    maps(mapped).make_workers = lambda document, data: Here(pauses)
    view = page(mapped).training
    mapped.press(view.run)
    mapped.until(lambda: view.pause.isChecked() and view.run.isEnabled())
    maps(mapped).make_workers = lambda document, data: Here(norms)
    mapped.press(view.run)
    mapped.until(lambda: not view.pause.isChecked() or maps(mapped).under_way is None)


def test_a_map_that_was_stopped_can_be_deleted(mapped: Lab) -> None:
    sweep(mapped, ETA)
    write(mapped, ETA, "0.1, 0.2, 0.4, 0.8")
    stopped(mapped)
    mapped.until(page(mapped).choices.delete.isVisible)
    mapped.until(page(mapped).choices.delete.isEnabled)
    mapped.press(page(mapped).choices.delete)
    assert not maps(mapped).maps
