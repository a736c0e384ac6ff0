"""The legend of a run whose replicas differ in a value: what is varied, and the colour of every value."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.figures.replicas import MOST_NAMED, ReplicaScale
from gui.theme import on_screen, theme

from .base import small_font

SAMPLE, GAP, PAD = 16, 14, 8
"""Pixels of a colour's sample, between entries, and at the sides."""


class ValueLegend(QWidget):
    """One line over all plots; gone where nothing is varied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("value_legend")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.scale: ReplicaScale | None = None
        self.line = ""
        self.hide()

    def show_scale(self, scale: ReplicaScale | None, line: str) -> None:
        """Set what is varied, None for nothing, and what the thick line is, in the colour of text; '' for none."""
        if (scale, line) != (self.scale, self.line):
            self.scale, self.line = scale, line
            self.setVisible(scale is not None)
            self.setAccessibleName("" if scale is None else f"colours of {scale.title}")
            self.update()

    @property
    def metrics(self) -> QFontMetrics:
        return QFontMetrics(small_font(self.font()))

    def entries(self) -> list[tuple[str, str]]:
        """Return the colours and values that have room, the first and the last among them."""
        if self.scale is None:
            return []
        room = self.width() - 2 * PAD - self.metrics.horizontalAdvance(self.scale.title)
        room -= self._width([("", self.line)]) if self.line else 0
        most = MOST_NAMED
        while most > 2 and self._width(self.scale.named(most)) > room:
            most -= 1
        return self.scale.named(most)

    def _width(self, entries: list[tuple[str, str]]) -> int:
        return sum(GAP + SAMPLE + self.metrics.horizontalAdvance(f" {value}") for _, value in entries)

    def sizeHint(self) -> QSize:
        return QSize(200, self.metrics.height() + 6)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.scale is None:
            return
        metrics, middle = self.metrics, Qt.AlignmentFlag.AlignVCenter
        with QPainter(self) as p:
            p.setFont(small_font(self.font()))
            p.setPen(QColor(theme().colours.faint))
            p.drawText(QRect(PAD, 0, self.width(), self.height()), middle, self.scale.title)
            x = PAD + metrics.horizontalAdvance(self.scale.title)
            entries = [(on_screen(colour), value, 1) for colour, value in self.entries()]
            line = [(theme().colours.foreground, self.line, 2)] if self.line else []
            for colour, value, thick in [*entries, *line]:
                x += GAP
                p.fillRect(QRect(x, self.height() // 2 - thick, SAMPLE, 1 + thick), QColor(colour))
                p.setPen(QColor(theme().colours.text))
                p.drawText(QRect(x + SAMPLE, 0, self.width(), self.height()), middle, f" {value}")
                x += SAMPLE + metrics.horizontalAdvance(f" {value}")
