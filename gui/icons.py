"""Icons of the files in `svg/`, in whatever colour the theme wants."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from gui.theme import theme

SIZES = (16, 20, 24, 32)
WEAK = 0.3
"""How opaque an icon is that cannot be pressed."""


def icon(name: str, colour: str = "") -> QIcon:
    """Return an icon by name, in the theme's text colour unless another is asked for."""
    text = theme().colours.text
    return _icon(name, colour or text, text)


def pixmap(name: str, size: int, colour: str) -> QPixmap:
    """Return an icon as a sharp pixmap of `size` logical pixels."""
    return _pixmap(name, size, colour, 1.0)


def swatch(colour: str, size: int = 14) -> QIcon:
    """Return a small rounded square of a colour."""
    result = _transparent(size)
    with QPainter(result) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(QRectF(1, 1, size - 2, size - 2), 3, 3)
    return QIcon(result)


@lru_cache(maxsize=256)
def _icon(name: str, colour: str, text: str) -> QIcon:
    result = QIcon()
    for size in SIZES:
        result.addPixmap(_pixmap(name, size, colour, 1.0), QIcon.Mode.Normal)
        result.addPixmap(_pixmap(name, size, colour, 1.0), QIcon.Mode.Selected)
        result.addPixmap(_pixmap(name, size, text, WEAK), QIcon.Mode.Disabled)
    return result


@lru_cache(maxsize=512)
def _pixmap(name: str, size: int, colour: str, opacity: float) -> QPixmap:
    paint = QColor(colour)
    source = _source(name).replace("currentColor", paint.name(QColor.NameFormat.HexRgb))
    result, square = _transparent(size), QRectF(0, 0, size, size)
    with QPainter(result) as painter:
        QSvgRenderer(QByteArray(source.encode())).render(painter, square)
        # afterwards, on the whole: where shapes overlap they would else be darker
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
        paint.setAlphaF(paint.alphaF() * opacity)
        painter.fillRect(square, paint)
    return result


@cache
def _source(name: str) -> str:
    """Return an icon's file."""
    return files("gui").joinpath("svg", f"{name}.svg").read_text("utf-8")


def _transparent(size: int) -> QPixmap:
    """Return an empty pixmap, sharp on a screen of double density."""
    result = QPixmap(2 * size, 2 * size)
    result.setDevicePixelRatio(2)
    result.fill(Qt.GlobalColor.transparent)
    return result
