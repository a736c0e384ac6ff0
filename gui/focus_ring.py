"""A frame around whatever has the focus, so that it can be seen where the next key goes."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar, QWidget

from .theme import theme

WIDTH = 2.0
"""Pixels."""


class FocusRing(QWidget):
    """Lies over one widget as long as that has the focus; no mouse meets it.

    Two lines, so that it is seen on what has the colour of either, such as the Run button.
    """

    def __init__(self, around: QWidget) -> None:
        super().__init__(around)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        around.installEventFilter(self)
        self.setGeometry(around.rect())
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
            self.raise_()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for colour, inset in (
                (theme().colours.accent, WIDTH / 2),
                (theme().colours.background, 1.5 * WIDTH),
            ):
                painter.setPen(QPen(QColor(colour), WIDTH))
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 3, 3)


class FocusMarker(QObject):
    """Puts the ring around whatever gets the focus, in every window and dialog."""

    def __init__(self, app: QApplication, parent: QObject) -> None:
        super().__init__(parent)
        self._ring: FocusRing | None = None
        app.focusChanged.connect(self._on_focus_changed)

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        if self._ring is not None and shiboken6.isValid(self._ring):
            self._ring.hide()
            self._ring.deleteLater()
        self._ring = None
        if now is not None and can_be_ringed(now):
            self._ring = FocusRing(now)


def can_be_ringed(widget: QWidget) -> bool:
    """Say whether a ring tells anything: somebody could have chosen this widget, and it marks no place itself."""
    return widget.focusPolicy() != Qt.FocusPolicy.NoFocus and not isinstance(widget, QMenu | QMenuBar)
