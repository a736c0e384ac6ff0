"""How many samples have which margin at the step shown: bars stacked by class."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QWidget

from engine.figures.samples import histogram_edges
from engine.protocol.records import Array
from gui.pictures.colour_key import class_colour
from gui.pictures.small_plot import SmallPlot
from gui.plots.base import hairline
from gui.theme import on_screen, theme


class MarginsHistogram(SmallPlot):
    """Bars, with lines at the smallest margin, at the end of the support vectors, and at the sample chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas.set_left_title("samples", log=False)
        self.canvas.left_axis.whole = True
        self._bars: list[pg.BarGraphItem] = []
        self.least, self.limit, self.chosen = (pg.InfiniteLine(angle=90, movable=False) for _ in range(3))
        for item in (self.least, self.limit, self.chosen):
            item.setZValue(3)
            self.canvas.view.addItem(item, ignoreBounds=True)
        self.counts: Array = np.empty(0)
        self._edges: Array = np.array([0.0, 1.0])

    def show_margins(
        self,
        values: Array,
        labels: NDArray[np.int64],
        title: str,
        limit: float,
        chosen: float | None,
    ) -> None:
        """Show margins (n,) of samples of classes (n,), as they are scaled.

        Args:
            values: the margins.
            labels: the classes.
            title: what the values are.
            limit: below it lie the support vectors; NaN where there is none.
            chosen: the value of the sample chosen.
        """
        self.canvas.set_bottom_title(title, log=False, shown=True)
        edges = histogram_edges(values)
        classes = np.unique(labels)
        base = np.zeros(len(edges) - 1)
        while len(self._bars) < len(classes):
            bar = pg.BarGraphItem(x0=[], x1=[], y0=[], y1=[])
            self._bars.append(bar)
            self.canvas.view.addItem(bar, ignoreBounds=True)
        for bar in self._bars[len(classes) :]:
            bar.setOpts(x0=[], x1=[], y0=[], y1=[])
        for place, (label, bar) in enumerate(zip(classes.tolist(), self._bars, strict=False)):
            own = values[(labels == label) & np.isfinite(values)]
            counts = np.histogram(own, edges)[0].astype(float)
            colour = on_screen(class_colour(label, place, len(classes)))
            bar.setOpts(
                x0=edges[:-1],
                x1=edges[1:],
                y0=base,
                y1=base + counts,
                brush=pg.mkBrush(colour),
                pen=hairline(theme().colours.background),
            )
            base = base + counts
        self.counts, self._edges = base, edges
        finite = values[np.isfinite(values)]
        self._line(self.least, float(finite.min()) if finite.size else None, theme().colours.foreground)
        self._line(self.limit, limit, theme().colours.foreground, Qt.PenStyle.DashLine)
        self._line(self.chosen, chosen, theme().colours.foreground)
        self.chosen.setPen(pg.mkPen(theme().colours.foreground, width=2))
        lost = int((~np.isfinite(values)).sum())
        self.canvas.set_words("", f"{lost:,} samples without a finite margin" if lost else "")
        self._fit()

    def _line(
        self,
        line: pg.InfiniteLine,
        at: float | None,
        colour: str,
        style: Qt.PenStyle = Qt.PenStyle.SolidLine,
    ) -> None:
        there = at is not None and bool(np.isfinite(at))
        line.setVisible(there)
        if there:
            line.setValue(at)
            line.setPen(hairline(colour, style))

    @Slot()
    def _fit(self) -> None:
        low, high = float(self._edges[0]), float(self._edges[-1])
        room = 0.03 * (high - low)
        self.canvas.follow_x((low - room, high + room))
        self.canvas.follow_y((0.0, float(self.counts.max(initial=0.0)) or 1.0), exact=True)
