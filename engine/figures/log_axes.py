"""Axes that hold log10 of values, and what figures of pictures draw on them alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.protocol.records import Array

from .area import Area, ValueLimits
from .plots import NEGATIVE, PALETTE, POSITIVE
from .ticks import log_ticks
from .value_axes import limit

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def log_across(axes: Axes, area: Area) -> None:
    """Let the horizontal axis say the values whose log10 it holds."""
    limit(axes, ValueLimits(x=area.limits.x), (True, False))
    ticks = log_ticks(*axes.get_xlim(), area.width_mm / 12)
    axes.xaxis.set_ticks(ticks.places, labels=ticks.labels)


def log_up(axes: Axes, area: Area) -> None:
    """Let the vertical axis say the values whose log10 it holds."""
    limit(axes, ValueLimits(y=area.limits.y), (False, True))
    ticks = log_ticks(*axes.get_ylim(), area.height_mm / 10)
    axes.yaxis.set_ticks(ticks.places, labels=ticks.labels)


def segments(axes: Axes, ends: tuple[Array, Array], **how: Any) -> None:
    """Draw strokes from x and y of pairs of points; `how` goes to matplotlib."""
    from matplotlib.collections import LineCollection

    pairs = list(np.column_stack(ends).reshape(-1, 2, 2))
    axes.add_collection(LineCollection(pairs, **how), autolim=False)


def class_colours(labels: NDArray[np.int64]) -> dict[int, str]:
    """Return the colours of classes by their labels."""
    kinds = np.unique(labels).tolist()
    if len(kinds) <= 2 and min(kinds, default=0) < 0:
        return {-1: NEGATIVE, 1: POSITIVE}
    return {kind: PALETTE[kind % len(PALETTE)] for kind in kinds}
