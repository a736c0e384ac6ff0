"""Figures of layers: singular values over steps, a panel a layer, and those of all layers at one step."""

from __future__ import annotations

import numpy as np

from engine.protocol.layers import LayersReady

from .area import Area, Heading
from .layers import log10, over_steps
from .log_axes import log_across, log_up
from .picture_tables import text_of
from .plots import PALETTE
from .style import FAINT, plain

FEW = 6
"""Singular values up to which each has a number on the axis."""
MOST_PANELS = 6
"""Layers that have a panel, from the input up."""


def layers_height(picture: LayersReady, width_mm: float) -> float:
    """Return the height in millimetres that suits a width: rows of up to three panels."""
    rows, columns = _grid(picture)
    return rows * 0.85 * width_mm / columns


def _grid(picture: LayersReady) -> tuple[int, int]:
    count = min(len(picture.layers), MOST_PANELS)
    columns = min(count, 3)
    return -(-count // columns), columns


def draw_singular_values(picture: LayersReady, area: Area) -> Heading:
    """Draw all singular values of every layer over steps."""
    rows, columns = _grid(picture)
    grid = area.part.subplots(rows, columns, squeeze=False, sharex=True)
    look = area.look
    for place, axes in enumerate(grid.ravel()):
        if place >= min(len(picture.layers), MOST_PANELS):
            axes.set_axis_off()
            continue
        steps, values = over_steps(picture.stored or (picture.seen,), place)
        colour = PALETTE[place % len(PALETTE)]
        axes.plot(steps, values[:, 1:], color=colour, linewidth=0.45 * look.line, alpha=0.5)
        axes.plot(
            steps, values[:, 0], color=colour, linewidth=look.line, marker="o" if len(steps) < 2 else None
        )
        axes.set_title(plain(picture.layers[place].name), fontsize=0.95 * look.font)
        cell = Area(area.part, area.width_mm / columns, area.height_mm / rows, look, area.limits)
        log_across(axes, cell)
        log_up(axes, cell)
        if place // columns == rows - 1:
            axes.set_xlabel("step")
        if place % columns == 0:
            axes.set_ylabel("singular value")
    left = len(picture.layers) - MOST_PANELS
    return Heading(plain(f"{left} further layers are not drawn") if left > 0 else "", log=(True, True))


def draw_layer_spectra(picture: LayersReady, area: Area) -> Heading:
    """Draw the singular values of all layers at the step, and what they were at the start."""
    from matplotlib.lines import Line2D

    axes, look = area.part.subplots(), area.look
    named = []
    for place, layer in enumerate(picture.layers):
        colour = PALETTE[place % len(PALETTE)]
        for values, dashes in ((layer.start, (0, (4.0, 1.6))), (layer.now, "solid")):
            across = np.log10(np.arange(1, len(values) + 1))
            marker = "o" if len(values) < 2 else None
            size = 2.5 * look.line
            axes.plot(
                across,
                log10(values),
                color=colour,
                linestyle=dashes,
                linewidth=look.line,
                marker=marker,
                markersize=size,
                fillstyle="full" if values is layer.now else "none",
            )
        named.append((Line2D([], [], color=colour), plain(layer.name)))
    named.append((Line2D([], [], color=FAINT, linestyle=(0, (4.0, 1.6))), "at the start"))
    most = max(len(layer.now) for layer in picture.layers)
    if most <= FEW:
        axes.set_xticks(np.log10(np.arange(1, most + 1)), labels=[str(k) for k in range(1, most + 1)])
    else:
        log_across(axes, area)
    log_up(axes, area)
    axes.set_xlabel("place")
    axes.set_ylabel("singular value")
    return Heading(plain(f"Singular values at step {picture.step:,}"), [named], (True, True))


def singular_values_table(picture: LayersReady) -> str:
    """Return a row a stored step, layer and place."""
    rows = (
        (row.step, layer.name, place + 1, value)
        for row in (picture.stored or (picture.seen,))
        for layer, values in zip(picture.layers, row.values, strict=True)
        for place, value in zip(layer.ranks.tolist(), values.tolist(), strict=True)
    )
    return text_of(["step", "layer", "place", "singular value"], rows)


def layer_spectra_table(picture: LayersReady) -> str:
    """Return a row a layer and place."""
    rows = (
        (layer.name, place, start, now)
        for layer in picture.layers
        for place, (start, now) in enumerate(zip(layer.start.tolist(), layer.now.tolist(), strict=True), 1)
    )
    return text_of(["layer", "place", "at the start", f"at step {picture.step}"], rows)
