"""Doing before anybody asks what takes a while then: a part in a turn, while the window has nothing else to do."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Slot

BETWEEN = 40
"""Milliseconds from one part to the next."""


class WorkAhead(QObject):
    """Does all of some work once, part by part."""

    def __init__(self, parts: Iterator[None], parent: QObject) -> None:
        super().__init__(parent)
        self._left = parts
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
