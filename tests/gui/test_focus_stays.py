"""The field that a person edits stays in sight and where it is, whatever comes and goes above it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

from tests.gui.lab import Lab

pytestmark = pytest.mark.one_window


def place(lab: Lab, path: str) -> int:
    """Return where a field begins in the column, in pixels."""
    panel = lab.window.parts.experiment.panel
    return lab.row(path).editor.mapTo(panel, QPoint()).y()


def is_seen(widget: QWidget) -> bool:
    return widget.visibleRegion().boundingRect().height() == widget.height()


def focused(lab: Lab, path: str) -> None:
    """Open the lab on a small screen, with the focus in a field."""
    lab.load_quick()
    lab.window.resize(900, 600)
    panel = lab.window.parts.experiment.panel
    assert panel.reveal(path)
    lab.until(lambda: panel._revealed is None and is_seen(lab.row(path).editor))


def test_a_field_stays_where_it_is_while_what_is_above_it_grows_and_shrinks(quick: Lab) -> None:
    focused(quick, "optimizer.step.eta")
    panel = quick.window.parts.experiment.panel
    before = place(quick, "optimizer.step.eta")
    panel.sections["network"].open(False)
    quick.until(lambda: not panel.network.isVisible())
    quick.until(lambda: place(quick, "optimizer.step.eta") == before)
    panel.sections["network"].open(True)
    quick.until(lambda: panel.network.isVisible() and place(quick, "optimizer.step.eta") == before)


def test_a_field_is_seen_while_messages_come_above_it(quick: Lab) -> None:
    focused(quick, "run.steps")
    panel = quick.window.parts.experiment.panel
    panel.header.notice.setText("\n".join(["one"] * 12))
    quick.until(lambda: is_seen(quick.row("run.steps").editor))


def test_a_steered_field_stays_in_sight_through_its_first_edits(quick: Lab) -> None:
    path = "optimizer.step.eta"
    focused(quick, path)
    editor = quick.row(path).editor
    before = place(quick, path)
    for text in ("0.2", "0.3", "-1", "0.4"):
        quick.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        quick.type(text)
        quick.key(Qt.Key.Key_Return)
        quick.until(lambda: is_seen(editor) and abs(place(quick, path) - before) <= 2 * editor.height())
