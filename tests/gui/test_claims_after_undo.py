"""Claims are those of what is shown: a draft sets them aside, Undo brings them back, wherever the edit came from."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt

from tests.gui.lab import Lab
from tests.gui.test_drawing_board import drawer_of

CONTROL = Qt.KeyboardModifier.ControlModifier
ENDED = ["holds", "fails"]


def test_claims_set_aside_by_an_edit_come_back_with_undo_and_go_again_with_redo(quick: Lab) -> None:
    quick.run_through()
    commands, editor = quick.window.commands, quick.window.model.editor
    aside, steering = quick.window.parts.side.claims._empty, quick.window.model.steering
    quick.until(lambda: quick.verdicts == ENDED)
    assert not aside.isVisible()

    def is_set_aside() -> bool:
        return steering.can_keep and not quick.verdicts and aside.isVisible()

    editor.edit("data.radius", 1.5)
    quick.until(is_set_aside)
    commands["undo"].trigger()
    quick.until(lambda: quick.verdicts == ENDED and not aside.isVisible())
    commands["redo"].trigger()
    quick.until(is_set_aside)
    commands["undo"].trigger()
    quick.until(lambda: quick.verdicts == ENDED)
    quick.key(Qt.Key.Key_B, CONTROL)
    drawer = drawer_of(quick)
    start = drawer.at(3)
    drawer.drag(start, start + QPoint(9, 9), start + QPoint(40, -20))
    quick.until(is_set_aside)
    commands["undo"].trigger()
    quick.until(lambda: quick.verdicts == ENDED and not aside.isVisible())
