"""A quiet strip by the claims: one hint about the run looked at, and the edit that mends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from engine.experiment.differences import shown
from engine.experiment.experiment import Experiment
from engine.experiment.titles import short_title
from gui.choices_row import ChoicesRow
from gui.icons import icon, pixmap
from gui.plain_text import PlainLabel, tooltip
from gui.theme import mixed, set_sheet, theme

if TYPE_CHECKING:
    from engine.claims.hints import Hint

PADDING = 44
"""Pixels beside the words of a button, with those beside the button."""


class HintStrip(QFrame):
    """Shows hints one at a time; gone where there is none."""

    applied = Signal(str)
    """The rule whose remedy was chosen."""
    dismissed = Signal(str)
    more_wanted = Signal(str)
    """Where the handbook says more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("hint_strip")
        self._hints: list[Hint] = []
        self._experiment: Experiment | None = None
        self._place = 0
        self._sign = PlainLabel("", self)
        self.sentence = PlainLabel("", self)
        self.sentence.setObjectName("hint_sentence")
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sentence.setMinimumWidth(1)
        self.remedy = QPushButton(self)
        self.remedy.setObjectName("hint_remedy")
        self.more = self._small("hint_more", "Why?", "What the handbook says about it.")
        self.next = self._small("hint_next", "", "The next hint.")
        self.close_button = self._small(
            "hint_close", "", "Say this no more; Help > Show all hints brings it back."
        )
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.sentence, 1)
        top.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        below = ChoicesRow((0, 0, 0, 0))
        below.add(self.remedy, self.more)
        below.add_gap()
        below.add(self.next)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 5, 4, 5)
        column.setSpacing(3)
        column.addLayout(top)
        column.addLayout(below)
        self.remedy.clicked.connect(self._on_remedy)
        self.more.clicked.connect(self._on_more)
        self.next.clicked.connect(self._on_next)
        self.close_button.clicked.connect(self._on_close)
        self._dress()
        self.hide()

    def _small(self, name: str, text: str, help: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setToolTip(help)
        button.setAccessibleName(help)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    @property
    def hint(self) -> Hint | None:
        """The hint that can be read."""
        return self._hints[self._place] if self._hints else None

    def show_hints(self, hints: Sequence[Hint], experiment: Experiment | None = None) -> None:
        """Show hints about a run of an experiment; the one that is read stays, where it is still there."""
        before, self._experiment = self.hint, experiment
        self._hints = list(hints)
        rules = [hint.rule for hint in hints]
        self._place = rules.index(before.rule) if before is not None and before.rule in rules else 0
        self._say()

    def _say(self) -> None:
        hint = self.hint
        self.setVisible(hint is not None)
        if hint is None:
            return
        self.sentence.setText(f"{hint.sentence}.")
        self.remedy.setAccessibleName(hint.remedy.label)
        self._fit_remedy()
        edits = ", ".join(self._edit_in_words(path, value) for path, value in hint.remedy.changes.items())
        self.remedy.setToolTip(
            tooltip(f"{hint.remedy.label}. Edits the experiment: {edits}. Undo takes it back.")
        )
        self.next.setVisible(len(self._hints) > 1)
        self.next.setText(f"{self._place + 1} of {len(self._hints)} ›")

    def _edit_in_words(self, path: str, value: Any) -> str:
        name = path if self._experiment is None else short_title(self._experiment, path)
        return f"{name} {shown(value['kind'] if isinstance(value, dict) else value)}"

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_remedy()

    def _fit_remedy(self) -> None:
        """Write on the button as much of its words as there is room for."""
        if self.hint is not None:
            room = self.contentsRect().width() - PADDING
            words = self.remedy.fontMetrics().elidedText(
                self.hint.remedy.label, Qt.TextElideMode.ElideRight, max(room, PADDING)
            )
            self.remedy.setText(words)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
        elif event.type() == QEvent.Type.FontChange and self._hints:
            self._fit_remedy()
        super().changeEvent(event)

    def _dress(self) -> None:
        colours = theme().colours
        self._sign.setPixmap(pixmap("info", 16, colours.accent))
        self.close_button.setIcon(icon("close"))
        sheet = (
            f"HintStrip {{ background: {mixed(colours.base, colours.accent, 0.08)};"
            f" border-top: 1px solid {colours.line}; }}"
        )
        set_sheet(self, sheet)

    @Slot()
    def _on_remedy(self) -> None:
        if self.hint is not None:
            self.applied.emit(self.hint.rule)

    @Slot()
    def _on_more(self) -> None:
        if self.hint is not None:
            self.more_wanted.emit(self.hint.more)

    @Slot()
    def _on_next(self) -> None:
        self._place = (self._place + 1) % max(len(self._hints), 1)
        self._say()

    @Slot()
    def _on_close(self) -> None:
        if self.hint is not None:
            self.dismissed.emit(self.hint.rule)
