"""Where theory applies: what is known of an experiment before its first step."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from engine.experiment.experiment import Experiment
from engine.experiment.fact import Fact, Standing
from engine.experiment.structure import Ends, structure
from engine.theory import facts
from engine.words.errors import Refusal
from gui.forms.section import QuietFold
from gui.forms.tones import Tone, ToneLabel

ROWS = 4
"""Of a fact in its grid: the subject, what is said of it, what it asks for, and a gap."""
WAITING = "Which theorems hold is known once the data are read, at the latest when Run begins."
WHOSE = "Of the experiment on the left, as it stands."
GROUPS: dict[Standing | None, str] = {
    "proved": "Proved",
    "empirical": "Observed, not proved",
    "open": "Open, as far as the lab knows",
    None: "Known before the first step",
}
"""Headings of what is said of an experiment, in their order."""
_SIGNS: dict[Standing | None, tuple[str, Tone]] = {
    "proved": ("✓", "good"),
    "empirical": ("≈", "plain"),
    "open": ("?", "plain"),
    None: ("·", "faint"),
}
_NOT: tuple[str, Tone] = ("–", "faint")
"""The sign of what does not apply."""


class TheoryView(QScrollArea):
    """What is proved, observed and open about an experiment; theorems that do not apply are folded away, with why."""

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
        self._groups = {standing: _Group(heading, inside) for standing, heading in GROUPS.items()}
        self.others_button = QuietFold("", inside)
        self._others = _FactList(inside)
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 4, 8, 4)
        column.setSpacing(4)
        for widget in (self._whose, *self._groups.values(), self.others_button, self._others):
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
        shown = [line for group in self._groups.values() if not group.isHidden() for line in group.lines]
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
        known = [fact for fact in facts if fact.holds is not False] or [Fact(WAITING, "")]
        for standing, group in self._groups.items():
            group.show_facts([fact for fact in known if fact.standing == standing], alone=not facts)
        self._others.show_facts(others)
        self._whose.setVisible(bool(facts))
        many = "1 theorem does not apply" if len(others) == 1 else f"{len(others)} theorems do not apply"
        self.others_button.setText(many)
        self.others_button.setVisible(bool(others))
        self._others.setVisible(bool(others) and self.others_button.isChecked())
        self.applying_changed.emit(sum(fact.holds is True and fact.standing == "proved" for fact in facts))


class _Group(QWidget):
    """Facts of one standing below their heading; hidden where there are none."""

    def __init__(self, heading: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._heading = ToneLabel(heading, "faint", parent=self)
        self._list = _FactList(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(2)
        column.addWidget(self._heading)
        column.addWidget(self._list)

    @property
    def lines(self) -> list[str]:
        return [*([] if self._heading.isHidden() else [self._heading.text()]), *self._list.lines]

    def show_facts(self, facts: Sequence[Fact], *, alone: bool) -> None:
        """Show facts, alone without the heading."""
        self._heading.setVisible(not alone)
        self._list.show_facts(facts)
        self.setVisible(bool(facts))


class _FactList(QWidget):
    """Facts below one another: a sign, the subject, and below it what is said of it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(1)
        self._grid.setColumnStretch(1, 1)
        widest = max(self.fontMetrics().horizontalAdvance(sign) for sign, _ in _SIGNS.values())
        self._grid.setColumnMinimumWidth(0, widest)  # of all groups the same
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
            sign, tone = _NOT if fact.holds is False else _SIGNS[fact.standing]
            told.append((sign, tone, tone == "faint", ROWS * i, 0))
            told.append((fact.subject, "plain" if fact.text else "faint", not fact.text, ROWS * i, 1))
            asks = f"Asks for: {fact.assumes}" if fact.assumes and fact.holds else ""
            below = (fact.text, ". ".join(line for line in (asks, fact.source if fact.holds else "") if line))
            told += [(line, "faint", True, ROWS * i + 1 + k, 1) for k, line in enumerate(below) if line]
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
            self._grid.setRowMinimumHeight(i, 4 if i % ROWS == ROWS - 1 and i < ROWS * len(facts) else 0)

    def _made(self, row: int, column: int, small: bool) -> ToneLabel:
        label = ToneLabel("", wrap=column == 1, small=small, parent=self)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._places[label] = (row, column, small)
        self._grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignTop)
        return label


def facts_of(experiment: Experiment, ends: Ends) -> tuple[Fact, ...]:
    """Return which theorems speak about an experiment whose data have these ends."""
    try:
        return facts(experiment, structure(experiment.network, ends))
    except Refusal:
        return ()
