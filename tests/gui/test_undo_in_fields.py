"""Undo and Redo with the focus in a field: first of what is typed and not settled, then of the document."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from engine.experiment.document import parse
from tests.gui.lab import Lab

pytestmark = pytest.mark.one_window

CONTROL = Qt.KeyboardModifier.ControlModifier
SETTLE = {"data.x": Qt.KeyboardModifier.ShiftModifier}
"""What is held down with Return where that alone begins another line."""
FIELDS = """version = 1
title = "fields"
data = {{ {data} }}
network = {{ kind = "mlp", widths = [20] }}
loss = {{ kind = "exponential" }}
optimizer = {{ kind = "steepest", step = {{ kind = "constant", eta = 0.1 }} }}
run = {{ steps = 500 }}
vary = {{ "optimizer.step.eta" = [0.1, 0.2] }}
"""
POINTS = 'kind = "points", x = [[1.0, 0.5], [-1.0, 0.5]], y = [1, -1]'
TABLE = 'kind = "csv", path = "none.csv"'
CIRCLE = 'kind = "circle"'
EVERY_KIND = [
    ("number", CIRCLE, "optimizer.step.eta", "0.5"),
    ("whole number", CIRCLE, "run.steps", "700"),
    ("list", CIRCLE, "network.widths", "8, 8"),
    ("path", TABLE, "data.path", "other.csv"),
    ("column", TABLE, "data.label", "first"),
    ("columns", TABLE, "data.ignore", "first"),
    ("table", POINTS, "data.x", "1, 2\n-1, 2"),
    ("varied numbers", CIRCLE, "vary", "0.3, 0.4"),
]


def focus(lab: Lab, path: str) -> None:
    """Give a field the focus, all of its text selected."""
    panel = lab.window.parts.experiment.panel
    assert panel.reveal(path)
    if path == "vary":
        lab.row(path).editor.entries[0].line.setFocus()
    lab.key(Qt.Key.Key_A, CONTROL)


def settle(lab: Lab, path: str, text: str) -> None:
    """Type a value in place of the one before and settle on it."""
    for place, line in enumerate(text.splitlines()):
        if place:
            lab.key(Qt.Key.Key_Return)
        lab.type(line)
    lab.key(Qt.Key.Key_Return, SETTLE.get(path, Qt.KeyboardModifier.NoModifier))


def test_take_back_what_is_typed_then_the_edit_before_and_make_it_again_in_every_kind_of_field(
    quick: Lab,
) -> None:
    editor = quick.window.model.editor
    for kind, data, path, text in EVERY_KIND:
        editor.load(parse(FIELDS.format(data=data)))
        quick.until(lambda: quick.window.parts.experiment.panel.is_complete)
        before = editor.document
        focus(quick, path)
        settle(quick, path, text)
        edited = editor.document
        assert edited != before, kind
        focused = QApplication.focusWidget()
        quick.type("7")
        quick.key(Qt.Key.Key_Z, CONTROL)
        assert editor.document is edited, kind
        quick.key(Qt.Key.Key_Z, CONTROL)
        assert editor.document == before, kind
        assert QApplication.focusWidget() is focused, kind
        quick.key(Qt.Key.Key_Y, CONTROL)
        assert editor.document == edited, kind
