"""How the drawing board looks: a grid, axes with numbers, points, what is selected, what a tool would do."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen

from engine.data.dataset import Array
from engine.words.formats import with_minus
from gui.forms.tones import blend, hairline, tone
from gui.model.sketch import Sketch
from gui.panels.data_drawing import draw_points

from .frame import PlaneFrame, nice_step

RING = 8.5
"""Pixels from a selected point to its ring."""
RIGHT_BELOW = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
APART = 48
"""Pixels between two numbers at an edge, at least."""


def marker_size(count: int) -> float:
    """Return how large points are drawn, in pixels."""
    return 11.0 if count <= 100 else 9.0 if count <= 300 else 7.0


def draw_grid(painter: QPainter, area: QRectF, frame: PlaneFrame, step: float, palette: QPalette) -> None:
    """Draw the lines that places snap to, unless they would be too dense to see."""
    if step <= 0 or step * frame.scale(area) < 5:
        return
    colour = blend(palette.windowText().color(), palette.base().color(), 0.07)
    for value in _multiples(frame.x, area.width() / 2 / frame.scale(area), step):
        x = frame.pixel(area, np.array([value, 0.0])).x()
        painter.fillRect(QRectF(round(x), area.top(), 1, area.height()), colour)
    for value in _multiples(frame.y, area.height() / 2 / frame.scale(area), step):
        y = frame.pixel(area, np.array([0.0, value])).y()
        painter.fillRect(QRectF(area.left(), round(y), area.width(), 1), colour)


def draw_scales(painter: QPainter, area: QRectF, frame: PlaneFrame, palette: QPalette) -> None:
    """Draw lines through the origin, and numbers along the left and the lower edge."""
    origin, colour = frame.pixel(area, np.zeros(2)), hairline(palette)
    if area.left() <= origin.x() <= area.right():
        painter.fillRect(QRectF(round(origin.x()), area.top(), 1, area.height()), colour)
    if area.top() <= origin.y() <= area.bottom():
        painter.fillRect(QRectF(area.left(), round(origin.y()), area.width(), 1), colour)
    font = painter.font()
    font.setPointSizeF(font.pointSizeF() * 0.85)
    painter.setFont(font)
    painter.setPen(tone(palette, "faint"))
    metrics, scale = painter.fontMetrics(), frame.scale(area)
    step = nice_step(max(APART, 6 * metrics.averageCharWidth()) * 2.5 / scale)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    height = metrics.height()
    for value in _multiples(frame.x, area.width() / 2 / scale, step):
        words = with_minus(f"{value:.{decimals}f}")
        width, x = metrics.horizontalAdvance(words), frame.pixel(area, np.array([value, 0.0])).x()
        if area.left() + 34 < x - width / 2 and x + width / 2 < area.right() - 2:
            painter.drawText(QPointF(x - width / 2, area.bottom() - 4), words)
    for value in _multiples(frame.y, area.height() / 2 / scale, step):
        words = with_minus(f"{value:.{decimals}f}")
        y = frame.pixel(area, np.array([0.0, value])).y()
        if area.top() + height < y < area.bottom() - height - 4:
            painter.drawText(QPointF(area.left() + 5, y + metrics.ascent() / 2 - 1), words)


def draw_axis_names(painter: QPainter, area: QRectF, names: Sequence[str], palette: QPalette) -> None:
    """Draw what the inputs are called: the first above the numbers at the right, the second at the top."""
    painter.setPen(tone(palette, "faint"))
    metrics, most = painter.fontMetrics(), round(area.width() / 2)
    lines = [metrics.elidedText(" ".join(name.split()), Qt.TextElideMode.ElideRight, most) for name in names]
    for arrow, name, flags in zip(
        ("{} →", "↑ {}"),
        lines,
        (RIGHT_BELOW, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop),
        strict=False,
    ):
        room = area.adjusted(5, 2, -5, -6 - metrics.height())
        painter.drawText(room, flags, arrow.format(name))


def draw_sketch(
    painter: QPainter, area: QRectF, frame: PlaneFrame, sketch: Sketch, palette: QPalette
) -> None:
    """Draw the points, those of the test set hollow."""
    points = sketch.points
    if points is None:
        return
    places, size = frame.centred(sketch.places), marker_size(points.count)
    for testing in (True, False):
        rows = points.testing == testing
        if rows.any():
            draw_points(
                painter,
                area,
                places[rows],
                points.classes[rows],
                frame.half,
                palette,
                size * (0.8 if testing else 1.0),
                filled=not testing,
            )


def draw_rings(
    painter: QPainter, area: QRectF, frame: PlaneFrame, places: Array, colour: QColor, radius: float = RING
) -> None:
    """Draw rings around places (M, 2)."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 1.6))
    for place in places:
        painter.drawEllipse(frame.pixel(area, place), radius, radius)


def draw_cross(painter: QPainter, at: QPointF, colour: QColor) -> None:
    """Draw where keys would add a point."""
    for width, height in ((17.0, 1.6), (1.6, 17.0)):
        painter.fillRect(QRectF(at.x() - width / 2, at.y() - height / 2, width, height), colour)


def _multiples(centre: float, half: float, step: float) -> list[float]:
    """Return the multiples of a step within a length around a centre."""
    first, last = math.ceil((centre - half) / step), math.floor((centre + half) / step)
    return [k * step for k in range(first, last + 1)]
