"""The right column: runs, claims, references, notes, one above the other."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from .claims_view import ClaimsView
from .notes_edit import NotesEdit
from .references_view import ReferencesView
from .run_list import RunList

HEIGHTS = (160, 290, 110, 120)


class SideColumn(QSplitter):
    """Four parts whose heights can be dragged."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setObjectName("side_column")
        self.runs = RunList(self)
        self.claims = ClaimsView(self)
        self.references = ReferencesView(self)
        self.notes = NotesEdit(self)
        self.headings: dict[str, QLabel] = {}
        for title, part in (
            ("Runs", self.runs),
            ("Claims", self.claims),
            ("Reference", self.references),
            ("Notes", self.notes),
        ):
            self.headings[title] = heading = _heading(title, self)
            self.addWidget(_section(heading, part, self))
        self.setChildrenCollapsible(False)
        self.setMinimumWidth(240)
        self.reset()

    def name_claims(self, whose: str) -> None:
        """Say whose claims are shown: a run's, or those of the experiment before it has run."""
        self.headings["Claims"].setText(f"Claims of {whose}")

    def reset(self) -> None:
        """Give every part its height back."""
        for place, share in enumerate(HEIGHTS):
            self.setStretchFactor(place, share)
        self.setSizes(list(HEIGHTS))


def _heading(title: str, parent: QWidget) -> QLabel:
    heading = QLabel(title, parent)
    heading.setProperty("role", "section")
    heading.setContentsMargins(8, 0, 8, 0)
    heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # a long name is cut
    return heading


def _section(heading: QLabel, part: QWidget, parent: QWidget) -> QWidget:
    section = QWidget(parent)
    layout = QVBoxLayout(section)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(heading)
    layout.addWidget(part, 1)
    section.setMinimumHeight(70)
    return section
