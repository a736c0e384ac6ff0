"""What figures and the window draw of units alike: arrows, and the lines where units bend."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.protocol.neurons import NeuronsReady, UnitsSeen
from engine.protocol.records import Array

HEAD = np.radians(25.0)
"""Half the angle at the tip of an arrow."""


def tips(seen: UnitsSeen, half: float) -> Array:
    """Return where arrows end (U, 2): a step's longest at nine tenths of the view; at 0 without a direction."""
    assert seen.slope is not None
    longest = float(seen.norm.max(initial=0.0))
    steep = np.hypot(*seen.slope.T)
    with np.errstate(divide="ignore", invalid="ignore"):
        directions = np.where(steep[:, None] > 0, seen.slope / steep[:, None], 0.0)
    size = seen.norm / longest if longest > 0 else seen.norm
    return np.asarray(0.9 * half * size[:, None] * directions)


def arrows(tips: Array, head: float) -> tuple[Array, Array]:
    """Return x and y (6 U,) of arrows from the origin to tips (U, 2), each three strokes from pairs of points."""
    lengths = np.hypot(*tips.T)
    with np.errstate(divide="ignore", invalid="ignore"):
        back = np.where(lengths[:, None] > 0, -tips / lengths[:, None], 0.0)
    sizes = np.minimum(head, 0.5 * lengths)[:, None]
    wings = []
    for side in (HEAD, -HEAD):
        turn = np.array([[np.cos(side), np.sin(side)], [-np.sin(side), np.cos(side)]])
        wings.append(tips + sizes * (back @ turn))
    strokes = np.stack([np.zeros_like(tips), tips, tips, wings[0], tips, wings[1]], axis=1).reshape(-1, 2)
    return strokes[:, 0], strokes[:, 1]


def rays(picture: NeuronsReady, side: int) -> tuple[Array, Array]:
    """Return x and y of rays from the origin beyond the longest arrow, from pairs of points: extremal directions."""
    assert picture.extremes is not None and picture.extreme_sides is not None
    ends = picture.extremes[picture.extreme_sides == side]
    steep = np.hypot(*ends.T)
    ends = 1.25 * picture.view * ends[steep > 0] / steep[steep > 0, None]
    strokes = np.stack([np.zeros_like(ends), ends], axis=1).reshape(-1, 2)
    return strokes[:, 0], strokes[:, 1]


def kinks(seen: UnitsSeen, chosen: NDArray[np.bool_], reach: float) -> tuple[Array, Array]:
    """Return x and y of the lines <slope, x> + offset = 0 of chosen units, from pairs of points.

    Each is as long as needed to cross the square of half side `reach` around the origin; lines beside it are none.
    """
    assert seen.slope is not None and seen.offset is not None
    slope, offset = seen.slope[chosen], seen.offset[chosen]
    square = np.square(slope).sum(1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        foot = -offset[:, None] * slope / square[:, None]
        along = np.column_stack([-slope[:, 1], slope[:, 0]]) / np.sqrt(square)[:, None]
    there = (
        np.isfinite(foot).all(1) & np.isfinite(along).all(1) & (np.abs(foot).max(1, initial=0.0) < 2 * reach)
    )
    foot, along = foot[there], along[there]
    ends = np.stack([foot - 3 * reach * along, foot + 3 * reach * along], axis=1).reshape(-1, 2)
    return ends[:, 0], ends[:, 1]


def unit_angles(seen: UnitsSeen) -> tuple[Array, str]:
    """Return units' angles in the plane, else how far they have turned (U,), in degrees, and which of both it is."""
    if seen.slope is None:
        return seen.turned, "rotation from the start, degrees"
    zero = (seen.slope == 0).all(1)
    angles = np.where(zero, np.nan, np.degrees(np.arctan2(seen.slope[:, 1], seen.slope[:, 0])))
    return angles, "angle in the plane, degrees"
