"""What every dialog of the lab is: no larger than the screen, its buttons always in sight, closed by no field."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QPushButton,
    QScrollArea,
    QWidget,
)

from gui.layouts import in_column
from gui.screen_fit import keep_on_screen
from gui.search_line import SearchLine

MARGIN = 9
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Dialog(QDialog):
    """A dialog over the window, gone for good when it is closed."""

    def __init__(self, name: str, title: str, size: QSize | None, parent: QWidget | None) -> None:
        """Make an empty dialog; without a size it is as large as its contents ask for."""
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        if size is not None:
            self.resize(size)
        self._by_enter: dict[QPushButton, bool] = {}
        """What Enter may press though something else has the focus; True where it opens what a search found."""
        self.finished.connect(self.deleteLater)

    def fill(self, body: QWidget, buttons: QDialogButtonBox, *, scrolls: bool = False) -> None:
        """Put contents over the buttons; they scroll themselves, or else where `scrolls` asks for it.

        Enter presses the default button, where that was made one on purpose or takes what the dialog was opened for.
        """
        shown = scrolling(body, self) if scrolls else body
        layout = in_column((shown, buttons), self, margins=(MARGIN, MARGIN, MARGIN, MARGIN), spacing=6)
        layout.setStretch(0, 1)
        buttons.rejected.connect(self.reject)
        takes = QDialogButtonBox.ButtonRole.AcceptRole
        for button in buttons.buttons():
            ends = buttons.buttonRole(button) is takes
            if isinstance(button, QPushButton) and (ends or button.isDefault()):
                self._by_enter[button] = not ends

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focused = self.focusWidget()
        if event.key() in ENTER and isinstance(focused, QPushButton):
            event.accept()  # Qt would press the default button in its place
            focused.click()
        elif event.key() in ENTER and not self._may_press():
            event.accept()  # Qt would press the first button that there is, which closes most dialogs
        else:
            super().keyPressEvent(event)

    def _may_press(self) -> bool:
        """Say whether Enter in a field presses a button: no number that is settled and no search does."""
        focused = self.focusWidget()
        default = next((button for button in self._by_enter if button.isDefault()), None)
        if default is None or isinstance(focused, QAbstractSpinBox):
            return False
        return self._by_enter[default] or not isinstance(focused, SearchLine)

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
