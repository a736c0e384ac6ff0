"""Lays a page out: constrained layout in every cell, squares drawn together. Needs matplotlib: inside `dressed`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from matplotlib.figure import Figure, SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine, LayoutEngine
from matplotlib.transforms import Bbox

SPARE_MM = 0.01
"""Of rows and columns that are empty: a ratio of zero is none."""
LEAST_BODY_MM = 2.0
PACKED_MM = 0.1
"""What squares may leave."""
DECIMALS = 7
"""Of a place as a share of the page: what lies beyond is the solver's rounding, which is not the same every time."""


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
        """Divide it: heading, spare, body, spare from the top; spare, body, spare from the left."""
        self._grid = self.whole.add_gridspec(4, 3, hspace=0.0, wspace=0.0)
        self.body = self.whole.add_subfigure(self._grid[2, 1])

    def open(self) -> None:
        """Give the body all that the heading leaves."""
        self._leave(0.0, 0.0)

    def pack(self) -> bool:
        """Draw axes of a fixed aspect together: what they leave goes to the sides; say whether they left any."""
        across: dict[int, float] = {}
        up: dict[int, float] = {}
        for axes in self.body.axes:
            place = axes.get_subplotspec()
            if place is None or axes.get_aspect() == "auto":
                continue
            axes.apply_aspect()
            room, taken = axes.get_position(original=True), axes.get_position(original=False)
            for column in place.colspan:
                across[column] = max(across.get(column, 0.0), room.width - taken.width)
            for row in place.rowspan:
                up[row] = max(up.get(row, 0.0), room.height - taken.height)
        width, height = self.width_mm, self._body_mm
        left = sum(across.values()) * width, sum(up.values()) * height
        if max(left) < PACKED_MM:
            return False
        self._leave(*left)
        return True

    @property
    def _body_mm(self) -> float:
        """Height that the heading leaves."""
        return max(self.height_mm - self.heading_mm, LEAST_BODY_MM)

    def _leave(self, width: float, height: float) -> None:
        """Leave so many millimetres of the body's room free, one half at either side."""
        side, end = max(width / 2, SPARE_MM), max(height / 2, SPARE_MM)
        self._grid.set_width_ratios([side, max(self.width_mm - width, SPARE_MM), side])
        up = max(self._body_mm - height, SPARE_MM)
        self._grid.set_height_ratios([max(self.heading_mm, SPARE_MM), end, up, end])


class PageLayout(LayoutEngine):
    """Lays out the cells of a page."""

    _adjust_compatible = False
    _colorbar_gridspec = False

    def __init__(self) -> None:
        """Begin with a page that has no cells."""
        super().__init__()
        self.cells: list[Cell] = []
        self._constrained = ConstrainedLayoutEngine()

    def set(self, **how: Any) -> None:
        """Set the room around axes, as of constrained layout."""
        self._constrained.set(**how)

    def execute(self, fig: Figure) -> None:
        """Lay the page out; called when it is drawn."""
        for cell in self.cells:
            cell.open()
        self._constrained.execute(fig)
        if sum(cell.pack() for cell in self.cells):
            self._constrained.execute(fig)
        _snap(fig.subfigs)
        for axes in fig.axes:
            in_layout = axes.get_in_layout()
            axes.set_position(Bbox(axes.get_position(original=True).get_points().round(DECIMALS)))
            axes.set_in_layout(in_layout)


def _snap(parts: Iterable[SubFigure]) -> None:
    """Round where parts of a figure are."""
    for part in parts:
        part.bbox_relative.set_points(part.bbox_relative.get_points().round(DECIMALS))
        _snap(part.subfigs)
