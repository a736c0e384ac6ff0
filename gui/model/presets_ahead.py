"""Reading presets before anybody asks for them: one file in a turn, while the window has nothing else to do."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Slot

from engine.catalog import read_ahead

BETWEEN = 40
"""Milliseconds from one file to the next."""


class PresetsAhead(QObject):
    """Reads every preset once, so that the gallery and the palette find them read."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._left: Iterator[None] = read_ahead()
        self._timer = QTimer(self)
        self._timer.setInterval(BETWEEN)
        self._timer.timeout.connect(self._on_timeout)

    @Slot()
    def begin(self) -> None:
        """Begin, or go on."""
        self._timer.start()

    @Slot()
    def _on_timeout(self) -> None:
        try:
            next(self._left)
        except StopIteration:
            self._timer.stop()
