"""Windows and dialogs stay within the screen that they are on."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QWidget

FRAME = QSize(16, 40)
"""What a title bar and borders take, where the window system has not said yet."""


def keep_on_screen(window: QWidget, *, framed: bool = False) -> None:
    """Make a window as large as the screen at most, and bring it inside, as when it comes from a larger one.

    `framed`: it has been seen long enough for the window system to have said what its frame takes.
    """
    available = window.screen().availableGeometry()
    frame = window.frameGeometry().size() - window.size()
    place = fitted(
        QRect(window.pos(), window.size()), available, frame if framed or frame.height() > 0 else FRAME
    )
    if place.size() != window.size():
        window.resize(place.size())
    if place.topLeft() != window.pos():
        window.move(place.topLeft())


def come_up_below(popup: QWidget, below: QWidget, width: int, height: int) -> None:
    """Show something that comes up below a button or a box, within its screen."""
    screen = below.screen().availableGeometry()
    popup.resize(min(width, screen.width()), min(height, screen.height() - FRAME.height()))
    place = below.mapToGlobal(below.rect().bottomLeft())
    place.setX(max(screen.left(), min(place.x(), screen.right() - popup.width())))
    place.setY(max(screen.top(), min(place.y(), screen.bottom() - popup.height())))
    popup.move(place)
    popup.show()


def fitted(place: QRect, available: QRect, frame: QSize = FRAME) -> QRect:
    """Return a window's place and size inside what a screen has; `frame` is what goes around that size."""
    size = place.size().boundedTo(available.size() - frame)
    left = min(place.left(), available.right() + 1 - size.width() - frame.width())
    top = min(place.top(), available.bottom() + 1 - size.height() - frame.height())
    return QRect(max(left, available.left()), max(top, available.top()), size.width(), size.height())
