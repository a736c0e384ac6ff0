"""Keys that walk over what plots show one by one, as units or samples: for people who have no mouse at hand."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Qt, Signal

from gui.plots.base import PlotCanvas
from gui.plots.plot_keys import PlotKeys

STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1}
AT_ONCE = 10
"""How many at once with Shift."""
KEYS_HELP = "Arrow keys go on to the next one and back (with Shift ten at once), Escape lets it go."


class Walk(PlotKeys):
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

    def take_key(self, key: Qt.Key, *, far: bool, pressed: bool) -> bool:
        if key in STEPS:
            if pressed:
                self.walked.emit(STEPS[key] * (AT_ONCE if far else 1))
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
