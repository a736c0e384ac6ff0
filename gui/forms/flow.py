"""A layout that puts widgets side by side and wraps to the next line, in columns of equal width if asked."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QWidget

from gui.wrapping import WrappingLayout


class FlowLayout(WrappingLayout):
    """Wraps its widgets to the width there is; with `even`, columns share the width evenly."""

    def __init__(self, parent: QWidget | None = None, *, spacing: int = 6, even: bool = False) -> None:
        super().__init__(parent)
        self._even = even
        self.setSpacing(spacing)
        self.setContentsMargins(0, 0, 0, 0)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        shown = self._shown()
        if not shown:
            return 0
        gap = self.spacing()
        widest = max(item.sizeHint().width() for item in shown)
        columns = max(1, (rect.width() + gap) // (widest + gap))
        column = (rect.width() + gap) // columns - gap
        x, y, line = rect.x(), rect.y(), 0
        for item in shown:
            size = item.sizeHint()
            if self._even:
                size.setWidth(column)
            if x > rect.x() and x + size.width() > rect.x() + rect.width():
                x, y, line = rect.x(), y + line + gap, 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), size))
            x += size.width() + gap
            line = max(line, size.height())
        return y + line - rect.y()
