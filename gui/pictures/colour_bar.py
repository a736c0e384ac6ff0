"""The colours of a picture from least to most, on one line, with what they mean."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.words.formats import ends_in_words, with_minus
from gui.plain_text import tooltip
from gui.plots.base import small_font
from gui.theme import theme

from .surface_picture import diverging

BAR = 180
"""Pixels wide, at most."""
STOPS = 9
"""Colours of the bar; between them it is mixed."""


class ColourBar(QWidget):
    """Even about zero, the lower end the negative of the upper one; or from any value to another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ends = (-1.0, 1.0)
        self.meaning = ""
        self._colours: Callable[[], NDArray[np.uint8]] = diverging
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def level(self) -> float:
        """The value at the upper end."""
        return self.ends[1]

    def show_scale(self, level: float, meaning: str) -> None:
        """Set the value at the upper end, and what is shown."""
        self.show_ends((-level, level), diverging, meaning)

    def show_ends(
        self, ends: tuple[float, float], colours: Callable[[], NDArray[np.uint8]], meaning: str
    ) -> None:
        """Set the values at both ends, what returns the colours between them (256, 3), and what is shown."""
        self.ends, self._colours, self.meaning = ends, colours, meaning
        self.setToolTip(tooltip(meaning))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, 2 * QFontMetrics(small_font(self.font())).height() + 12)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        p.setFont(small_font(self.font()))
        metrics = QFontMetrics(p.font())
        line, numbers = metrics.height(), metrics.horizontalAdvance("−0.000e−00") + 8
        width = min(BAR, max(40, self.width() - 2 * numbers))
        left = (self.width() - width) / 2
        bar = QRectF(left, 4, width, line - 2)
        colours, low, high = self._colours(), *self.ends
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for share in np.linspace(0.0, 1.0, STOPS):
            gradient.setColorAt(share, QColor(*(int(v) for v in colours[round(share * 255)])))
        p.fillRect(bar, gradient)
        p.setPen(QColor(theme().colours.line))
        p.drawRect(bar)
        middle = bar.center().x()
        if low == -high:
            p.drawLine(QPointF(middle, bar.top()), QPointF(middle, bar.bottom()))
        p.setPen(QColor(theme().colours.foreground))
        upright = Qt.AlignmentFlag.AlignVCenter
        first, last = map(with_minus, ends_in_words(low, high))
        p.drawText(QRectF(0, 3, left - 8, line), upright | Qt.AlignmentFlag.AlignRight, first)
        p.drawText(QRectF(bar.right() + 8, 3, numbers, line), upright, last)
        p.setPen(QColor(theme().colours.faint))
        words = metrics.elidedText(self.meaning, Qt.TextElideMode.ElideRight, self.width() - 12)
        p.drawText(QRectF(6, line + 6, self.width() - 12, line), Qt.AlignmentFlag.AlignCenter, words)
        p.end()
