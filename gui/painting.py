"""What windows are painted with: once a turn, their plots ready; what is hidden takes up fonts when it is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol
from weakref import WeakSet

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QWidget

MOST_LET_BE = 20
"""Turns in a row that are left to painting."""
STILL = Qt.WidgetAttribute.WA_UpdatesDisabled


class PreparedPicture(Protocol):
    """A widget that has something to do before it is painted, which while it is painted would ask for it again."""

    def isVisible(self) -> bool: ...

    def window(self) -> QWidget: ...

    def prepare(self) -> None:
        """Make ready what is painted."""


PICTURES: WeakSet[PreparedPicture] = WeakSet()
WINDOWS: WeakSet[PaintedOnce] = WeakSet()


class PaintedOnce(QObject):
    """Holds back what asks for a window to be painted until the turn's events have passed.

    Every scene of a plot that changed would have the whole window painted at once, as far as it is not up to date,
    before layouts have settled, and again after painting, since scenes take up the range in view only then.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._passes = False
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.setInterval(0)
        self._due.timeout.connect(self.paint)
        self._turn = QTimer(self)
        """Runs to the end of the turn in which it was painted."""
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        window.installEventFilter(self)
        WINDOWS.add(self)

    @property
    def is_due(self) -> bool:
        """Whether something is still to be painted."""
        return self._due.isActive()

    @property
    def is_painting(self) -> bool:
        """Whether something is still to be painted, or was in this turn."""
        return self.is_due or self._turn.isActive()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.UpdateRequest or self._passes:
            return False
        self._due.start()
        return True

    @Slot()
    def paint(self) -> None:
        """Paint what is not up to date."""
        try:
            for picture in list(PICTURES):
                if shiboken6.isValid(picture) and picture.isVisible() and picture.window() is self._window:
                    picture.prepare()
        finally:
            self._due.stop()
            self._passes = True
            try:
                QCoreApplication.sendEvent(self._window, QEvent(QEvent.Type.UpdateRequest))
            finally:
                self._passes = False
                self._turn.start()


def are_painted() -> bool:
    """Say whether no window is still to be painted: what comes in turns lets it be, in a turn of its own."""
    return not any(shiboken6.isValid(window) and window.is_painting for window in WINDOWS)


class FreeTurns:
    """The turns in which something goes on that comes in turns: nothing is painted in them, where that ever ends."""

    def __init__(self) -> None:
        self._let_be = 0

    def come(self) -> bool:
        """Say whether this turn is one."""
        if are_painted() or self._let_be == MOST_LET_BE:
            self._let_be = 0
            return True
        self._let_be += 1
        return False


@contextmanager
def still(widgets: Iterable[QWidget]) -> Iterator[None]:
    """Have widgets not painted for what is done to them, where it does not change their looks."""
    updated = [widget for widget in widgets if not widget.testAttribute(STILL)]
    for widget in updated:
        widget.setAttribute(STILL, True)
    try:
        yield
    finally:
        for widget in updated:
            widget.setAttribute(STILL, False)


class FontWhenSeen(QObject):
    """Lets a widget take up another font of its own once it is seen: there are many more than are."""

    def __init__(self, widget: QWidget, take_up: Callable[[], None]) -> None:
        super().__init__(widget)
        self._take_up, self._is_due = take_up, False
        widget.installEventFilter(self)

    def eventFilter(self, widget: QObject, event: QEvent) -> bool:
        kind = event.type()
        self._is_due |= kind == QEvent.Type.FontChange
        if (
            self._is_due
            and kind in (QEvent.Type.FontChange, QEvent.Type.Show)
            and isinstance(widget, QWidget)
            and widget.isVisible()
        ):
            self._is_due = False
            self._take_up()
        return False
