"""Lays a page out: constrained layout in every cell, squares drawn together. Needs matplotlib: inside `dressed`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine, LayoutEngine
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from .area import LEAST_SHARE
from .folding import DOTS, folded, width_of

Points: TypeAlias = NDArray[np.float64]
GAP_MM = 1.5
"""Between images that are drawn together, beside what their axes say."""
MOST_TURNS = 2
"""In which titles of axes are shortened: what one takes less, or more, another may lack."""
HALF_POINT = 0.5
LEAST_TITLE = 0.75
"""Of the usual size of the titles of axes."""
PARTS = 9_876_543.21
"""Of a page, that places are rounded to: the solver's own rounding is not the same every time. No place that is a
short decimal, as many are, lies half-way between two."""


@dataclass
class Cell:
    """A part of a page: what stands above, and beneath it the body, whose axes are laid out by themselves."""

    whole: Figure | SubFigure
    """Holds title and legend."""
    width_mm: float
    height_mm: float
    heading_mm: float = 0.0
    body: SubFigure = field(init=False)

    def __post_init__(self) -> None:
        """Divide it into heading and body."""
        self._grid = self.whole.add_gridspec(2, 1, hspace=0.0)
        self.body = self.whole.add_subfigure(self._grid[1])

    def divide(self) -> None:
        """Give the body all that the heading leaves."""
        least = self.height_mm * LEAST_SHARE
        heading = max(self.heading_mm, least)
        self._grid.set_height_ratios([heading, max(self.height_mm - heading, least)])

    def pack(self) -> None:
        """Draw axes of a fixed aspect together: what they leave goes to the sides."""
        images = [axes for axes in self.body.axes if axes.get_subplotspec() and axes.get_aspect() != "auto"]
        if not images:
            return
        for axes in images:
            axes.apply_aspect()
        rooms = np.array([axes.get_position(original=True).get_points() for axes in images])  # (n, ends, x y)
        taken = np.array([axes.get_position(original=False).get_points() for axes in images])
        height = max(self.height_mm - self.heading_mm, 1.0)
        for way, gap in ((0, GAP_MM / self.width_mm), (1, GAP_MM / height)):
            _draw_together(rooms[:, :, way], taken[:, :, way], [_span(axes, way) for axes in images], gap)
        for axes, points in zip(images, taken, strict=True):
            _place(axes, points)
        for axes in self.body.axes:
            if axes.get_subplotspec() is None:
                self._move_bar(axes, rooms, taken)

    def _move_bar(self, bar: Axes, rooms: Points, taken: Points) -> None:
        """Let a colour bar follow its images: along them, and as far from them as before."""
        points = bar.get_position(original=True).get_points()
        box = self.body.bbox
        along = int(np.ptp(points[:, 0]) * box.width < np.ptp(points[:, 1]) * box.height)
        before = rooms[:, 0, along].min(), rooms[:, 1, along].max()
        after = taken[:, 0, along].min(), taken[:, 1, along].max()
        points[:, along] = np.interp(points[:, along], before, after)
        across = 1 - along
        beyond = points[:, across].mean() > rooms[:, :, across].mean()
        old, new = (
            (ends[:, 1, across].max() if beyond else ends[:, 0, across].min()) for ends in (rooms, taken)
        )
        points[:, across] += new - old
        _place(bar, points)

    @property
    def stretches(self) -> bool:
        """Say whether it has one pair of axes, whose shape is free."""
        places = {axes.get_subplotspec() for axes in self.body.axes}
        return len(places) == 1 and None not in places and self.body.axes[0].get_aspect() == "auto"


class PageLayout(LayoutEngine):
    """Lays out the cells of a page."""

    _adjust_compatible = False
    _colorbar_gridspec = False

    def __init__(self) -> None:
        """Begin with a page that has no cells."""
        super().__init__()
        self.cells: list[Cell] = []
        self.rows: list[list[Cell]] = []
        """Cells whose axes begin and end at the same heights."""
        self.columns: list[list[Cell]] = []
        """Cells whose axes begin and end at the same places across."""
        self._constrained = ConstrainedLayoutEngine()

    def set(self, **how: Any) -> None:
        """Set the room around axes, as of constrained layout."""
        self._constrained.set(**how)

    def execute(self, fig: Figure) -> None:
        """Lay the page out; called when it is drawn. Titles of axes that are too long give way."""
        self._lay_out(fig)
        for _ in range(MOST_TURNS):
            long = _long_titles(fig)
            if not long:
                return
            words = [title.get_text() for title, _ in long]
            for title, _ in long:  # a long title presses its own axes together
                title.set_text("x")
            self._lay_out(fig)
            for (title, length), text in zip(long, words, strict=True):
                _shorten(title, text, length())
            self._lay_out(fig)

    def _lay_out(self, fig: Figure) -> None:
        """Lay the page out as it is."""
        for cell in self.cells:
            cell.divide()
        shaped = [(axes, axes.get_aspect()) for axes in fig.axes if axes.get_subplotspec() is not None]
        for axes, _ in shaped:  # else what they say is taken to lie in the room that their shape leaves
            axes.set_aspect("auto")
        self._constrained.execute(fig)
        for axes, aspect in shaped:
            axes.set_aspect(aspect)
        for cell in self.cells:
            cell.pack()
        for row in self.rows:
            _align(row, 1)
        for column in self.columns:
            _align(column, 0)
        _snap(fig.subfigs)
        for axes in fig.axes:
            _place(axes, _rounded(axes.get_position(original=True).get_points()))


def _long_titles(fig: Figure) -> list[tuple[Text, Callable[[], float]]]:
    """Return the titles that are longer than their axes, and what says how long these are, in points."""
    titles = [
        (axis.label, partial(_length, axes, way))
        for axes in fig.axes
        for way, axis in enumerate((axes.xaxis, axes.yaxis))
        if axes.get_visible() and axes.axison
    ]
    return [
        (title, length)
        for title, length in titles
        if title.get_text().strip() != DOTS
        and width_of(title.get_text(), float(title.get_fontsize())) > length() + HALF_POINT
    ]


def _length(axes: Axes, way: int) -> float:
    """Return how long axes are, across (0) or up (1), in points."""
    return float((axes.bbox.width, axes.bbox.height)[way] / axes.figure.dpi * 72)


def _shorten(title: Text, text: str, length: float) -> None:
    """Let a title be no longer than its axis: in two lines, else smaller, else without its middle."""
    size, words = float(title.get_fontsize()), " ".join(text.split())
    least = LEAST_TITLE * float(rcParams["axes.labelsize"])
    while DOTS in (lines := folded(words, length, size)) and size > least and DOTS not in words:
        size = max(0.95 * size, least)
    title.set_text(lines)
    title.set_fontsize(size)


def _span(axes: Axes, way: int) -> range:
    """Return the columns (0), or the rows from the bottom (1), of axes."""
    place = axes.get_subplotspec()
    assert place is not None
    if way == 0:
        return place.colspan
    rows = place.get_gridspec().nrows
    return range(rows - place.rowspan.stop, rows - place.rowspan.start)


def _draw_together(rooms: Points, taken: Points, spans: list[range], gap: float) -> None:
    """Move what axes take (n, 2) of their rooms (n, 2) along one way: what they leave, but a gap, lies outside them."""
    left = np.zeros(max(span.stop for span in spans))
    for span, free in zip(spans, np.ptp(rooms, axis=1) - np.ptp(taken, axis=1), strict=True):
        left[list(span)] = np.maximum(left[list(span)], free / len(span))
    if len(left) > 1:
        left = np.maximum(left - gap, 0.0)
    before = np.concatenate(([0.0], np.cumsum(left)))
    for place, span in enumerate(spans):
        free = left[list(span)].sum() - (np.ptp(rooms[place]) - np.ptp(taken[place]))
        start = rooms[place, 0] - before[span.start] + before[-1] / 2 + free / 2
        taken[place] += start - taken[place, 0]


def _align(cells: list[Cell], way: int) -> None:
    """Let the axes of cells begin and end together, across (0) or up (1), where each has one and it may stretch."""
    free = [cell for cell in cells if cell.stretches]
    if len(free) < 2:
        return
    spans = [_on_page(cell, way) for cell in free]
    start, end = max(low for low, _ in spans), min(high for _, high in spans)
    if end - start < 1:
        return
    for cell in free:
        box = cell.body.bbox.get_points()
        for axes in cell.body.axes:
            points = axes.get_position(original=True).get_points()
            points[:, way] = (np.array([start, end]) - box[0, way]) / (box[1, way] - box[0, way])
            _place(axes, points)


def _on_page(cell: Cell, way: int) -> tuple[float, float]:
    """Return where a cell's axes begin and end on the page, in pixels."""
    box = cell.body.bbox.get_points()
    low, high = cell.body.axes[0].get_position(original=True).get_points()[:, way]
    length = box[1, way] - box[0, way]
    return float(box[0, way] + low * length), float(box[0, way] + high * length)


def _place(axes: Axes, points: Points) -> None:
    """Put axes somewhere, and leave them to the layout."""
    in_layout = axes.get_in_layout()
    axes.set_position(Bbox(points))
    axes.set_in_layout(in_layout)


def _rounded(points: Points) -> Points:
    return np.asarray((points * PARTS).round() / PARTS)


def _snap(parts: Iterable[SubFigure]) -> None:
    """Round where parts of a figure are."""
    for part in parts:
        part.bbox_relative.set_points(_rounded(part.bbox_relative.get_points()))
        _snap(part.subfigs)
