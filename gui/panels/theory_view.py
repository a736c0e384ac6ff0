"""Where theory applies: what is known of an experiment before its first step."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from engine.messages import Fact
from gui.forms.row import MARGIN
from gui.forms.tones import Tone, ToneLabel

_SIGNS: dict[bool | None, tuple[str, Tone]] = {
    True: ("✓", "good"),
    False: ("✕", "error"),
    None: ("·", "faint"),
}


class TheoryView(QWidget):
    """A list of theorems that apply or do not, each with the reason, and of plain facts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(MARGIN, 4, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(1)
        self._grid.setColumnStretch(1, 1)
        self._facts: tuple[Fact, ...] | None = None
        self._labels: list[ToneLabel] = []
        self.show_facts(())

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What it shows."""
        return self._facts or ()

    def show_facts(self, facts: tuple[Fact, ...]) -> None:
        if facts == self._facts:
            return
        self._facts = facts
        for label in self._labels:
            self._grid.removeWidget(label)
            label.hide()
            label.deleteLater()
        self._labels = []
        if not facts:
            self._add(
                "Press Run: the engine says which theorems hold for this experiment.", "faint", 0, 0, span=2
            )
        for i, fact in enumerate(facts):
            sign, tone = _SIGNS[fact.holds]
            self._add(sign, tone, 2 * i, 0)
            self._add(fact.subject, "plain", 2 * i, 1)
            self._add(fact.text, "faint", 2 * i + 1, 1)

    def _add(self, text: str, tone: Tone, row: int, column: int, span: int = 1) -> None:
        label = ToneLabel(text, tone, wrap=column == 1 or span == 2, small=tone == "faint", parent=self)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._labels.append(label)
        self._grid.addWidget(label, row, column, 1, span, Qt.AlignmentFlag.AlignTop)
