"""Lets go of maps that nobody wants any more, some points at a time: to free very many takes longer than a turn."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QTimer, Slot

from .lab_map import LabMap

AT_ONCE = 500
"""Points that are freed in a turn."""
BETWEEN = 20
"""Milliseconds from one turn to the next."""


class Leaving(QObject):
    """Holds maps until their points are freed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.maps: list[LabMap] = []
        self._timer = QTimer(self)
        self._timer.setInterval(BETWEEN)
        self._timer.timeout.connect(self._on_turn)

    def take(self, maps: Iterable[LabMap]) -> None:
        """Let go of these."""
        self.maps += maps
        if self.maps:
            self._timer.start()

    @Slot()
    def _on_turn(self) -> None:
        results = self.maps[-1].results
        for _ in range(min(AT_ONCE, len(results))):
            results.popitem()
        if not results:
            self.maps.pop()
        if not self.maps:
            self._timer.stop()
