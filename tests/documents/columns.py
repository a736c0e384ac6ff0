"""Every measurement, plot and horizontal axis: the tables of `docs/measurements.md`."""

from __future__ import annotations

from collections.abc import Iterator

from engine.experiment.columns import COLUMNS, Column
from engine.experiment.measure import GROUP_TITLES
from engine.figures.plots import HORIZONTAL, PLOTS

from .tables import code, formula, table

ALWAYS = "Always recorded"
EVERY_RECORD = "every record"


def measurements() -> str:
    """Return a section for every group: each column's label, formula, meaning, source, and when it is taken."""
    return "\n\n".join(_section(title, columns) for title, columns in _groups())


def _groups() -> Iterator[tuple[str, list[Column]]]:
    yield ALWAYS, [c for c in COLUMNS if c.group not in GROUP_TITLES]
    for group, title in GROUP_TITLES.items():
        columns = [c for c in COLUMNS if c.group == group]
        if columns:
            yield f"{title} (`{group}`)", columns


def _section(title: str, columns: list[Column]) -> str:
    rows = [[code(c.name), c.title, formula(c.formula), _meaning(c), c.source] for c in columns]
    return f"### {title}\n\n" + table(["column", "label", "formula", "meaning", "source"], rows)


def _meaning(column: Column) -> str:
    return column.help if column.cost == EVERY_RECORD else f"{column.help} *Taken: {column.cost}.*"


def plots() -> str:
    """Return every plot with the columns that it can show, those drawn at first in bold."""
    rows = []
    for plot in PLOTS:
        columns = [f"**`{name}`**" if name in plot.shown else code(name) for name in plot.columns]
        rows.append([code(plot.id), plot.title, ", ".join(columns)])
    return table(["plot", "title", "columns"], rows)


def horizontal_axes() -> str:
    """Return every choice of horizontal axis."""
    return table(["axis", "what it shows"], [[code(axis.id), axis.title] for axis in HORIZONTAL])
