"""Keys that walk over what plots show one by one, as units or samples: for people who have no mouse at hand."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent

from gui.plots.base import PlotCanvas

STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1}
FAR = 10
"""How many at once with Shift."""
KEYS_HELP = "Arrow keys go on to the next one and back (with Shift ten at once), Escape lets it go."


class Walk(QObject):
    """Hears the keys of some plots."""

    walked = Signal(int)
    """By how many to go on; below 0 back."""
    left = Signal()
    """Nothing is to be chosen any more."""

    def __init__(self, plots: Iterable[PlotCanvas], parent: QObject) -> None:
        super().__init__(parent)
        for plot in plots:
            plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            plot.setAccessibleDescription(KEYS_HELP)
            plot.installEventFilter(self)
        self.is_on = False
        """Whether something is chosen, which Escape lets go."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride)
        if event.type() in kinds and isinstance(event, QKeyEvent):
            pressed = event.type() == QEvent.Type.KeyPress
            if self._take_key(Qt.Key(event.key()), event.modifiers(), pressed=pressed):
                event.accept()
                return True
        return super().eventFilter(watched, event)

    def _take_key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier, *, pressed: bool) -> bool:
        """Do what a key says, once it is pressed; say whether it says anything."""
        known = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
        if modifiers & ~known:
            return False
        if key in STEPS:
            if pressed:
                self.walked.emit(STEPS[key] * (FAR if modifiers & Qt.KeyboardModifier.ShiftModifier else 1))
            return True
        if key == Qt.Key.Key_Escape and self.is_on:
            if pressed:
                self.left.emit()
            return True
        return False


def walked_to(place: int | None, by: int, count: int) -> int | None:
    """Return the place that one comes to from another, from 0; from none the first, or the last going back."""
    if not count:
        return None
    if place is None:
        return 0 if by > 0 else count - 1
    return min(max(place + by, 0), count - 1)
