"""Text of files and people, shown letter by letter: never taken for HTML, whatever it looks like.

Qt takes what looks like HTML for HTML, in labels and in tooltips, and then loads the pictures that it names.
"""

from __future__ import annotations

import html

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

LONGEST_TIP = 600
"""Letters of a tooltip: one of a whole file would cover the screen."""


class PlainLabel(QLabel):
    """A label that shows its text as it is."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)


class RichLabel(QLabel):
    """A label of HTML that the lab wrote itself, with all that comes from elsewhere escaped in it."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setText(text)


def tooltip(text: str) -> str:
    """Return a tooltip that shows a text as it is, its lines folded; '' for none."""
    if len(text) > LONGEST_TIP:
        text = f"{text[:LONGEST_TIP]}…"
    return f"<p>{as_html(text)}</p>" if text else ""


def as_html(text: str) -> str:
    """Return HTML that shows a text as it is."""
    return html.escape(text).replace("\n", "<br>")
