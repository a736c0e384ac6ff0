"""What stands above the axes: title and legend, in as many columns as the width takes, never over data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from .folding import folded
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
"""Of the height of what it belongs to, that entries take; of more entries the number is told."""
BESIDE, WITHIN = 0.4, 0.6
"""Of the width of a panel, that the words of a legend take to the right of axes, and within them."""
HANDLE = 3.0
"""Width of what stands before the words of an entry, over the size of their font."""


def place_above(
    cell: Cell,
    title: str,
    groups: Sequence[Group],
    *,
    grow: bool,
    letter: Text | None = None,
    share: float = MOST_ABOVE,
) -> None:
    """Stack a title and groups of legend entries above a cell's axes, to the right of its letter.

    With `grow` the cell becomes higher by what they take, otherwise the axes become lower. A group takes no more than
    a share of the cell's height.
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
        text = whole.text(left, 1.0, title, va="top", ha="left", size="large")
        text.set_text(folded(title, (1.0 - left) * cell.width_mm * POINTS, float(text.get_fontsize())))
        parts.append(text)
        title = text.get_text()
    most = share * cell.height_mm * MILLIMETRE
    for group in filter(None, groups):
        legend = _bounded(whole, group, left, most)
        parts.append(legend)
        if not grow:
            most -= _size(whole, legend)[1]
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


def legend_inside(axes: Axes, groups: Sequence[Group], place: str, width_mm: float, height_mm: float) -> None:
    """Put a legend into axes' corner, or to their right, where the panel is so wide and high."""
    from matplotlib import rcParams

    share = MOST_BESIDE if place == "right" else MOST_INSIDE
    lines = int(share * height_mm * POINTS / (LINE * float(rcParams["font.size"])))
    room = (BESIDE if place == "right" else WITHIN) * width_mm * POINTS
    entries: Group = _folded([entry for group in groups for entry in group], room)
    in_all = sum(1 + label.count("\n") for _, label in entries)
    entries = cut(entries, max(lines * len(entries) // in_all, 2))
    how: dict[str, Any] = {"loc": place, "handlelength": 1.4, "handler_map": _beside()}
    if place == "right":
        how |= {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}
    legend = axes.legend([handle for handle, _ in entries], [label for _, label in entries], **how)
    legend.set_zorder(5)
    if place != "right":  # curves may run beneath it
        box = legend.get_frame()
        box.set_visible(True)
        box.set(facecolor="white", alpha=0.8, linewidth=0)


def in_common(legends: Sequence[Sequence[Group]]) -> list[Group]:
    """Return the groups of entries that all legends have, where there are several: they look and read the same."""
    if len(legends) < 2:
        return []
    others = [{_look(group) for group in legend} for legend in legends[1:]]
    return [group for group in legends[0] if all(_look(group) in other for other in others)]


def without(groups: Sequence[Group], told: Sequence[Group]) -> list[Group]:
    """Return the groups of a legend that are not told elsewhere."""
    elsewhere = {_look(group) for group in told}
    return [group for group in groups if _look(group) not in elsewhere]


def _look(group: Group) -> str:
    """Return what tells groups of entries apart: words, and how what stands before them is drawn."""
    names = ("color", "facecolor", "edgecolor", "linestyle", "linewidth", "marker", "alpha")
    told = []
    for handle, label in group:
        for part in handle if isinstance(handle, tuple) else (handle,):
            looks = [str(getattr(part, f"get_{name}", str)()) for name in names]
            told.append((label, type(part).__name__, *looks, str(vars(part).get("_dash_pattern"))))
    return str(told)


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
    """Return a legend with as many columns as fit; words wider than one are folded."""
    from matplotlib import rcParams

    room = (1.0 - LEFT - left) * figure.bbox.width / figure.dpi
    for columns in range(min(MOST_COLUMNS, len(group)), 0, -1):
        legend = _legend(figure, group, columns)
        if _size(figure, legend)[0] <= room:
            return legend
        legend.remove()
    words = room * 72 - HANDLE * float(rcParams["legend.fontsize"])
    return _legend(figure, _folded(group, words), 1)


def _folded(group: Group, room: float) -> list[tuple[Any, str]]:
    """Return entries whose words take no more than a room in points."""
    from matplotlib import rcParams

    size = float(rcParams["legend.fontsize"])
    return [(handle, folded(label, room, size)) for handle, label in group]


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
