"""One crosshair over all plots: snapped to the nearest record, moved at most once a frame."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from .trace_plot import TracePlot
from .traces import ReadingPlace, TraceData

FRAME = 16
"""Milliseconds from one move to the next, at least."""


class Crosshair(QObject):
    """Listens to the mouse in every plot and shows the same moment in all."""

    moved = Signal(object)
    """The step under it, or None where it is not."""
    clicked = Signal(int)
    """A step was clicked."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.step: int | None = None
        self.position: float | None = None
        self._read_at: ReadingPlace | None = None
        self._plots: list[TracePlot] = []
        self.data: list[TraceData] = []
        self._wanted: float | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(FRAME)
        self._timer.timeout.connect(self._on_timeout)

    def listen_to(self, plot: TracePlot) -> None:
        """Listen to one more plot, and show it what the others show."""
        self._plots.append(plot)
        plot.hovered.connect(self._on_hovered)
        plot.left.connect(self._on_left)
        plot.clicked.connect(self._on_clicked)
        plot.set_crosshair(self.position, self._read_at)

    def set_data(self, data: Sequence[TraceData]) -> None:
        """Set the visible runs; the crosshair stays at its position."""
        self.data = list(data)
        if self.position is not None:
            self._show(self.position)

    def nearest(self, position: float) -> tuple[TraceData, int] | None:
        """Return the run and the record nearest to a position."""
        nearest = [(d, record) for d in self.data if (record := d.nearest(position)) is not None]
        if not nearest:
            return None
        distances = [abs(float(d.positions.middle[record]) - position) for d, record in nearest]
        return nearest[distances.index(min(distances))]

    @Slot(float, float)
    def _on_hovered(self, position: float, height: float) -> None:
        self._wanted = position
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _on_left(self) -> None:
        self._wanted = None
        if self.position is not None and not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _on_timeout(self) -> None:
        self._show(self._wanted)

    @Slot(float)
    def _on_clicked(self, position: float) -> None:
        nearest = self.nearest(position)
        if nearest is not None:
            self.clicked.emit(nearest[0].step(nearest[1]))

    def _show(self, position: float | None) -> None:
        nearest = None if position is None else self.nearest(position)
        if nearest is None:
            if self.position is None:
                return
            self.position, read_at = None, None
        else:
            data, record = nearest
            self.position = float(data.positions.middle[record])
            records = {d.trace.run: r for d in self.data if (r := d.record_at(self.position)) is not None}
            read_at = ReadingPlace(data.step(record), records)
        self._read_at = read_at
        for plot in self._plots:
            plot.set_crosshair(self.position, read_at)
        step = None if read_at is None else read_at.step
        if step != self.step:
            self.step = step
            self.moved.emit(step)
