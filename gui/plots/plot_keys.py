"""Keys that mean something in plots in focus: they come before the window's shortcuts."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

FAR = Qt.KeyboardModifier.ShiftModifier
KNOWN = FAR | Qt.KeyboardModifier.KeypadModifier
"""What may be held with a key; with anything else it is somebody else's."""


class PlotKeys(QObject):
    """Hears the keys of the plots whose event filter it is."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride)
        if event.type() in kinds and isinstance(event, QKeyEvent) and not event.modifiers() & ~KNOWN:
            far, pressed = bool(event.modifiers() & FAR), event.type() == QEvent.Type.KeyPress
            if self.take_key(Qt.Key(event.key()), far=far, pressed=pressed):
                event.accept()
                return True
        return super().eventFilter(watched, event)

    def take_key(self, key: Qt.Key, *, far: bool, pressed: bool) -> bool:
        """Do what a key says, once it is pressed; say whether it says anything.

        Args:
            key: which one.
            far: whether Shift is held.
            pressed: whether it is pressed now; else it is asked whose key it is.
        """
        raise NotImplementedError
