"""An area of a figure: whatever can be drawn draws itself into one, alone on a page or as a panel among others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from .legend import MOST_ABOVE, Group, place_above
from .style import MILLIMETRE, Style

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

    from .layout import Cell


RATIO = 0.62
"""Height of axes over their width, where nothing else is said."""
MOST_IN_PANEL = 0.6
"""Of the height, what a group of entries that names all lines takes where the page does not grow by it."""
LEAST_SHARE = 1 / 400
"""Of a page or a cell, that any part of it takes: the solver of constrained layout fails at ratios of 10,000."""


@dataclass(frozen=True)
class ValueLimits:
    """Where axes begin and end, in the values that their ticks say; None: where the data do."""

    x: tuple[float | None, float | None] = (None, None)
    y: tuple[float | None, float | None] = (None, None)


@dataclass(frozen=True)
class Area:
    """Where something draws itself: its axes are laid out within it, with room for all that they say."""

    part: SubFigure
    """Gives axes by `part.subplots()`, colour bars by `part.colorbar`."""
    width_mm: float
    height_mm: float
    look: Style
    """Sizes in points."""
    limits: ValueLimits = ValueLimits()
    """What the axes are to show; what draws may leave it to the page to set them."""


@dataclass(frozen=True)
class Heading:
    """What stands above the axes: a title as matplotlib is to set it (see `plain`), and lines of legend entries."""

    title: str = ""
    groups: Sequence[Group] = ()
    log: tuple[bool, bool] = (False, False)
    """Whether x, and y, of the first axes draw logarithms to the base 10 of what their ticks say."""
    most: float = MOST_ABOVE
    """Of the height, what a group of entries takes at most where the page grows by it."""

    @property
    def most_within(self) -> float:
        """Return the same where the page does not grow, and axes become lower by it."""
        return min(self.most, MOST_IN_PANEL)


Draw: TypeAlias = Callable[[Area], Heading]
"""Draws axes into an area, inside `dressed`, and returns what is to stand above them."""


def draw_alone(draw: Draw, width_mm: float, height_mm: float, look: Style, *, grow: bool = True) -> Figure:
    """Return a figure with one thing in it; call it inside `dressed`.

    Args:
        draw: what draws itself.
        width_mm: of the figure.
        height_mm: of the axes with all that they say, or of the figure.
        look: sizes in points.
        grow: whether what stands above the axes comes on top of the height, or is taken from it.
    """
    from matplotlib.figure import Figure

    from .layout import Cell, PageLayout

    layout = PageLayout()
    figure = Figure((width_mm * MILLIMETRE, height_mm * MILLIMETRE), layout=layout)
    cell = Cell(figure, width_mm, height_mm)
    fill(cell, draw, look, grow=grow)
    figure.set_size_inches(width_mm * MILLIMETRE, cell.height_mm * MILLIMETRE)
    layout.cells.append(cell)
    return figure


def fill(cell: Cell, draw: Draw, look: Style, *, grow: bool = False) -> None:
    """Draw something into a cell, and its title and legend above it."""
    heading = draw(Area(cell.body, cell.width_mm, cell.height_mm, look))
    groups = [group for group in heading.groups if group]
    place_above(cell, heading.title, groups, grow=grow, share=heading.most if grow else heading.most_within)
