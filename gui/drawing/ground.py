"""What the network says over the plane, pale beneath the points of the drawing board."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPalette, QPen, QTransform

from engine.figures.compared import root_mean_square
from engine.protocol.records import Array
from engine.protocol.surface import SurfaceReady
from gui.forms.tones import tone
from gui.panels.data_drawing import class_colour
from gui.pictures.surface_picture import zero_lines

from .frame import PlaneFrame

PALE, STRONG = 0.12, 0.34
"""How opaque a class is where the network is not sure of it, and where it is."""


@dataclass(frozen=True)
class Ground:
    """The network's classes over a square around the origin, as colours, and where two of them meet."""

    image: QImage
    half: float
    lines: QPainterPath


def ground_of(surface: SurfaceReady, palette: QPalette) -> Ground:
    """Return the ground of a surface, the stronger the larger the margin beside its root mean square."""
    values, classes = surface.network, surface.network_class
    numbers = (values > 0).astype(np.int64) if classes is None else classes
    size = root_mean_square(values) or 1.0
    share = np.tanh(np.abs(np.nan_to_num(values)) / size)[:, :, None]
    every = [class_colour(k, palette) for k in range(int(numbers.max()) + 1)]
    colours = np.array([(colour.red(), colour.green(), colour.blue()) for colour in every])
    pixels = np.empty((*values.shape, 4), dtype=np.uint8)
    pixels[:, :, :3] = colours[numbers]
    pixels[:, :, 3:] = np.round(255 * (PALE + (STRONG - PALE) * share))
    upright = np.ascontiguousarray(pixels[::-1])
    rows, columns = values.shape
    image = QImage(upright.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888).copy()
    axis = surface.axis
    half = float(axis[-1]) + float(axis[1] - axis[0]) / 2  # pixels have their centres on the grid
    return Ground(image, half, _lines(axis, values) if classes is None else QPainterPath())


def draw_ground(
    painter: QPainter, area: QRectF, frame: PlaneFrame, ground: Ground, palette: QPalette
) -> None:
    """Draw the network's say beneath the points."""
    top_left = frame.pixel(area, np.array([-ground.half, ground.half]))
    bottom_right = frame.pixel(area, np.array([ground.half, -ground.half]))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(top_left, bottom_right), ground.image)
    origin, scale = frame.pixel(area, np.zeros(2)), frame.scale(area)
    shown = QTransform(scale, 0.0, 0.0, -scale, origin.x(), origin.y())
    painter.setPen(QPen(QColor(tone(palette, "plain")), 1.2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(shown.map(ground.lines))
    painter.restore()


def _lines(axis: Array, values: Array) -> QPainterPath:
    """Return where the values change sign."""
    path = QPainterPath()
    x, y, joined = zero_lines(axis, values)
    goes_on = False
    for k in range(len(x)):
        at = QPointF(float(x[k]), float(y[k]))
        if goes_on:
            path.lineTo(at)
        else:
            path.moveTo(at)
        goes_on = bool(joined[k])
    return path
