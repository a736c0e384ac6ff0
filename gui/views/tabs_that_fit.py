"""Tabs whose names are short, and then a little smaller, where there is no room for whole ones."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QTabWidget, QWidget

from gui.plain_text import tooltip
from gui.text_size import resized, text_size

SMALLER = (0.9, 0.78)
"""Sizes of names, of the usual, where short ones have no room either."""


class TabsThatFit(QTabWidget):
    """Every tab has a whole and a short name; the first tab's is shortened first, a tooltip tells it whole.

    Where the smallest names have no room, buttons scroll to them.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        bar = self.tabBar()
        bar.setExpanding(False)
        bar.setElideMode(Qt.TextElideMode.ElideNone)
        bar.setUsesScrollButtons(True)  # else the names would make the window as wide as they are
        self._names: list[tuple[str, str]] = []
        self._notes: list[str] = []
        text_size().changed.connect(self._name)

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

    @Slot()
    def _name(self) -> None:
        self.tabBar().setFont(QFont())  # that of the window
        for shortened in range(len(self._names) + 1):
            names = [
                short if place < shortened else whole for place, (whole, short) in enumerate(self._names)
            ]
            if self._fits(names):
                return
        for size in SMALLER:
            self.tabBar().setFont(resized(self.font(), size))
            if self._fits(names):
                return

    def _fits(self, names: Sequence[str]) -> bool:
        """Call the tabs so, and say whether all of them have room."""
        for place, (name, (whole, _), note) in enumerate(zip(names, self._names, self._notes, strict=True)):
            self.setTabText(place, name)
            told = [whole] * (name != whole) + [note] * bool(note)
            self.setTabToolTip(place, tooltip("\n".join(told)))
        return self.tabBar().sizeHint().width() <= self.width()
