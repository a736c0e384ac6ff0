"""The margins of all samples over steps as a heat map, the samples in the order of their last margin."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from engine.figures.samples import MarginMap
from gui.pictures.small_plot import SmallPlot
from gui.pictures.surface_picture import diverging
from gui.plots.base import hairline
from gui.theme import theme

SUPPORT = 5
"""Pixels of the mark of a support vector at the right end of its row."""


class MarginsMap(SmallPlot):
    """A row a sample, the smallest margin at the bottom."""

    sample_picked = Signal(int)
    """The place of a sample among those that are looked at."""
    pointed = Signal(int, float)
    """The same of the sample under the mouse, with log10 of the step there."""
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.map: MarginMap | None = None
        self.canvas.grid_lines.hide()
        self.canvas.set_left_title("samples, by their last margin", log=False)
        self.canvas.set_bottom_title("step", log=True, shown=True)
        self.image = pg.ImageItem(axisOrder="row-major")
        self.image.setZValue(-50)
        self.marker = pg.InfiniteLine(angle=90, movable=False)
        self.support = pg.ScatterPlotItem(pxMode=True, size=SUPPORT, pen=pg.mkPen(None), symbol="s")
        self.row = pg.PlotCurveItem(connect="pairs")
        for item in (self.image, self.support, self.row, self.marker):
            self.canvas.view.addItem(item, ignoreBounds=True)
        self.canvas.picked.connect(self._on_picked)
        self.canvas.hovered.connect(self._on_hovered)
        self.canvas.left.connect(self.left)

    @property
    def level(self) -> float:
        """The value at the upper end of the colours."""
        return 1.0 if self.map is None else self.map.level

    def show_map(self, map: MarginMap) -> None:
        """Show margins over steps, in colours that are even about zero."""
        other = self.map is None or self.map.across != map.across or len(self.map.order) != len(map.order)
        self.map = map
        count = len(map.order)
        self.image.setImage(
            np.ascontiguousarray(map.values, np.float32),
            lut=diverging(),
            levels=(-map.level, map.level),
            autoLevels=False,
        )
        low, high = map.across
        self.image.setRect(QRectF(low, 0, high - low, count))
        self.canvas.set_words("", "")
        if other:
            self._fit()

    def mark(self, step: int, support: NDArray[np.bool_], chosen: int | None) -> None:
        """Mark what is looked at.

        Args:
            step: the step looked at, which has a line.
            support: which of the samples (n,) are support vectors there.
            chosen: the place of the sample chosen.
        """
        if self.map is None or len(support) != len(self.map.order):
            return
        low, high = self.map.across
        rows = np.empty(len(support), np.int64)
        rows[self.map.order] = np.arange(len(support))
        marked = rows[support] + 0.5
        self.support.setData(
            x=np.full(len(marked), high), y=marked, brush=pg.mkBrush(theme().colours.foreground)
        )
        ends = rows[chosen] + np.array([0.0, 0.0, 1.0, 1.0]) if chosen is not None else np.empty(0)
        self.row.setData(np.array([low, high, low, high]) if chosen is not None else np.empty(0), ends)
        self.row.setPen(pg.mkPen(QColor(theme().colours.foreground), width=1.5, cosmetic=True))
        self.marker.setPen(hairline(theme().colours.foreground))
        self.marker.setVisible(step > 0)
        if step > 0:
            self.marker.setValue(np.log10(step))

    def sample_at(self, y: float) -> int | None:
        """Return the place of the sample whose row is at a height; None outside."""
        if self.map is None or not 0 <= y < len(self.map.order):
            return None
        return int(self.map.order[int(y)])

    @Slot(float, float)
    def _on_picked(self, _x: float, y: float) -> None:
        sample = self.sample_at(y)
        if sample is not None:
            self.sample_picked.emit(sample)

    @Slot(float, float)
    def _on_hovered(self, x: float, y: float) -> None:
        sample = self.sample_at(y)
        if sample is None:
            self.left.emit()
        else:
            self.pointed.emit(sample, x)

    @Slot()
    def _fit(self) -> None:
        if self.map is not None:
            low, high = self.map.across
            room = 0.02 * (high - low)
            self.canvas.view.setRange(
                xRange=(low, high + room),
                yRange=(0.0, float(len(self.map.order))),
                padding=0.0,
                disableAutoRange=False,
            )
