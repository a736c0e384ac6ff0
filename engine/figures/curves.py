"""What of a column's values is drawn: they themselves or logarithms, which records a line joins."""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from engine.experiment.columns import column
from engine.protocol.records import Array

from .plots import LN10, PlotSpec


class Shown(Enum):
    """What of a value is drawn."""

    VALUE = "value"
    FRACTION = "value, on an axis of its own from 0 to 1"
    LOG10 = "log10 value"
    NATURAL_LOG = "value / ln 10"
    ONE_MINUS = "log10(1 - value)"

    @property
    def takes_logarithm(self) -> bool:
        """Say whether the logarithm of a reading is drawn."""
        return self in (Shown.LOG10, Shown.ONE_MINUS)

    @property
    def is_logarithm(self) -> bool:
        """Say whether what is drawn are logarithms, taken here or before."""
        return self.takes_logarithm or self is Shown.NATURAL_LOG


def shown_as(spec: PlotSpec, name: str, one_minus: bool) -> Shown:
    """Return what of a column's values a plot draws."""
    known = column(name)
    scale = known.scale if known else "linear"
    if scale == "fraction" and spec.in_log10:
        return Shown.FRACTION
    if name in spec.in_log10:
        return Shown.NATURAL_LOG
    if one_minus and spec.one_minus:  # a drift from 0 is no distance from 1
        return Shown.LOG10 if scale == "log" else Shown.ONE_MINUS
    return Shown.LOG10 if spec.log else Shown.VALUE


def readings(values: Array, shown: Shown) -> Array:
    """Return what a read-out says of values: the loss' log as log10, distances from 1, else themselves.

    Medians and bands are taken of these, before any logarithm: one that has none then lies below all others.
    """
    if shown is Shown.NATURAL_LOG:
        return values / LN10
    return 1.0 - values if shown is Shown.ONE_MINUS else values


def heights(readings: Array, shown: Shown) -> Array:
    """Return where readings are drawn; a logarithm of 0 or less, and infinity, are gaps (NaN)."""
    finite = np.isfinite(readings)
    if not shown.takes_logarithm:
        return np.where(finite, readings, np.nan)
    result = np.full_like(readings, np.nan)
    return np.log10(readings, out=result, where=finite & (readings > 0))


def below_axis(readings: Array, shown: Shown) -> NDArray[np.bool_]:
    """Say which readings no axis reaches down to: those without a logarithm."""
    return readings <= (0.0 if shown.takes_logarithm else -np.inf)


def connected_rows(values: Array, thinned: bool = False) -> NDArray[np.intp]:
    """Return the records that the line of a column (T, R) joins: all, or where a thinned one was measured.

    A measurement thins itself by its share in the work of the steps, so that its values stand the closer the later
    they are; those between are left out. A gap of more than twice the ones beside it, and of more than twice the usual
    one, stays one; but not the first, which follows the few first records.

    Args:
        values: of the column.
        thinned: whether it is known to be thinned; else it is taken to be where most values are two or more
            records apart.
    """
    measured = np.flatnonzero(~np.isnan(values).all(axis=1))
    apart = np.diff(measured)
    usual = float(np.median(apart)) if apart.size else 1.0
    if usual < 2 and not thinned:
        return np.arange(len(values))
    padded = np.pad(apart, 1)
    beside = np.maximum(padded[:-2], padded[2:]) if thinned else np.zeros_like(apart)
    wide = apart > 2 * np.maximum(usual, beside)
    if thinned and apart.size:
        wide[np.argmax(apart > 1)] = False
    return np.union1d(measured, measured[:-1][wide] + 1)


def lone_points(x: Array, y: Array) -> tuple[Array, Array]:
    """Return the points (T,) that no line reaches: finite ones between two that are not."""
    there = np.isfinite(x) & np.isfinite(y)
    before, after = np.append(False, there[:-1]), np.append(there[1:], False)
    lone = there & ~before & ~after
    return x[lone], y[lone]
