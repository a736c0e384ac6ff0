"""What a plot draws of a run: lines, bands and faint single lines. Made once, then reused."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from engine.figures.curves import Shown
from engine.figures.drawn_curve import CurveDrawing, Detail, DrawnCurve, Points
from engine.figures.ranges import Range
from engine.protocol.records import Array
from gui.theme import mixed, on_screen, theme

from .boxes import Ends, box_near, ends_of
from .choices import Stroke
from .traces import TraceData

DASHES: dict[str, tuple[float, ...]] = {
    "solid": (),
    "dash": (7, 4),
    "dot": (1.5, 3),
    "dashdot": (8, 3.5, 1.5, 3.5),
    "dashdotdot": (8, 3, 1.5, 3, 1.5, 3),
}
"""In logical pixels of a screen; `on_device` has them in its own."""
MOST_POINTS = 2000
"""Of one line; beyond, it is thinned to what the plot's pixels can show."""
MOST_SINGLE_POINTS = 2000
"""Of all faint lines of one column together."""
MOST_BAND_POINTS = 300
"""Of one end of a band."""
WIDTH, THIN = 1.5, 1.0
"""Of lines, in logical pixels."""
PALE, PALE_ON_DARK = 0.6, 0.48
"""Of a ghost's colour: the share of the background in it; on a dark one the eye finds less of what is left."""
DOT = 5.0
"""Across a point that stands alone, in logical pixels."""


def line_pen(colour: str, style: str = "solid") -> QPen:
    """Return a pen one device pixel wide: the only width that is drawn fast (pyqtgraph#2479)."""
    pen = QPen(QColor(colour), 0)
    pen.setCosmetic(True)
    if DASHES[style]:
        pen.setDashPattern(DASHES[style])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def on_device(pen: QPen, scale: float, width: float = 0.0) -> QPen:
    """Return a pen for a screen with so many pixels to each logical one: its dashes are as long there.

    Args:
        pen: one device pixel wide.
        scale: the screen's.
        width: in logical pixels; 0 for one pixel of the screen, whatever its scale.
    """
    fine = QPen(pen)
    wide = max(width * scale, 1.0)
    fine.setDashPattern([part * scale / wide for part in pen.dashPattern()])
    if wide > 1.0:
        fine.setWidthF(wide)
    return fine


def dot_pen(colour: QColor, scale: float) -> QPen:
    """Return a pen whose points are small discs, as large on a screen of any scale."""
    pen = QPen(colour, DOT * scale, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    pen.setCosmetic(True)
    return pen


def offsets(reach: float) -> list[tuple[float, float]]:
    """Return by how many device pixels strokes are moved that together are so much wider than one of them.

    No two neighbours are further apart than a pixel, across and down alike; three and more do not lie on one
    line, along which they would all fall together.
    """
    if reach <= 0:
        return [(0.0, 0.0)]
    if reach <= 1:
        return [(0.0, 0.0), (reach, reach)]
    count = math.ceil(reach) + 1
    count += 1 - count % 2
    return [(reach * k / (count - 1), reach * (2 * k % count) / (count - 1)) for k in range(count)]


class Curve(pg.PlotCurveItem):
    """A line as wide on every screen, as fast as one of a pixel, seen however far it goes beyond its view.

    Qt is slow with a wide pen along a path, which it fills as one shape. At scale 1 thin strokes beside one another
    are faster; on finer screens a wide pen is, for each segment alone. That would begin dashes anew: they are strokes.
    """

    def __init__(self, width: float, antialias: bool = True) -> None:
        super().__init__(connect="finite", antialias=antialias)
        self.width = width
        """In logical pixels."""
        self.path: QPainterPath | None
        self._boundingRect: QRectF | None
        self._ends: Ends | None = None
        """Of the data; None: not known yet."""
        self._fine: tuple[object, ...] = ()
        self._fine_pen = QPen()

    def boundingRect(self) -> QRectF:
        # no larger: where all of a view is to be drawn anew its edges are, and a clip there is drawn slowly
        if self._boundingRect is None:
            self._ends = ends_of(self.xData, self.yData)
            self._boundingRect = box_near(self._ends, self.getViewBox())
        return self._boundingRect

    def viewTransformChanged(self) -> None:
        """Keep the box where it is the data's, and let it follow the view where they go far beyond that."""
        if self._boundingRect is not None:
            box = box_near(self._ends, self.getViewBox())
            if box != self._boundingRect:
                self.prepareGeometryChange()
                self._boundingRect = box

    def informViewBoundsChanged(self) -> None:
        """Tell nobody: views have ranges of their own."""

    def getPath(self) -> QPainterPath:
        path: QPainterPath | None = self.path
        if path is None:
            if isinstance(self.opts["connect"], str) and is_whole(self.xData, self.yData):
                path = QPainterPath()
                path.addPolygon(polygon(self.xData, self.yData))
            else:
                path = super().getPath()
            self.path = path
        return path

    def paint(self, p: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        scale = p.device().devicePixelRatioF()
        pen = self.opts["pen"]
        if scale > 1 and not pen.dashPattern():
            self.opts["pen"], self.opts["segmentedLineMode"] = self._pen_for(scale, self.width), "on"
            super().paint(p, option, widget)
            self.opts["pen"] = pen
            return
        p.setRenderHint(QPainter.RenderHint.Antialiasing, self.opts["antialias"])
        p.setPen(self._pen_for(scale, 0.0))
        path, before = self.getPath(), p.transform()
        for x, y in offsets(self.width * scale - 1):
            p.setTransform(before * QTransform.fromTranslate(x / scale, y / scale))
            p.drawPath(path)
        p.setTransform(before)

    def paint_on(self, p: QPainter, option: QStyleOptionGraphicsItem, smooth: bool) -> None:
        """Paint it, where that is not to be smooth in half the time."""
        usual, self.opts["antialias"] = self.opts["antialias"], self.opts["antialias"] and smooth
        self.paint(p, option)
        self.opts["antialias"] = usual

    def _pen_for(self, scale: float, width: float) -> QPen:
        """Return the pen for a screen, made anew only where it is another."""
        key = (self.opts["pen"], scale, width)
        if key != self._fine:
            self._fine, self._fine_pen = key, on_device(self.opts["pen"], scale, width)
        return self._fine_pen


def is_whole(x: Array | None, y: Array | None) -> bool:
    """Say whether there is a line, without a gap."""
    return (
        x is not None and y is not None and len(x) > 0 and bool(np.isfinite(x).all() and np.isfinite(y).all())
    )


class Line(Curve):
    """The line of a column, and its points that stand alone."""

    def __init__(self) -> None:
        super().__init__(WIDTH)
        self.lone: list[QPointF] = []
        """Points without a neighbour to be joined with: a line alone would not show them."""

    def set_points(self, line: Points, lone: Points) -> None:
        """Set what is drawn: points (T,), gaps where either is not finite, and those that stand alone."""
        self.setData(*line)
        self.lone = [QPointF(a, b) for a, b in zip(*lone, strict=True)]

    def paint(self, p: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        super().paint(p, option, widget)
        if self.lone:
            p.setRenderHint(QPainter.RenderHint.Antialiasing)
            p.setPen(dot_pen(self.opts["pen"].color(), p.device().devicePixelRatioF()))
            p.drawPoints(self.lone)


class Band(pg.GraphicsObject):
    """A filled band between two lines, with gaps where either has one."""

    def __init__(self) -> None:
        super().__init__()
        self.polygons: list[QPolygonF] = []
        self.brush = QBrush()
        self._box = QRectF()
        self._ends: Ends | None = None

    def set_data(self, x: Array, low: Array, high: Array) -> None:
        """Set the ends (T,) of the band at positions (T,)."""
        self.prepareGeometryChange()
        whole = np.isfinite(x) & np.isfinite(low) & np.isfinite(high)
        edges = np.flatnonzero(np.diff(np.concatenate(([False], whole, [False])).astype(np.int8)))
        self.polygons = [
            polygon(np.concatenate((x[a:b], x[a:b][::-1])), np.concatenate((low[a:b], high[a:b][::-1])))
            for a, b in edges.reshape(-1, 2)
            if b - a > 1
        ]
        drawn = np.zeros(len(x), bool)
        for a, b in edges.reshape(-1, 2):
            drawn[a:b] = b - a > 1
        self._ends = ends_of(np.tile(x[drawn], 2), np.concatenate((low[drawn], high[drawn])))
        self._box = box_near(self._ends, self.getViewBox())
        self.update()

    def boundingRect(self) -> QRectF:
        return self._box

    def viewTransformChanged(self) -> None:
        """Let the box follow the view where data go far beyond that."""
        box = box_near(self._ends, self.getViewBox())
        if box != self._box:
            self.prepareGeometryChange()
            self._box = box

    def paint(self, p: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(self.brush)
        for part in self.polygons:
            p.drawPolygon(part)


def polygon(x: Array, y: Array) -> QPolygonF:
    """Return points as Qt keeps them, copied in one go."""
    if not len(x):
        return QPolygonF()
    result: QPolygonF = pg.functions.create_qpolygonf(len(x))
    memory = pg.functions.ndarray_from_qpolygonf(result)
    memory[:, 0], memory[:, 1] = x, y
    return result


class Series:
    """One column of a run in a plot: a line; for several replicas their median or one of them, a band, faint lines."""

    def __init__(self, view: pg.ViewBox, several: bool, at_right: bool = False) -> None:
        self.at_right = at_right
        self.line = Line()
        self.band = Band() if several else None
        self.singles = Curve(THIN, antialias=False) if several else None
        self.coloured: list[Curve] = []
        """Single lines, each in a colour of its own, as long as they are wanted so."""
        self._view = view
        self.shown = True
        self._drawing = CurveDrawing()
        self._drawn: DrawnCurve | None = None
        self._drawn_of: tuple[object, ...] = ()
        self.is_new = True
        """Whether the last call of `set_data` changed it."""
        self.version = 0
        """Grows with every change of what is painted."""
        self._dress: tuple[object, ...] = ()
        self._stroke = Stroke("solid")
        for item in self.items():
            view.addItem(item, ignoreBounds=True)

    @property
    def drawn(self) -> DrawnCurve | None:
        """What is drawn; None for nothing yet."""
        return self._drawn

    def items(self) -> list[pg.GraphicsObject]:
        """Return all that is painted."""
        return [item for item in (self.band, self.singles, self.line, *self.coloured) if item is not None]

    def style(
        self, colour: str, stroke: Stroke, place: int, ghost: bool = False, crowded: bool = False
    ) -> None:
        """Dress the items in a run's colour, or that of text, and a column's line style; later runs lie above.

        A ghost is pale, and beneath all others; where lines are crowded all are thin.
        """
        dress = (colour, stroke, place, ghost, crowded, theme().dark)
        if dress == self._dress:
            return
        self._dress = dress
        self._stroke = stroke
        self.version += 1
        background = theme().colours.background
        colour = on_screen(colour) if colour else theme().colours.foreground
        if ghost:
            colour = mixed(colour, background, PALE_ON_DARK if theme().dark else PALE)
        self.line.width = THIN if stroke.thin or crowded else WIDTH
        self.line.setPen(line_pen(colour, stroke.style))
        self.line.setZValue(20 + place)
        if self.band is not None:
            shade = QColor(colour)
            shade.setAlphaF(0.16)
            self.band.brush = QBrush(shade)
            self.band.setZValue(0)
            self.band.update()
        if self.singles is not None:
            self.singles.setPen(line_pen(mixed(colour, background, 0.62)))
            self.singles.setZValue(10)

    def set_data(
        self, data: TraceData, name: str, shown: Shown, view: Range, columns: int, since: int
    ) -> DrawnCurve:
        """Draw a column for a view so many pixels wide, unless that is what is drawn.

        The value axis has to hold what comes from `since` on.
        """
        if len(data.records) <= MOST_POINTS and data.records.replicas == 1:
            view, columns = (0.0, 1.0), 1  # all points are drawn, whatever the view
        scale = data.trace.scale
        look = (scale, self._stroke, theme().dark)
        of = (data, data.version, name, shown, view, columns, since, data.replica, look)
        self.is_new = of != self._drawn_of
        if self._drawn is not None and not self.is_new:
            return self._drawn
        self._drawn_of = of
        self.version += 1
        colours = scale.colours if scale is not None else ()
        self._drawn = drawn = self._drawing.of(
            data.records.column(name),
            data.positions,
            shown,
            Detail(columns, MOST_POINTS, MOST_BAND_POINTS, MOST_SINGLE_POINTS, view),
            replica=data.replica,
            since=since,
            lost=data.lost,
            thinned=data.trace.history.is_thinned(name),
        )
        self.line.set_points(drawn.line, drawn.lone)
        if self.band is not None and drawn.band is not None:
            self.band.set_data(*drawn.band)
        if self.singles is not None and drawn.singles is not None:
            self._draw_singles(
                self.singles, drawn.singles, [colours[r] for r in drawn.replicas] if colours else []
            )
        return drawn

    def _draw_singles(self, faint: Curve, points: Points, colours: list[str]) -> None:
        """Draw single lines faintly, or in colours, without a band then."""
        x, y = points
        if self.band is not None:
            self.band.setVisible(self.shown and not colours)
        if not colours:
            x, y = x.ravel(), y.ravel()
        faint.setData(*((np.empty(0), np.empty(0)) if colours else (x, y)))
        while len(self.coloured) > len(colours):
            self._view.removeItem(self.coloured.pop())
        while len(self.coloured) < len(colours):
            line = Curve(THIN)
            line.setZValue(10)
            self._view.addItem(line, ignoreBounds=True)
            self.coloured.append(line)
        for item, colour, across, up in zip(self.coloured, colours, x, y, strict=False):
            item.setPen(line_pen(on_screen(colour), self._stroke.style))
            item.setVisible(self.shown)
            item.setData(across, up)

    def show(self, shown: bool) -> None:
        """Show or hide all of it."""
        if shown == self.shown:
            return
        self.shown = shown
        if not shown:
            self._drawn, self._drawn_of = None, ()
        for item in self.items():
            item.setVisible(shown)
