"""A map's points as lines over its axes and one column: where each line meets each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.figures.maps import MapView, axes_of, heights, is_in_logarithms, positions, words_of
from engine.protocol.map_pictures import AxisSeen
from engine.protocol.point_table import PointTable
from engine.protocol.records import Array
from engine.words.formats import read_out

MOST_NAMED = 9
"""Values of an axis that are all named; of more the first, the middle and the last one."""


@dataclass(frozen=True)
class PointLines:
    """One line a point: seeds have lines of their own."""

    titles: tuple[str, ...]
    """Of the axes, and last of the column (K + 1,)."""
    heights: Array
    """Where lines meet them (N, K + 1), 0 to 1; NaN in the last place where a point has no value."""
    names: tuple[tuple[tuple[float, str], ...], ...]
    """What is named along each of them: height and words."""


def lines_of(table: PointTable, view: MapView) -> PointLines:
    """Return the lines of the points that have ended."""
    view = view.fitting(table)
    axes = axes_of(table.grid)
    ended = table.status().ravel() > 0
    places = np.unravel_index(np.flatnonzero(ended), table.shape)
    values = table.values(view.of).ravel()[ended]
    log = is_in_logarithms(values, view)
    drawn = heights(values, log)
    there = drawn[np.isfinite(drawn)]
    low, high = (float(there.min()), float(there.max())) if there.size else (0.0, 1.0)
    room = high - low
    columns = [_scaled(positions(axis))[place] for axis, place in zip(axes, places, strict=False)]
    columns.append(np.where(np.isfinite(drawn), (drawn - low) / room if room else 0.5, np.nan))
    ends = (10.0**low, 10.0**high) if log else (low, high)
    named = tuple(_named(axis) for axis in axes)
    of_values = ((0.0, read_out(ends[0])), (1.0, read_out(ends[1]))) if there.size and room else ()
    of_one = ((0.5, read_out(ends[0])),) if there.size and not room else of_values
    return PointLines(
        (*(axis.title for axis in axes), words_of(view.of)), np.stack(columns, axis=-1), (*named, of_one)
    )


def _scaled(at: Array) -> Array:
    room = float(at.max() - at.min())
    return (at - at.min()) / room if room else np.full(len(at), 0.5)


def _named(axis: AxisSeen) -> tuple[tuple[float, str], ...]:
    at, count = _scaled(positions(axis)), len(axis.words)
    which = range(count) if count <= MOST_NAMED else (0, count // 2, count - 1)
    return tuple((float(at[k]), axis.words[k]) for k in which)
