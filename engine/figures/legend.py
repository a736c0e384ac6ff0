"""What stands above the axes: title and legend, in as many columns as the width takes, never over data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from matplotlib.text import Text

    Group: TypeAlias = Sequence[tuple[Artist, str]]

MOST_COLUMNS = 4
LEFT = 0.012
"""Where the block starts, as a share of the width."""
GAP = 0.33
"""Above each of its parts, over the size of the font."""


def place_above(figure: Figure, title: str, groups: Sequence[Group], *, grow: bool) -> None:
    """Stack a title and groups of legend entries above the axes.

    With `grow` the figure becomes higher by what they take, otherwise the axes become lower.
    """
    from matplotlib import rcParams
    from matplotlib.text import Text

    parts: list[Text | Legend] = []
    if title:
        parts.append(figure.text(LEFT, 1.0, title, va="top", ha="left", size="large"))
    parts += [_fitting(figure, group) for group in groups if group]
    if not parts:
        return
    gap = GAP * float(rcParams["font.size"]) / 72
    heights = [_size(figure, part)[1] + gap for part in parts]
    across, up = (float(side) for side in figure.get_size_inches())
    total = up + sum(heights) if grow else up
    figure.set_size_inches(across, total)
    top = total
    for part, height in zip(parts, heights, strict=True):
        place = (top - gap) / total
        if isinstance(part, Text):
            part.set_y(place)
        else:
            part.set_bbox_to_anchor((LEFT, place), transform=figure.transFigure)
        part.set_in_layout(False)
        top -= height
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(rect=(0.0, 0.0, 1.0, top / total))  # type: ignore[call-arg]


def _fitting(figure: Figure, group: Group) -> Legend:
    """Return a legend with as many columns as fit."""
    for columns in range(min(MOST_COLUMNS, len(group)), 1, -1):
        legend = _legend(figure, group, columns)
        if _size(figure, legend)[0] <= (1.0 - 2 * LEFT) * figure.get_size_inches()[0]:
            return legend
        legend.remove()
    return _legend(figure, group, 1)


def _legend(figure: Figure, group: Group, columns: int) -> Legend:
    """Return a legend that is read along its rows: matplotlib fills columns, the first ones higher by a row."""
    in_columns = [entry for k in range(columns) for entry in group[k::columns]]
    return figure.legend(
        [handle for handle, _ in in_columns],
        [label for _, label in in_columns],
        loc="upper left",
        ncols=columns,
        bbox_to_anchor=(LEFT, 1.0),
        borderaxespad=0,
        borderpad=0,
    )


def _size(figure: Figure, part: Text | Legend) -> tuple[float, float]:
    """Return the width and height of a part, in inches."""
    from matplotlib.backends.backend_agg import RendererAgg

    width, height = (int(side * figure.dpi) for side in figure.get_size_inches())
    renderer = RendererAgg(width, height, figure.dpi)  # type: ignore[no-untyped-call]
    box = part.get_window_extent(renderer)
    return float(box.width / figure.dpi), float(box.height / figure.dpi)
