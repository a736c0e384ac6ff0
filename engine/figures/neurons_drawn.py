"""Figures of units: arrows and kinks over the data or weights as pictures, and norms against angles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.protocol.neurons import NeuronsReady

from .area import RATIO, Area, Heading
from .images import even_image, frame
from .log_axes import class_colours, log_up, segments
from .neurons import arrows, kinks, rays, tips, unit_angles
from .picture_tables import text_of
from .plots import NEGATIVE, PALETTE, POSITIVE
from .style import FAINT, INK, axis_titles, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKERS = ("o", "s", "^", "D", "P", "X", "v", "<", ">", "*")


def neurons_height(picture: NeuronsReady, width_mm: float) -> float:
    """Return the height in millimetres that suits a width: of a square, or of rows of pictures."""
    if picture.now.slope is None and picture.tiles is None:
        return RATIO * width_mm
    return width_mm


def draw_neurons(picture: NeuronsReady, area: Area) -> Heading:
    """Draw units over the data, or their weights as pictures; elsewhere their norms against their rotation."""
    if picture.now.slope is None and picture.tiles is None:
        return draw_unit_norms(picture, area)
    axes = area.part.subplots()
    if picture.now.slope is not None:
        _draw_plane(axes, picture, area)
    else:
        _draw_tiles(axes, picture)
    return Heading(plain(f"{_units(picture)} at step {picture.now.step:,}"))


def _units(picture: NeuronsReady) -> str:
    word = picture.layer.word
    return f"{word[:1].upper()}{word[1:]} of {picture.layer.name}" if picture.layer.name else "Predictors"


def _draw_plane(axes: Axes, picture: NeuronsReady, area: Area) -> None:
    look, half, seen = area.look, picture.view, picture.now
    for side in np.unique(seen.side).tolist():
        mine, colour = seen.side == side, unit_colour(picture, side)
        if picture.line:
            segments(axes, kinks(seen, mine, 2 * half), colors=colour, linewidths=0.4 * look.line, alpha=0.4)
        strokes = arrows(tips(seen, half)[mine], 0.035 * half)
        segments(axes, strokes, colors=colour, linewidths=1.3 * look.line, zorder=4)
    for side in (1, -1) if picture.extremes is not None else ():
        style = {"linewidths": 1.2 * look.line, "linestyles": "dashed", "alpha": 0.6}
        segments(axes, rays(picture, side), colors=unit_colour(picture, side), zorder=2, **style)
    if picture.points is not None and picture.labels is not None:
        colours = class_colours(picture.labels)
        for place, label in enumerate(np.unique(picture.labels).tolist()):
            x, y = picture.points[picture.labels == label].T
            marker = MARKERS[place % len(MARKERS)]
            size = (0.4 * look.font) ** 2
            axes.scatter(
                x,
                y,
                s=size,
                color=colours[label],
                marker=marker,
                edgecolors="white",
                linewidths=0.4,
                zorder=3,
            )
    axes.set_xlim(-half, half)
    axes.set_ylim(-half, half)
    axes.set_aspect("equal")
    axes.locator_params(nbins=5)
    across, up = axis_titles(picture.input_names)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    frame(axes)


def _draw_tiles(axes: Axes, picture: NeuronsReady) -> None:
    assert picture.tiles is not None
    count, height, width = picture.tiles.shape
    columns = int(np.ceil(np.sqrt(count * height / width)))
    rows = -(-count // columns)
    page = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), np.nan)
    largest = np.abs(picture.tiles).max((1, 2), keepdims=True)
    for unit, tile in enumerate(picture.tiles / np.where(largest > 0, largest, 1.0)):
        top, left = unit // columns * (height + 1), unit % columns * (width + 1)
        page[top : top + height, left : left + width] = tile
    even_image(axes, page, 1.0, interpolation="nearest")
    axes.set_axis_off()


def draw_unit_norms(picture: NeuronsReady, area: Area) -> Heading:
    """Draw units' norms against their angle in the plane, or against how far they have turned."""
    axes, look = area.part.subplots(), area.look
    angle, words = unit_angles(picture.now)
    with np.errstate(divide="ignore"):
        norm = np.log10(picture.now.norm)
    for side in np.unique(picture.now.side).tolist():
        mine = picture.now.side == side
        axes.scatter(
            angle[mine], norm[mine], s=(0.5 * look.font) ** 2, color=unit_colour(picture, side), linewidths=0
        )
    if picture.now.slope is not None:
        axes.set_xlim(-180, 180)
        axes.set_xticks([-180, -90, 0, 90, 180])
    log_up(axes, area)
    axes.set_xlabel(words)
    axes.set_ylabel("$\\Vert w_j\\Vert$")
    return Heading(plain(f"{_units(picture)} at step {picture.now.step:,}"), log=(False, True))


def unit_colour(picture: NeuronsReady, side: int) -> str:
    """Return the colour of what a unit speaks for."""
    if picture.classes > 2:
        return PALETTE[side % len(PALETTE)] if side >= 0 else FAINT
    return {1: POSITIVE, -1: NEGATIVE}.get(side, INK)


def neurons_table(picture: NeuronsReady) -> str:
    """Return a row a unit."""
    seen = picture.now
    columns = {
        "unit": picture.units,
        "norm": seen.norm,
        "rotation from the start": seen.turned,
        "angle to the leading direction": seen.leading,
        "outgoing norm": seen.out,
        "share": seen.share,
        "speaks for": seen.side,
    }
    if seen.slope is not None and seen.offset is not None:
        columns |= {"slope 1": seen.slope[:, 0], "slope 2": seen.slope[:, 1], "offset": seen.offset}
    return text_of(list(columns), zip(*(values.tolist() for values in columns.values()), strict=True))
