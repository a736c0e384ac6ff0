"""What every dialog of the lab is: no larger than the screen, its buttons always in sight."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFrame, QScrollArea, QWidget

from gui.layouts import in_column
from gui.screen_fit import keep_on_screen

MARGIN = 9


class Dialog(QDialog):
    """A dialog over the window, gone for good when it is closed."""

    def __init__(self, name: str, title: str, size: QSize | None, parent: QWidget | None) -> None:
        """Make an empty dialog; without a size it is as large as its contents ask for."""
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        if size is not None:
            self.resize(size)
        self.finished.connect(self.deleteLater)

    def fill(self, body: QWidget, buttons: QDialogButtonBox, *, scrolls: bool = False) -> None:
        """Put contents over the buttons; they scroll themselves, or else where `scrolls` asks for it."""
        shown = scrolling(body, self) if scrolls else body
        layout = in_column((shown, buttons), self, margins=(MARGIN, MARGIN, MARGIN, MARGIN), spacing=6)
        layout.setStretch(0, 1)
        buttons.rejected.connect(self.reject)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)  # which puts it over its parent
        if not event.spontaneous():
            keep_on_screen(self)


def scrolling(body: QWidget, parent: QWidget) -> QScrollArea:
    """Return contents that scroll where there is no room for them, and have their own size where there is."""
    scroll = _WholeArea(parent)
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setAccessibleName(parent.windowTitle())
    scroll.setWidget(body)
    return scroll


class _WholeArea(QScrollArea):
    """Asks for the room that its contents ask for; Qt's own stops at a third of that."""

    def sizeHint(self) -> QSize:
        body = self.widget()
        return super().sizeHint() if body is None else body.sizeHint()
