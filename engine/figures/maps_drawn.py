"""The figures of a map: its cells over two axes, and its slices along one."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.protocol.map_pictures import (
    STATE_WORDS,
    AxisSeen,
    CellState,
    MapSeen,
    SlicesSeen,
    states_in_words,
)
from engine.protocol.records import Array

from .area import Area, Heading
from .images import colour_bar, frame
from .log_axes import log_across, log_up
from .maps import alone, colour_range, draws_logarithms, fit_of, heights, positions, words_of
from .picture_tables import text_of
from .plots import PALETTE
from .style import FAINT, INK, Style, plain
from .table import name_cell
from .ticks import log_ticks

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

COLOURS = "viridis"
"""Ordered by lightness, and told apart by people who see few colours."""
LETTER_MM = 0.21
"""Of a letter's width, on average, by a point of its font."""
HATCHES = {CellState.UNDEFINED: "", CellState.DIVERGED: "////", CellState.FAILED: "xxxx"}
"""How cells without a value are told apart."""
UNTRAINED = "#dedede"
"""The colour of cells that are not trained."""
PARTLY = "not of all seeds"
"""What a hollow point of a slice says."""
MOST_KEY = 1.2
"""Of the height of slices, what their key takes at most: of the most lines that are drawn each is told."""
CORNER = 0.28
"""How much of a cell's edges the corner takes that says of some seeds what became of them."""
CORNERS: dict[CellState, tuple[float, float]] = {
    CellState.DIVERGED: (1.0, 1.0),
    CellState.FAILED: (1.0, -1.0),
    CellState.UNDEFINED: (-1.0, -1.0),
    CellState.WAITING: (-1.0, 1.0),
}
"""Which corner stands for which state: to the right, and upwards."""


def cells_height(seen: MapSeen, width_mm: float) -> float:
    """Return the height in millimetres that suits a width: cells about as high as wide, within reason."""
    rows, columns = seen.values.shape
    suits = 0.62 * width_mm * float(rows) / float(columns)
    return min(max(suits, 0.3 * width_mm), 0.8 * width_mm) + 8.0


def draw_map_cells(seen: MapSeen, area: Area) -> Heading:
    """Draw a cell a place, its value's colour in it, cells without one hatched, and the line of a value."""
    from matplotlib.patches import Patch

    axes, look = area.part.subplots(), area.look
    rows, columns = seen.values.shape
    drawn, (low, high) = heights(seen.values, seen.log), colour_range(seen)
    image = axes.imshow(
        np.ma.masked_invalid(drawn),
        cmap=COLOURS,
        vmin=low,
        vmax=high,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(-0.5, columns - 0.5, -0.5, rows - 0.5),
    )
    there = _draw_states(axes, seen.states)
    corners = _draw_corners(axes, seen)
    if seen.contour is not None and min(rows, columns) > 1:
        _draw_contour(axes, drawn, float(heights(np.array([seen.contour]), seen.log)[0]), look)
    _cell_ticks(axes, seen.across, area, up=False)
    if seen.up is None:
        axes.set_yticks([])
    else:
        _cell_ticks(axes, seen.up, area, up=True)
    axes.tick_params(length=0)
    frame(axes)
    bar = colour_bar(image, axes, shrink=0.9, pad=0.02)
    if seen.log:
        ticks = log_ticks(low, high, 0.9 * area.height_mm / 10)
        bar.set_ticks(ticks.places, labels=ticks.labels)
        bar.set_ticks(ticks.small, minor=True)
    bar.set_label(
        textwrap.fill(plain(words_of(seen.name)), max(16, int(area.height_mm / (LETTER_MM * look.font))))
    )
    handles: list[tuple[Artist, str]] = [
        (
            Patch(
                facecolor=UNTRAINED if state == CellState.WAITING else "white",
                edgecolor=FAINT,
                hatch=HATCHES.get(state, ""),
            ),
            STATE_WORDS[state],
        )
        for state in there
    ]
    of_some = [(_corner_handle(state, look), f"some seeds {STATE_WORDS[state]}") for state in corners]
    title = ", ".join(filter(None, (seen.where, _of_seeds(seen))))
    return Heading(plain(title), [entries for entries in (handles, of_some) if entries])


def _of_seeds(seen: MapSeen | SlicesSeen) -> str:
    """Say what became of how many seeds: 'median of 2 to 5 of 5 seeds'; '' of one alone."""
    return seen.title.removeprefix(words_of(seen.name)).removeprefix(", ")


def _draw_states(axes: Axes, states: NDArray[np.int8]) -> list[CellState]:
    """Mark cells without a value, and return what they are."""
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Rectangle

    there: list[CellState] = [
        state for state in CellState if state != CellState.VALUE and (states == state).any()
    ]
    if CellState.WAITING in there:
        pale = np.zeros((*states.shape, 4))
        pale[states == CellState.WAITING] = to_rgba(UNTRAINED)
        axes.imshow(
            pale, origin="lower", aspect="auto", interpolation="nearest", extent=axes.images[0].get_extent()
        )
    for state in there:
        if not HATCHES.get(state):
            continue
        for row, column in np.argwhere(states == state).tolist():
            corner = (column - 0.5, row - 0.5)
            axes.add_patch(
                Rectangle(corner, 1, 1, fill=False, edgecolor=FAINT, linewidth=0, hatch=HATCHES[state])
            )
    return there


def corner(state: CellState) -> Array:
    """Return the ends (3, 2) of the corner that stands for a state, in a cell around 0 with edges of 1."""
    right, up = CORNERS[state]
    at, inner = np.array([right, up]) / 2, 0.5 - CORNER
    return np.array([at, [inner * right, at[1]], [at[0], inner * up]])


def _draw_corners(axes: Axes, seen: MapSeen) -> list[CellState]:
    """Take a corner off places of which some seeds are in another state than what is shown; return those states."""
    from matplotlib.collections import PolyCollection

    there = [state for state in CORNERS if seen.partly(state).any()]
    for state in there:
        ends = np.argwhere(seen.partly(state))[:, None, ::-1] + corner(state)[None]
        axes.add_collection(
            PolyCollection(list(ends), facecolors="white", edgecolors=INK, linewidths=0.3), autolim=False
        )
    return there


def _corner_handle(state: CellState, look: Style) -> Artist:
    from matplotlib.lines import Line2D
    from matplotlib.path import Path

    ends = corner(state) - corner(state).mean(axis=0)
    return Line2D(
        *([], []),
        linestyle="",
        marker=Path(np.vstack([ends, ends[:1]]), closed=True),
        markersize=0.7 * look.font,
        markerfacecolor="white",
        markeredgecolor=INK,
        markeredgewidth=0.5,
    )


def _draw_contour(axes: Axes, drawn: Array, level: float, look: Style) -> None:
    """Draw where values, straight between the middles of cells, are at a level."""
    there = drawn[np.isfinite(drawn)]
    if there.size and there.min() < level < there.max():
        grid = np.ma.masked_invalid(drawn)
        axes.contour(grid, levels=[level], colors=INK, linewidths=0.9 * look.line)


def _cell_ticks(axes: Axes, axis: AxisSeen, area: Area, *, up: bool) -> None:
    """Name as many cells of an axis as there is room for."""
    count, font = len(axis.words), area.look.font
    letters = max(map(len, axis.words))
    need = 0.5 * font if up else LETTER_MM * font * (letters + 2)
    most = max(2, int((area.height_mm if up else 0.8 * area.width_mm) / need))
    places = range(0, count, -(-count // most))
    words = [plain(axis.words[place]) for place in places]
    if up:
        axes.set_yticks(places, labels=words)
        axes.set_ylabel(plain(axis.title))
    else:
        axes.set_xticks(places, labels=words)
        axes.set_xlabel(plain(axis.title))


def draw_slices(seen: SlicesSeen, area: Area) -> Heading:
    """Draw a line a value of the second axis, with the quartiles of its seeds and the law fitted to it."""
    from matplotlib.lines import Line2D

    axes, look = area.part.subplots(), area.look
    x = positions(seen.across)
    handles: list[tuple[Any, str]] = []
    size = 2.6 * look.line
    for k, line in enumerate(seen.lines):
        colour = PALETTE[k % len(PALETTE)]
        y = heights(line.middles, seen.log)
        axes.plot(x, y, color=colour, marker="o", markersize=size)
        axes.plot(x[line.partly], y[line.partly], "o", markersize=size, color=colour, markerfacecolor="white")
        if seen.seeds > 1:
            low, high = heights(line.lows, seen.log), heights(line.highs, seen.log)
            axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
            lone = alone(low, high)
            axes.vlines(x[lone], low[lone], high[lone], color=colour, alpha=0.3, linewidth=3 * look.line)
        law = fit_of(seen, line) if seen.fitted else None
        words = plain(line.words)
        if law is not None:
            ends = np.array(law.across)
            axes.plot(
                ends, law.heights(ends), color=colour, linestyle=(0, (4.0, 1.6)), linewidth=0.8 * look.line
            )
            words = f"{words}: {law.mathtext(plain(seen.across.title))}" if words else law.mathtext("x")
        if words:
            handles.append((Line2D([], [], color=colour, marker="o", markersize=size), words))
    logs = (draws_logarithms(seen.across), seen.log)
    if logs[0]:
        log_across(axes, area)
    elif not seen.across.is_of_numbers:
        axes.set_xticks(x.tolist(), labels=[plain(words) for words in seen.across.words])
    if logs[1]:
        log_up(axes, area)
    axes.set_xlabel(plain(seen.across.title))
    room = area.height_mm * (0.6 if handles else 1.0)
    axes.set_ylabel(textwrap.fill(plain(words_of(seen.name)), max(16, int(room / (LETTER_MM * look.font)))))
    by = seen.lines_of and f"by {seen.lines_of}"
    title = ", ".join(filter(None, (by, seen.where, _of_seeds(seen))))
    groups = (handles, _left_out(seen, size))
    return Heading(plain(title), [entries for entries in groups if entries], logs, most=MOST_KEY)


def _left_out(seen: SlicesSeen, size: float) -> list[tuple[Artist, str]]:
    """Return the entry that says what hollow points are, and of how many seeds there is no value."""
    from matplotlib.lines import Line2D

    is_partly = any(line.partly.any() for line in seen.lines)
    hollow = Line2D([], [], linestyle="", markersize=size, color=INK, markerfacecolor="white")
    hollow.set_marker("o" if is_partly else "")
    without = states_in_words(seen.counts)
    told = (PARTLY if is_partly else "", f"without a value: {without}" if without else "")
    words = "; ".join(filter(None, told))
    return [(hollow, words)] if words else []


COUNTED = {"seeds with a value": CellState.VALUE} | {words: state for state, words in STATE_WORDS.items()}
"""Columns of tables that say how many seeds of a place are what."""


def map_table(seen: MapSeen) -> str:
    """Return a row a place: the values of both axes, the value, what there is, and how many seeds are what."""
    heads = [seen.across.title, *([] if seen.up is None else [seen.up.title]), seen.head, "state", *COUNTED]
    rows = (
        [
            name_cell(seen.across.words[column]),
            *([] if seen.up is None else [name_cell(seen.up.words[row])]),
            "" if np.isnan(value) else value,
            STATE_WORDS.get(CellState(int(seen.states[row, column])), "value"),
            *seen.counts[:, row, column][list(COUNTED.values())].tolist(),
        ]
        for (row, column), value in np.ndenumerate(seen.values)
    )
    return text_of([name_cell(head) for head in heads], rows)


def slices_table(seen: SlicesSeen) -> str:
    """Return a row a place: both axes, the middle and the quartiles of its seeds, how many have a value or why not."""
    heads = [
        seen.across.title,
        seen.lines_of or "line",
        seen.head,
        "lower quartile",
        "upper quartile",
        *COUNTED,
    ]
    rows = (
        [
            *(name_cell(seen.across.words[k]), name_cell(line.words)),
            *("" if np.isnan(v) else v for v in values),
            *line.counts[list(COUNTED.values()), k].tolist(),
        ]
        for line in seen.lines
        for k, values in enumerate(zip(line.middles, line.lows, line.highs, strict=True))
    )
    return text_of([name_cell(head) for head in heads], rows)
