"""The drawing board in the window: what a person does there, and the experiment that follows the hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from engine.experiment.document import parse
from gui.drawing.board_dialog import BoardDialog
from tests.gui.drawing.hands import Drawer, document_about
from tests.gui.lab import Lab

pytestmark = pytest.mark.one_window

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def load(lab: Lab, data: str) -> None:
    """Load an experiment about some data."""
    lab.window.model.editor.load(parse(document_about(data)))
    lab.until(lambda: lab.window.parts.experiment.panel.is_complete)
    lab.until(lambda: lab.window.parts.experiment.panel.data.shown is not None)


def drawer_of(lab: Lab) -> Drawer:
    """Return a person at the board that has opened."""
    dialog = lab.dialog("drawing board")
    assert isinstance(dialog, BoardDialog)
    return Drawer(dialog.board, lambda: lab.window.model.editor.experiment.data)


def test_points_are_added_and_moved_while_everything_follows_the_hand(quick: Lab) -> None:
    quick.load_quick()
    panel, undo = quick.window.parts.experiment.panel.data, quick.window.commands["undo"]
    QTest.mouseDClick(panel.preview, Qt.MouseButton.LeftButton)
    drawer = drawer_of(quick)
    before = drawer.data
    drawer.click(drawer.pixel(0.25, 0.5))
    assert drawer.data.kind == "points" and len(drawer.data.x) == before.n + 1
    assert drawer.data.x[-1] == pytest.approx((0.25, 0.5), abs=0.01) and drawer.data.y[-1] == -1
    assert panel.preview.data.raw[-1].tolist() == list(drawer.data.x[-1])
    quick.until(lambda: quick.window.model.steering.can_keep)
    added = drawer.data
    quick.window.model.selection.choose_sample(3)
    assert drawer.chosen == [3], "a sample chosen in another view"
    start = drawer.at(3)
    drawer.drag(start, start + QPoint(9, 9), start + QPoint(40, -20))
    quick.until(lambda: quick.window.model.steering.can_keep)
    draft = quick.window.model.run_list.draft
    assert draft.run.experiment.data == drawer.data != added
    undo.trigger()
    assert drawer.data == added
    undo.trigger()
    assert drawer.data == before and drawer.board.sketch.points.count == before.n


def test_the_board_is_used_with_the_keyboard_alone(quick: Lab) -> None:
    quick.load_quick()
    quick.key(Qt.Key.Key_B, CONTROL)
    drawer = drawer_of(quick)
    for _ in range(2):
        quick.key(Qt.Key.Key_Tab)
    assert drawer.chosen == [1] and drawer.board.reading.text().startswith("point 2 of 24")
    (x, y), half = drawer.board.sketch.places[1], drawer.canvas.frame.half
    quick.key(Qt.Key.Key_Right)
    quick.key(Qt.Key.Key_Up, SHIFT)
    assert drawer.data.x[1] == pytest.approx((x + 0.01 * half, y + 0.1 * half), abs=2e-3)
    quick.key(Qt.Key.Key_Z, CONTROL)
    assert drawer.data.kind == "circle", "nudges that follow each other undo together"
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_2, Qt.Key.Key_Space):
        quick.key(key)
    assert len(drawer.data.x) == 25 and drawer.data.y[-1] == 1
    quick.key(Qt.Key.Key_Tab, SHIFT)
    quick.key(Qt.Key.Key_Delete)
    assert len(drawer.data.x) == 24
    quick.key(Qt.Key.Key_Escape)
    assert not quick.dialogs("drawing board")


def test_any_data_of_the_plane_are_edited_as_points_with_their_test_set(quick: Lab) -> None:
    load(quick, '{ kind = "moons", n = 30, test_fraction = 0.3, label_noise = 0.1 }')
    panel = quick.window.parts.experiment.panel.data
    before = panel.preview.data
    quick.press(panel.draw)
    drawer = drawer_of(quick)
    quick.press(drawer.board.source.button)
    after = panel.preview.data
    assert drawer.data.kind == "points" and not drawer.board.source.button.isVisible()
    for name in ("x", "labels", "x_test", "labels_test"):
        assert getattr(after, name).tolist() == getattr(before, name).tolist()


def test_the_axes_of_the_board_are_called_as_the_columns_of_a_table_also_under_the_hand(
    quick: Lab, tmp_path: Path
) -> None:
    table = tmp_path / "flowers.csv"
    table.write_text("length,width,sort\n1,2,rose\n2,1,rose\n-1,-2,lily\n-2,-1,lily\n")
    load(quick, f'{{ kind = "csv", path = "{table.as_posix()}" }}')
    quick.press(quick.window.parts.experiment.panel.data.draw)
    drawer = drawer_of(quick)
    assert drawer.board.sketch.axis_names == ("length", "width")
    quick.press(drawer.board.source.button)
    drawer.click(drawer.pixel(0.5, 0.5))
    assert drawer.data.kind == "points" and drawer.board.sketch.axis_names == ("length", "width")
    assert not drawer.board.canvas.grab().isNull()
    quick.window.model.editor.load(parse(document_about('{ kind = "circle", n = 6 }')))
    quick.until(lambda: drawer.board.sketch.axis_names == ())


def test_what_the_experiment_does_not_take_is_drawn_back_with_the_reason(quick: Lab) -> None:
    load(quick, '{ kind = "circle" }\nvary = { "data.radius" = [1.0, 2.0] }')
    quick.menu("Edit", "Drawing board…")
    drawer = drawer_of(quick)
    drawer.click(drawer.pixel(0.1, 0.2))
    assert drawer.data.kind == "circle" and drawer.board.sketch.points.count == 24
    assert "radius" in drawer.board.hint.text()


def test_a_digit_is_given_another_label_by_a_click(quick: Lab) -> None:
    load(quick, '{ kind = "digits", classes = [3, 8], train = 20 }')
    quick.press(quick.window.parts.experiment.panel.data.draw)
    drawer = drawer_of(quick)
    tiles = drawer.board.page.tiles
    before = tiles.class_of(4)
    QTest.mouseClick(tiles.viewport(), Qt.MouseButton.LeftButton, pos=tiles.rect_of(4).center().toPoint())
    assert drawer.data.relabel == ((5, 1 - before),) and drawer.data.kind == "digits"
    quick.until(lambda: tiles.class_of(4) == 1 - before)
    quick.key(Qt.Key.Key_Z, CONTROL)
    assert drawer.data.relabel == ()


def test_escape_during_a_stroke_ends_it_and_later_edits_are_steps_of_their_own(quick: Lab) -> None:
    quick.load_quick()
    quick.key(Qt.Key.Key_B, CONTROL)
    drawer, editor = drawer_of(quick), quick.window.model.editor
    place = drawer.pixel(0.2, 0.3)
    QTest.mousePress(drawer.canvas, Qt.MouseButton.LeftButton, pos=place)
    drawn = drawer.data
    quick.key(Qt.Key.Key_Escape)
    editor.edit("optimizer.step.eta", 0.123)
    QTest.mouseRelease(drawer.canvas, Qt.MouseButton.LeftButton, pos=place)
    quick.window.model.undo_stack.undo()
    assert drawer.data == drawn
    QTest.mousePress(drawer.canvas, Qt.MouseButton.LeftButton, pos=drawer.pixel(0.4, 0.1))
    drawer.board.window().close()
    drawn = editor.experiment
    editor.edit("optimizer.step.eta", 0.124)
    quick.window.model.undo_stack.undo()
    assert editor.experiment == drawn, "the window of the board was closed with a point in the hand"


def test_a_sample_of_another_run_s_data_is_not_marked_in_these(quick: Lab) -> None:
    quick.load_quick()
    quick.button("run")
    quick.until(lambda: bool(quick.runs) and quick.run.has_records)
    model, panel = quick.window.model, quick.window.parts.experiment.panel.data
    model.selection.choose_sample(3)
    assert panel.preview._chosen == 3
    load(quick, '{ kind = "moons", n = 30 }')
    quick.until(lambda: panel.preview._chosen is None)
