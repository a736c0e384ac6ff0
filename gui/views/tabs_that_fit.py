"""Tabs whose names are short where there is no room for whole ones."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTabWidget, QWidget

from gui.plain_text import tooltip


class TabsThatFit(QTabWidget):
    """Every tab has a whole and a short name; the first tab's is shortened first, a tooltip tells it whole."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.tabBar().setExpanding(False)
        self.tabBar().setElideMode(Qt.TextElideMode.ElideRight)
        self.tabBar().setUsesScrollButtons(False)
        self._names: list[tuple[str, str]] = []
        self._notes: list[str] = []

    def add(self, page: QWidget, name: str, note: str = "") -> None:
        """Add a tab; the note is its tooltip."""
        self._names.append((name, name))
        self._notes.append(note)
        self.addTab(page, name)
        self._name()

    def name_tab(self, place: int, whole: str, short: str) -> None:
        """Call a tab otherwise."""
        if self._names[place] != (whole, short):
            self._names[place] = (whole, short)
            self._name()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._name()

    def _name(self) -> None:
        for shortened in range(len(self._names) + 1):
            for place, (names, note) in enumerate(zip(self._names, self._notes, strict=True)):
                whole, short = names
                self.setTabText(place, short if place < shortened else whole)
                told = [whole] * (place < shortened and short != whole) + [note] * bool(note)
                self.setTabToolTip(place, tooltip("\n".join(told)))
            if self.tabBar().sizeHint().width() <= self.width():
                return
