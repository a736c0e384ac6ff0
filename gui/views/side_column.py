"""The right column: runs, claims beside theory, references, notes, one above the other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from gui.panels.theory_view import TheoryView
from gui.plain_text import PlainLabel
from gui.text_size import scaled, text_size

from .claims_view import ClaimsView
from .hint_strip import HintStrip
from .notes_edit import NotesEdit
from .references_view import ReferencesView
from .run_list_view import RunListView
from .tabs_that_fit import TabsThatFit

HEIGHTS = (190, 290, 105, 95)
LEAST_WIDTH, MOST_LEAST_WIDTH, MOST_OF_SCREEN = 200, 260, 0.22


class SideColumn(QSplitter):
    """Four parts whose heights can be dragged."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setObjectName("side_column")
        self.runs = RunListView(self)
        self.claims = ClaimsView(self)
        self.theory = TheoryView(self)
        self.judged = TabsThatFit(self)
        self.judged.setObjectName("judged")
        self.judged.add(self.claims, "Claims")
        self.judged.add(
            self.theory, "Theory", "Where theory applies: which theorems speak about the experiment."
        )
        self.hints = HintStrip(self)
        self.references = ReferencesView(self)
        self.notes = NotesEdit(self)
        self._parts: list[QWidget] = []
        for title, part in (
            ("Runs", self.runs),
            ("", self.judged),
            ("Reference", self.references),
            ("Notes", self.notes),
        ):
            self._parts.append(_section(title, part, self, self.hints if part is self.judged else None))
            self.addWidget(self._parts[-1])
        self.theory.applying_changed.connect(self._on_applying_changed)
        self.setChildrenCollapsible(False)
        self._fit()
        text_size().changed.connect(self._fit)
        self.reset()

    @Slot()
    def _fit(self) -> None:
        """Give every part room for text of its size; less than that of forms, which do not wrap."""
        most = min(MOST_LEAST_WIDTH, round(MOST_OF_SCREEN * self.screen().availableGeometry().width()))
        self.setMinimumWidth(max(LEAST_WIDTH, min(scaled(LEAST_WIDTH), most)))

    def name_claims(self, whose: str) -> None:
        """Say whose claims are shown: a run's, or those of the experiment before it has run."""
        self.judged.name_tab(0, f"Claims of {whose}", "Claims")

    @Slot(int)
    def _on_applying_changed(self, count: int) -> None:
        self.judged.name_tab(1, f"Theory ({count})" if count else "Theory", "Theory")

    def to_top(self) -> None:
        """Show the beginning of what is said of an experiment, as of another one."""
        for part in (self.claims, self.theory, self.references):
            part.verticalScrollBar().setValue(0)

    def show_parts(self, shown: Sequence[bool]) -> None:
        """Show or hide runs, claims, references and notes."""
        for place, wanted in enumerate(shown):
            self._parts[place].setVisible(wanted)

    def complete(self) -> None:
        """Bring back what an arrangement hid."""
        if any(part.isHidden() for part in self._parts):
            self.reset()

    def reset(self) -> None:
        """Show every part, and give it its height back."""
        self.show_parts([True] * self.count())
        for place, share in enumerate(HEIGHTS):
            self.setStretchFactor(place, share)
        self.setSizes(list(HEIGHTS))


def _section(title: str, part: QWidget, parent: QWidget, foot: QWidget | None = None) -> QWidget:
    section = QWidget(parent)
    layout = QVBoxLayout(section)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    if title:
        heading = PlainLabel(title, section)
        heading.setProperty("role", "section")
        heading.setContentsMargins(8, 0, 8, 0)
        layout.addWidget(heading)
    layout.addWidget(part, 1)
    if foot is not None:
        layout.addWidget(foot)
    section.setMinimumHeight(70)
    return section
