"""Choices that take all the height they need where there is room, and scroll where there is less."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

LEAST = 44
"""Pixels from top to bottom, at least."""


class LowScroll(QScrollArea):
    """As high as what it holds needs in its width, and no higher."""

    def __init__(self, inside: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._inside = inside
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setAccessibleName(inside.accessibleName())
        self.setWidget(inside)
        inside.installEventFilter(self)

    def _needed(self) -> int:
        layout = self._inside.layout()
        if layout is None or not layout.hasHeightForWidth():
            return self._inside.sizeHint().height()
        return layout.totalHeightForWidth(max(self.width(), self.minimumSizeHint().width()))

    def sizeHint(self) -> QSize:
        return QSize(self._inside.sizeHint().width(), self._needed())

    def minimumSizeHint(self) -> QSize:
        inside = self._inside.minimumSizeHint()
        return QSize(inside.width(), min(LEAST, inside.height()))

    def _choose_bar(self) -> None:
        """Show a bar where there is too little height without one: beside it lines are narrower, and may be more."""
        policies = Qt.ScrollBarPolicy
        too_low = self.height() < self._needed()
        self.setVerticalScrollBarPolicy(
            policies.ScrollBarAsNeeded if too_low else policies.ScrollBarAlwaysOff
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose_bar()
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._choose_bar()
        return super().eventFilter(watched, event)
