"""The slices of a map: a column along one axis, a line for each value of another, with quartiles and fitted laws."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QWidget

from engine.figures.maps import alone, draws_logarithms, fit_of, heights, positions
from engine.figures.plots import PALETTE
from engine.figures.ranges import Range, bounds, joined
from engine.protocol.map_pictures import SlicesSeen
from engine.protocol.records import Array
from gui.pictures.small_plot import SmallPlot
from gui.plots.curves import Band, line_pen
from gui.theme import on_screen, theme

BAND = 45
"""How opaque a band is, of 255."""
BAR = 5
"""Pixels across of what is in its place where a place stands alone."""


class SlicesPlot(SmallPlot):
    """Lines with points at the map's places; a click chooses the place that is nearest."""

    place_chosen = Signal(int, int)
    """The line among those shown, and the place along the axis."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("map_slices")
        self.canvas.setAccessibleName("Slices of the map")
        self.seen: SlicesSeen | None = None
        self._places: Array = np.empty((0, 0, 2))
        self.canvas.picked.connect(self._on_picked)
        theme().theme_changed.connect(self._draw)

    def show_slices(self, seen: SlicesSeen) -> None:
        """Show a map's slices."""
        self.seen = seen
        self._draw()

    @Slot()
    def _draw(self) -> None:
        seen = self.seen
        if seen is None:
            return
        items: list[pg.GraphicsObject] = []
        x = positions(seen.across)
        up: Range | None = None
        lines = []
        for k, line in enumerate(seen.lines):
            colour = QColor(on_screen(PALETTE[k % len(PALETTE)]))
            y, low, high = (heights(v, seen.log) for v in (line.middles, line.lows, line.highs))
            lines.append(np.stack([x, y], axis=-1))
            up = joined(up, bounds(y), bounds(low), bounds(high))
            if seen.seeds > 1:
                items += [_band(x, low, high, colour), _bars(x, low, high, colour)]
            items.append(pg.PlotCurveItem(x, y, pen=line_pen(colour.name()), connect="finite"))
            for there, brush in (
                (np.isfinite(y) & ~line.partly, colour),
                (np.isfinite(y) & line.partly, QColor(theme().colours.background)),
            ):
                items.append(
                    pg.ScatterPlotItem(x[there], y[there], size=6, brush=brush, pen=pg.mkPen(colour))
                )
            law = fit_of(seen, line) if seen.fitted else None
            if law is not None:
                ends = np.array(law.across)
                items.append(pg.PlotCurveItem(ends, law.heights(ends), pen=line_pen(colour.name(), "dash")))
        self.draw_anew(items)
        self._places = np.array(lines)
        is_log = draws_logarithms(seen.across)
        named = None if seen.across.is_of_numbers else list(zip(x.tolist(), seen.across.words, strict=True))
        self.canvas.bottom_axis.set_named(named)
        self.canvas.set_bottom_title(seen.across.title, log=is_log, shown=True)
        self.canvas.set_left_title(seen.title, log=seen.log)
        self.hold(bounds(x), up)

    @Slot(float, float)
    def _on_picked(self, x: float, y: float) -> None:
        if not self._places.size:
            return
        width, height = self.canvas.view.viewPixelSize()
        away = np.hypot((self._places[..., 0] - x) / width, (self._places[..., 1] - y) / height)
        if np.isfinite(away).any():
            line, place = np.unravel_index(int(np.nanargmin(away)), away.shape)
            self.place_chosen.emit(int(line), int(place))


def _band(x: Array, low: Array, high: Array, colour: QColor) -> Band:
    """Return what lies between the quartiles, with gaps where there are none."""
    pale = QColor(colour)
    pale.setAlpha(BAND)
    band = Band()
    band.brush = QBrush(pale)
    band.set_data(x, low, high)
    return band


def _bars(x: Array, low: Array, high: Array, colour: QColor) -> pg.PlotCurveItem:
    """Return what lies between the quartiles of places that have no neighbour."""
    pale, lone = QColor(colour), alone(low, high)
    pale.setAlpha(2 * BAND)
    ends = np.stack([low[lone], high[lone]], axis=-1).ravel()
    return pg.PlotCurveItem(
        np.repeat(x[lone], 2), ends, pen=pg.mkPen(pale, width=BAR, cosmetic=True), connect="pairs"
    )
