"""Pictures of many runs at once: a table of them, and two of its columns against each other. No engine is asked."""

from __future__ import annotations

from dataclasses import dataclass

from .pictures import Picture
from .records import Array

OF_NO_RUN = ""
"""Whose pictures these are: they are of no single run."""


@dataclass(frozen=True)
class RunScatter(Picture):
    """Two columns of a table against each other, a point a row."""

    values: Array
    """(n, 2): across and up; NaN where a row has none."""
    titles: tuple[str, str]
    logs: tuple[bool, bool]
    """Which of the axes are logarithmic."""
    colours: tuple[str, ...]
    """By row, as "#rrggbb"."""
    names: tuple[str, ...]
    """By row."""
    legend: tuple[tuple[str, str], ...] = ()
    """Colours and what they mean, where they mean something."""
    legend_title: str = ""
    held: tuple[bool, ...] = ()
    """By row, whether the axes hold it; none said: they hold all."""
    beyond: str = ""
    """What they do not hold, in words."""


@dataclass(frozen=True)
class RunTableSeen(Picture):
    """A table of runs, as it is shown."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[bool, ...]
    """By column: whether it stands at the right."""
    content: str = ""
    """The table as CSV, in full precision."""
