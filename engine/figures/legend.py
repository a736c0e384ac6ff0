"""What stands above the axes: title and legend, in as many columns as the width takes, never over data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from .style import MILLIMETRE

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.legend import Legend
    from matplotlib.text import Text

    from .layout import Cell

Group: TypeAlias = "Sequence[tuple[Artist, str]]"
"""Handles and labels of legend entries that stand together."""

POINTS = 72 * MILLIMETRE
"""Of a millimetre."""
MOST_COLUMNS = 4
LEFT = 0.012
"""Where the block starts, as a share of the width."""
GAP = 0.33
"""Above each of its parts, over the size of the font."""


def place_above(cell: Cell, title: str, groups: Sequence[Group], *, grow: bool) -> None:
    """Stack a title and groups of legend entries above a cell's axes.

    With `grow` the cell becomes higher by what they take, otherwise the axes become lower.
    """
    from matplotlib import rcParams
    from matplotlib.text import Text

    whole = cell.whole
    parts: list[Text | Legend] = []
    if title:
        parts.append(whole.text(LEFT, 1.0, title, va="top", ha="left", size="large"))
    parts += [_fitting(whole, group) for group in groups if group]
    gap = GAP * float(rcParams["font.size"]) / POINTS
    heights = [_size(whole, part)[1] / MILLIMETRE + gap for part in parts]
    cell.heading_mm = sum(heights)
    if grow:
        cell.height_mm += cell.heading_mm
    top = cell.height_mm
    for part, height in zip(parts, heights, strict=True):
        place = (top - gap) / cell.height_mm
        if isinstance(part, Text):
            part.set_y(place)
        else:
            part.set_bbox_to_anchor((LEFT, place), transform=whole.transSubfigure)
        part.set_in_layout(False)
        top -= height


def _fitting(figure: Figure | SubFigure, group: Group) -> Legend:
    """Return a legend with as many columns as fit."""
    for columns in range(min(MOST_COLUMNS, len(group)), 1, -1):
        legend = _legend(figure, group, columns)
        if _size(figure, legend)[0] <= (1.0 - 2 * LEFT) * figure.bbox.width / figure.dpi:
            return legend
        legend.remove()
    return _legend(figure, group, 1)


def _legend(figure: Figure | SubFigure, group: Group, columns: int) -> Legend:
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


def _size(figure: Figure | SubFigure, part: Text | Legend) -> tuple[float, float]:
    """Return the width and height of a part, in inches."""
    from matplotlib.backends.backend_agg import RendererAgg

    width, height = (max(int(side), 1) for side in (figure.bbox.width, figure.bbox.height))
    renderer = RendererAgg(width, height, figure.dpi)  # type: ignore[no-untyped-call]
    box = part.get_window_extent(renderer)
    return float(box.width / figure.dpi), float(box.height / figure.dpi)
