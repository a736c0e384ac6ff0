"""What one more run is drawn with, made before it begins: its first record is waited for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Slot

from .trace_plot import TracePlot

PAUSE = 150
"""Milliseconds after plots were drawn, and between two that are made ready."""


class Spares(QObject):
    """Makes lines out of sight, one plot's at a time, while nothing is drawn."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._plots: list[TracePlot] = []
        self._several = False
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.setInterval(PAUSE)
        self.timer.timeout.connect(self._on_timeout)

    def make_for(self, plots: Sequence[TracePlot], several: bool) -> None:
        """Let these plots, which were just drawn, have what one more run takes, of several replicas or of one."""
        self._plots, self._several = list(plots), several
        self.timer.start()

    @Slot()
    def _on_timeout(self) -> None:
        if any(plot.lines.make_spare(self._several) for plot in self._plots):
            self.timer.start()
