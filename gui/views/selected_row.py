"""How lists that paint their rows show which one is selected, alike in all of them."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPainter

from gui.theme import SELECTED, theme

BAR = 3
"""Pixels of the bar at the left of the row."""


def paint_selected(painter: QPainter, box: QRect) -> None:
    """Tint a row, little enough for quiet text to be read on it, and put a bar at its left."""
    accent = QColor(theme().colours.accent)
    ground = QColor(accent)
    ground.setAlphaF(SELECTED)
    painter.fillRect(box, ground)
    painter.fillRect(QRect(box.left(), box.top(), BAR, box.height()), accent)
