"""The middle of the window, with the lines that tell something over its foot: nothing moves when one comes."""

from __future__ import annotations

from PySide6.QtCore import Slot
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
        info.lines_changed.connect(self._place)
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    @Slot()
    def _place(self) -> None:
        """Put the lines at the foot, as high as their words need."""
        width = max(self.width() - 2 * MARGIN, 0)
        height = min(self._info.height_for(width), self.height() - 2 * MARGIN)
        self._info.setGeometry(MARGIN, self.height() - height - MARGIN, width, height)
        self._info.raise_()
