"""A line to write in that is as wide as some words, however large text is."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

ROOM = 14
"""Pixels beside the words: frame, margins and the cursor."""


class FittedLine(QLineEdit):
    """Shows what is like these words whole, and takes no more room."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._words) + ROOM, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()
