"""A part at the left and further ones at the right; where there is little room, under one another."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from gui.layouts import in_column
from gui.plain_text import PlainLabel

SIDE_BY_SIDE = 520
"""Pixels from which the parts stand beside one another."""
LEAST, LEAST_PLOT = 220, 160
"""Pixels of either side from top to bottom, and of a plot: with less room it scrolls."""


class TwoSides(QSplitter):
    """Gives the left side a little more room, and turns where it is narrow."""

    def __init__(self, left: QWidget, right: Sequence[QWidget], parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setChildrenCollapsible(False)
        column = QWidget(self)
        beside = in_column(right, column, spacing=2)
        for piece in right:
            beside.setStretchFactor(piece, 1)
            piece.setMinimumHeight(LEAST_PLOT)
        for place, (side, share) in enumerate(((left, 5), (column, 4))):
            side.setMinimumHeight(LEAST)
            self.addWidget(side)
            self.setStretchFactor(place, share)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        upright = self.width() < SIDE_BY_SIDE
        self.setOrientation(Qt.Orientation.Vertical if upright else Qt.Orientation.Horizontal)


def faint_words(parent: QWidget, name: str, text: str = "", *, centred: bool = False) -> PlainLabel:
    """Return a quiet line of words that folds: a caption, or in the middle why there is nothing."""
    label = PlainLabel(text, parent)
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setProperty("role", "faint")
    if centred:
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    else:
        label.setContentsMargins(8, 0, 8, 4)
    return label
