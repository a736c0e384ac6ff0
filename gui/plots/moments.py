"""The moments of runs: vertical lines through a plot, and their names in a strip above it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise, product

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from gui.theme import on_screen, theme

from .curves import THIN, line_pen, on_device

NAMES = ("fitted", "separated")
EDITED = "edited"
"""What the line of an edit is called where there are several in view."""
GAP = 2.0
"""Pixels between a line and its name."""
BEYOND = 10.0
"""Pixels that a name may reach into the free margin at the right."""
STYLES = {"fitted": "dashdot", "separated": "dot"}
"""How the lines of moments are drawn; those of edits are dashed."""

Mark = tuple[float, str, str]
"""Position, colour and which moment, or what was edited there."""


class Moments(pg.GraphicsObject):
    """Vertical lines at runs' moments, in their colours."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Mark] = []
        self.names = MomentNames()
        self.setZValue(60)

    def set_lines(self, lines: list[Mark]) -> None:
        """Set the lines; nothing happens where they are the same."""
        if lines != self.lines:
            self.lines = lines
            self.update()
            self._place_names()

    def in_view(self) -> list[Mark]:
        """Return the lines between the left and the right end of the view."""
        box = self.viewRect()
        return [line for line in self.lines if box.left() <= line[0] <= box.right()]

    def _place_names(self) -> None:
        view = self.getViewBox()
        if view is not None:
            self.names.set_marks(
                [(view.mapViewToScene(QPointF(x, 0)).x(), colour, name) for x, colour, name in self.in_view()]
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
        for position, colour, name in self.in_view():
            at = round(to_device.map(QPointF(position, 0)).x())
            p.setPen(on_device(line_pen(on_screen(colour), STYLES.get(name, "dash")), scale, THIN))
            p.drawLine(QPointF(at, frame.top()), QPointF(at, frame.bottom()))
        p.restore()


class MomentNames(pg.GraphicsWidget):
    """The strip above a plot in which every moment is named once, beside its line: never over curves."""

    def __init__(self) -> None:
        super().__init__()
        self._marks: list[Mark] = []
        self.font = QFont()
        self.set_font(self.font)

    def set_font(self, font: QFont) -> None:
        """Set the names' font; the strip is as high as it needs."""
        self.font = font
        height = QFontMetricsF(font).height()
        self.setMinimumHeight(height)
        self.setMaximumHeight(height)
        self.update()

    def set_marks(self, marks: list[Mark]) -> None:
        """Set the lines in view, by their places in the scene."""
        if marks != self._marks:
            self._marks = marks
            self.update()

    def placed(self) -> list[tuple[float, float, str]]:
        """Return the left end, the right end and the words of every name, in the strip's own pixels."""
        first: dict[str, float] = {}
        for x, _, name in self._marks:
            first.setdefault(name, self.mapFromScene(QPointF(x, 0)).x())
        metrics = QFontMetricsF(self.font)
        marks = sorted((x, name) for name, x in first.items())
        return place_names(marks, metrics.horizontalAdvance, self.boundingRect().width() + BEYOND)

    def paint(self, p: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        box, scale = self.boundingRect(), p.device().devicePixelRatioF()
        for x, colour, name in self._marks:
            at = round(self.mapFromScene(QPointF(x, 0)).x())
            p.setPen(on_device(line_pen(on_screen(colour), STYLES.get(name, "dash")), scale, THIN))
            p.drawLine(QPointF(at, box.top() + 3), QPointF(at, box.bottom()))
        p.setFont(self.font)
        p.setPen(QColor(theme().colours.faint))
        base = box.bottom() - QFontMetricsF(self.font).descent()
        for left, _, words in self.placed():
            p.drawText(QPointF(left, base), words)


def place_names(
    marks: Sequence[tuple[float, str]], width_of: Callable[[str], float], room: float
) -> list[tuple[float, float, str]]:
    """Return where names stand beside their lines: left end, right end, words.

    A name stands tightly at its line, to the right of it, or to the left where that would leave the strip,
    cross another line or touch another name. Lines too near for that share one entry.

    Args:
        marks: the lines' places in pixels and their names, from left to right.
        width_of: the width of words.
        room: the strip's width.
    """
    for sides in product((True, False), repeat=len(marks)):
        spans = [
            (x + GAP, x + GAP + width_of(name)) if right else (x - GAP - width_of(name), x - GAP)
            for (x, name), right in zip(marks, sides, strict=True)
        ]
        inside = all(low >= 0 and high <= room for low, high in spans)
        apart = all(before[1] + GAP <= after[0] for before, after in pairwise(spans))
        clear = not any(
            low <= x <= high for low, high in spans for x, _ in marks
        )  # no name stands across another's line
        if inside and apart and clear:
            return [(*span, name) for span, (_, name) in zip(spans, marks, strict=True)]
    if not marks:
        return []
    words = ", ".join(name for _, name in marks)
    width, last = width_of(words), marks[-1][0]
    left = last + GAP if last + GAP + width <= room else max(marks[0][0] - GAP - width, 0.0)
    return [(left, left + width, words)]
