"""Parallel coordinates of a map: a line a point, coloured by the column looked at; a drag on an axis brushes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from engine.protocol.map_pictures import LinesSeen
from engine.protocol.records import Array
from gui.pictures.small_plot import SmallPlot
from gui.theme import theme

from .cells_plot import sequential

SHADES = 24
"""Colours of lines: each is one path, however many lines it has."""
FINE = 1000
"""Lines from which they are drawn without smoothed edges."""
HEIGHTS = 2000
"""Places along an axis that lines are told apart by: more than a screen has."""
LEAST = 0.01
"""How much of an axis a drag brushes at least; with less it clears that axis."""
GROUND = 200
"""How opaque the ground of words is, of 255: lines run beneath them."""
SIDE = 0.25
"""Room beside the first and the last axis."""


class LinesItem(pg.GraphicsObject):
    """All lines as one item, which a drag brushes."""

    dragged = Signal(int, float, float)
    """The axis, and from where to where."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: LinesSeen | None = None
        self.brushes: dict[int, tuple[float, float]] = {}
        self._paths: list[tuple[QColor, QPainterPath]] = []
        self._smooth = True

    @property
    def axes(self) -> int:
        """Return how many axes stand side by side, the column with them."""
        return 0 if self.seen is None else len(self.seen.titles)

    def boundingRect(self) -> QRectF:
        return QRectF(-SIDE, -0.1, max(self.axes - 1, 1) + 2 * SIDE, 1.2)

    def chosen(self) -> Any:
        """Return which lines (N,) lie within all brushes."""
        assert self.seen is not None, "it is shown"
        return self.within(self.seen)

    def within(self, seen: LinesSeen) -> NDArray[np.bool_]:
        """Return which lines (N,) lie within all brushes."""
        inside = np.ones(len(seen.heights), dtype=bool)
        for axis, (low, high) in self.brushes.items():
            at = seen.heights[:, axis]
            inside &= (at >= low) & (at <= high)
        return inside

    def show_lines(self, seen: LinesSeen) -> None:
        """Show lines, as far as they lie within the brushes; the others stay faint."""
        self.prepareGeometryChange()
        self.seen = seen
        self.draw()

    def draw(self) -> None:
        """Make the paths anew, of the colours at hand."""
        seen = self.seen
        if seen is None:
            return
        inside, faint = self.chosen(), QColor(theme().colours.faint)
        faint.setAlpha(40)
        last = seen.heights[:, -1]
        shade = np.where(np.isfinite(last), np.nan_to_num(last) * (SHADES - 1), -1).round().astype(int)
        self._paths = [(faint, _path(seen.heights[~inside]))]
        without = QColor(theme().colours.faint)
        self._paths.append((without, _path(seen.heights[inside & (shade < 0)])))
        for k in range(SHADES):
            colour = QColor(*(int(part) for part in sequential()[round(255 * k / (SHADES - 1))]))
            self._paths.append((colour, _path(seen.heights[inside & (shade == k)])))
        self._smooth = len(last) < FINE
        self.update()

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self._smooth)
        for colour, path in self._paths:
            painter.setPen(pg.mkPen(colour, width=1, cosmetic=True))
            painter.drawPath(path)
        ink = QColor(theme().colours.foreground)
        painter.setPen(pg.mkPen(ink, width=1, cosmetic=True))
        for k in range(self.axes):
            painter.drawLine(pg.Point(k, 0.0), pg.Point(k, 1.0))
        ink.setAlpha(60)
        for k, (low, high) in self.brushes.items():
            painter.fillRect(QRectF(k - 0.04, low, 0.08, high - low), ink)

    def mouseDragEvent(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self.seen is None:
            event.ignore()
            return
        event.accept()
        axis = min(max(round(event.buttonDownPos().x()), 0), self.axes - 1)
        ends = sorted((float(event.buttonDownPos().y()), float(event.pos().y())))
        self.dragged.emit(axis, *ends)


def _path(lines: Array) -> QPainterPath:
    """Return lines (N, K), from 0 to K - 1, as one path; NaN ends a line before. What lies on another is drawn once."""
    places = np.where(np.isfinite(lines), np.rint(lines * HEIGHTS), -1).astype(np.int64)
    parts = []
    for k in range(lines.shape[1] - 1):
        there = (places[:, k] >= 0) & (places[:, k + 1] >= 0)
        each = np.unique(places[there, k] * 2 * HEIGHTS + places[there, k + 1])
        ends = np.stack([each // (2 * HEIGHTS), each % (2 * HEIGHTS)], axis=-1) / HEIGHTS
        parts.append(np.stack([np.broadcast_to((float(k), k + 1.0), ends.shape), ends]).reshape(2, -1))
    x, y = np.concatenate(parts, axis=-1) if parts else np.empty((2, 0))
    return pg.arrayToQPath(x, y, connect="pairs") if len(x) else QPainterPath()


class LinesPlot(SmallPlot):
    """Axes side by side, with what is named along them; Escape clears all brushes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("map_lines")
        self.canvas.setAccessibleName("Points of the map as lines over its axes")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.canvas.grid_lines.hide()
        self.canvas.left_axis.hide()
        self.canvas.view.setMouseEnabled(False, False)
        self.item = LinesItem()
        self.add(self.item)
        self._words: list[pg.TextItem] = []
        self.item.dragged.connect(self.brush)
        theme().theme_changed.connect(self._draw)

    def show_lines(self, seen: LinesSeen) -> None:
        """Show the points; brushes of a map with other axes are cleared."""
        before = self.item.seen
        if before is not None and before.titles != seen.titles:
            self.item.brushes = {}
        self.item.show_lines(seen)
        if before is None or (before.titles, before.names) != (seen.titles, seen.names):
            self._name()

    def as_brushed(self, seen: LinesSeen) -> LinesSeen:
        """Return the lines of a map with those marked that lie within the brushes."""
        shown = self.item.seen
        alike = shown is not None and shown.titles == seen.titles
        return replace(seen, chosen=self.item.within(seen)) if alike and self.item.brushes else seen

    @Slot(int, float, float)
    def brush(self, axis: int, low: float, high: float) -> None:
        """Leave the lines that meet an axis between two heights."""
        if high - low < LEAST:
            self.item.brushes.pop(axis, None)
        else:
            self.item.brushes[axis] = max(low, 0.0) if low > 0 else -0.01, min(high, 1.01)
        self.setFocus()
        self.item.draw()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.item.brushes:
            self.item.brushes = {}
            self.item.draw()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _draw(self) -> None:
        self.item.draw()
        self._name()

    def _name(self) -> None:
        seen = self.item.seen
        for words in self._words:
            self.canvas.view.removeItem(words)
        self._words = []
        if seen is None:
            return
        self.canvas.bottom_axis.set_named([(float(k), title) for k, title in enumerate(seen.titles)])
        for k, named in enumerate(seen.names):
            for at, told in named:
                is_last = k == len(seen.names) - 1
                ground = QColor(theme().colours.background)
                ground.setAlpha(GROUND)
                words = pg.TextItem(
                    told, theme().colours.foreground, anchor=(1.1 if is_last else -0.1, 0.5), fill=ground
                )
                words.setFont(self.canvas.small)
                words.setPos(float(k), at)
                self.canvas.view.addItem(words, ignoreBounds=True)
                self._words.append(words)
        self.hold((-SIDE, len(seen.titles) - 1 + SIDE), (-0.06, 1.06))
