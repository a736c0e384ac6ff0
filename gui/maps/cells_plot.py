"""The cells of a map over two axes: a value's colour each, marks where there is none, the line of a value."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from engine.figures.maps import colour_range, heights
from engine.protocol.map_pictures import AxisSeen, CellState, MapSeen
from engine.protocol.records import Array
from gui.forms.tones import blend
from gui.pictures.small_plot import SmallPlot
from gui.plots.curves import line_pen
from gui.theme import theme

from .corners import CornersItem

Cell = tuple[int, int]
"""The places up and across."""
LABEL = 58
"""Pixels across from one label to the next, at least."""
LINE = 22
"""Pixels upwards from one label to the next, at least."""
STROKES: dict[CellState, Array] = {
    CellState.DIVERGED: np.array([[-0.3, -0.3], [0.3, 0.3]]),
    CellState.FAILED: np.array([[-0.3, -0.3], [0.3, 0.3], [-0.3, 0.3], [0.3, -0.3]]),
    CellState.UNDEFINED: np.array([[-0.3, 0.0], [0.3, 0.0]]),
}
"""How cells without a value are told apart: pairs of ends (2 k, 2) within a cell."""
PALE = 0.3
"""How much of faint ink the ground of a place has that is not trained."""


def untrained_colour() -> QColor:
    """Return the colour of places that are not trained."""
    colours = theme().colours
    return blend(QColor(colours.faint), QColor(colours.background), PALE)


@cache
def sequential() -> NDArray[np.uint8]:
    """Return 256 colours (256, 3) in the order of their lightness, as figures have them."""
    return np.asarray(pg.colormap.get("viridis").getLookupTable(0.0, 1.0, 256, alpha=False), np.uint8)


class CellsItem(pg.ImageItem):
    """The colours; a drag over them says where it is."""

    dragged = Signal(object, bool, bool)
    """The place in the scene, and whether it begins or ends there."""

    def mouseDragEvent(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        event.accept()
        if event.isStart():
            self.dragged.emit(event.buttonDownScenePos(), True, False)
        self.dragged.emit(event.scenePos(), False, bool(event.isFinish()))


class CellsPlot(SmallPlot):
    """A cell a place; a click chooses one, a double click opens it, a drag steers by those that it meets."""

    cell_chosen = Signal(object)
    cell_opened = Signal(object)
    steered = Signal(object)
    """The cell that a drag has come to."""
    steering = Signal(bool)
    """A drag begins, or ends."""
    pointed = Signal(object)
    """The cell under the mouse; None for none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("map_cells")
        self.seen: MapSeen | None = None
        self.chosen: Cell | None = None
        self.canvas.setAccessibleName("Map")
        self.canvas.grid_lines.hide()
        self.image = CellsItem(axisOrder="row-major")
        self.image.dragged.connect(self._on_dragged)
        self._met: Cell | None = None
        """Where a drag is."""
        self.marks, self.contour, self.frame = (pg.PlotCurveItem(connect="pairs") for _ in range(3))
        self.corners = CornersItem()
        self.add(self.image, self.marks, self.corners, self.contour, self.frame)
        self.canvas.picked.connect(self._on_picked)
        self.canvas.opened.connect(self._on_opened)
        self.canvas.hovered.connect(self._on_hovered)
        self.canvas.left.connect(self._on_left)
        self.canvas.view.sigResized.connect(self._name_cells)
        theme().theme_changed.connect(self._draw)

    def show_map(self, seen: MapSeen) -> None:
        """Show a map's cells."""
        other = self.seen is None or self.seen.values.shape != seen.values.shape
        self.seen = seen
        rows, columns = seen.values.shape
        if other or (self.chosen is not None and not (self.chosen[0] < rows and self.chosen[1] < columns)):
            self.chosen = None
        self.hold((-0.5, columns - 0.5), (-0.5, rows - 0.5))
        self._draw()

    def choose(self, cell: Cell | None) -> None:
        """Frame a cell."""
        self.chosen = cell
        self._draw_frame()

    @Slot()
    def _draw(self) -> None:
        seen = self.seen
        if seen is None:
            return
        rows, columns = seen.values.shape
        drawn, (low, high) = heights(seen.values, seen.log), colour_range(seen)
        self.image.setImage(np.ascontiguousarray(self._pixels(drawn, low, high)), autoLevels=False)
        self.image.setRect(QRectF(-0.5, -0.5, columns, rows))
        ends = [
            (np.argwhere(seen.states == state)[:, None, ::-1] + strokes[None]).reshape(-1, 2)
            for state, strokes in STROKES.items()
        ]
        strokes = np.concatenate(ends)
        self.marks.setData(strokes[:, 0], strokes[:, 1])
        self.marks.setPen(line_pen(theme().colours.faint))
        self.corners.show_map(seen)
        self._draw_contour(drawn)
        self._draw_frame()
        self._name_cells()

    def _pixels(self, drawn: Array, low: float, high: float) -> NDArray[np.uint8]:
        """Return the colours (U, A, 4) of values as they are drawn; pale where none is yet, clear without one."""
        assert self.seen is not None, "it is shown"
        there = np.isfinite(drawn)
        share = np.clip((np.where(there, drawn, low) - low) / (high - low), 0.0, 1.0)
        pixels = np.zeros((*drawn.shape, 4), np.uint8)
        pixels[..., :3] = sequential()[(share * 255).round().astype(int)]
        pixels[..., 3] = np.where(there, 255, 0)
        pixels[self.seen.states == CellState.WAITING] = untrained_colour().getRgb()
        return pixels

    def _draw_contour(self, drawn: Array) -> None:
        seen = self.seen
        assert seen is not None, "it is shown"
        lines: list[Array] = []
        if seen.contour is not None and min(drawn.shape) > 1:
            level = float(heights(np.array([seen.contour]), seen.log)[0])
            if np.isfinite(level):
                import contourpy

                generator = contourpy.contour_generator(z=np.ma.masked_invalid(drawn))
                lines = [np.asarray(line) for line in generator.lines(level)]
        pairs = [np.repeat(line, 2, axis=0)[1:-1] for line in lines]
        ends = np.concatenate(pairs) if pairs else np.empty((0, 2))
        self.contour.setData(ends[:, 0], ends[:, 1])
        self.contour.setPen(pg.mkPen(QColor(theme().colours.foreground), width=1.5, cosmetic=True))

    def _draw_frame(self) -> None:
        corners = np.empty((0, 2))
        if self.chosen is not None:
            row, column = self.chosen
            square = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) + np.array([column, row])
            corners = np.repeat(np.vstack([square, square[:1]]), 2, axis=0)[1:-1]
        self.frame.setData(corners[:, 0], corners[:, 1])
        self.frame.setPen(pg.mkPen(QColor(theme().colours.foreground), width=2.5, cosmetic=True))

    @Slot()
    def _name_cells(self, *_: object) -> None:
        """Name as many cells of either axis as there is room for."""
        seen = self.seen
        if seen is None:
            return
        view = self.canvas.view
        self.canvas.bottom_axis.set_named(_named(seen.across, int(view.width() / LABEL)))
        self.canvas.set_bottom_title(seen.across.title, log=False, shown=True)
        if seen.up is None:
            self.canvas.left_axis.set_named([])
            self.canvas.set_left_title("", log=False)
        else:
            self.canvas.left_axis.set_named(_named(seen.up, int(view.height() / LINE)))
            self.canvas.set_left_title(seen.up.title, log=False)

    def cell_at(self, x: float, y: float) -> Cell | None:
        """Return the cell at a place; None outside."""
        if self.seen is None:
            return None
        rows, columns = self.seen.values.shape
        row, column = int(np.floor(y + 0.5)), int(np.floor(x + 0.5))
        return (row, column) if 0 <= row < rows and 0 <= column < columns else None

    @Slot(float, float)
    def _on_picked(self, x: float, y: float) -> None:
        cell = self.cell_at(x, y)
        if cell is not None:
            self.cell_chosen.emit(cell)

    @Slot(object, bool, bool)
    def _on_dragged(self, place: QPointF, begins: bool, ends: bool) -> None:
        if begins:
            self._met = None
            self.steering.emit(True)
        at = self.canvas.view.mapSceneToView(place)
        cell = self.cell_at(float(at.x()), float(at.y()))
        if cell is not None and cell != self._met:
            self._met = cell
            self.steered.emit(cell)
        if ends:
            self.steering.emit(False)

    @Slot(float, float)
    def _on_opened(self, x: float, y: float) -> None:
        cell = self.cell_at(x, y)
        if cell is not None:
            self.cell_opened.emit(cell)

    @Slot(float, float)
    def _on_hovered(self, x: float, y: float) -> None:
        self.pointed.emit(self.cell_at(x, y))

    @Slot()
    def _on_left(self) -> None:
        self.pointed.emit(None)


def _named(axis: AxisSeen, most: int) -> list[tuple[float, str]]:
    """Return the names of cells at equal distances, at most about so many."""
    stride = -(-len(axis.words) // max(most, 2))
    return [(float(k), words) for k, words in enumerate(axis.words) if k % stride == 0]
