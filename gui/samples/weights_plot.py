"""The dual weight of every sample, by the place of its margin: how few samples carry the gradient."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from engine.figures.ranges import bounds
from engine.protocol.records import Array
from engine.protocol.samples import SamplesReady
from gui.pictures.colour_key import class_colour
from gui.pictures.small_plot import SmallPlot
from gui.theme import on_screen, theme

DOT, RING = 5, 13
NEAR = 12
"""Pixels from the mouse at which a sample is meant."""
SHOWN = 3000
"""Dots that are drawn; the heaviest samples are."""


class WeightsPlot(SmallPlot):
    """A dot a sample on logarithmic axes; support vectors are filled, the others hollow."""

    sample_picked = Signal(object)
    """The number of a training sample."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas.set_left_title("weight in the loss p", log=True)
        self.canvas.set_bottom_title("place in the order of margins", log=True, shown=True)
        self.canvas.bottom_axis.whole = True
        self.dots, self.ring = pg.ScatterPlotItem(pxMode=True), pg.ScatterPlotItem(pxMode=True)
        self.add(self.dots, self.ring)
        self._samples: NDArray[np.int64] = np.empty(0, np.int64)
        self._places: Array = np.empty((0, 2))
        self.canvas.picked.connect(self._on_picked)

    def show_weights(self, picture: SamplesReady, chosen: int | None) -> None:
        """Show the weights of all samples at the step of a picture."""
        order = np.argsort(picture.margins, kind="stable")[:SHOWN]
        with np.errstate(divide="ignore"):
            heights = np.log10(picture.weights[order])
        there = np.isfinite(heights)
        self._samples = order[there]
        self._places = np.column_stack([np.log10(np.flatnonzero(there) + 1.0), heights[there]])
        support, labels = picture.support[self._samples], picture.labels[self._samples]
        classes = np.unique(picture.labels).tolist()
        colours = {
            label: QColor(on_screen(class_colour(label, place, len(classes))))
            for place, label in enumerate(classes)
        }
        hollow = pg.mkBrush(None)
        self.dots.setData(
            pos=self._places,
            size=DOT,
            symbol="o",
            pen=[pg.mkPen(colours[label]) for label in labels.tolist()],
            brush=[
                pg.mkBrush(colours[label]) if is_near else hollow
                for label, is_near in zip(labels.tolist(), support.tolist(), strict=True)
            ],
        )
        mine = self._places[self._samples == chosen] if chosen is not None else self._places[:0]
        self.ring.setData(
            pos=mine, size=RING, symbol="o", brush=hollow, pen=pg.mkPen(theme().colours.foreground, width=2)
        )
        zero = int((picture.weights == 0).sum())
        lost = len(picture.margins) - len(self._samples) - zero
        told = [
            f"{lost:,} samples of less weight not shown" if lost else "",
            f"{zero:,} of weight 0" if zero else "",
        ]
        self.canvas.set_words("", " · ".join(word for word in told if word))
        self.hold(bounds(self._places[:, 0]), bounds(self._places[:, 1]))

    def show_none(self, why: str) -> None:
        """Show words instead."""
        for item in (self.dots, self.ring):
            item.clear()
        self._samples, self._places = np.empty(0, np.int64), np.empty((0, 2))
        self.canvas.set_words(why, "")

    @Slot(float, float)
    def _on_picked(self, x: float, y: float) -> None:
        if not len(self._samples):
            return
        gaps = np.hypot(*((self._places - np.array([x, y])) / self.canvas.view.viewPixelSize()).T)
        best = int(np.argmin(gaps))
        if gaps[best] <= NEAR:
            self.sample_picked.emit(int(self._samples[best]))
