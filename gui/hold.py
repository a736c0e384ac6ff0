"""What a hand holds with the mouse, until it lets go or can hold it no longer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

LOST = frozenset(
    (
        QEvent.Type.Hide,
        QEvent.Type.FocusOut,
        QEvent.Type.WindowDeactivate,
        QEvent.Type.ApplicationDeactivate,
    )
)
"""What takes a widget out of a hand, where it comes to the widget or to all of the application."""


class Hold(QObject):
    """Knows whether a widget is held; Escape ends it, and so does whatever takes the widget out of the hand.

    Nobody is told of a mouse button that was let go over another window: without an end a drag would go on for ever.
    """

    changed = Signal(bool)
    """A hand takes it, or lets go of it."""
    ended = Signal()
    """The hand lets go, or can hold it no longer; comes before `changed`."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self.is_held = False

    def take(self) -> None:
        """Note that a hand takes the widget."""
        if self.is_held:
            return
        self.is_held = True
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)
        self.changed.emit(True)

    def let_go(self) -> None:
        """Note that it lets go."""
        if not self.is_held:
            return
        self.is_held = False
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        self.ended.emit()
        self.changed.emit(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look for what ends it; Escape is used up by that."""
        kind = event.type()
        if kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            if not isinstance(event, QKeyEvent) or event.key() != Qt.Key.Key_Escape:
                return False
            event.accept()  # a shortcut would close what holds the widget
            if kind is QEvent.Type.KeyPress:
                self.let_go()
            return True
        if kind in LOST and (watched is self._widget or kind is QEvent.Type.ApplicationDeactivate):
            self.let_go()
        return False
