"""The card that says where a run is going, with its certificate."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QDialogButtonBox, QGridLayout, QWidget

from engine.protocol.limit import LimitReady
from gui.layouts import in_column
from gui.model.limit_words import certificate, shown, verdict
from gui.plain_text import PlainLabel

from .dialog import Dialog

WAITS = "Extrapolating the direction, and solving for the point that it goes to…"


class LimitDialog(Dialog):
    """Stays open beside the window; asks again when told to."""

    asked = Signal()
    cancelled = Signal()
    """Nobody waits for the answer any longer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("limit_dialog", "Where is it going?", QSize(640, 460), parent)
        self.whose = self._label("limit_whose")
        self.verdict = self._label("limit_verdict")
        rows = QWidget(self)
        self._rows = QGridLayout(rows)
        self._rows.setColumnStretch(2, 1)
        self._rows.setHorizontalSpacing(14)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self.shown = self._label("limit_shown")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.again = buttons.addButton("Ask again", QDialogButtonBox.ButtonRole.ActionRole)
        self.again.setObjectName("limit_again")
        self.again.clicked.connect(self.asked)
        self.cancel = buttons.addButton("Cancel the question", QDialogButtonBox.ButtonRole.ActionRole)
        self.cancel.setObjectName("limit_cancel")
        self.cancel.clicked.connect(self.cancelled)
        body = QWidget(self)
        layout = in_column((self.whose, self.verdict, rows, self.shown), body, spacing=10)
        layout.addStretch(1)
        self.fill(body, buttons, scrolls=True)
        self.wait("")

    def wait(self, whose: str) -> None:
        """Say that an answer is on its way."""
        self._say(whose, WAITS, ())
        self._wait(True)

    @Slot(str)
    def show_nothing(self, why: str) -> None:
        """Say why there is no answer."""
        self._say(self.whose.text(), f"No limit is predicted: {why}.".replace("..", "."), ())
        self._wait(False)

    def show_limit(self, whose: str, limit: LimitReady) -> None:
        """Show an answer."""
        self._say(whose, verdict(limit), certificate(limit))
        self.shown.setText(shown(limit))
        self._wait(False)

    def _wait(self, waits: bool) -> None:
        self.again.setEnabled(not waits)
        self.cancel.setEnabled(waits)

    def _say(self, whose: str, words: str, rows: tuple[tuple[str, str, str], ...]) -> None:
        self.whose.setText(whose)
        self.verdict.setText(words)
        self.shown.setText("")
        while self._rows.count():
            item = self._rows.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        for i, row in enumerate(rows):
            for j, text in enumerate(row):
                label = PlainLabel(text, self)
                label.setWordWrap(j == 2)
                label.setAlignment(Qt.AlignmentFlag.AlignTop)
                self._rows.addWidget(label, i, j)

    def _label(self, name: str) -> PlainLabel:
        label = PlainLabel("", self)
        label.setObjectName(name)
        label.setWordWrap(True)
        return label
