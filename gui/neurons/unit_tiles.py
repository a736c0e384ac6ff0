"""Weights into units as pictures: a tile a unit, in colours that are even about zero."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.pictures.surface_picture import diverging
from gui.theme import theme

LEAST, MOST, GAP = 36, 120, 4
"""Pixels across a tile, and between two."""
FAINT = 0.35
"""How much is seen of pictures while those of the step looked at are still to come."""


class UnitTiles(QWidget):
    """Tiles in rows, as many in each as there is room for; it stands in what scrolls."""

    unit_picked = Signal(object)
    """The place of the unit under the mouse, or None beside all of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tiles: NDArray[np.float32] = np.empty((0, 1, 1), np.float32)
        self.followed: int | None = None
        self.faint = False
        self._images: list[QImage] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName("weights into units as pictures")

    def show_tiles(self, tiles: NDArray[np.float32], followed: int | None, faint: bool = False) -> None:
        """Show tiles (M, height, width), each in colours up to its own largest weight; faint: of another step."""
        self.tiles, self.followed, self.faint = tiles, followed, faint
        most = np.abs(tiles).max((1, 2), keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.nan_to_num(tiles / most)
        pixels = diverging()[np.clip((share + 1) * 127.5, 0, 255).round().astype(int)]
        height, width = tiles.shape[1:]
        self._images = [
            QImage(each.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
            for each in np.ascontiguousarray(pixels)
        ]
        self._fit()
        self.update()

    def _grid(self) -> tuple[int, int]:
        """Return the tiles in a row, and the side of one: as large as lets all be seen, where that is not too small."""
        frame = self.parentWidget()
        width, height = max(self.width(), LEAST), frame.height() if frame is not None else self.height()
        count = max(len(self.tiles), 1)
        most = max(1, (width + GAP) // (LEAST + GAP))
        for columns in range(1, most + 1):
            side = min(MOST, (width - GAP * (columns - 1)) // columns)
            if -(-count // columns) * (side + GAP) <= height:
                return columns, side
        return most, min(MOST, (width - GAP * (most - 1)) // most)

    def _fit(self) -> None:
        columns, side = self._grid()
        rows = -(-len(self.tiles) // columns)
        self.setMinimumHeight(rows * (side + GAP))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(320, 240)

    def place_of(self, unit: int) -> QRect:
        """Return where the tile of a unit stands."""
        columns, side = self._grid()
        row, column = divmod(unit, columns)
        return QRect(column * (side + GAP), row * (side + GAP), side, side)

    def unit_at(self, x: float, y: float) -> int | None:
        """Return the unit whose tile is at a place."""
        columns, side = self._grid()
        row, column = int(y // (side + GAP)), int(x // (side + GAP))
        unit = row * columns + column
        return unit if 0 <= column < columns and 0 <= unit < len(self.tiles) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.unit_picked.emit(self.unit_at(event.position().x(), event.position().y()))

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        p.setOpacity(FAINT if self.faint else 1.0)
        for unit, image in enumerate(self._images):
            box = self.place_of(unit)
            if not box.intersects(event.rect()):
                continue
            shown = image.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
            inner = QRect(box.left(), box.top(), shown.width(), shown.height())
            p.drawImage(inner, image)
            p.setPen(QPen(QColor(theme().colours.line), 1))
            p.drawRect(inner.adjusted(0, 0, -1, -1))
            if unit == self.followed:
                p.setPen(QPen(QColor(theme().colours.foreground), 3))
                p.drawRect(inner.adjusted(1, 1, -2, -2))
        p.end()
