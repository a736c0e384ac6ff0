"""The moments of runs: vertical lines through a plot, and their names in a strip above it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsSceneResizeEvent, QStyleOptionGraphicsItem, QWidget

from engine.figures.plots import MOST_MARKED
from gui.plain_text import tooltip
from gui.theme import on_screen, theme

from .curves import THIN, line_pen, on_device
from .name_places import EDITED, NAMES, Placed, place_names
from .traces import TraceData

BEYOND = 10.0
"""Pixels that a name may reach into the free margin at the right."""
STYLES = {"fitted": "dashdot", "separated": "dot"}
"""How the lines of moments are drawn; those of edits are dashed."""

TICK = 6
"""Pixels of the ticks that stand for lines where there would be too many."""
TICKS = "Ticks at the foot of the plot: the moments of the other runs."
Mark = tuple[float, str, str]
"""Position, colour and which moment, or what was edited there."""


class Moments(pg.GraphicsObject):
    """Vertical lines at runs' moments, in their colours."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Mark] = []
        self.ticks: list[Mark] = []
        self.names = MomentNames()
        self.setZValue(60)

    def set_lines(self, lines: list[Mark], ticks: list[Mark]) -> None:
        """Set the lines, and what is a tick at the foot alone; nothing happens where they are the same."""
        if (lines, ticks) != (self.lines, self.ticks):
            self.lines, self.ticks = lines, ticks
            self.update()
            self._place_names()

    def in_view(self, marks: list[Mark]) -> list[Mark]:
        """Return the marks between the left and the right end of the view."""
        box = self.viewRect()
        return [mark for mark in marks if box.left() <= mark[0] <= box.right()]

    def _place_names(self) -> None:
        view = self.getViewBox()
        if view is not None:
            lines = self.in_view(self.lines)
            self.names.set_marks(
                [(view.mapViewToScene(QPointF(x, 0)).x(), colour, name) for x, colour, name in lines],
                TICKS if self.ticks else "",
            )

    def viewRangeChanged(self) -> None:
        self.prepareGeometryChange()
        self.update()
        self._place_names()

    def viewTransformChanged(self) -> None:
        super().viewTransformChanged()
        self._place_names()

    def boundingRect(self) -> QRectF:
        return QRectF(self.viewRect())

    def paint(self, p: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        to_device = p.transform()
        frame = to_device.mapRect(self.viewRect())
        p.save()
        p.resetTransform()
        scale = p.device().devicePixelRatioF()
        for marks, top in ((self.lines, frame.top()), (self.ticks, frame.bottom() - TICK * scale)):
            places = [
                (round(to_device.map(QPointF(position, 0)).x()), colour, name)
                for position, colour, name in self.in_view(marks)
            ]
            _draw_lines(p, places, top, frame.bottom(), scale)
        p.restore()


class MomentNames(pg.GraphicsWidget):
    """The strip above a plot in which every moment is named once, beside its line: never over curves."""

    def __init__(self) -> None:
        super().__init__()
        self._marks: list[Mark] = []
        self._remark = ""
        self._placed: list[Placed] = []
        self._placed_of: tuple[object, ...] = ()
        self.font = QFont()
        self.set_font(self.font)

    def set_font(self, font: QFont) -> None:
        """Set the names' font; the strip is as high as it needs."""
        self.font = font
        height = QFontMetricsF(font).height()
        self.setMinimumHeight(height)
        self.setMaximumHeight(height)
        self._tell()
        self.update()

    def set_marks(self, marks: list[Mark], remark: str = "") -> None:
        """Set the lines in view, by their places in the scene, and what else is to be said of moments."""
        if (marks, remark) != (self._marks, self._remark):
            self._marks, self._remark = marks, remark
            self._tell()
            self.update()

    def resizeEvent(self, event: QGraphicsSceneResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell()

    def placed(self) -> list[Placed]:
        """Return every name that has room, in the strip's own pixels."""
        left, room = self.mapFromScene(QPointF(0, 0)).x(), self.boundingRect().width() + BEYOND
        of = (tuple(self._marks), left, room, self.font)
        if of != self._placed_of:
            marks = [(x + left, name) for x, _, name in self._marks]
            self._placed_of = of
            self._placed = place_names(marks, QFontMetricsF(self.font).horizontalAdvance, room)
        return self._placed

    def _tell(self) -> None:
        """Say in the tooltip all that has no room."""
        told = {words for _, _, words in self.placed()}
        every = list(dict.fromkeys(name for _, _, name in sorted(self._marks)))
        words = "" if told.issuperset(every) else f"From the left: {', '.join(every)}."
        self.setToolTip(tooltip(" ".join(filter(None, (words, self._remark)))))

    def paint(self, p: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        box, scale = self.boundingRect(), p.device().devicePixelRatioF()
        left = self.mapFromScene(QPointF(0, 0)).x()
        places = [(round(x + left), colour, name) for x, colour, name in self._marks]
        _draw_lines(p, places, box.top() + 3, box.bottom(), scale)
        p.setFont(self.font)
        p.setPen(QColor(theme().colours.faint))
        base = box.bottom() - QFontMetricsF(self.font).descent()
        for left, right, words in self.placed():
            p.fillRect(
                QRectF(left, box.top(), right - left, box.height()), QColor(theme().colours.background)
            )
            p.drawText(QPointF(left, base), words)


def _draw_lines(p: QPainter, places: Sequence[Mark], top: float, bottom: float, scale: float) -> None:
    """Draw upright lines at places in pixels, those of one look at once."""
    looks: dict[tuple[str, str], list[QLineF]] = {}
    for x, colour, name in places:
        looks.setdefault((colour, STYLES.get(name, "dash")), []).append(QLineF(x, top, x, bottom))
    for (colour, style), lines in looks.items():
        p.setPen(on_device(line_pen(on_screen(colour), style), scale, THIN))
        p.drawLines(lines)


def marks_of(visible: Iterable[TraceData]) -> tuple[list[Mark], list[Mark]]:
    """Return the lines of runs, and the ticks: of many runs the one looked at has lines, the others have ticks."""
    drawn = [data for data in visible if not data.trace.ghost]
    if len(drawn) <= MOST_MARKED:
        return _marks(drawn), []
    others = [data for data in drawn if not data.trace.selected]
    return _marks([data for data in drawn if data.trace.selected]), _marks(others)


def _marks(visible: Sequence[TraceData]) -> list[Mark]:
    """Return the moments of runs, and where they were edited; of several edits that there were."""
    marks = [(data.event_position(which), data.trace.colour, which) for data in visible for which in NAMES]
    edits = [
        (data.position(step), data.trace.colour, words)
        for data in visible
        for step, words in data.edits().items()
    ]
    edits = [mark for mark in edits if mark[0] == mark[0]]
    if len(edits) > 1:
        edits = [(position, colour, EDITED) for position, colour, _ in edits]
    return [mark for mark in marks if mark[0] == mark[0]] + edits
