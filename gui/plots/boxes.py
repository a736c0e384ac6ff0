"""Boxes around what is drawn of data: Qt paints an item where its box meets what is to be painted anew."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF

from engine.figures.ranges import Range
from engine.protocol.records import Array

FAR = 1000.0
"""Views beyond the view up to which a box of data is kept: millions of pixels, of which Qt can count 2^31."""
Ends = tuple[Range, Range]
"""The least and the largest, across and upwards."""


def ends_of(x: Array | None, y: Array | None) -> Ends | None:
    """Return the ends across and upwards of what is finite of points (T,); None where nothing is."""
    if x is None or y is None or not len(x):
        return None
    across, up = _ends(x), _ends(y)
    return (across, up) if all(map(math.isfinite, (*across, *up))) else None


def box_near(ends: Ends | None, view: pg.ViewBox | None) -> QRectF:
    """Return the least box around data, cut where it goes more than `FAR` views beyond the view.

    Qt rounds boxes to whole pixels of 32 bits: what has a larger one is not painted at all.
    """
    if ends is None:
        return QRectF()
    ranges = view.state["viewRange"] if isinstance(view, pg.ViewBox) else ends  # in no view yet
    sides = []
    for (low, high), (first, last) in zip(ends, ranges, strict=True):
        beyond = FAR * (last - first)
        bottom, top = max(low, first - beyond), min(high, last + beyond)
        if bottom > top:
            return QRectF()  # out of sight
        sides.append((bottom, top - bottom))
    (left, width), (bottom, height) = sides
    return QRectF(left, bottom, width, height)


def _ends(values: Array) -> tuple[float, float]:
    """Return the least and the largest value; NaN where none is finite."""
    least, most = np.fmin.reduce(values), np.fmax.reduce(values)
    if math.isinf(least) or math.isinf(most):
        return _ends(np.where(np.isinf(values), np.nan, values))
    return float(least), float(most)
