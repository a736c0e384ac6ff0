"""Tabs whose names are short, and then a little smaller, where there is no room for whole ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
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
        """Call the tabs by the longest names that have room, in the largest letters."""
        bar = self.tabBar()
        called = [self.tabText(place) for place in range(self.count())]
        room = self.width() - (bar.sizeHint().width() - _length(called, bar.font()))
        size, names = 1.0, [whole for whole, _ in self._names]
        for size, names in self._ways():
            if _length(names, resized(self.font(), size)) <= room:
                break
        if size != 1.0:
            bar.setFont(resized(self.font(), size))
        elif bar.testAttribute(Qt.WidgetAttribute.WA_SetFont):
            bar.setFont(QFont())  # that of the window
        for place, (name, (whole, _), note) in enumerate(zip(names, self._names, self._notes, strict=True)):
            if name != called[place]:
                self.setTabText(place, name)
            self.setTabToolTip(place, tooltip("\n".join([whole] * (name != whole) + [note] * bool(note))))

    def _ways(self) -> Iterator[tuple[float, list[str]]]:
        """Give what the tabs may be called in which size of letters, of the usual, the best first."""
        for shortened in range(len(self._names) + 1):
            yield 1.0, [short if at < shortened else whole for at, (whole, short) in enumerate(self._names)]
        for size in SMALLER:
            yield size, [short for _, short in self._names]


def _length(names: Iterable[str], font: QFont) -> int:
    """Return how many pixels names take as a bar of tabs writes them, without what is around them."""
    metrics = QFontMetrics(font)
    return sum(metrics.size(Qt.TextFlag.TextShowMnemonic, name).width() for name in names)
