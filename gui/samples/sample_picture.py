"""The raw point of one sample, where it is a picture."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.protocol.records import Array
from gui.theme import theme

SIDE = 84
"""Pixels across, at most."""


class SamplePicture(QWidget):
    """Grey pixels, the largest of them dark, as in the picture of the data."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.image = QImage()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("picture of the chosen sample")
        self.hide()

    def show_point(self, raw: Array | None, shape: tuple[int, int] | None) -> None:
        """Show a raw point (d0,) that is a picture of a shape; hide where there is none."""
        there = raw is not None and shape is not None and raw.size == shape[0] * shape[1]
        self.setVisible(there)
        if not there or raw is None or shape is None:
            return
        low, high = float(raw.min()), float(raw.max())
        grey = np.round(255 * (high - raw) / ((high - low) or 1.0)).astype(np.uint8).reshape(shape)
        self.image = QImage(
            grey.tobytes(), shape[1], shape[0], shape[1], QImage.Format.Format_Grayscale8
        ).copy()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.image.isNull():
            return
        p = QPainter(self)
        size = self.image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        box = QRect(0, 0, size.width(), size.height())
        p.drawImage(box, self.image)
        p.setPen(QColor(theme().colours.line))
        p.drawRect(box.adjusted(0, 0, -1, -1))
        p.end()
