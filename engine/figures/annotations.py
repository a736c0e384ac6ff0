"""What is written into a panel: words, arrows, slope triangles, at values of its axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.words.errors import Refusal

from .figure_file import AnnotationSpec
from .style import INK, Style, written
from .value_axes import placed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PAD = 0.3
"""Between a triangle and its words, over the size of the font."""


def annotate(axes: Axes, annotations: Sequence[AnnotationSpec], log: tuple[bool, bool], look: Style) -> None:
    """Write annotations into axes; x and y may be logarithms.

    Raises:
        Refusal: where a place is not on the axes.
    """
    for place, one in enumerate(annotations):
        try:
            text = written(one.text, "text")
            at = placed(one.x, log[0], "x"), placed(one.y, log[1], "y")
            if one.kind == "slope":
                _triangle(axes, one, at, look)
            elif one.kind == "arrow" and one.to_x is not None and one.to_y is not None:
                to = placed(one.to_x, log[0], "to_x"), placed(one.to_y, log[1], "to_y")
                _arrow(axes, text, at, to, look)
            else:
                axes.text(*at, text, ha="left", va="center", zorder=6, clip_on=False)
        except Refusal as refusal:
            raise Refusal(f"annotations[{place}].{refusal.field}", refusal.value, refusal.remedy) from None


def _arrow(axes: Axes, text: str, at: tuple[float, float], to: tuple[float, float], look: Style) -> None:
    axes.annotate(
        text,
        to,
        at,
        ha="center",
        va="center",
        zorder=6,
        arrowprops={
            "arrowstyle": "-|>",
            "color": INK,
            "linewidth": 0.7 * look.line,
            "shrinkA": 1.0,
            "shrinkB": 1.0,
            "mutation_scale": 0.9 * look.font,
        },
    )


def _triangle(axes: Axes, one: AnnotationSpec, at: tuple[float, float], look: Style) -> None:
    """Draw a right-angled triangle whose long side has a slope, with the slope beside its upright side."""
    x, y = at
    right, top = x + one.width, y + one.slope * one.width
    # the right angle lies under the long side: at the right where it rises, at the left where it falls
    corner, upright = ((right, y), right) if one.slope > 0 else ((x, top), x)
    ends = [(x, y), (right, top), corner, (x, y)]
    axes.plot(*zip(*ends, strict=True), color=INK, linewidth=0.6 * look.line, linestyle="solid", zorder=5)
    shift = PAD * look.font * (1 if one.slope > 0 else -1)
    axes.annotate(
        one.text or f"{one.slope:g}".replace("-", "−"),
        (upright, (y + top) / 2),
        (shift, 0.0),
        textcoords="offset points",
        ha="left" if one.slope > 0 else "right",
        va="center",
        zorder=6,
    )
