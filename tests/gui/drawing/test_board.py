"""The board over a document: what mouse and keys do there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.experiment.data import DATA_KINDS
from gui.drawing.board import DrawingBoard
from gui.model.drawn_points import MOST_POINTS
from tests.gui.drawing.hands import LEFT, RIGHT, Drawer, Joined
from tests.gui.lab import PLAIN, on_screen

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
Draws = Callable[[str], tuple[Drawer, Joined]]


@pytest.fixture
def draws(qtbot: QtBot) -> Iterator[Draws]:
    boards = []

    def drawn(data: str = '{ kind = "circle" }') -> tuple[Drawer, Joined]:
        board = on_screen(qtbot, DrawingBoard(), 480, 600)
        boards.append(board)
        joined = Joined(board, data)
        return Drawer(board, lambda: joined.editor.experiment.data), joined

    yield drawn
    boards.clear()  # until here they are held: one could be collected while it is painted


def test_a_drag_moves_a_point_in_one_step_and_the_board_stays_where_it_is(draws: Draws) -> None:
    drawer, joined = draws('{ kind = "circle" }')
    start, area = drawer.at(3), drawer.canvas.area
    drawer.drag(start, start + QPoint(5, 5), start + QPoint(30, -20))
    assert (drawer.at(3) - start - QPoint(30, -20)).manhattanLength() <= 2
    assert drawer.canvas.area == area
    assert joined.editor.undo_stack.count() == 1 and joined.editor.undo_stack.undoText() == "Move a point"


def test_the_square_that_surfaces_show_goes_with_the_points(draws: Draws) -> None:
    drawer, joined = draws('{ kind = "circle", view = 1.3 }')
    drawer.drag(drawer.at(3), drawer.pixel(0.0, 0.0))
    assert drawer.data.view == 1.3  # all points are within still
    drawer.drag(drawer.at(3), drawer.pixel(1.38, 0.0))
    assert drawer.data.view == 0.0
    joined.editor.undo_stack.undo()
    assert drawer.data.view == 1.3
    joined.editor.edit("data.kind", "blobs")
    assert drawer.data.view == 0.0  # in units of other points
    far = {"data.kind": "points", "data.x": [[8.0, 9.0], [9.0, 8.0]], "data.y": [-1, 1]}
    joined.editor.change(far, "Other points")
    assert drawer.canvas.shows_some()


def test_a_stroke_of_the_brush_paints_a_cluster_of_a_new_class_in_one_step(draws: Draws) -> None:
    drawer, joined = draws('{ kind = "circle" }')
    drawer.take("brush")
    drawer.press(drawer.board.tools.signs[-1])
    drawer.drag(drawer.pixel(-0.3, 0), drawer.pixel(0, 0), drawer.pixel(0.3, 0))
    assert set(drawer.data.y) == {0, 1, 2}
    painted = np.array(drawer.data.x)[np.array(drawer.data.y) == 2]
    assert len(painted) > 8 and np.abs(painted[:, 1]).max() < 0.5
    joined.editor.undo_stack.undo()
    assert drawer.data.kind == "circle"


def test_a_right_click_flips_a_label_and_with_shift_erases(draws: Draws) -> None:
    drawer, _ = draws('{ kind = "circle" }')
    drawer.click(drawer.at(5), button=RIGHT)
    labels = list(drawer.data.y)
    assert labels[5] != labels[4] and len(labels) == 24
    drawer.click(drawer.at(5), SHIFT, RIGHT)
    assert list(drawer.data.y) == labels[:5] + labels[6:]


def test_a_rubber_band_selects_what_is_then_moved_flipped_and_erased_together(draws: Draws) -> None:
    drawer, _ = draws('{ kind = "circle" }')
    before = drawer.board.sketch.points.x
    drawer.take("select")
    drawer.drag(drawer.pixel(0.05, 1.2), drawer.pixel(0.5, 0.5), drawer.pixel(1.2, 0.05))
    chosen = drawer.chosen
    assert len(chosen) == 6
    start = drawer.at(chosen[0])
    drawer.drag(start, start + QPoint(10, 0), start + QPoint(20, 0))
    moved = np.array(drawer.data.x) - before
    assert np.flatnonzero(np.abs(moved[:, 0]) > 0.01).tolist() == chosen
    labels = np.array(drawer.data.y)
    drawer.key(Qt.Key.Key_F)
    assert np.flatnonzero(labels != drawer.data.y).tolist() == chosen
    drawer.key(Qt.Key.Key_Delete)
    assert len(drawer.data.x) == len(before) - 6 and not drawer.chosen


def test_points_are_drawn_on_a_grid_with_images_of_the_other_class(draws: Draws) -> None:
    drawer, _ = draws('{ kind = "circle" }')
    helpers = drawer.board.helpers
    for box, place in ((helpers.grid, 2), (helpers.kind, helpers.kind.findData("both"))):
        box.setCurrentIndex(place)
        box.activated.emit(place)
    helpers.changes.click()
    step = drawer.board.sketch.grid
    drawer.click(drawer.pixel(3.2 * step, 1.9 * step))
    new = np.array(drawer.data.x[24:])
    assert len(new) == 4 and new[0] == pytest.approx([3 * step, 2 * step])
    signs = [tuple(np.sign(place).tolist()) for place in new]
    assert dict(zip(signs, drawer.data.y[24:], strict=True)) == {
        (1, 1): -1,
        (-1, 1): 1,
        (-1, -1): -1,
        (1, -1): 1,
    }


def test_erasing_the_last_point_of_a_class_is_refused_in_words(draws: Draws) -> None:
    drawer, _ = draws('{ kind = "points" }')
    drawer.take("erase")
    drawer.click(drawer.at(0))
    assert len(drawer.data.x) == 2 and "one class" in drawer.board.hint.text()
    drawer.take("point")
    assert drawer.board.hint.text().startswith("Click")


def test_too_many_points_are_shown_with_the_limit_in_words(draws: Draws) -> None:
    drawer, _ = draws(f'{{ kind = "moons", n = {MOST_POINTS + 1} }}')
    assert f"{MOST_POINTS:,}" in drawer.board.source.words.text()
    drawer.click(drawer.pixel(0.0, 0.0))
    assert drawer.data.kind == "moons" and f"{MOST_POINTS:,}" in drawer.board.hint.text()


def test_tab_goes_through_the_points_and_leaves_behind_the_last(draws: Draws) -> None:
    drawer, _ = draws('{ kind = "points" }')
    drawer.canvas.setFocus()
    seen = []
    for _ in range(3):
        drawer.key(Qt.Key.Key_Tab)
        seen.append((drawer.chosen, drawer.board.focusWidget() is drawer.canvas))
    assert seen == [([0], True), ([1], True), ([], False)]


def test_begin_anew_leaves_a_point_of_each_of_two_classes(draws: Draws) -> None:
    drawer, joined = draws('{ kind = "moons", n = 30, test_fraction = 0.3 }')
    drawer.board.begin_anew()
    assert len(drawer.data.x) == 2 and set(drawer.data.y) == {-1, 1}
    joined.editor.undo_stack.undo()
    assert drawer.data.kind == "moons"


def test_many_inputs_are_drawn_in_a_plane_that_is_named_and_chosen_by_three_points(draws: Draws) -> None:
    drawer, _ = draws('{ kind = "teacher", n = 20, d = 6 }')
    board = drawer.board
    assert board.planes.words.text().startswith("Principal components 1 and 2")
    start = drawer.at(4)
    drawer.drag(start, start + QPoint(20, 10))
    assert (drawer.at(4) - start - QPoint(20, 10)).manhattanLength() <= 2, "the plane stays where it is"
    board.planes.kind.setCurrentIndex(board.planes.kind.findData("samples"))
    board.planes.kind.activated.emit(1)
    assert board.hint.text().startswith("Select three points")
    board.select([2, 3, 7])
    board.planes.kind.setCurrentIndex(1)
    board.planes.kind.activated.emit(1)
    assert board.planes.words.text().startswith("Plane through samples 3, 4, 8")


def test_labels_of_more_points_than_can_be_written_down_are_flipped_by_hand(draws: Draws) -> None:
    drawer, _ = draws(f'{{ kind = "moons", n = {MOST_POINTS + 1} }}')
    index = drawer.board.sketch.nearest(drawer.board.sketch.places[5], 1.0)
    before = int(drawer.board.sketch.points.classes[index])
    drawer.take("flip")
    drawer.click(drawer.at(index))
    assert drawer.data.kind == "moons" and drawer.data.relabel == ((index + 1, 1 - before),)
    assert int(drawer.board.sketch.points.classes[index]) == 1 - before


def test_signals_are_tiles_and_a_click_gives_the_class_chosen(draws: Draws, qtbot: QtBot) -> None:
    drawer, _ = draws('{ kind = "signals", n = 12 }')
    tiles = drawer.board.page.tiles
    assert tiles.isVisible() and not drawer.canvas.isVisible()
    chosen = (tiles.class_of(2) + 1) % 3
    drawer.press(drawer.board.tools.signs[chosen])
    with qtbot.waitSignal(drawer.board.class_given) as given:
        QTest.mouseClick(tiles.viewport(), LEFT, PLAIN, tiles.rect_of(2).center().toPoint())
    assert given.args == [2, chosen]
    tiles.setFocus()
    with qtbot.waitSignal(drawer.board.class_given) as given:
        for key in (Qt.Key.Key_Right, Qt.Key.Key_F):
            QTest.keyClick(tiles, key)
    assert given.args == [3, (tiles.class_of(3) + 1) % tiles.data.classes]


def test_tiles_stand_with_their_smallest_margins_first(draws: Draws) -> None:
    drawer, _ = draws('{ kind = "signals", n = 12 }')
    page = drawer.board.page
    page.order.setCurrentIndex(1)
    page.show_margins(np.arange(12.0)[::-1], "run 1 at step 500")
    assert page.tiles.order.tolist() == list(range(12))[::-1]
    assert "margin" in page.reading.text()
    page.show_margins(np.arange(12.0), "draft at step 500")
    assert page.tiles.order.tolist() == list(range(12))[::-1], "tiles stay under a hand"
    page.order.activated.emit(1)
    assert page.tiles.order.tolist() == list(range(12))


@pytest.mark.parametrize("kind", [kind for kind, model in DATA_KINDS.items() if not model.reads])
def test_every_kind_of_data_is_shown_and_can_be_edited(draws: Draws, kind: str) -> None:
    drawer, _ = draws(f'{{ kind = "{kind}" }}')
    board, before = drawer.board, drawer.data
    board.grab()
    if board.has_tiles:
        assert board.page.tiles.data is not None
        return
    start = drawer.at(0)
    drawer.drag(start, start + QPoint(17, 0))
    drawer.click(drawer.at(1), button=RIGHT)
    assert drawer.data != before
