"""One image of a predictor over a square of inputs, with its decision line and the training points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from engine.figures.plots import NEGATIVE, POSITIVE
from engine.protocol.records import Array
from gui.plain_text import ShortLabel
from gui.plots.base import PlotCanvas
from gui.plots.curves import Line, line_pen
from gui.theme import run_colour, theme

from .colour_key import SHAPES, point_colours

POINT, RING, CHOSEN = 8, 15, 20
"""Sizes in pixels: of a point, of the ring of a support point, and of that of the sample chosen."""
NARROW = 10
"""Pixels of a left axis without numbers."""


def diverging() -> NDArray[np.uint8]:
    """Return 256 colours (256, 3) from class -1 through the background to class 1."""
    background = theme().colours.background
    shares = np.linspace(-1, 1, 256)[:, None]
    low, middle, high = rgb(NEGATIVE), rgb(background), rgb(POSITIVE)
    colours = middle + np.where(shares < 0, (middle - low) * shares, (high - middle) * shares)
    return colours.round().astype(np.uint8)


def rgb(colour: str) -> Array:
    """Return red, green and blue, 0 to 255."""
    c = QColor(colour)
    return np.array([c.red(), c.green(), c.blue()], np.float64)


def class_map(classes: NDArray[np.int64], margin: Array, most: float) -> NDArray[np.uint8]:
    """Return the colours (G, G, 3) of winning classes, the paler the smaller the margin over the next."""
    background = rgb(theme().colours.background)
    palette = np.array([rgb(run_colour(c)) for c in range(int(classes.max()) + 1)])
    share: Array = np.clip(margin / most, 0, 1) if most > 0 else np.zeros_like(margin)
    strength = 0.12 + 0.78 * share[..., None]
    colours: Array = background + (palette[classes] - background) * strength
    return colours.round().astype(np.uint8)


def zero_lines(axis: Array, values: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return where values (G, G) cross 0, as points and whether each is joined to the next."""
    import contourpy

    generator = contourpy.contour_generator(axis, axis, np.ma.masked_invalid(values))
    lines = [np.asarray(line) for line in generator.lines(0.0)]
    if not lines:
        return np.empty(0), np.empty(0), np.empty(0, bool)
    joined = np.concatenate([np.arange(len(line)) < len(line) - 1 for line in lines])
    points = np.concatenate(lines)
    return points[:, 0], points[:, 1], joined


class SurfacePicture(QWidget):
    """The picture of one predictor, with its name above it."""

    pointed = Signal(float, float)
    """The input under the mouse."""
    left = Signal()
    moved = Signal(object)
    """The user zoomed or panned: the ranges of both inputs."""
    fitted = Signal()
    """The user wants the whole square again."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = ShortLabel(title, self)
        self.title.setContentsMargins(6, 2, 0, 2)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.canvas = PlotCanvas(self)
        self.canvas.setMinimumSize(NARROW, NARROW)  # what it is in knows better
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.title)
        layout.addWidget(self.canvas, 1)
        self.view = self.canvas.view
        self.canvas.grid_lines.hide()
        self.image = pg.ImageItem(axisOrder="row-major")
        self.image.setZValue(-50)
        self.zero = Line()
        self.points = pg.ScatterPlotItem(pxMode=True)
        self.rings = pg.ScatterPlotItem(pxMode=True)
        self.chosen = pg.ScatterPlotItem(pxMode=True)
        for item in (self.image, self.zero, self.rings, self.points, self.chosen):
            self.view.addItem(item, ignoreBounds=True)
        self.zero.setZValue(1)
        self.rings.setZValue(2)
        self.points.setZValue(3)
        self.chosen.setZValue(4)
        self.view.setAspectLocked(True)
        self._has_left_axis = True
        self.show_inputs(())
        self.axis: Array = np.empty(0)
        self.values: Array | None = None
        self.canvas.hovered.connect(self.pointed)
        self.canvas.left.connect(self.left)
        self.canvas.fit_requested.connect(self.fitted)
        self.canvas.view_changed.connect(self._on_view_changed)

    def show_inputs(self, names: Sequence[str]) -> None:
        """Name the axes as the data do, where they do."""
        first, second = names if len(names) == 2 else ("", "")
        self.canvas.set_bottom_title(first or "x₁", log=False, shown=True)
        if self._has_left_axis:
            self.canvas.set_left_title(second or "x₂", log=False)

    def hide_left_axis(self) -> None:
        """Leave the second input's numbers to the picture at the left."""
        self._has_left_axis = False
        self.canvas.set_left_title("", log=False)
        self.canvas.left_axis.set_named([])
        self.canvas.set_left_width(NARROW)

    @property
    def beside(self) -> int:
        """Return how much wider than its square it is."""
        return round(self.canvas.left_axis.width()) + 12

    @property
    def above(self) -> int:
        """Return how much higher than its square it is."""
        return self.title.sizeHint().height() + round(self.canvas.bottom_axis.height()) + 3

    def show_range(self, across: tuple[float, float], up: tuple[float, float]) -> None:
        """Show these inputs."""
        self.view.setRange(xRange=across, yRange=up, padding=0, disableAutoRange=False)

    def fit(self) -> None:
        """Show the whole square."""
        if len(self.axis):
            ends = (float(self.axis[0]), float(self.axis[-1]))
            self.view.setRange(xRange=ends, yRange=ends, padding=0.02, disableAutoRange=False)

    def show_values(self, axis: Array, values: Array, level: float, line: bool = True) -> None:
        """Show values (G, G), rows along the second input, in colours from -level to level."""
        self.image.setImage(
            np.ascontiguousarray(values, np.float32),
            lut=diverging(),
            levels=(-level, level),
            autoLevels=False,
        )
        self._place(axis, values)
        x, y, joined = zero_lines(axis, values) if line else (np.empty(0), np.empty(0), np.empty(0, bool))
        self.zero.setData(x, y, connect=joined)
        self.zero.setPen(line_pen(theme().colours.foreground))

    def show_classes(
        self,
        axis: Array,
        classes: NDArray[np.int64],
        margin: Array,
        most: float,
        where: NDArray[np.bool_] | None = None,
    ) -> None:
        """Show the winning class, paler where its margin is small; `where` leaves the rest empty."""
        colours = class_map(classes, margin, most)
        if where is not None:
            colours[~where] = rgb(theme().colours.background).astype(np.uint8)
        self.image.setImage(colours, levels=(0, 255), lut=None, autoLevels=False)
        self._place(axis, margin)
        self.zero.setData([], [], connect="all")

    def _place(self, axis: Array, values: Array) -> None:
        new = not np.array_equal(axis[[0, -1]], self.axis[[0, -1]]) if len(self.axis) else True
        self.axis, self.values = axis, values
        half = float(axis[1] - axis[0]) / 2  # pixels have their centres on the grid
        side = float(axis[-1] - axis[0]) + 2 * half
        self.image.setRect(QRectF(axis[0] - half, axis[0] - half, side, side))
        if new:
            self.fit()

    def show_points(
        self,
        points: Array | None,
        labels: NDArray[np.int64] | None,
        support: NDArray[np.bool_] | None,
        classes: int,
    ) -> None:
        """Show training points: a shape and an outline a class, rings around support points."""
        if points is None or labels is None:
            self.points.clear()
            self.rings.clear()
            return
        kinds = np.unique(labels)
        order = np.searchsorted(kinds, labels)
        brushes = [pg.mkBrush(colour) for colour in point_colours(labels, classes)]
        pens = [pg.mkPen("#ffffff" if k % 2 == 0 else "#000000", width=1) for k in range(len(kinds))]
        self.points.setData(
            pos=points,
            size=POINT,
            symbol=[SHAPES[k % len(SHAPES)] for k in order],
            brush=[brushes[k] for k in order],
            pen=[pens[k] for k in order],
        )
        ringed = points[support] if support is not None else points[:0]
        self.rings.setData(
            pos=ringed,
            size=RING,
            symbol="o",
            brush=pg.mkBrush(None),
            pen=pg.mkPen(theme().colours.foreground, width=1.5),
        )

    def show_chosen(self, point: Array | None) -> None:
        """Let a sample's point (2,) stand out; None: none."""
        pen = pg.mkPen(theme().colours.accent, width=3)
        place = np.empty((0, 2)) if point is None else point[None]
        self.chosen.setData(pos=place, size=CHOSEN, symbol="o", brush=pg.mkBrush(None), pen=pen)

    def value_at(self, x: float, y: float) -> float:
        """Return the value at the grid point nearest to an input; NaN outside."""
        if self.values is None or not (
            self.axis[0] <= x <= self.axis[-1] and self.axis[0] <= y <= self.axis[-1]
        ):
            return float("nan")
        column, row = np.abs(self.axis - x).argmin(), np.abs(self.axis - y).argmin()
        return float(self.values[row, column])

    @Slot()
    def _on_view_changed(self) -> None:
        across, up = self.view.viewRange()
        self.moved.emit((tuple(across), tuple(up)))
