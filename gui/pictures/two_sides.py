"""A part at the left and further ones at the right; where there is little room, under one another."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from gui.layouts import in_column
from gui.plain_text import PlainLabel
from gui.text_size import scaled

from .small_plot import SmallPlot

SIDE_BY_SIDE = 520
"""Pixels from which the parts stand beside one another, with text of the usual size."""
SHARES = (5, 4)
"""Of the room beside one another, where the left side is none that is square."""
LEAST_SHARE, LEAST_RIGHT = 0.42, 300
"""Of the width that the left has at least, and pixels, with text of the usual size, that it leaves to the right."""
AXES = 24
"""How much wider than high a square is with its axes."""
LEAST, LEAST_PLOT = 220, 160
"""Pixels of either side from top to bottom, and of a plot: with less room it scrolls."""


class TwoSides(QSplitter):
    """Gives the left side more room, one that is `square` as much as its height can use; turns where it is narrow.

    What the user drags stays as it is.
    """

    def __init__(
        self, left: QWidget, right: Sequence[QWidget], parent: QWidget | None = None, *, square: bool = False
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._square, self._dragged = square, False
        self.setChildrenCollapsible(False)
        column = _RightSide(self)
        beside = in_column(right, column, spacing=2)
        for piece in right:
            beside.setStretchFactor(piece, 1)
            if isinstance(piece, SmallPlot):  # others know what they hold
                piece.setMinimumHeight(LEAST_PLOT)
        for place, (side, share) in enumerate(zip((left, column), SHARES, strict=True)):
            if side is left:
                side.setMinimumHeight(LEAST)
            self.addWidget(side)
            self.setStretchFactor(place, share)
        self.splitterMoved.connect(self._on_dragged)

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()  # what scrolls is as high as its hint, at least

    def resizeEvent(self, event: QResizeEvent) -> None:
        upright = self.width() < scaled(SIDE_BY_SIDE)
        self.setOrientation(Qt.Orientation.Vertical if upright else Qt.Orientation.Horizontal)
        if self._dragged:
            super().resizeEvent(event)
            return
        whole = (self.height() if upright else self.width()) - self.handleWidth()
        left = whole * SHARES[0] // sum(SHARES)
        if not upright:
            wanted = self.height() + AXES if self._square else left
            left = max(min(wanted, whole - scaled(LEAST_RIGHT)), round(LEAST_SHARE * whole))
        self.setSizes([left, whole - left])

    @Slot()
    def _on_dragged(self) -> None:
        self._dragged = True


class _RightSide(QWidget):
    """As high as what it holds needs, and no lower than the side beside it."""

    def minimumSizeHint(self) -> QSize:
        return super().minimumSizeHint().expandedTo(QSize(0, LEAST))


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
