"""How points and pictures of a data set are drawn, small or large."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPalette, QPen, QPixmap, QPolygonF, QTransform

from engine.data.dataset import Array, Dataset, Labels
from engine.figures.plots import PALETTE
from gui.forms.tones import hairline, readable
from gui.model.drawing_plane import principal_directions

FEW = 120
"""Points that are drawn one by one; of more each is a stamp, which takes a tenth as long."""
MOST_POINTS = 1500
"""Points drawn at most; further ones would hide each other."""


def class_colour(index: int, palette: QPalette) -> QColor:
    """Return the colour of a class, light or dark enough for the background of fields."""
    return readable(QColor(PALETTE[index % len(PALETTE)]), palette.base().color(), 3.0)


def plane(data: Dataset) -> tuple[Array, Array, float, str]:
    """Return training and test points in a plane (N, 2), half the side to show, and what the plane is."""
    raw, test = data.raw, data.raw_test
    inputs = raw.shape[1]
    if inputs == 2:
        return (
            raw,
            test,
            data.view,
            ", ".join(filter(None, (_named("→ {}, ↑ {}", data.input_names), _outside(data)))),
        )
    if inputs == 1:
        # one line a class, so that points do not cover each other
        line, line_test = (
            np.stack([x[:, 0], 0.25 * np.sign(y)], 1)
            for x, y in ((raw, data.labels), (test, data.labels_test))
        )
        return line, line_test, 1.2 * _largest(line), _named("{}", data.input_names) or "one input"
    if data.relevant is not None and len(data.relevant) > 1:
        first, second = data.relevant[:2]
        seen, seen_test = raw[:, [first, second]], test[:, [first, second]]
        return seen, seen_test, 1.1 * _largest(seen), f"inputs {first + 1}, {second + 1}"
    centre, directions, words = _directions(data)
    flat, flat_test = (raw - centre) @ directions.T, (test - centre) @ directions.T
    return flat, flat_test, 1.1 * _largest(flat), words


def _outside(data: Dataset) -> str:
    """Say how many points are outside of the square that surfaces show; '' where none is."""
    outside = int((np.abs(np.concatenate([data.raw, data.raw_test])) > data.view).any(axis=1).sum())
    return f"{outside:,} outside of the view" if outside else ""


def _named(words: str, names: tuple[str, ...]) -> str:
    """Say which inputs they are, by the data's own names; '' where they have none."""
    return words.format(*(name or "–" for name in names)) if any(names) else ""


def _directions(data: Dataset) -> tuple[Array, Array, str]:
    """Return an origin (d,), two orthogonal unit directions (2, d) from there, and what they are.

    Two classes: the difference of their means, seen from the origin as predictors without biases see it, and
    the direction of the largest spread beside it. More classes: the two directions of the largest spread.
    """
    raw = data.raw
    if data.classes == 2:
        apart = raw[data.labels > 0].mean(axis=0) - raw[data.labels < 0].mean(axis=0)
        length = float(np.linalg.norm(apart))
        if length > 0:
            apart /= length
            beside = raw - np.outer(raw @ apart, apart)
            across = principal_directions(beside - beside.mean(axis=0))[0]
            return np.zeros(raw.shape[1]), np.stack([apart, across]), "class means, spread"
    centre = raw.mean(axis=0)
    return centre, principal_directions(raw - centre), "principal directions 1, 2"


def class_indices(labels: Labels, classes: int) -> NDArray[np.int64]:
    """Return each sample's class as 0..C-1, whether labels are -1/+1 or counted."""
    return (labels > 0).astype(np.int64) if classes == 2 else labels


def draw_points(
    painter: QPainter,
    area: QRectF,
    points: Array,
    classes: NDArray[np.int64],
    half: float,
    palette: QPalette,
    size: float,
    *,
    filled: bool = True,
) -> None:
    """Draw points (N, 2) around the origin at the area's centre, a shape and a colour for each class."""
    if half <= 0 or not len(points):
        return
    scale = min(area.width(), area.height()) / 2 / half
    centre = area.center()
    painter.save()
    painter.setClipRect(area)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for index in np.unique(classes):
        colour = class_colour(int(index), palette)
        painter.setPen(QPen(palette.base().color() if filled else colour, 0.5 if filled else 1.0))
        painter.setBrush(colour if filled else Qt.BrushStyle.NoBrush)
        shape = QTransform.fromScale(size, size).map(marker(int(index)))
        places = points[classes == index][:MOST_POINTS] * (scale, -scale) + (centre.x(), centre.y())
        if len(points) <= FEW:
            for x, y in places.tolist():
                painter.drawPath(shape.translated(x, y))
        else:
            _stamp(painter, places, shape)
    painter.restore()


def draw_ring(
    painter: QPainter, area: QRectF, point: Array, half: float, palette: QPalette, size: float
) -> None:
    """Draw a ring around a point (2,) that stands out."""
    scale, centre = min(area.width(), area.height()) / 2 / half, area.center()
    painter.save()
    painter.setClipRect(area)
    painter.setPen(QPen(palette.highlight().color(), 2.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    place = QPointF(centre.x() + point[0] * scale, centre.y() - point[1] * scale)
    painter.drawEllipse(place, size / 2, size / 2)
    painter.restore()


def _stamp(painter: QPainter, places: Array, shape: QPainterPath) -> None:
    """Draw a shape at many places (N, 2) with the painter's pen and brush, as a picture that is drawn once."""
    side = math.ceil(shape.boundingRect().width() + 3)
    ratio = max(painter.deviceTransform().m11(), 1.0)
    stamp = QPixmap(round(side * ratio), round(side * ratio))
    stamp.setDevicePixelRatio(ratio)
    stamp.fill(Qt.GlobalColor.transparent)
    with QPainter(stamp) as inner:
        inner.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner.setPen(painter.pen())
        inner.setBrush(painter.brush())
        inner.drawPath(shape.translated(side / 2, side / 2))
    for x, y in (places - side / 2).tolist():
        painter.drawPixmap(QPointF(x, y), stamp)


def draw_axes(painter: QPainter, area: QRectF, palette: QPalette) -> None:
    """Draw thin lines through the origin."""
    centre, colour = area.center(), hairline(palette)  # filled: lines take a hundred times as long
    painter.fillRect(QRectF(area.left(), round(centre.y()), area.width(), 1), colour)
    painter.fillRect(QRectF(round(centre.x()), area.top(), 1, area.height()), colour)


@lru_cache(maxsize=16)
def marker(index: int) -> QPainterPath:
    """Return the shape of a class, about 1 wide: circle, square, triangle, diamond, cross and so on."""
    path = QPainterPath()
    makers: tuple[Callable[[QPainterPath], None], ...] = (
        _circle,
        _square,
        _triangle,
        _diamond,
        _cross,
        _star,
    )
    makers[index % len(makers)](path)
    return path


def _circle(path: QPainterPath) -> None:
    path.addEllipse(QPointF(0, 0), 0.5, 0.5)


def _square(path: QPainterPath) -> None:
    path.addRect(QRectF(-0.44, -0.44, 0.88, 0.88))


def _triangle(path: QPainterPath) -> None:
    path.addPolygon(_polygon([0.62, 0.62, 0.62]))
    path.closeSubpath()


def _diamond(path: QPainterPath) -> None:
    path.addPolygon(_polygon([0.62] * 4))
    path.closeSubpath()


def _cross(path: QPainterPath) -> None:
    path.addRect(QRectF(-0.55, -0.17, 1.1, 0.34))
    path.addRect(QRectF(-0.17, -0.55, 0.34, 1.1))
    path.setFillRule(Qt.FillRule.WindingFill)


def _star(path: QPainterPath) -> None:
    path.addPolygon(_polygon([0.65, 0.28] * 5))
    path.closeSubpath()


def _polygon(radii: list[float]) -> QPolygonF:
    """Return corners at these distances from the centre, the first one up."""
    turn = 2 * math.pi / len(radii)
    return QPolygonF([QPointF(r * math.sin(turn * i), -r * math.cos(turn * i)) for i, r in enumerate(radii)])


def _largest(points: Array) -> float:
    return float(np.abs(points).max(initial=0.0)) or 1.0
