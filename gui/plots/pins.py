"""Two pins in a plot, set, dragged and moved by keys, and the lines of least squares between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont

from engine.figures.fits import Between
from engine.figures.plots import HorizontalAxis
from gui.theme import theme

from .fit_lines import FitLines
from .measured import MeasuredLine, ends, measured
from .plot_keys import PlotKeys
from .traces import TraceData

if TYPE_CHECKING:
    from .trace_plot import TracePlot

NAMES = ("A", "B")
TENTH = 0.1
"""Of the records: how far Shift and an arrow key move a pin."""
KEYS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class PlotPins(PlotKeys):
    """The pins of one plot; their steps are among what its choices keep."""

    moved = Signal()
    """The user set, moved or removed pins."""

    def __init__(self, plot: TracePlot) -> None:
        super().__init__(plot)
        self.plot = plot
        self.choices = plot.choices
        self.takes_clicks = False
        """Whether a click sets a pin, and keys move one."""
        self.rows: list[MeasuredLine] = []
        """What was measured when the plot was drawn last."""
        self.axis: HorizontalAxis | None = None
        self.active = 1
        """The pin that keys move."""
        self._data: list[TraceData] = []
        self._echoed: list[int] = []
        """Steps of the pins of another plot."""
        self._placing = False
        self.lines = [_Pin(name) for name in NAMES]
        self.fits = FitLines(plot.canvas.view, plot.right_view, self.choices)
        for line in self.lines:
            plot.canvas.view.addItem(line, ignoreBounds=True)
            line.hide()
            line.sigDragged.connect(self._on_dragged)
            line.sigPositionChangeFinished.connect(self._on_dropped)
        plot.canvas.installEventFilter(self)
        theme().theme_changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    @property
    def between(self) -> Between | None:
        """What is measured; None where no two pins are set, or pins are hidden."""
        return self.choices.between() if self.takes_clicks else None

    def measure(self, on: bool) -> None:
        """Show the pins and let clicks set them, or hide them."""
        self.takes_clicks = on
        self.draw(self._data, self.axis or self.plot.axis)

    def echo(self, steps: Sequence[int]) -> None:
        """Show where the pins of another plot are, as long as this one has none."""
        if list(steps) != self._echoed:
            self._echoed = list(steps)
            self._place()

    def set_font(self, font: QFont) -> None:
        """Set the font of names and rates."""
        for line in self.lines:
            line.label.setFont(font)
        self.fits.set_font(font)

    # --- drawing ---

    def draw(self, visible: Sequence[TraceData], axis: HorizontalAxis) -> None:
        """Draw pins and fits over what the plot has just drawn."""
        self._data, self.axis = list(visible), axis
        between = self.between
        self.rows = []
        if between is not None:
            self.rows = measured(between, visible, self.choices, self.plot.series, axis)
        self._place()
        letters = [line.label for line in self.lines if line.isVisible()]
        self.fits.show([row for row in self.rows if row.fit is not None], letters)

    def _place(self) -> None:
        """Put the pins where their steps are."""
        self._placing = True
        own = bool(self.choices.pins)
        steps = self.choices.pins if own else self._echoed
        steps = steps if self.takes_clicks else []
        for place, line in enumerate(self.lines):
            line.be_echo(not own)
            position = self._position(steps[place]) if place < len(steps) else float("nan")
            line.setVisible(bool(np.isfinite(position)))
            if np.isfinite(position):
                line.setPos(position)
        self._placing = False

    def reference(self) -> TraceData | None:
        """Return the run by whose records pins are placed: the one looked at, or the last that has records."""
        there = [data for data in self._data if len(data.records)]
        return next((data for data in there if data.trace.selected), there[-1] if there else None)

    def _reaching(self, reaches: Callable[[TraceData], bool]) -> TraceData | None:
        """Return the run by whose records pins are placed where it reaches so far, else the longest that does."""
        first = self.reference()
        if first is None or reaches(first):
            return first
        others = [data for data in self._data if len(data.records) and reaches(data)]
        return max(others, key=lambda data: int(data.records.steps[-1]), default=first)

    def _position(self, step: int) -> float:
        data = self._reaching(lambda data: int(data.records.steps[-1]) >= step)
        if data is None:
            return float("nan")
        steps = data.records.steps
        position = data.position(min(max(step, int(steps[0])), int(steps[-1])))
        return position if np.isfinite(position) else data.position(int(steps[min(1, len(steps) - 1)]))

    # --- what the user does ---

    def set_at(self, position: float) -> None:
        """Set the next pin at a position; once both are set, move the one that is nearer."""
        data = self._reaching(lambda data: _is_within(data, position))
        record = None if data is None else data.nearest(position)
        if data is None or record is None:
            return
        steps = list(self.choices.pins)
        if len(steps) < len(NAMES):
            self.active = len(steps)
            steps.append(data.step(record))
        else:
            places = [self._position(step) for step in steps]
            self.active = int(np.abs(np.array(places) - position).argmin())
            steps[self.active] = data.step(record)
        self._set(steps)

    def set_somewhere(self) -> None:
        """Set both pins, where none are: over the last half of what is seen."""
        data = self.reference()
        if self.choices.pins or data is None:
            return
        low, high = self.plot.canvas.x_range()
        middle = data.positions.middle[: len(data.records)]
        with np.errstate(invalid="ignore"):
            seen = np.flatnonzero(np.isfinite(middle) & (middle >= low) & (middle <= high))
        if len(seen) > 1:
            half = data.nearest((middle[seen[0]] + middle[seen[-1]]) / 2)
            self._set([data.step(seen[0] if half is None else half), data.step(int(seen[-1]))])

    def move(self, records: int) -> None:
        """Move the active pin by so many records of the run that pins are placed by."""
        data, steps = self.reference(), list(self.choices.pins)
        if data is None or self.active >= len(steps):
            return
        every = data.records.steps
        there = np.flatnonzero(np.isfinite(data.positions.middle[: len(every)]))
        if not len(there):
            return
        now = int(np.searchsorted(every[there], steps[self.active]))
        steps[self.active] = int(every[there[min(max(now + records, 0), len(there) - 1)]])
        self._set(steps)

    @Slot()
    def remove(self) -> None:
        """Take both pins away, and with them what was fitted."""
        if self.choices.pins:
            self.active = 1
            self._set([])

    def fit_column(self, column: str, fitted: bool) -> None:
        """Fit the lines of a column, or leave them out."""
        (self.choices.unfitted.discard if fitted else self.choices.unfitted.add)(column)
        self.draw(self._data, self.axis or self.plot.axis)
        self.moved.emit()

    def _set(self, steps: list[int]) -> None:
        if steps != self.choices.pins:
            self.choices.pins = steps
            self.draw(self._data, self.axis or self.plot.axis)
            self.moved.emit()

    @Slot(object)
    def _on_dragged(self, line: Any) -> None:
        data = self.reference()
        if data is None or self._placing:
            return
        self.active = self.lines.index(line)
        record = data.nearest(float(line.value()))
        if record is not None and self.active < len(self.choices.pins):
            steps = list(self.choices.pins)
            steps[self.active] = data.step(record)
            self._set(steps)

    @Slot(object)
    def _on_dropped(self, _line: Any) -> None:
        self._place()

    def take_key(self, key: Qt.Key, *, far: bool, pressed: bool) -> bool:
        if not self.takes_clicks:
            return False
        if key in KEYS:
            data = self.reference()
            by = max(1, round(TENTH * len(data.records))) if far and data is not None else 1
            if pressed:
                self.move(KEYS[key] * by)
        elif key in (Qt.Key.Key_A, Qt.Key.Key_B):
            if pressed:
                self.set_somewhere()
                self.active = 0 if key == Qt.Key.Key_A else 1
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            if pressed:
                self.remove()
        else:
            return False
        return True

    @Slot()
    def _on_theme_changed(self) -> None:
        colours = theme().colours
        for line in self.lines:
            line.dress(colours.accent, colours.background)
        self.fits.dress()


class _Pin(pg.InfiniteLine):
    """One pin: an upright line that can be dragged, with its letter."""

    def __init__(self, name: str) -> None:
        opts = {"position": 0.97, "anchors": [(0.5, 0.0), (0.5, 0.0)]}
        super().__init__(angle=90, movable=True, label=name, labelOpts=opts)
        self.setZValue(70)
        self.setCursor(Qt.CursorShape.SizeHorCursor)

    def be_echo(self, echo: bool) -> None:
        """Be a thin line that shows where a pin of another plot is, or a pin."""
        if echo is self.movable:
            self.setMovable(not echo)
            self.pen.setWidthF(0.0 if echo else 1.5)
            self.setCursor(Qt.CursorShape.ArrowCursor if echo else Qt.CursorShape.SizeHorCursor)
            self.update()

    def dress(self, colour: str, background: str) -> None:
        """Take up a theme's colours."""
        for pen, width in ((self.pen, 1.5 if self.movable else 0.0), (self.hoverPen, 3.0)):
            pen.setColor(QColor(colour))
            pen.setWidthF(width)
            pen.setCosmetic(True)
        self.label.setColor(QColor(background))
        self.label.fill = pg.mkBrush(colour)
        self.label.update()
        self.update()


def pins_words(between: Between) -> str:
    """Say where the pins are, and how far apart."""
    first, last = ends(between)
    return f"A and B: steps {first:,} and {last:,}, {last - first:,} apart"


def _is_within(data: TraceData, position: float) -> bool:
    """Say whether a position lies between the first and the last of a run's records."""
    middle = data.positions.middle[: len(data.records)]
    there = middle[np.isfinite(middle)]
    return bool(there.size) and float(there.min()) <= position <= float(there.max())
