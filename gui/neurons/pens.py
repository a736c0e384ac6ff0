"""Pens of what stands out, and of what stands back."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtGui import QColor, QPen

from gui.plots.base import hairline


def bold(colour: str, width: float = 2.5) -> QPen:
    """Return the pen of what stands out."""
    pen: QPen = pg.mkPen(colour, width=width)
    pen.setCosmetic(True)
    return pen


def paled(colour: str, share: float) -> QPen:
    """Return a thin pen of which the background shows through."""
    pen, faint = hairline(colour), QColor(colour)
    faint.setAlphaF(share)
    pen.setColor(faint)
    return pen
