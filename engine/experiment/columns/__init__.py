"""Every column a run can record: name, formula, source, cost. The one place that forms, plots, help and README read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from string import ascii_letters

from .collapse import COLLAPSE
from .column import Column, Scale
from .directions import DIRECTIONS
from .homogeneity import HOMOGENEITY
from .kernel import KERNEL
from .layers import LAYERS
from .losses import LOSS
from .margins import MARGINS
from .norms import NORMS
from .robustness import ROBUSTNESS
from .twin import TWIN

COLUMNS: list[Column] = [
    *LOSS,
    *MARGINS,
    *NORMS,
    *DIRECTIONS,
    *LAYERS,
    *HOMOGENEITY,
    *KERNEL,
    *TWIN,
    *COLLAPSE,
    *ROBUSTNESS,
]
PLUG_IN_COLUMNS: list[Column] = []
"""Those of them that plug-ins bring."""


def add_column(new: Column) -> None:
    """Know a column that a plug-in brings, before a run is described."""
    COLUMNS.append(new)
    PLUG_IN_COLUMNS.append(new)
    _known.cache_clear()
    title_of.cache_clear()


_EXPECTED: dict[str, Column] = {}
"""Columns of plug-ins that are not there, as files name them."""


def expect_column(name: str) -> None:
    """Know that a column of that name is one of a plug-in that is not there, where nothing else has the name."""
    if _known(name) is None:
        _EXPECTED[name] = Column(name, "", name, "", "Measured by a plug-in that is not on.")
        title_of.cache_clear()


@contextmanager
def reading(expected: bool) -> Iterator[None]:
    """Read a file, which may name columns of plug-ins that are not there, or may not: a slip is none of another's."""
    token = _KNOWS_EXPECTED.set(expected)
    try:
        yield
    finally:
        _KNOWS_EXPECTED.reset(token)


_KNOWS_EXPECTED: ContextVar[bool] = ContextVar("knows_expected", default=True)


def column(name: str) -> Column | None:
    """Return what is known of a recorded column, one layer's or one eigenvalue's included; None for a strange one."""
    return _known(name) or (_EXPECTED.get(name) if _KNOWS_EXPECTED.get() else None)


@cache
def _known(name: str) -> Column | None:
    return next((c for c in COLUMNS if c.matches(name)), None)


def is_of_earlier(name: str) -> bool:
    """Say whether a recorded column's value depends on other records than itself and the run's start."""
    known = column(name)
    return known is not None and known.of_earlier


@cache
def title_of(name: str) -> str:
    """Return the label of a recorded column: 'layer norm W2 (l2)' of `layer_norm.W2`."""
    known = column(name)
    if known is None:
        return name
    if not known.name.endswith(".*"):
        return known.title
    quantity, of, norm = known.title.partition(" (")
    return f"{quantity} {name.rpartition('.')[2]}{of}{norm}"


def unlogged(title: str) -> str:
    """Return what a column is the natural log of: 'ln loss (sum)' gives 'loss (sum)', 'twin: ln loss' 'twin: loss'."""
    return title.replace("ln ", "", 1)


def formula_of(name: str) -> str:
    """Return a recorded column's formula as mathtext without dollars, its own number (a layer's, say) filled in."""
    known = column(name)
    if known is None:
        return ""
    number = name.rpartition(".")[2].lstrip(ascii_letters) if known.name.endswith(".*") else ""
    return (
        known.formula.replace("_{k+1}", f"_{{{int(number) + 1}}}").replace("_k", f"_{{{number}}}")
        if number
        else known.formula
    )


__all__ = [
    "COLUMNS",
    "PLUG_IN_COLUMNS",
    "Column",
    "Scale",
    "add_column",
    "column",
    "expect_column",
    "formula_of",
    "reading",
    "title_of",
]
