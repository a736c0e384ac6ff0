"""The middle of the window, with the lines that tell something at its foot: they take room, and cover nothing."""

from __future__ import annotations

from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from gui.layouts import in_column

from .info_bar import InfoBar

MARGIN = 8


class Centre(QWidget):
    """What fills the middle, and the lines under it."""

    def __init__(self, contents: QWidget, info: InfoBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._contents, self._info = contents, info
        in_column((contents,), self)
        info.setParent(self)
        info.lines_changed.connect(self._place)
        self._place()

    def minimumSizeHint(self) -> QSize:
        # lines never make a small window larger: they rather cover what is at the foot
        return self._contents.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    @Slot()
    def _place(self) -> None:
        """Put the lines at the foot, as high as their words need."""
        width = max(self.width() - 2 * MARGIN, 0)
        height = min(self._info.height_for(width), max(self.height() - 2 * MARGIN, 0))
        taken = height + 2 * MARGIN if self._info.lines else 0
        left = max(self.height() - self._contents.minimumSizeHint().height(), 0)
        layout = self.layout()
        if layout is not None:
            layout.setContentsMargins(0, 0, 0, min(taken, left))
        self._info.setGeometry(MARGIN, self.height() - height - MARGIN, width, height)
        self._info.raise_()
