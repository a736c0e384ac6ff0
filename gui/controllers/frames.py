"""When the window is drawn anew: thirty times a second at most, and less often where that costs much."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from gui.plots.plots_view import PlotsView

FRAME = 33
"""Milliseconds between two redraws."""
CALM = 100
"""Milliseconds between two redraws of records where one costs much: of a processor they take a quarter at most, ..."""
SHARE = 0.25
"""... unless that would be fewer than ten a second."""


class Frames(QObject):
    """Says when a redraw is due; it waits for plots that are being drawn, but not for ever."""

    due = Signal()

    def __init__(self, plots: PlotsView, parent: QObject) -> None:
        super().__init__(parent)
        self._plots = plots
        self._framed = self._worked = 0.0
        """When the last frame began, and the processor time of the thread by then."""
        self.spent = 0.0
        """Seconds of the processor that passed from the frame before to the last one: painting is among them."""
        self._held_up = False
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.timer.timeout.connect(self._on_timeout)
        plots.drawn.connect(self._on_drawn)

    def begin(self) -> float:
        """Begin a frame; return when."""
        self._held_up = False
        worked, self._worked = self._worked, time.thread_time()
        self.spent = self._worked - worked
        self._framed = time.perf_counter()
        return self._framed

    def soon(self, *, calm: bool = False, at_once: bool = False) -> None:
        """Ask for a frame; calm: nobody waits for it who did something."""
        pause = min(max(FRAME, 1000 * self.spent / SHARE), CALM) if calm else FRAME
        since = 1000 * (time.perf_counter() - self._framed)
        wait = 0 if at_once else max(0, round(pause - since))
        if not self.timer.isActive() or wait < self.timer.remainingTime():
            self.timer.start(wait)

    @Slot()
    def _on_timeout(self) -> None:
        if self._plots.is_drawing and not self._held_up:
            self._held_up = True
            self.timer.start(CALM)
        else:
            self.due.emit()

    @Slot()
    def _on_drawn(self) -> None:
        if self._held_up:
            self.timer.start(0)
