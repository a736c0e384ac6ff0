"""Plots that people made themselves: any columns upwards, any column, step or time to the right."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.experiment.columns import title_of, unlogged
from engine.words.formats import untaken

from .plots import NATURAL_LOGS, PlotSpec, horizontal

OWN = "own-"
"""What the ids of such plots begin with."""
TITLE = "My plot"
MOST_COLUMNS = 24
"""Of one plot."""
Ends = tuple[float | None, float | None]


@dataclass(frozen=True)
class AxisLimits:
    """What of a plot's axes is shown, as they are drawn (log10 of values on logarithmic ones); None: as data want."""

    x: Ends = (None, None)
    y: Ends = (None, None)

    @property
    def are_free(self) -> bool:
        """Say whether data choose every end."""
        return self == AxisLimits()

    def stored(self) -> dict[str, Any]:
        """Return them, ready for JSON."""
        return {"x": list(self.x), "y": list(self.y)}

    @classmethod
    def read(cls, stored: object) -> AxisLimits:
        """Read limits that were kept; what cannot be read is left to the data."""
        table = stored if isinstance(stored, Mapping) else {}
        return cls(_ends(table.get("x")), _ends(table.get("y")))


@dataclass(frozen=True)
class OwnPlot:
    """A plot as a person made it."""

    id: str
    title: str
    columns: tuple[str, ...]
    """Upwards."""
    horizontal: str = ""
    """Id of what runs to the right; '': what runs there in all plots."""
    log: bool = False
    """Whether the value axis is logarithmic."""
    limits: AxisLimits = field(default_factory=AxisLimits)
    """Those that it begins with."""

    @property
    def spec(self) -> PlotSpec:
        """Return what it shows."""
        logs = tuple(name for name in self.columns if name in NATURAL_LOGS) if self.log else ()
        axis = title_of(self.columns[0]) if len(self.columns) == 1 else "value"
        if logs and len(self.columns) == 1:
            axis = unlogged(axis)
        return PlotSpec(
            self.id,
            self.title,
            self.columns,
            self.columns,
            axis,
            log=self.log,
            in_log10=logs,
            horizontal=self.horizontal,
        )

    def stored(self) -> dict[str, Any]:
        """Return it, ready for JSON."""
        return {
            "id": self.id,
            "title": self.title,
            "columns": list(self.columns),
            "horizontal": self.horizontal,
            "log": self.log,
        }

    @classmethod
    def read(cls, stored: object) -> OwnPlot | None:
        """Read a plot that was kept; None where it is none."""
        table = stored if isinstance(stored, Mapping) else {}
        id, columns = table.get("id"), table.get("columns")
        if not isinstance(id, str) or not id.startswith(OWN) or not isinstance(columns, list):
            return None
        names = tuple(dict.fromkeys(name for name in columns if isinstance(name, str) and name))
        if not names:
            return None
        axis = str(table.get("horizontal", ""))
        title = " ".join(str(table.get("title", "")).split()) or TITLE
        log = table.get("log") is True
        return cls(id, title, names[:MOST_COLUMNS], axis if is_axis(axis) else "", log)


def is_axis(id: str) -> bool:
    """Say whether something can run to the right; '' is what all plots share."""
    if not id:
        return True
    try:
        horizontal(id)
    except KeyError:
        return False
    return True


def read_all(stored: object) -> list[OwnPlot]:
    """Read the plots that a session kept; those that are none are left out."""
    read = [OwnPlot.read(each) for each in stored] if isinstance(stored, list) else []
    there: dict[str, OwnPlot] = {}
    for plot in read:
        if plot is not None:
            there.setdefault(plot.id, plot)
    return list(there.values())


def named(plot: OwnPlot, others: Iterable[OwnPlot]) -> OwnPlot:
    """Return a plot with an id that no other has, if it has none, and a title that no other has."""
    others = [other for other in others if other.id != plot.id]
    ids = {other.id for other in others}
    id = plot.id or next(f"{OWN}{k}" for k in range(1, len(ids) + 2) if f"{OWN}{k}" not in ids)
    title = " ".join(plot.title.split()) or TITLE
    return replace(plot, id=id, title=untaken(title, {other.title for other in others}))


def copied(spec: PlotSpec, columns: Iterable[str]) -> OwnPlot:
    """Return an own plot that shows what another plot shows."""
    log = spec.log or bool(spec.in_log10)
    return OwnPlot("", f"{spec.title}, my own", tuple(columns), spec.horizontal, log)


def _ends(stored: object) -> Ends:
    if not isinstance(stored, list | tuple) or len(stored) != 2:
        return None, None
    low, high = (
        float(end)
        if isinstance(end, int | float) and not isinstance(end, bool) and math.isfinite(end)
        else None
        for end in stored
    )
    return (None, None) if low is not None and high is not None and low >= high else (low, high)
