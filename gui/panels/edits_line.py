"""Says what a run takes on its way, as another run took it live, and takes that out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from engine.words.formats import with_minus
from gui.forms.row import MARGIN
from gui.forms.tones import ToneLabel
from gui.plain_text import tooltip

MOST = 3
"""Edits that are told; of more the number."""


class EditsLine(QWidget):
    """One line and a button; gone where nothing is planned."""

    removed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("planned edits")
        self.words = ToneLabel("", "notice", wrap=True, parent=self)
        self.button = QToolButton(self)
        self.button.setObjectName("remove_edits")
        self.button.setText("Remove")
        self.button.setToolTip(
            "Let runs keep the settings that they start with. Undo brings these edits back."
        )
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(MARGIN, 0, 10, 6)
        row.addWidget(self.words, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        self.button.clicked.connect(self.removed)
        self.hide()

    def show_edits(self, edits: Sequence[str]) -> None:
        """Set what is planned, in words; nothing hides the line."""
        edits = [with_minus(edit) for edit in edits]
        more = len(edits) - MOST
        told = "; ".join(edits[:MOST]) + (f"; and {more} more" if more > 0 else "")
        self.words.setText(f"A run sets on its way: {told}")
        self.words.setToolTip(tooltip("\n".join(edits)) if more > 0 else "")
        self.setVisible(bool(edits))
