"""The exact answers that a run is compared with, each with its certificate, and why others are missing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from engine.protocol.messages import ReferenceSolved
from engine.words.formats import duration, number, with_minus
from gui.cards.help_card import show_card
from gui.cards.help_text import HelpText, reference_text
from gui.forms.tones import ToneLabel
from gui.plain_text import PlainLabel

EXACT = 1e-14
"""Relative gaps up to this are rounding."""
TOLD_SECONDS = 0.1


class ReferenceLine(ToneLabel):
    """One line about a reference; it can have the focus, and be explained."""

    def __init__(self, words: str, faint: bool, text: HelpText | None, parent: QWidget | None) -> None:
        super().__init__(words, "faint" if faint else "plain", small=faint, wrap=True, parent=parent)
        self._text = text

    def help_text(self) -> HelpText | None:
        """Return what a help card says of the reference."""
        return self._text

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._text is None or self.hasSelectedText():
            super().contextMenuEvent(event)  # which copies
        else:
            show_card(self._text, self)


class ReferencesView(QScrollArea):
    """One entry per reference; plain text that can be copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("references_view")
        self.setAccessibleName("References")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget(self)
        self._layout = QVBoxLayout(inside)
        self._layout.setContentsMargins(8, 2, 8, 4)
        self._layout.setSpacing(1)
        self._layout.addStretch(1)
        self.setWidget(inside)
        self._labels: list[PlainLabel] = []
        self._shown: list[ReferenceSolved] | None = None
        self.show_references([])

    def show_references(self, references: Sequence[ReferenceSolved]) -> None:
        """Show what was solved, and what was not and why."""
        if list(references) == self._shown:
            return
        self._shown = list(references)
        for label in self._labels:
            self._layout.removeWidget(label)
            label.hide()
            label.deleteLater()
        self._labels = []
        for reference in references:
            if reference.values:
                certificate = _certificate(reference)
                text = reference_text(reference.kind, reference.title, with_minus(certificate))
                self._add(f"{reference.title}: {_values(reference.values)}", faint=False, text=text)
                self._add(certificate, text=text)
            else:
                self._add(f"{reference.title.replace('_', ' ')}: {reference.note}")
        if not references:
            self._add("Solved exactly when a run begins: the margin that theory says is reached.")

    def lines(self) -> list[str]:
        return [label.text() for label in self._labels]

    def _add(self, words: str, faint: bool = True, text: HelpText | None = None) -> None:
        label = ReferenceLine(with_minus(words), faint, text, self.widget())
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        if text is not None and not faint:
            label.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._layout.insertWidget(len(self._labels), label)
        self._labels.append(label)


def _values(values: tuple[float, ...]) -> str:
    low, high = min(values), max(values)
    return number(low, 7) if low == high else f"{number(low, 7)} to {number(high, 7)}, by replica"


def _certificate(reference: ReferenceSolved) -> str:
    gap = max(reference.gaps, default=float("nan"))
    if gap != gap:
        words = "without a certificate"
    else:
        words = "exact" if gap <= EXACT else f"certified to within {number(gap, 3)}"
    time = f", in {duration(reference.seconds)}" if reference.seconds >= TOLD_SECONDS else ""
    note = f"; {reference.note}" if reference.note else ""
    return f"{words}{time}{note}"
