"""A map's points as lines over its axes and one column: where each meets each of them, and the figure of that."""

from __future__ import annotations

import textwrap

import numpy as np
from numpy.typing import NDArray

from engine.protocol.map_pictures import (
    STATE_WORDS,
    AxisSeen,
    CellState,
    LinesSeen,
    seed_counts,
    states_in_words,
)
from engine.protocol.point_table import PointTable
from engine.protocol.records import Array
from engine.protocol.run_pictures import OF_NO_RUN
from engine.words.formats import counted, read_out

from .area import Area, Heading
from .maps import MapView, heights, is_in_logarithms, positions, words_of
from .maps_drawn import COLOURS
from .picture_tables import text_of
from .style import FAINT, INK, plain
from .table import name_cell

MOST_NAMED = 9
"""Values of an axis that are all named; of more the first, the middle and the last one."""
FINE = 1000
"""Lines from which files hold them as an image."""


def lines_seen(table: PointTable, view: MapView) -> LinesSeen:
    """Return the lines of the points that have ended."""
    view = view.fitting(table)
    axes = table.axes
    ended = table.status().ravel() > 0
    *places, seeds = np.unravel_index(np.flatnonzero(ended), table.shape)
    values = table.values(view.of).ravel()[ended]
    log = is_in_logarithms(values, view)
    drawn = heights(values, log)
    there = drawn[np.isfinite(drawn)]
    low, high = (float(there.min()), float(there.max())) if there.size else (0.0, 1.0)
    room = high - low
    columns = [_scaled(positions(axis))[place] for axis, place in zip(axes, places, strict=True)]
    columns.append(np.where(np.isfinite(drawn), (drawn - low) / room if room else 0.5, np.nan))
    ends = (10.0**low, 10.0**high) if log else (low, high)
    named = tuple(_named(axis) for axis in axes)
    of_values = ((0.0, read_out(ends[0])), (1.0, read_out(ends[1]))) if there.size and room else ()
    of_one = ((0.5, read_out(ends[0])),) if there.size and not room else of_values
    return LinesSeen(
        *(0, OF_NO_RUN, 0, 0),
        view.of,
        (*(axis.title for axis in axes), words_of(view.of)),
        np.stack(columns, axis=-1),
        (*named, of_one),
        axes,
        np.stack(places, axis=-1),
        table.grid.base.seed + seeds,
        values,
        table.states(view.of).ravel()[ended],
    )


def _scaled(at: Array) -> Array:
    room = float(at.max() - at.min())
    return (at - at.min()) / room if room else np.full(len(at), 0.5)


def _named(axis: AxisSeen) -> tuple[tuple[float, str], ...]:
    at, count = _scaled(positions(axis)), len(axis.words)
    which = range(count) if count <= MOST_NAMED else (0, count // 2, count - 1)
    return tuple((float(at[k]), axis.words[k]) for k in which)


def draw_lines(seen: LinesSeen, area: Area) -> Heading:
    """Draw a line a point in the colour of its value, faint where it was not chosen, and the axes with their values."""
    from matplotlib.collections import LineCollection

    axes, look = area.part.subplots(), area.look
    last, inside = seen.heights[:, -1], seen.inside
    has_value = np.isfinite(last)
    groups: tuple[tuple[NDArray[np.bool_], str | None, float], ...] = (
        (~inside, FAINT, 0.15),
        (inside & ~has_value, FAINT, 0.8),
        (inside & has_value, None, 0.9),
    )
    for these, colour, opaque in groups:
        lines = [
            np.stack([np.arange(len(row), dtype=float), row], axis=-1)[np.isfinite(row)]
            for row in seen.heights[these]
        ]
        drawn = LineCollection(lines, linewidths=0.5 * look.line, alpha=opaque, rasterized=len(lines) > FINE)
        if colour is None:
            drawn.set(array=last[these], cmap=COLOURS, clim=(0.0, 1.0))
        else:
            drawn.set_color(colour)
        axes.add_collection(drawn)
    count = len(seen.titles)
    ground = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6}
    for k, named in enumerate(seen.names):
        axes.plot([k, k], [0.0, 1.0], color=INK, linewidth=0.8 * look.line)
        side, away = ("right", -2.0) if k == count - 1 else ("left", 2.0)
        for at, told in named:
            axes.annotate(
                plain(told),
                (k, at),
                (away, 0),
                textcoords="offset points",
                ha=side,
                va="center",
                size=0.9 * look.font,
                bbox=ground,
            )
    letters = max(8, int(0.85 * area.width_mm / count / (0.21 * look.font)))
    axes.set_xticks(range(count), labels=[textwrap.fill(plain(title), letters) for title in seen.titles])
    axes.set_yticks([])
    axes.tick_params(length=0)
    axes.set_xlim(-0.15, count - 0.85)
    axes.set_ylim(-0.04, 1.04)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return Heading(plain(_about_faint(seen)))


def _about_faint(seen: LinesSeen) -> str:
    """Say what is drawn faint: of the lines that are looked at those without a value, and all others."""
    chosen, count = int(np.count_nonzero(seen.inside)), len(seen.inside)
    others = (
        f"{chosen:,} of {counted(count, 'line')} chosen, the others are faintest" if chosen < count else ""
    )
    without = states_in_words(seed_counts(seen.states[seen.inside]))
    told = f"faint lines have no value: {without}" if without else ""
    return "; ".join(part for part in (others, told) if part)


def lines_table(seen: LinesSeen) -> str:
    """Return a row a point that is chosen: its values of the axes, its seed, its value of the column, what there is."""
    rows = (
        [
            *(name_cell(axis.words[k]) for axis, k in zip(seen.axes, places, strict=True)),
            int(seed),
            "" if np.isnan(value) else value,
            STATE_WORDS.get(CellState(state), "value"),
        ]
        for places, seed, value, state, there in zip(
            *(seen.places, seen.seeds, seen.values, seen.states.tolist(), seen.inside.tolist()), strict=True
        )
        if there
    )
    return text_of(
        [*(name_cell(axis.title) for axis in seen.axes), "seed", name_cell(seen.titles[-1]), "state"], rows
    )
