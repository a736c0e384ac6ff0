"""How a single sample is drawn, and a table of samples where numbers are few: pictures, signals, codes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPalette, QPen, QPolygonF

from engine.data.dataset import Array, Dataset
from gui.forms.tones import blend, hairline

from .data_drawing import class_colour, class_indices

FEW_VALUES = 3
"""A table is worth looking at where its numbers are codes: signs, or zeros and ones."""
LOOKED_AT = 64
STRIP = 7.0
"""Width of the strip that tells the classes of a table's rows."""
_MOST_COLUMNS = 64


def is_table(data: Dataset) -> bool:
    """Say whether points are codes of many inputs, which no projection shows."""
    inputs = data.raw.shape[1]
    codes = 2 < inputs <= _MOST_COLUMNS and data.image_shape is None
    return codes and len(np.unique(data.raw[:LOOKED_AT])) <= FEW_VALUES


def draw_sample(
    painter: QPainter,
    place: QRectF,
    numbers: Array,
    shape: tuple[int, int],
    palette: QPalette,
    colour: QColor,
) -> None:
    """Draw one picture, or one signal in a colour, where it is a single row of pixels."""
    if shape[0] > 1:
        painter.drawImage(place, picture(numbers, shape, palette))
        return
    painter.setPen(QPen(hairline(palette), 1))
    middle = place.center().y()
    painter.drawLine(QPointF(place.left(), middle), QPointF(place.right(), middle))
    tall = float(np.abs(numbers).max()) or 1.0
    step = place.width() / max(len(numbers) - 1, 1)
    heights = middle - numbers / tall * place.height() / 2
    painter.setPen(QPen(colour, 1.2))
    painter.drawPolyline(
        QPolygonF([QPointF(place.left() + i * step, float(y)) for i, y in enumerate(heights)])
    )


def draw_table(painter: QPainter, area: QRectF, data: Dataset, rows: int, palette: QPalette) -> None:
    """Draw some points, evenly chosen, as a table of light and dark cells, its classes in a strip at the left."""
    chosen = np.unique(np.linspace(0, len(data.raw) - 1, min(rows, len(data.raw))).astype(np.int64))
    height = area.height() / len(chosen)
    width = min((area.width() - STRIP - 3) / data.raw.shape[1], 2.5 * height)
    left = area.center().x() - (width * data.raw.shape[1] + STRIP + 3) / 2
    shades = _shades(data.raw, palette)
    marks = class_indices(data.labels, data.classes)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    gap = 1.0 if min(width, height) >= 4 else 0.0
    for k, i in enumerate(chosen):
        top = area.top() + k * height
        painter.fillRect(QRectF(left, top, STRIP, height - gap), class_colour(int(marks[i]), palette))
        for j, shade in enumerate(shades[i]):
            cell = QRectF(left + STRIP + 3 + j * width, top, width - gap, height - gap)
            painter.fillRect(cell, QColor(int(shade)))
    painter.restore()


def picture(pixels: Array, shape: tuple[int, int], palette: QPalette) -> QImage:
    """Return one sample as an image: 0 in the background's colour, the largest value in the text's."""
    height, width = shape
    top = float(pixels.max()) or 1.0
    share = np.clip(pixels.reshape(height, width, 1) / top, 0.0, 1.0)
    low, high = (
        np.array([c.red(), c.green(), c.blue()], dtype=np.float64)
        for c in (palette.base().color(), palette.text().color())
    )
    colours = np.ascontiguousarray((low + share * (high - low)).astype(np.uint8))
    return QImage(colours.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _shades(raw: Array, palette: QPalette) -> NDArray[np.uint32]:
    """Return a colour (N, d) for each number: the smallest faint, the largest strong."""
    values, places = np.unique(raw, return_inverse=True)
    text, base = palette.text().color(), palette.base().color()
    shares = np.linspace(0.08, 0.75, len(values)) if len(values) > 1 else np.array([0.4])
    colours = np.array([blend(text, base, float(share)).rgb() for share in shares], dtype=np.uint32)
    return colours[places.reshape(raw.shape)]
