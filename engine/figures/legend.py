"""What stands above the axes: title and legend, in as many columns as the width takes, never over data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from .style import MILLIMETRE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.legend import Legend
    from matplotlib.text import Text

    from .layout import Cell

Group: TypeAlias = Sequence[tuple[Any, str]]
"""Handles and labels of legend entries that stand together; several handles of one entry stand side by side."""

POINTS = 72 * MILLIMETRE
"""Of a millimetre."""
ASCENT = 0.8
"""Of capital letters, over the size of the font."""
LINE = 1.5
"""From one line of a legend inside axes to the next, over the size of the font."""
MOST_COLUMNS = 4
LEFT = 0.012
"""Where the block starts, as a share of the width."""
GAP = 0.33
"""Above each of its parts, over the size of the font."""
MOST_ABOVE, MOST_INSIDE, MOST_BESIDE = 0.35, 0.5, 0.9
"""Of the height of what it belongs to, that a group of entries takes; of more entries the number is told."""


def place_above(
    cell: Cell, title: str, groups: Sequence[Group], *, grow: bool, letter: Text | None = None
) -> None:
    """Stack a title and groups of legend entries above a cell's axes, to the right of its letter.

    With `grow` the cell becomes higher by what they take, otherwise the axes become lower.
    """
    from matplotlib import rcParams
    from matplotlib.text import Text

    whole = cell.whole
    gap = GAP * float(rcParams["font.size"]) / POINTS
    left, least = LEFT, 0.0
    if letter is not None:
        width, height = (side / MILLIMETRE for side in _size(whole, letter))
        left, least = (width + 2 * gap) / cell.width_mm, height + gap
        letter.set_in_layout(False)
    parts: list[Text | Legend] = []
    if title:
        parts.append(whole.text(left, 1.0, title, va="top", ha="left", size="large"))
    most = MOST_ABOVE * cell.height_mm * MILLIMETRE
    parts += [_bounded(whole, group, left, most) for group in groups if group]
    heights = [_size(whole, part)[1] / MILLIMETRE + gap for part in parts]
    cell.heading_mm = max(sum(heights), least)
    if grow:
        cell.height_mm += cell.heading_mm
    top = cell.height_mm
    if letter is not None and title and "\n" not in title:
        _on_one_line(cell, letter, parts[0], top - gap)
        parts, top = parts[1:], top - heights.pop(0)
    for part, height in zip(parts, heights, strict=True):
        place = (top - gap) / cell.height_mm
        if isinstance(part, Text):
            part.set_y(place)
        else:
            part.set_bbox_to_anchor((left, place), transform=whole.transSubfigure)
        part.set_in_layout(False)
        top -= height


def _on_one_line(cell: Cell, letter: Text, title: Text | Legend, top: float) -> None:
    """Let a letter and a title stand on one line, the larger one's letters up to a height of the cell."""
    from matplotlib.text import Text

    assert isinstance(title, Text)
    size = max(float(part.get_fontsize()) for part in (letter, title))
    for part in (letter, title):
        part.set_verticalalignment("baseline")
        part.set_y((top - ASCENT * size / POINTS) / cell.height_mm)
        part.set_in_layout(False)


def legend_inside(axes: Axes, groups: Sequence[Group], place: str, height_mm: float) -> None:
    """Put a legend into axes' corner, or to their right, where the panel is so high."""
    from matplotlib import rcParams

    share = MOST_BESIDE if place == "right" else MOST_INSIDE
    lines = int(share * height_mm * POINTS / (LINE * float(rcParams["font.size"])))
    entries = cut([entry for group in groups for entry in group], max(lines, 2))
    how: dict[str, Any] = {"loc": place, "handlelength": 1.4, "handler_map": _beside()}
    if place == "right":
        how |= {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}
    legend = axes.legend([handle for handle, _ in entries], [label for _, label in entries], **how)
    legend.set_zorder(5)
    if place != "right":  # curves may run beneath it
        box = legend.get_frame()
        box.set_visible(True)
        box.set(facecolor="white", alpha=0.8, linewidth=0)


def cut(group: Group, most: int) -> Group:
    """Return as many entries as may be told, and how many there are besides."""
    from matplotlib.lines import Line2D

    if len(group) <= most:
        return group
    rest = len(group) - most + 1
    return [*group[: most - 1], (Line2D([], [], linestyle="none"), f"and {rest:,} more")]


def _bounded(figure: Figure | SubFigure, group: Group, left: float, most: float) -> Legend:
    """Return a legend that is not higher than so many inches, or has one line."""
    legend, told = _fitting(figure, group, left), len(group)
    while told > 2 and (height := _size(figure, legend)[1]) > most:
        legend.remove()
        told = max(min(int(told * most / height), told - 1), 2)
        legend = _fitting(figure, cut(group, told), left)
    return legend


def _beside() -> dict[type, Any]:
    """Return how several handles of one entry are drawn: side by side."""
    from matplotlib.legend_handler import HandlerTuple

    return {tuple: HandlerTuple(ndivide=None, pad=0)}


def _fitting(figure: Figure | SubFigure, group: Group, left: float) -> Legend:
    """Return a legend with as many columns as fit."""
    for columns in range(min(MOST_COLUMNS, len(group)), 1, -1):
        legend = _legend(figure, group, columns)
        if _size(figure, legend)[0] <= (1.0 - LEFT - left) * figure.bbox.width / figure.dpi:
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
        handler_map=_beside(),
    )


def _size(figure: Figure | SubFigure, part: Text | Legend) -> tuple[float, float]:
    """Return the width and height of a part, in inches."""
    from matplotlib.backends.backend_agg import RendererAgg

    width, height = (max(int(side), 1) for side in (figure.bbox.width, figure.bbox.height))
    renderer = RendererAgg(width, height, figure.dpi)  # type: ignore[no-untyped-call]
    box = part.get_window_extent(renderer)
    return float(box.width / figure.dpi), float(box.height / figure.dpi)
