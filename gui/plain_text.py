"""Text of files and people, shown letter by letter: never taken for HTML, whatever it looks like.

Qt takes what looks like HTML for HTML, in labels and in tooltips, and then loads the pictures that it names.
"""

from __future__ import annotations

import html
import re

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QWidget

_TAG = re.compile("<[^>]*>")
LONGEST_TIP = 600
"""Letters of a tooltip: one of a whole file would cover the screen."""


class PlainLabel(QLabel):
    """A label that shows its text as it is."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)


class ShortLabel(QLabel):
    """A label of one line that shows as much of its text as there is room for, and never asks for more."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def minimumSizeHint(self) -> QSize:
        least = self.fontMetrics().horizontalAdvance("…") if self.text() else 0
        margins = self.contentsMargins()
        return QSize(least + margins.left() + margins.right(), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        box = self.contentsRect()
        words = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, box.width() + 1)
        with QPainter(self) as painter:
            self.style().drawItemText(
                painter,
                box,
                self.alignment(),
                self.palette(),
                self.isEnabled(),
                words,
                QPalette.ColorRole.WindowText,
            )


class RichLabel(QLabel):
    """A label of HTML that the lab wrote itself, with all that comes from elsewhere escaped in it."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setText(text)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            text = self.text()
            self.setText("")  # or links would keep the colour that they had
            self.setText(text)


def tooltip(text: str) -> str:
    """Return a tooltip that shows a text as it is, its lines folded; '' for none."""
    if len(text) > LONGEST_TIP:
        text = f"{text[:LONGEST_TIP]}…"
    return f"<p>{as_html(text)}</p>" if text else ""


def untagged(text: str) -> str:
    """Return what a tooltip says, in one line and without tags."""
    return " ".join(html.unescape(_TAG.sub(" ", text)).split()) if text.startswith("<") else text


def as_html(text: str) -> str:
    """Return HTML that shows a text as it is."""
    return html.escape(text).replace("\n", "<br>")
