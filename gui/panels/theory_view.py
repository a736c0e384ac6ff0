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
        self.setAccessibleName("Theory")
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
        self._places: dict[ToneLabel, tuple[int, int, bool]] = {}
        """Row and column of each label, and whether it is small."""

    @property
    def lines(self) -> list[str]:
        return [label.text() for label in self._labels]

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show facts; labels that are there are used again."""
        told: list[tuple[str, Tone, bool, int, int]] = []
        for i, fact in enumerate(facts):
            sign, tone = _SIGNS[fact.holds]
            told.append((sign, tone, tone == "faint", 3 * i, 0))
            told.append((fact.subject, "plain" if fact.text else "faint", not fact.text, 3 * i, 1))
            if fact.text:
                told.append((fact.text, "faint", True, 3 * i + 1, 1))
        spare = {key: label for label in self._labels if (key := self._places.get(label)) is not None}
        labels = []
        for text, tone, small, row, column in told:
            label = spare.pop((row, column, small), None) or self._made(row, column, small)
            label.set_tone(tone)
            if label.text() != text:
                label.setText(text)
            labels.append(label)
        for label in spare.values():
            del self._places[label]
            self._grid.removeWidget(label)
            label.hide()
            label.deleteLater()
        self._labels = labels
        for i in range(self._grid.rowCount()):
            self._grid.setRowMinimumHeight(i, 4 if i % 3 == 2 and i < 3 * len(facts) else 0)

    def _made(self, row: int, column: int, small: bool) -> ToneLabel:
        label = ToneLabel("", wrap=column == 1, small=small, parent=self)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._places[label] = (row, column, small)
        self._grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignTop)
        return label
