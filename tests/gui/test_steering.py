"""Steering by hand: a slider and a point are dragged, and the window shows what comes of it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from engine.protocol.messages import RunStatus
from gui.forms.slider import HANDLE, FieldSlider
from gui.plots.curves import PALE
from gui.theme import mixed, on_screen, run_colour, theme
from tests.gui.lab import Lab

pytestmark = pytest.mark.one_window

SCALE = "network.init.scale"
ALT = Qt.KeyboardModifier.AltModifier


def slider(lab: Lab, path: str) -> FieldSlider:
    found = lab.row(path).slider
    assert found is not None
    return found


def drag(lab: Lab, path: str, *shares: float) -> None:
    """Drag the slider of a field over places, as shares of its way."""
    line = slider(lab, path)
    way = line.width() - HANDLE
    lab.drag(line, [QPoint(round(HANDLE / 2 + share * way), line.height() // 2) for share in shares])


def until_drafted(lab: Lab) -> None:
    lab.until(lambda: lab.window.model.steering.can_keep and not lab.window.controller._waiting)


def test_a_dragged_slider_draws_a_draft_over_a_pale_run_and_one_undo_takes_it_back(quick: Lab) -> None:
    run, editor = quick.run_through(), quick.window.model.editor
    before = editor.experiment
    drag(quick, "data.radius", 0.5, 0.6, 0.7, 0.8)
    assert editor.experiment.data.radius != before.data.radius
    until_drafted(quick)
    quick.until(lambda: len(quick.line("norms", "param_norm", quick.window.model.run_list.looked_at)[0]))
    draft = quick.window.model.run_list.looked_at
    assert draft is not None and draft is not run and quick.runs == [run]
    assert len(quick.rows) == 1
    plot = quick.window.parts.plots.plots["norms"]
    pale = plot.series[run.id, "param_norm"].line.opts["pen"].color().name()
    assert pale == mixed(on_screen(run_colour(run.colour)), theme().colours.background, PALE).lower()
    full = plot.series[draft.id, "param_norm"].line.opts["pen"].color().name()
    assert full == on_screen(run_colour(draft.colour)).lower()
    quick.window.commands["undo"].trigger()
    assert editor.experiment == before
    quick.until(lambda: quick.window.model.run_list.draft is None)


def test_keep_and_run_make_a_run_of_the_draft(quick: Lab) -> None:
    buttons = quick.window.parts.transport.buttons
    quick.load_quick()
    assert buttons["steer"].isChecked() and not buttons["keep"].isEnabled()
    for number, button in enumerate(("keep", "run"), 1):
        drag(quick, "data.radius", 0.5, 0.6 + number / 10)
        until_drafted(quick)
        quick.button(button)
        quick.until(lambda wanted=number: len(quick.rows) == wanted)
        assert quick.run.status is RunStatus.DONE and quick.window.model.trainer.state == "idle"
    assert not buttons["keep"].isEnabled()


def test_the_switch_ends_and_begins_steering(quick: Lab) -> None:
    quick.load_quick()
    drag(quick, "data.radius", 0.5, 0.7)
    until_drafted(quick)
    quick.button("steer")
    assert quick.window.model.run_list.draft is None
    assert not quick.window.parts.transport.buttons["steer"].isChecked()
    quick.button("steer")
    until_drafted(quick)


def test_keys_move_the_slider_of_the_field_in_focus(quick: Lab) -> None:
    quick.load_quick()
    row, editor = quick.row("data.radius"), quick.window.model.editor
    row.editor.activate()
    values = [editor.experiment.data.radius]
    for key in (Qt.Key.Key_Up, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Down):
        quick.key(key, ALT)
        values.append(editor.experiment.data.radius)
    assert values[0] < values[1] < values[2] and values[2] > values[3] > values[4]
    assert values[4] == pytest.approx(values[0], rel=0.02)
    assert quick.typed("data.radius")


def test_at_an_end_a_slider_gets_room_beyond(quick: Lab) -> None:
    quick.load_quick()
    before = slider(quick, "data.radius").scale
    drag(quick, "data.radius", 0.5, 1.0)
    after = slider(quick, "data.radius").scale
    assert before is not None and after is not None
    assert quick.window.model.editor.experiment.data.radius == before.high and after.high > before.high


def test_a_point_is_dragged_and_the_data_are_one_s_own(quick: Lab) -> None:
    quick.load_quick()
    panel, editor = quick.window.parts.experiment.panel, quick.window.model.editor
    preview, before = panel.data.preview, editor.experiment
    assert preview.data is not None
    raw, area = preview.data.raw.copy(), preview._area()
    scale = min(area.width(), area.height()) / 2 / preview.data.view
    at = area.center().toPoint() + QPoint(round(scale * raw[3, 0]), -round(scale * raw[3, 1]))
    family = panel.data.thumbnails.families.currentIndex()
    quick.drag(preview, [at, at + QPoint(4, -4), at + QPoint(12, -20)])
    data = editor.experiment.data
    assert data.kind == "points" and len(data.x) == len(raw)
    moved = [k for k, row in enumerate(data.x) if tuple(raw[k]) != tuple(row)]
    assert moved == [3]
    assert data.x[3] == pytest.approx((raw[3, 0] + 12 / scale, raw[3, 1] + 20 / scale), abs=2e-3)
    assert panel.data.thumbnails.families.currentIndex() == family
    until_drafted(quick)
    quick.window.commands["undo"].trigger()
    assert editor.experiment == before
    assert preview.data is not None and preview.data.raw.tolist() == raw.tolist()
