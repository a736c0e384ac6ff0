"""Icons drawn from paths in a box of 24 x 24, in whatever colour the theme wants."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from gui.theme import theme

SIZES = (16, 20, 24, 32)
Draw = Callable[[QPainter, QColor], None]


def icon(name: str, colour: str = "") -> QIcon:
    """Return an icon by name, in the theme's text colour unless another is asked for."""
    colours = theme().colours
    weak = QColor(colours.text)
    weak.setAlphaF(0.3)
    return _icon(name, colour or colours.text, weak.name(QColor.NameFormat.HexArgb))


def pixmap(name: str, size: int, colour: str) -> QPixmap:
    """Return an icon as a sharp pixmap of `size` logical pixels."""
    return _pixmap(name, size, colour)


def swatch(colour: str, size: int = 14) -> QIcon:
    """Return a small rounded square of a colour."""
    result = QPixmap(2 * size, 2 * size)
    result.setDevicePixelRatio(2)
    result.fill(Qt.GlobalColor.transparent)
    with QPainter(result) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(QRectF(1, 1, size - 2, size - 2), 3, 3)
    return QIcon(result)


@lru_cache(maxsize=256)
def _icon(name: str, colour: str, weak: str) -> QIcon:
    result = QIcon()
    for size in SIZES:
        result.addPixmap(_pixmap(name, size, colour), QIcon.Mode.Normal)
        result.addPixmap(_pixmap(name, size, colour), QIcon.Mode.Selected)
        result.addPixmap(_pixmap(name, size, weak), QIcon.Mode.Disabled)
    return result


@lru_cache(maxsize=512)
def _pixmap(name: str, size: int, colour: str) -> QPixmap:
    result = QPixmap(2 * size, 2 * size)
    result.setDevicePixelRatio(2)
    result.fill(Qt.GlobalColor.transparent)
    with QPainter(result) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(size / 24, size / 24)
        _DRAWINGS[name](painter, QColor(colour))
    return result


def _fill(painter: QPainter, colour: QColor, *shapes: QPolygonF | QRectF) -> None:
    painter.setPen(
        QPen(colour, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    )
    painter.setBrush(colour)
    for shape in shapes:
        if isinstance(shape, QRectF):
            painter.drawRoundedRect(shape, 0.7, 0.7)
        else:
            painter.drawPolygon(shape)


def _stroke(painter: QPainter, colour: QColor, path: QPainterPath, width: float = 2.2) -> None:
    painter.setPen(
        QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    )
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)


def _polygon(*points: tuple[float, float]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in points])


def _line(*points: tuple[float, float]) -> QPainterPath:
    path = QPainterPath(QPointF(*points[0]))
    for point in points[1:]:
        path.lineTo(QPointF(*point))
    return path


def _run(painter: QPainter, colour: QColor) -> None:
    _fill(painter, colour, _polygon((7, 4.5), (19.5, 12), (7, 19.5)))


def _pause(painter: QPainter, colour: QColor) -> None:
    _fill(painter, colour, QRectF(6.5, 5, 3.5, 14), QRectF(14, 5, 3.5, 14))


def _stop(painter: QPainter, colour: QColor) -> None:
    _fill(painter, colour, QRectF(6, 6, 12, 12))


def _step(painter: QPainter, colour: QColor) -> None:
    _fill(painter, colour, _polygon((5.5, 5.5), (14, 12), (5.5, 18.5)), QRectF(17, 5.5, 1.8, 13))


def _rewind(painter: QPainter, colour: QColor) -> None:
    _fill(painter, colour, _polygon((18.5, 5.5), (10, 12), (18.5, 18.5)), QRectF(5.2, 5.5, 1.8, 13))


def _continue(painter: QPainter, colour: QColor) -> None:
    _fill(painter, colour, _polygon((4, 6), (11, 12), (4, 18)), _polygon((13, 6), (20, 12), (13, 18)))


def _seed(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath()
    path.addRoundedRect(QRectF(4.5, 4.5, 15, 15), 3, 3)
    _stroke(painter, colour, path, 1.8)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    for x, y in ((8.7, 8.7), (15.3, 8.7), (12, 12), (8.7, 15.3), (15.3, 15.3)):
        painter.drawEllipse(QPointF(x, y), 1.5, 1.5)


def _eye(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath(QPointF(2.5, 12))
    path.cubicTo(QPointF(7, 4.5), QPointF(17, 4.5), QPointF(21.5, 12))
    path.cubicTo(QPointF(17, 19.5), QPointF(7, 19.5), QPointF(2.5, 12))
    _stroke(painter, colour, path, 1.8)
    painter.setBrush(colour)
    painter.drawEllipse(QPointF(12, 12), 2.6, 2.6)


def _eye_off(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath(QPointF(2.5, 11))
    path.cubicTo(QPointF(7, 17.5), QPointF(17, 17.5), QPointF(21.5, 11))
    for tip in (
        _line((6, 14.8), (4.4, 17.4)),
        _line((12, 15.9), (12, 18.8)),
        _line((18, 14.8), (19.6, 17.4)),
    ):
        path.addPath(tip)
    _stroke(painter, colour, path, 1.8)


def _check(painter: QPainter, colour: QColor) -> None:
    _stroke(painter, colour, _line((5, 12.8), (10, 17.8), (19.2, 6.8)), 2.8)


def _cross(painter: QPainter, colour: QColor) -> None:
    path = _line((6.2, 6.2), (17.8, 17.8))
    path.addPath(_line((17.8, 6.2), (6.2, 17.8)))
    _stroke(painter, colour, path, 2.8)


def _ring(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath()
    path.addEllipse(QPointF(12, 12), 6.8, 6.8)
    _stroke(painter, colour, path, 2.2)


def _void(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath()
    path.addEllipse(QPointF(12, 12), 7, 7)
    path.addPath(_line((5.4, 18.6), (18.6, 5.4)))
    _stroke(painter, colour, path, 2)


def _dot(painter: QPainter, colour: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(QPointF(12, 12), 2.8, 2.8)


def _warning(painter: QPainter, colour: QColor) -> None:
    path = _line((12, 4), (21, 19.5), (3, 19.5), (12, 4))
    path.addPath(_line((12, 10), (12, 13.6)))
    _stroke(painter, colour, path, 1.9)
    painter.setBrush(colour)
    painter.drawEllipse(QPointF(12, 16.6), 0.5, 0.5)


def _info(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath()
    path.addEllipse(QPointF(12, 12), 8.6, 8.6)
    path.addPath(_line((12, 11.4), (12, 16.4)))
    _stroke(painter, colour, path, 1.9)
    painter.setBrush(colour)
    painter.drawEllipse(QPointF(12, 7.9), 0.5, 0.5)


def _close(painter: QPainter, colour: QColor) -> None:
    path = _line((7, 7), (17, 17))
    path.addPath(_line((17, 7), (7, 17)))
    _stroke(painter, colour, path, 1.9)


def _wait(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath()
    path.addEllipse(QPointF(12, 12), 8, 8)
    path.addPath(_line((12, 7.5), (12, 12), (15, 13.8)))
    _stroke(painter, colour, path, 1.9)


def _more(painter: QPainter, colour: QColor) -> None:
    _stroke(painter, colour, _line((8, 10), (12, 14.2), (16, 10)), 2)


def _less(painter: QPainter, colour: QColor) -> None:
    _stroke(painter, colour, _line((8, 14), (12, 9.8), (16, 14)), 2)


_DRAWINGS: dict[str, Draw] = {
    "run": _run,
    "pause": _pause,
    "stop": _stop,
    "step": _step,
    "rewind": _rewind,
    "continue": _continue,
    "seed": _seed,
    "eye": _eye,
    "eye-off": _eye_off,
    "check": _check,
    "cross": _cross,
    "ring": _ring,
    "void": _void,
    "dot": _dot,
    "warning": _warning,
    "info": _info,
    "close": _close,
    "wait": _wait,
    "more": _more,
    "less": _less,
}
