"""Corners taken off the cells of a map: some of their seeds are in another state than what the cell shows."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from engine.figures.maps_drawn import CORNERS, corner
from engine.protocol.map_pictures import MapSeen
from engine.protocol.records import Array
from gui.theme import theme

AT_ONCE = 16
"""Triangles of a path: to fill one of very many takes a hundred times as long."""
LEAST = 5.0
"""Pixels across or upwards from which a cell has corners that can be seen: of smaller ones nothing else would be."""


class CornersItem(pg.GraphicsObject):
    """Triangles in the colour of the ground, with an edge: they are seen on whatever colour a cell has."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: Array = np.empty((0, 3, 2))
        """Of every triangle (N, 3, 2)."""
        self._paths: list[QPainterPath] = []

    def show_map(self, seen: MapSeen) -> None:
        """Take a corner off each cell of which some seeds are in another state."""
        self.prepareGeometryChange()
        ends = [np.argwhere(seen.partly(state))[:, None, ::-1] + corner(state)[None] for state in CORNERS]
        self.ends = np.concatenate(ends)
        closed = np.concatenate([self.ends, self.ends[:, :1]], axis=1)
        connected = np.tile(np.array([1, 1, 1, 0], dtype=np.int32), AT_ONCE)
        self._paths = []
        for start in range(0, len(closed), AT_ONCE):
            x, y = closed[start : start + AT_ONCE].reshape(-1, 2).T
            self._paths.append(pg.arrayToQPath(x, y, connect=connected[: len(x)]))
        self.update()

    def boundingRect(self) -> QRectF:
        if not self.ends.size:
            return QRectF()
        (left, low), (right, high) = self.ends.min(axis=(0, 1)), self.ends.max(axis=(0, 1))
        return QRectF(left, low, right - left, high - low)

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        cell = painter.worldTransform().mapRect(QRectF(0.0, 0.0, 1.0, 1.0))
        if min(cell.width(), cell.height()) < LEAST:
            return
        colours = theme().colours
        painter.setPen(pg.mkPen(QColor(colours.foreground), width=1, cosmetic=True))
        painter.setBrush(QColor(colours.background))
        for path in self._paths:
            painter.drawPath(path)
