"""The figure of a network over 2-D inputs, beside another predictor and their difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.protocol.records import Array
from engine.protocol.surface import SurfaceReady
from engine.words.formats import percentage

from .area import Area, Heading
from .compared import NORMALISED, RAW, Compared, compared, why_no_rings
from .images import colour_bar, even_image, frame
from .legend import Group
from .plots import NEGATIVE, PALETTE, POSITIVE
from .style import INK, Style, axis_titles

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

AROUND_MM = (10.0, 26.0)
"""Beside, and above and below, the squares: what they say, and the colour bar."""
TICK_FONTS = 1.1
"""Millimetres of an axis for each of its numbers, over the size of the font in points."""
BRIEFLY = {NORMALISED: "each over its root mean square", RAW: "each as it is"}
"""What the colour bar says where there is little room."""
MARKERS = ("o", "s", "^", "D", "P", "X", "v", "<", ">", "*")


@dataclass(frozen=True)
class _Panel:
    """One picture: its title, values (G, G), winning classes where there are several, support points."""

    title: str
    values: Array
    classes: NDArray[np.int64] | None = None
    support: NDArray[np.bool_] | None = None
    shown: NDArray[np.bool_] | None = None
    """Where there is anything to show; None: everywhere."""
    line: bool = True
    """Whether it has a decision line."""


def surface_height(surface: SurfaceReady, width_mm: float) -> float:
    """Return the height in millimetres that suits a width: squares, their numbers, titles and the colour bar."""
    several = surface.network_class is not None
    panels = 1 if surface.other is None else 2 + (surface.other_class is not None or not several)
    return min((width_mm - 10.0) / panels, 0.6 * width_mm) + (16.0 if several else 26.0)


def draw_surface(surface: SurfaceReady, area: Area, normalise: bool = True) -> Heading:
    """Draw the network, the predictor beside it and their difference.

    With `normalise` either predictor is divided by its root mean square over the square, so that one scale suits
    both: the network's values grow without bound, a kernel's are fixed by its margin.
    """
    several, look = surface.network_class is not None, area.look
    parts = compared(surface, normalise)
    panels = _panels(surface, parts)
    axes = list(area.part.subplots(1, len(panels), squeeze=False)[0])
    image = None
    side_mm = min((area.width_mm - AROUND_MM[0]) / len(panels), area.height_mm - AROUND_MM[1])
    for place, (each, panel) in enumerate(zip(axes, panels, strict=True)):
        image = _draw_panel(each, surface, panel, parts.level, look)
        each.locator_params(nbins=max(2, min(5, int(side_mm / (TICK_FONTS * look.font)))))
        each.set_title(panel.title, fontsize=0.95 * look.font, loc="center", linespacing=1.05)
        across, up = axis_titles(surface.input_names)
        each.set_xlabel(across)
        if place == 0:
            each.set_ylabel(up)
        else:
            each.tick_params(labelleft=False)
    if image is not None and not several:
        bar = colour_bar(image, axes, location="bottom", shrink=0.6, pad=0.03, aspect=40)
        room = int(area.width_mm / (0.19 * look.font))
        words = NORMALISED if normalise else RAW
        bar.set_label(words if len(words) <= room else BRIEFLY[words])
    return Heading(groups=_told(surface))


def _told(surface: SurfaceReady) -> list[Group]:
    """Return the legend: why the network has no rings, where it has none."""
    from matplotlib.lines import Line2D

    why = why_no_rings(surface)
    return [[(Line2D([], [], linestyle="none"), why)]] if why else []


def _panels(surface: SurfaceReady, parts: Compared) -> list[_Panel]:
    network = f"network\nstep {surface.step:,}"
    panels = [_Panel(network, parts.network, surface.network_class, surface.support)]
    if parts.other is None:
        return panels
    panels.append(
        _Panel(_in_two_lines(surface.title), parts.other, surface.other_class, surface.other_support)
    )
    if parts.difference is not None:
        panels.append(_Panel("network less\nthe other", parts.difference, line=False))
    else:
        share = f"classes differ\non {percentage(parts.share)}"
        panels.append(_Panel(share, parts.network, surface.network_class, shown=parts.differs))
    return panels


def _in_two_lines(title: str) -> str:
    """Break a title where that leaves the shortest longer line."""
    words = title.split()
    breaks = [(" ".join(words[:k]), " ".join(words[k:])) for k in range(1, len(words))]
    return "\n".join(min(breaks, key=lambda lines: max(map(len, lines)))) if breaks else title


def _draw_panel(axes: Axes, surface: SurfaceReady, panel: _Panel, level: float, look: Style) -> AxesImage:
    axis = surface.axis
    half = float(axis[1] - axis[0]) / 2 if len(axis) > 1 else 0.5  # pixels have their centres on the grid
    ends = (float(axis[0]) - half, float(axis[-1]) + half)
    extent = (*ends, *ends)
    if panel.classes is None:
        image = even_image(axes, panel.values, level, interpolation="bilinear", origin="lower", extent=extent)
        if panel.line and (panel.values < 0).any() and (panel.values > 0).any():
            axes.contour(axis, axis, panel.values, levels=[0.0], colors=INK, linewidths=0.9 * look.line)
    else:
        pixels = _class_map(panel.classes, panel.values, level)
        if panel.shown is not None:
            pixels[~panel.shown] = 1.0
        image = axes.imshow(pixels, interpolation="nearest", origin="lower", extent=extent)
        for one in range(int(panel.classes.max()) + 1) if panel.shown is None else ():
            inside = (panel.classes == one).astype(float)
            if 0 < inside.mean() < 1:
                axes.contour(axis, axis, inside, levels=[0.5], colors=INK, linewidths=0.5 * look.line)
    _draw_points(axes, surface, panel, look)
    axes.set_xlim(*ends)
    axes.set_ylim(*ends)
    axes.set_aspect("equal")
    frame(axes)
    return image


def _draw_points(axes: Axes, surface: SurfaceReady, panel: _Panel, look: Style) -> None:
    if surface.points is None or surface.labels is None:
        return
    binary = surface.network_class is None
    size = (0.46 * look.font) ** 2
    for place, label in enumerate(np.unique(surface.labels)):
        x, y = surface.points[surface.labels == label].T
        colour = (NEGATIVE, POSITIVE)[place % 2] if binary else PALETTE[int(label) % len(PALETTE)]
        look_of: dict[str, Any] = {"marker": MARKERS[place % len(MARKERS)], "edgecolors": "white"}
        axes.scatter(x, y, s=size, color=_darker(colour), linewidths=0.5, zorder=3, **look_of)
    if panel.support is not None and panel.support.any():
        x, y = surface.points[panel.support].T
        axes.scatter(
            x, y, s=4.5 * size, facecolors="none", edgecolors=INK, linewidths=0.8 * look.line, zorder=4
        )


def _class_map(classes: NDArray[np.int64], margin: Array, level: float) -> Array:
    """Return the colours (G, G, 3) of winning classes, the paler the smaller the margin over the next."""
    from matplotlib.colors import to_rgb

    palette = np.array([to_rgb(PALETTE[c % len(PALETTE)]) for c in range(int(classes.max()) + 1)])
    strength = 0.12 + 0.5 * np.clip(np.nan_to_num(margin) / level, 0.0, 1.0)
    return np.asarray(1.0 - (1.0 - palette[classes]) * strength[..., None])


def _darker(colour: str) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(colour)
    return 0.65 * red, 0.65 * green, 0.65 * blue
