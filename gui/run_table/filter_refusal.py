"""Why a filter is not understood, below the line in which it is typed."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from gui.plain_text import PlainLabel

from .filter_line import FilterLine


class FilterRefusal(PlainLabel):
    """A sentence, and a mark around the line; nothing where the filter is understood."""

    def __init__(self, line: FilterLine, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._line = line
        self.setObjectName("filter_refusal")
        self.setProperty("role", "bad")
        self.setWordWrap(True)
        self.setContentsMargins(10, 0, 10, 2)
        self.hide()

    @Slot(str)
    def say(self, sentence: str) -> None:
        """Say why; '' where there is nothing to say."""
        ended = sentence if sentence.endswith("?") else f"{sentence}."
        self.setText(ended[:1].upper() + ended[1:] if sentence else "")
        self.setVisible(bool(sentence))
        self._line.show_refused(bool(sentence))
