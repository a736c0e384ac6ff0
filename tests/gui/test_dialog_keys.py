"""Enter in a dialog settles what is typed, or takes what the dialog is for; it closes none by the way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QPushButton,
    QWidget,
)

import gui
from gui.handbook.handbook_dialog import HandbookDialog
from tests.gui.lab import Lab

pytestmark = pytest.mark.one_window

OPENED_BY = {
    "HandbookDialog": "handbook",
    "Quantities": "quantities",
    "Shortcuts": "shortcuts",
    "AboutDialog": "about",
    "ReportDialog": "report",
    "ComposerDialog": "compose",
    "FigureDialog": "export_figure",
    "FilmDialog": "animate",
    "BoardDialog": "draw",
    "QueueDialog": "queue",
    "UnsavedDialog": "unsaved",
    "PlugInsDialog": "plug_ins",
    "LimitDialog": "limit",
}
"""Dialogs that no field of theirs closes, and the actions that open them."""
TAKE_BY_ENTER = {"Gallery", "Palette", "PresetDialog", "ArrangementDialog", "PlotEditor", "OwnDataDialog"}
"""Dialogs that are for one answer, which Enter gives."""


def fields(dialog: QDialog) -> list[QWidget]:
    """Return what may have the focus and is no button."""
    kinds = (QLineEdit, QAbstractSpinBox, QComboBox, QAbstractItemView)
    return [
        widget
        for widget in dialog.findChildren(QWidget)
        if isinstance(widget, kinds) and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]


def test_every_dialog_is_one_of_these() -> None:
    texts = [file.read_text("utf-8") for file in Path(gui.__file__).parent.rglob("*.py")]
    classes = {name for text in texts for name in re.findall(r"^class (\w+)\(Dialog\)", text, re.MULTILINE)}
    assert classes == set(OPENED_BY) | TAKE_BY_ENTER


def test_enter_in_no_field_closes_a_dialog(quick: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    quick.run_through(steps=50)
    for name, action in OPENED_BY.items():
        quick.window.commands[action].trigger()
        quick.until(lambda: any(d.isVisible() for d in quick.window.findChildren(QDialog)))
        dialog = next(d for d in quick.window.findChildren(QDialog) if d.isVisible())
        assert type(dialog).__name__ == name
        dialog.activateWindow()
        quick.until(dialog.isActiveWindow)
        for field in fields(dialog):
            if field.isVisible() and field.isEnabled():
                field.setFocus()
                quick.key(Qt.Key.Key_Return)
                assert dialog.isVisible(), f"{name}: {field.objectName() or field!r}"
        dialog.reject()
        quick.until(lambda: not any(d.isVisible() for d in quick.window.findChildren(QDialog)))


def test_enter_on_a_button_presses_that_button(quick: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given: (asked.append(given[1]) or "", ""))
    quick.run_through(steps=50)
    quick.window.commands["compose"].trigger()
    dialog = quick.dialog("composer")
    save = dialog.findChild(QPushButton, "composer_save")
    save.setFocus()
    quick.key(Qt.Key.Key_Return)
    assert asked == ["Save figure"] and dialog.isVisible()
    dialog.reject()


def test_search_the_handbook_go_down_to_what_is_found_and_read_it(quick: Lab) -> None:
    quick.window.commands["handbook"].trigger()
    dialog = quick.dialog("handbook")
    assert isinstance(dialog, HandbookDialog)
    quick.type("margin")
    assert dialog.focusWidget() is dialog.search
    quick.key(Qt.Key.Key_Down)
    assert dialog.focusWidget() is dialog.list and dialog.list.currentRow() == 0
    quick.key(Qt.Key.Key_Down)
    second = dialog.page.section
    quick.key(Qt.Key.Key_Return)
    assert dialog.isVisible() and dialog.focusWidget() is dialog.page and dialog.page.section is second
    assert dialog.list.currentRow() == 1
