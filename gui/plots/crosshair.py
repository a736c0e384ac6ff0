"""One crosshair over all plots: snapped to the nearest record, moved at most once a frame."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from .trace_plot import TracePlot
from .traces import ReadingPlace, TraceData

FRAME = 16
"""Milliseconds from one move to the next, at least."""


class Crosshair(QObject):
    """Listens to the mouse in every plot and shows the same moment in all, wherever that lies on their axes."""

    moved = Signal(object)
    """The step under it, or None where it is not."""
    clicked = Signal(int)
    """A step was clicked."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.step: int | None = None
        self.position: float | None = None
        """On the axis of the plot that the mouse is over."""
        self._over: TracePlot | None = None
        self._run = ""
        """The run whose record is under it."""
        self._read_at: ReadingPlace | None = None
        self._plots: list[TracePlot] = []
        self._wanted: tuple[TracePlot, float] | None = None
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
        plot.set_crosshair(self._place_in(plot), self._read_at)

    def leave(self, plot: TracePlot) -> None:
        """Forget a plot that is no more."""
        self._plots.remove(plot)
        if self._over is plot:
            self._over = self._wanted = self.position = None

    def refresh(self) -> None:
        """Stay at its position while runs go on, come and go."""
        if self.position is not None and self._over is not None:
            self._show(self._over, self.position)

    @Slot(float, float)
    def _on_hovered(self, position: float, height: float) -> None:
        plot = self.sender()
        if isinstance(plot, TracePlot):
            self._wanted = plot, position
            if not self._timer.isActive():
                self._timer.start()

    @Slot()
    def _on_left(self) -> None:
        self._wanted = None
        if self.position is not None and not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _on_timeout(self) -> None:
        self._show(*(self._wanted or (None, None)))

    @Slot(float)
    def _on_clicked(self, position: float) -> None:
        plot = self.sender()
        near = nearest(plot.visible(), position) if isinstance(plot, TracePlot) else None
        if near is not None:
            self.clicked.emit(near[0].step(near[1]))

    def _show(self, plot: TracePlot | None, position: float | None) -> None:
        data = [] if plot is None else plot.visible()
        near = None if position is None else nearest(data, position)
        if near is None:
            if self.position is None:
                return
            self.position, read_at = None, None
        else:
            self.position = at = float(near[0].positions.middle[near[1]])
            records = {d.trace.run: r for d in data if (r := d.record_at(at)) is not None}
            read_at = ReadingPlace(near[0].step(near[1]), records)
            self._run = near[0].trace.run
        self._over, self._read_at = plot, read_at
        for each in self._plots:
            each.set_crosshair(self._place_in(each), read_at)
        step = None if read_at is None else read_at.step
        if step != self.step:
            self.step = step
            self.moved.emit(step)

    def _place_in(self, plot: TracePlot) -> float | None:
        """Return where it is in a plot; None where it is not."""
        if self.position is None or self._read_at is None or self._over is None:
            return None
        if plot.axis.id == self._over.axis.id:
            return self.position
        run = next((data for data in plot.visible() if data.trace.run == self._run), None)
        place = float("nan") if run is None else run.position(self._read_at.step)
        return place if place == place else None


def nearest(data: Sequence[TraceData], position: float) -> tuple[TraceData, int] | None:
    """Return the run and the record nearest to a position."""
    there = [(d, record) for d in data if (record := d.nearest(position)) is not None]
    if not there:
        return None
    distances = [abs(float(d.positions.middle[record]) - position) for d, record in there]
    return there[distances.index(min(distances))]
