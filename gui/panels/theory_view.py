"""Where theory applies: what is known of an experiment before its first step."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from engine.experiment.fact import Fact
from gui.forms.section import QuietFold
from gui.forms.tones import Tone, ToneLabel

WAITING = "Which theorems hold is known once the data are read, at the latest when Run begins."
WHOSE = "Of the experiment on the left, as it stands."
_SIGNS: dict[bool | None, tuple[str, Tone]] = {
    True: ("✓", "good"),
    False: ("–", "faint"),
    None: ("·", "faint"),
}


class TheoryView(QScrollArea):
    """Plain facts and the theorems that apply; those that do not are folded away, each with the reason."""

    applying_changed = Signal(int)
    """How many theorems apply."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("theory_view")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget(self)
        self._whose = ToneLabel(WHOSE, "faint", wrap=True, parent=inside)
        self._known = _FactList(inside)
        self.others_button = QuietFold("", inside)
        self._others = _FactList(inside)
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 4, 8, 4)
        column.setSpacing(4)
        for widget in (self._whose, self._known, self.others_button, self._others):
            column.addWidget(widget)
        column.addStretch(1)
        self.setWidget(inside)
        self._facts: tuple[Fact, ...] | None = None
        self.others_button.toggled.connect(self._others.setVisible)
        self._others.hide()
        self.show_facts(())

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What it shows."""
        return self._facts or ()

    @property
    def lines(self) -> list[str]:
        """What can be read now, from top to bottom."""
        shown = [*self._known.lines]
        if not self.others_button.isHidden():
            shown += [
                self.others_button.text(),
                *(self._others.lines if self.others_button.isChecked() else []),
            ]
        return shown

    def show_facts(self, facts: tuple[Fact, ...]) -> None:
        """Show what is known; nothing known says when it will be."""
        if facts == self._facts:
            return
        self._facts = facts
        others = [fact for fact in facts if fact.holds is False]
        known = [fact for fact in facts if fact.holds is not False]
        known.sort(key=lambda fact: not fact.holds)  # stable: theorems first, then facts
        self._known.show_facts(known or [Fact(WAITING, "")])
        self._others.show_facts(others)
        self._whose.setVisible(bool(facts))
        many = "1 theorem does not apply" if len(others) == 1 else f"{len(others)} theorems do not apply"
        self.others_button.setText(many)
        self.others_button.setVisible(bool(others))
        self._others.setVisible(bool(others) and self.others_button.isChecked())
        self.applying_changed.emit(sum(fact.holds is True for fact in facts))


class _FactList(QWidget):
    """Facts below one another: a sign, the subject, and below it what is said of it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(1)
        self._grid.setColumnStretch(1, 1)
        self._labels: list[ToneLabel] = []

    @property
    def lines(self) -> list[str]:
        return [label.text() for label in self._labels]

    def show_facts(self, facts: Sequence[Fact]) -> None:
        for label in self._labels:
            self._grid.removeWidget(label)
            label.hide()
            label.deleteLater()
        self._labels = []
        for i, fact in enumerate(facts):
            sign, tone = _SIGNS[fact.holds]
            self._add(sign, tone, 3 * i, 0)
            self._add(fact.subject, "plain" if fact.text else "faint", 3 * i, 1)
            if fact.text:
                self._add(fact.text, "faint", 3 * i + 1, 1)
            self._grid.setRowMinimumHeight(3 * i + 2, 4)

    def _add(self, text: str, tone: Tone, row: int, column: int) -> None:
        label = ToneLabel(text, tone, wrap=column == 1, small=tone == "faint", parent=self)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._labels.append(label)
        self._grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignTop)
