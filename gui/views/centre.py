"""The middle of the window, with the lines that tell something at its foot: nothing moves beneath the mouse.

While the mouse is over the middle the lines stand over its foot; else they take room under it, and cover nothing.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Slot
from PySide6.QtGui import QEnterEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from gui.layouts import in_column

from .info_bar import InfoBar

MARGIN = 8


class Centre(QWidget):
    """What fills the middle, and the lines at its foot."""

    def __init__(self, contents: QWidget, info: InfoBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._contents, self._info = contents, info
        self._column = in_column((contents,), self)
        info.setParent(self)
        self._foot: QWidget | None = None
        self._is_pointed_at = False
        info.lines_changed.connect(self._place)
        self._place()

    def keep_clear(self, foot: QWidget) -> None:
        """Let lines that cover stand above something at the foot, while that is seen."""
        self._foot = foot
        foot.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.Move, QEvent.Type.Resize):
            self._put()
        return super().eventFilter(watched, event)

    def minimumSizeHint(self) -> QSize:
        # lines never make a small window larger: they rather cover what is at the foot
        return self._contents.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._is_pointed_at = True

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._is_pointed_at = False
        self._place()

    @Slot()
    def _place(self) -> None:
        """Give the lines the room that they need, where that moves nothing beneath the mouse, and put them there."""
        if not self._is_pointed_at:
            taken = self._needed() + 2 * MARGIN if self._info.lines else 0
            free = max(self.height() - self._contents.minimumSizeHint().height(), 0)
            self._column.setContentsMargins(0, 0, 0, min(taken, free))
        self._put()

    def _needed(self) -> int:
        """Return how high the lines are in full."""
        return self._info.height_for(max(self.width() - 2 * MARGIN, 0))

    def _put(self) -> None:
        """Put the lines at the foot, as high as their words need."""
        end, needed = self.height(), self._needed()
        covers = self._column.contentsMargins().bottom() < needed + 2 * MARGIN
        if covers and self._foot is not None and self._foot.isVisible():
            end = self._foot.mapTo(self, QPoint(0, 0)).y()
        height = min(needed, max(end - 2 * MARGIN, 0))
        self._info.setGeometry(MARGIN, end - height - MARGIN, max(self.width() - 2 * MARGIN, 0), height)
        self._info.raise_()
