"""What is being typed and not taken belongs to the session it was typed in."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from gui.forms.text_editors import LineEditor
from tests.gui.lab import Lab


def type_only(lab: Lab, path: str, text: str) -> None:
    """Type into a field, and do not leave it."""
    editor = lab.row(path).editor
    assert isinstance(editor, LineEditor)
    lab.write(editor.line, text)


def left(lab: Lab) -> int:
    """Leave the field with the focus, and return the steps of the experiment."""
    widget = QApplication.focusWidget()
    if widget is not None:
        widget.clearFocus()
    return lab.window.model.editor.experiment.run.steps


def test_what_is_typed_does_not_come_into_a_new_session(quick: Lab) -> None:
    """Neither where it shows another experiment, nor where that is the same: a session was dropped on the window."""
    quick.load_quick()
    type_only(quick, "run.steps", "77")
    quick.window.model.start_new()
    steps = quick.window.model.editor.experiment.run.steps
    assert left(quick) == steps != 77
    type_only(quick, "run.steps", "78")
    quick.window.model.start_new()
    assert left(quick) == steps != 78


def test_a_title_that_is_typed_is_not_that_of_the_next_experiment(quick: Lab) -> None:
    panel = quick.window.parts.experiment.panel
    panel.header.edit()
    quick.type("Mine")
    quick.window.model.start_new()
    title = quick.window.model.editor.experiment.title
    left(quick)
    assert quick.window.model.editor.experiment.title == title and "Mine" not in title
