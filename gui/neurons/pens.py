"""Pens of what stands out, and of what stands back."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from gui.plots.base import hairline


class UnitStrokes(pg.PlotCurveItem):
    """Pieces of lines whose pens are as wide on a screen of any scale: their width is in logical pixels."""

    def __init__(self) -> None:
        super().__init__(connect="pairs", antialias=True)

    def paint(self, p: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        pen = self.opts["pen"]
        fine = QPen(pen)
        fine.setWidthF(pen.widthF() * p.device().devicePixelRatioF())
        self.opts["pen"] = fine
        super().paint(p, option, widget)
        self.opts["pen"] = pen


def bold(colour: str, width: float = 2.5) -> QPen:
    """Return the pen of what stands out."""
    pen: QPen = pg.mkPen(colour, width=width)
    pen.setCosmetic(True)
    return pen


def paled(colour: str, share: float, width: float = 0.0) -> QPen:
    """Return a thin pen of which the background shows through; of one pixel of the screen unless a width is given."""
    pen, faint = hairline(colour), QColor(colour)
    pen.setWidthF(width)
    faint.setAlphaF(share)
    pen.setColor(faint)
    return pen
