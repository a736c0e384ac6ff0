"""The figures of many runs: a table of them, and two of its columns against each other."""

from __future__ import annotations

import math

import numpy as np

from engine.protocol.records import Array
from engine.protocol.run_pictures import RunScatter, RunTableSeen
from engine.words.formats import counted

from .area import Area, Heading
from .picture_tables import text_of
from .ranges import Range, roomy
from .style import INK, plain
from .table import name_cell

MOST_ROWS = 60
"""Of a table on paper."""
ROW_MM = 4.2
LETTER = 0.21
"""Millimetres of a letter's width, on average, by a point of its font."""


def draw_scatter(picture: RunScatter, area: Area) -> Heading:
    """Draw a point a row, in the colour of its run."""
    from matplotlib.lines import Line2D

    axes, look = area.part.subplots(), area.look
    values = picture.values
    defined = np.isfinite(values) & (~np.array(picture.logs) | (values > 0))
    rows = np.flatnonzero(defined.all(axis=1)).tolist()
    colours = [picture.colours[row] for row in rows]
    size = 3.4 * look.line
    axes.scatter(values[rows, 0], values[rows, 1], c=colours, s=size**2, linewidths=0)
    if picture.logs[0]:
        axes.set_xscale("log")
    if picture.logs[1]:
        axes.set_yscale("log")
    held = [row for row in rows if picture.held[row]] if picture.held else []
    if held:
        axes.set_xlim(*_ends(values[held, 0], log=picture.logs[0]))
        axes.set_ylim(*_ends(values[held, 1], log=picture.logs[1]))
    axes.set_xlabel(plain(picture.titles[0]))
    axes.set_ylabel(plain(picture.titles[1]))
    handles = [
        (Line2D([], [], linestyle="none", marker="o", markersize=size, color=colour), plain(text))
        for colour, text in picture.legend
    ]
    if picture.beyond:
        handles.append((Line2D([], [], linestyle="none"), f"beyond the axes: {picture.beyond}"))
    return Heading(plain(picture.legend_title) if picture.legend else "", [handles] if handles else [])


def _ends(values: Array, *, log: bool) -> Range:
    """Return where an axis begins and ends that holds values with some room."""
    placed = np.log10(values) if log else values
    low, high = roomy((float(placed.min()), float(placed.max())), 0.05)
    return (10.0**low, 10.0**high) if log else (low, high)


def scatter_table(picture: RunScatter) -> str:
    """Return a row a point: what it is called, and both values."""
    rows = (
        (name_cell(name), *("" if math.isnan(value) else value for value in pair))
        for name, pair in zip(picture.names, picture.values.tolist(), strict=True)
    )
    return text_of(["name", *map(name_cell, picture.titles)], rows)


def table_height(picture: RunTableSeen, _width_mm: float) -> float:
    """Return the height in millimetres of a table with its head, and a line for what is left out."""
    return ROW_MM * (1 + min(len(picture.rows), MOST_ROWS) + (len(picture.rows) > MOST_ROWS)) + 2


def draw_table(picture: RunTableSeen, area: Area) -> Heading:
    """Draw the table between lines, in letters as small as its columns need."""
    axes, look = area.part.subplots(), area.look
    rows = picture.rows[:MOST_ROWS]
    said = [picture.heads, *rows]
    widths = [max(len(row[k]) for row in said) + 2.5 for k in range(len(picture.heads))]
    font = min(look.font, area.width_mm / (LETTER * sum(widths)))
    edges = np.cumsum([0.0, *widths]) / sum(widths)
    left_out = len(picture.rows) - len(rows)
    height = len(said) + bool(left_out)
    for line, row in enumerate(said):
        for k, text in enumerate(row):
            at_right = picture.numbers[k]
            place = edges[k + 1] - 0.6 / sum(widths) if at_right else edges[k] + 0.6 / sum(widths)
            side = "right" if at_right else "left"
            weight = "bold" if not line else "normal"
            axes.text(place, height - line - 0.5, plain(text), ha=side, va="center", size=font, weight=weight)
    if left_out:
        axes.text(0.6 / sum(widths), 0.5, f"and {counted(left_out, 'row')} more", va="center", size=font)
    for place, width in ((height, 1.0), (height - 1, 0.6), (0, 1.0)):
        axes.plot([0, 1], [place, place], color=INK, linewidth=width * look.line, clip_on=False)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, height)
    axes.axis("off")
    return Heading()


def table_content(picture: RunTableSeen) -> str:
    """Return the table in full precision."""
    return picture.content
