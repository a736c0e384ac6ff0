"""Keys: those that run do so from everywhere, the others do something only where a focus gives them a meaning."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QTableWidget, QWidget

from gui.actions import WORDINGS
from gui.forms.section import FoldButton
from gui.main_window import MainWindow
from tests.gui.lab import Lab

pytestmark = pytest.mark.one_window

CONTROL = Qt.KeyboardModifier.ControlModifier
GUIDE = Path(__file__).parents[2] / "docs" / "guide.md"
EDITING = {
    *(f"Ctrl+{letter}" for letter in "ACVXZYEUDW"),  # and K on X11, where the palette has it
    *(
        "Ctrl+Left",
        "Ctrl+Right",
        "Ctrl+Up",
        "Ctrl+Down",
        "Ctrl+Home",
        "Ctrl+End",
        "Ctrl+Backspace",
        "Ctrl+Del",
    ),
    *(
        "Ctrl+Shift+Z",
        "Ctrl+Shift+A",
        "Ctrl+Shift+Left",
        "Ctrl+Shift+Right",
        "Ctrl+Ins",
        "Shift+Ins",
        "Shift+Del",
    ),
}
"""What text fields take for themselves on one of the systems; on X11, Ctrl+E goes to the end of the line."""


def test_keys_are_unique_and_listed_and_none_is_a_text_field_s(window: MainWindow) -> None:
    actions = window.commands.by_name
    keys = [key.toString() for action in actions.values() for key in action.shortcuts()]
    assert len(keys) == len(set(keys))
    ours = {
        key.toString()
        for name in actions
        if name not in ("undo", "redo")
        for key in actions[name].shortcuts()
    }
    assert ours & EDITING == {"Ctrl+V"}, "a field pastes for itself; see test_copies"
    plain = {key for key in ours if key and "+" not in key and not key.startswith("F")}
    assert not plain, "a key without Ctrl that works everywhere"
    window.commands["shortcuts"].trigger()
    table = window.findChild(QDialog, "shortcuts").findChild(QTableWidget)
    listed = "\n".join(table.item(row, 0).text() for row in range(table.rowCount()))
    guide = GUIDE.read_text("utf-8")
    for wording in WORDINGS:
        for key in wording.keys:
            assert QKeySequence(key).toString(), f"no key on this system: {wording.name}"
            assert QKeySequence(key).toString() in listed
        if wording.keys:
            assert f"| {QKeySequence(wording.keys[0]).toString()}" in guide, wording.name
    window.findChild(QDialog, "shortcuts").close()


def controls(window: MainWindow) -> list[QWidget]:
    """Return one control of every kind that can have the focus, fields first."""
    notes = window.parts.side.notes
    notes.tabs.setCurrentIndex(1)
    found: dict[tuple[type, str], QWidget] = {}
    for widget in window.findChildren(QWidget):
        able = widget.isVisible() and widget.isEnabled() and widget.focusProxy() is None
        if able and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            kind = widget.objectName().partition("_")[0] if isinstance(widget, FoldButton) else ""
            found.setdefault((type(widget), kind), widget)
    assert len(found) > 12
    return list(found.values())


def test_run_is_on_its_keys_whatever_has_the_focus(quick: Lab) -> None:
    pressed: list[str] = []
    window = quick.window
    run = window.commands["run"]
    run.triggered.disconnect()
    run.triggered.connect(lambda: pressed.append("run"))
    for widget in controls(window):
        widget.setFocus()
        for key, modifiers in ((Qt.Key.Key_F5, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_Return, CONTROL)):
            pressed.clear()
            quick.key(key, modifiers)
            assert pressed == ["run"], f"{key} with {widget!r} in focus"


def test_letters_and_space_do_nothing_where_nothing_was_chosen(quick: Lab) -> None:
    window = quick.window
    panel, editor = window.parts.experiment.panel, window.model.editor
    folded, edited, tab = panel.state(), editor.edited, window.parts.tabs.currentIndex()
    for widget in (
        None,
        window.parts.transport.timeline,
        *window.parts.plots.canvases[:1],
        window.parts.side.claims,
    ):
        if widget is not None:
            widget.setFocus()
        quick.type(f" {string.ascii_letters}{string.digits} ,.-")
        QApplication.processEvents()
        assert not quick.runs and not quick.dialogs("gallery") and not window.findChildren(QDialog)
        assert (panel.state(), editor.edited) == (folded, edited)
        assert window.parts.tabs.currentIndex() == tab
    notes = window.parts.side.notes
    notes.tabs.setCurrentIndex(1)
    quick.write(notes.text, "a b")
    assert window.model.notes == "a b" and not quick.runs


def test_space_pauses_and_goes_on_over_the_timeline_and_the_plots(quick: Lab) -> None:
    quick.load_quick("slow", 500_000_000)
    window = quick.window
    quick.button("run")
    quick.until_state("running")
    for widget in (window.parts.transport.timeline, window.parts.plots.plots["margins"].canvas):
        widget.setFocus()
        quick.key(Qt.Key.Key_Space)
        quick.until_state("paused")
        quick.key(Qt.Key.Key_Space)
        quick.until_state("running")
    quick.button("stop")
    quick.until_state("idle")
    quick.key(Qt.Key.Key_Space)
    assert window.model.trainer.state == "idle" and len(quick.runs) == 1


def test_what_loses_the_focus_hands_it_to_nothing_that_a_key_would_press(quick: Lab) -> None:
    window = quick.window

    def hide() -> None:
        window.parts.info.ask("k", "ask", "Shall it?", actions=[("yes", "Yes")])
        quick.press(window.parts.info.findChild(QPushButton, "yes"))

    def disable() -> None:
        quick.load_quick("slow", 500_000_000)
        quick.button("run")
        quick.until_state("running")
        window.parts.transport.buttons["stop"].setFocus()
        quick.key(Qt.Key.Key_Space)
        quick.until_state("idle")

    for lose in (hide, disable):
        lose()
        before = window.parts.experiment.panel.state(), len(quick.runs)
        left = QApplication.focusWidget()
        assert left is None or left.focusPolicy() == Qt.FocusPolicy.NoFocus
        quick.type(" abc ")
        assert (window.parts.experiment.panel.state(), len(quick.runs)) == before
        QTest.keyClick(window, Qt.Key.Key_Tab)
        assert QApplication.focusWidget().focusPolicy() != Qt.FocusPolicy.NoFocus
