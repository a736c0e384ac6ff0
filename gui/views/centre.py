"""The middle of the window, with the lines that tell something over its foot: nothing moves when one comes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from gui.layouts import in_column

from .info_bar import InfoBar

MARGIN = 8


class Centre(QWidget):
    """What fills the middle, and the lines over it."""

    def __init__(self, contents: QWidget, info: InfoBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._info = info
        in_column((contents,), self)
        info.setParent(self)
        self._foot: QWidget | None = None
        info.lines_changed.connect(self._place)
        self._place()

    def keep_clear(self, foot: QWidget) -> None:
        """Let the lines stand above something at the foot, while that is seen."""
        self._foot = foot
        foot.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.Move, QEvent.Type.Resize):
            self._place()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    @Slot()
    def _place(self) -> None:
        """Put the lines at the foot, as high as their words need."""
        width = max(self.width() - 2 * MARGIN, 0)
        end = self.height()
        if self._foot is not None and self._foot.isVisible():
            end = self._foot.mapTo(self, QPoint(0, 0)).y()
        height = min(self._info.height_for(width), max(end - 2 * MARGIN, 0))
        self._info.setGeometry(MARGIN, end - height - MARGIN, width, height)
        self._info.raise_()
