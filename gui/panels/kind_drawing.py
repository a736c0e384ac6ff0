"""The small picture of a kind of data: a sample of it, or a sign where none is at hand."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFont, QImage, QPainter, QPalette, QPen

from engine.data.dataset import Dataset
from gui.forms.tones import hairline, tone

from .data_cells import draw_sample, draw_table, is_table
from .data_drawing import class_colour, class_indices, draw_points, plane

MOST_POINTS = 400
TABLE_ROWS = 14
_SIDE = 17.0


def draw_data(painter: QPainter, area: QRectF, data: Dataset, palette: QPalette) -> None:
    """Draw a data set: six samples, a table of codes, or points in a plane."""
    marks = class_indices(data.labels, data.classes)
    if data.image_shape is not None:
        for i, place in enumerate(_places(area, wide=data.image_shape[0] == 1)[: len(data.raw)]):
            colour = class_colour(int(marks[i]), palette)
            draw_sample(painter, place, data.raw[i], data.image_shape, palette, colour)
    elif is_table(data):
        draw_table(painter, area.adjusted(4, 4, -4, -4), data, TABLE_ROWS, palette)
    else:
        points, _, half, _ = plane(data)
        size = 4.5 if len(points) <= 60 else 3.0
        points, marks = points[:MOST_POINTS], marks[:MOST_POINTS]
        draw_points(painter, area.adjusted(2, 2, -2, -2), points, marks, half, palette, size)


def draw_numerals(painter: QPainter, area: QRectF, palette: QPalette, font: QFont) -> None:
    """Draw printed numerals of 8 x 8 pixels: a sign for pictures that are not loaded yet."""
    for character, place in zip("385016", _places(area), strict=True):
        painter.drawImage(place, _numeral(character, palette, font))


def draw_file(painter: QPainter, area: QRectF, ending: str, palette: QPalette, font: QFont) -> None:
    """Draw a sheet with rows of numbers and what the file is called."""
    sheet = QRectF(area.center().x() - 12, area.top() + 6, 24, area.height() - 12)
    painter.setPen(QPen(tone(palette, "faint"), 1.2))
    painter.drawRoundedRect(sheet, 2, 2)
    painter.setPen(QPen(hairline(palette), 1.2))
    for i in range(2):
        y = sheet.top() + 5 + 5 * i
        painter.drawLine(int(sheet.left()) + 4, int(y), int(sheet.right()) - 4, int(y))
    font = QFont(font)
    font.setPixelSize(9)
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(tone(palette, "faint"))
    painter.drawText(sheet.adjusted(0, 10, 0, 0), Qt.AlignmentFlag.AlignCenter, ending)


def _places(area: QRectF, *, wide: bool = False) -> list[QRectF]:
    """Return six places in two rows: squares, or all the width there is."""
    width = (area.width() - 10) / 3 if wide else _SIDE
    left, top = area.center().x() - 1.5 * width - 1, area.center().y() - _SIDE - 0.5
    return [
        QRectF(left + (i % 3) * (width + 1), top + (i // 3) * (_SIDE + 1), width - (3 if wide else 0), _SIDE)
        for i in range(6)
    ]


def _numeral(character: str, palette: QPalette, font: QFont) -> QImage:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(palette.base().color())
    painter = QPainter(image)
    font = QFont(font)
    font.setPixelSize(9)
    painter.setFont(font)
    painter.setPen(palette.text().color())
    painter.drawText(QRect(0, 0, 8, 8), Qt.AlignmentFlag.AlignCenter, character)
    painter.end()
    return image
