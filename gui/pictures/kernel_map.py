"""The heat map of a kernel over training samples: ordered by class, the first at the top left."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.figures.kernel import class_blocks, class_words
from engine.protocol.kernel import KernelReady
from gui.plots.base import PlotCanvas, hairline
from gui.theme import theme

from .surface_picture import diverging

LEFT = 44
"""Pixels for the classes' names."""


class KernelMap(QWidget):
    """The image with lines between classes."""

    pointed = Signal(int, int)
    """Row and column under the mouse."""
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kernel: KernelReady | None = None
        self.level = 1.0
        self.canvas = PlotCanvas(self)
        self.canvas.grid_lines.hide()
        self.canvas.set_left_width(LEFT)
        self.canvas.set_left_title("class", log=False)
        self.canvas.set_bottom_title("class", log=False, shown=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        self.view = self.canvas.view
        self.view.setAspectLocked(True)
        self.image = pg.ImageItem(axisOrder="row-major")
        self.edges = pg.PlotCurveItem(connect="pairs", antialias=False)
        self.chosen = pg.PlotCurveItem(connect="pairs", antialias=False)
        for place, item in enumerate((self.image, self.edges, self.chosen)):
            self.view.addItem(item, ignoreBounds=True)
            item.setZValue(place)
        self._count = 0
        self.canvas.hovered.connect(self._on_hovered)
        self.canvas.left.connect(self.left)
        self.canvas.fit_requested.connect(self._on_fit_requested)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.canvas.setGeometry(self.rect())
        self.setMaximumHeight(self.canvas.height_for_square())
        self.canvas.setGeometry(self.rect())  # which may be lower by now: layouts answer a resize once

    def show_kernel(self, kernel: KernelReady) -> None:
        """Show a kernel (n, n), in colours that are even about zero."""
        self.kernel = kernel
        self.level = float(np.abs(kernel.values).max(initial=0.0)) or 1.0
        # heights grow upwards, rows downwards
        self.image.setImage(
            kernel.values[::-1], lut=diverging(), levels=(-self.level, self.level), autoLevels=False
        )
        count = len(kernel.labels)
        self.image.setRect(QRectF(0, 0, count, count))
        blocks = class_blocks(kernel.labels)
        ends = np.array([end for _, _, end in blocks[:-1]], float)
        whole = np.array([[0, count]] * len(ends), float).ravel()
        across = np.repeat(count - ends, 2)
        self.edges.setData(np.concatenate((whole, np.repeat(ends, 2))), np.concatenate((across, whole)))
        self.edges.setPen(hairline(theme().colours.foreground))
        middles = [
            ((start + end) / 2, class_words(label, kernel.labels, kernel.class_names))
            for label, start, end in blocks
        ]
        self.canvas.bottom_axis.set_named(middles)
        self.canvas.left_axis.set_named([(count - place, name) for place, name in middles][::-1])
        if count != self._count:
            self._count = count
            self._on_fit_requested()

    def show_chosen(self, sample: int | None) -> None:
        """Put lines around the row and the column of a training sample, where the kernel has it; None: none."""
        known = np.empty(0, np.int64) if self.kernel is None or sample is None else self.kernel.samples
        rows = np.flatnonzero(known == sample)
        if not len(rows):
            self.chosen.setData([], [])
            return
        count, row = float(self._count), float(rows[0])
        ends, sides = np.array([0.0, count]), (row, row + 1)
        across = np.concatenate([ends, ends, *(np.full(2, side) for side in sides)])
        up = np.concatenate([*(np.full(2, count - side) for side in sides), ends, ends])
        self.chosen.setData(across, up)
        self.chosen.setPen(pg.mkPen(theme().colours.foreground, width=2, cosmetic=True))

    @Slot(float, float)
    def _on_hovered(self, x: float, y: float) -> None:
        if 0 <= x < self._count and 0 < y <= self._count:
            self.pointed.emit(int(self._count - np.ceil(y)), int(x))
        else:
            self.left.emit()

    @Slot()
    def _on_fit_requested(self) -> None:
        ends = (0.0, float(self._count or 1))
        self.view.setRange(xRange=ends, yRange=ends, padding=0.01, disableAutoRange=False)
