"""Small buttons with a word on them, which rows and lines of views have."""

from __future__ import annotations

from PySide6.QtWidgets import QToolButton, QWidget

from gui.plain_text import tooltip


def tool_button(
    text: str, parent: QWidget, *, name: str = "", help: str = "", checkable: bool = False
) -> QToolButton:
    """Return a button of a word, which Tab reaches; name: how tests and styles find it, help: its tooltip."""
    button = QToolButton(parent)
    button.setText(text)
    button.setObjectName(name)
    button.setToolTip(tooltip(help))
    button.setCheckable(checkable)
    return button
