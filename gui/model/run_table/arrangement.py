"""How the table is arranged: columns, order, filter, groups, colours; a session keeps it with its views."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

Middle = Literal["median", "mean"]
MIDDLES: tuple[Middle, ...] = ("median", "mean")


@dataclass(frozen=True)
class Arrangement:
    """What the user chose of the table."""

    columns: tuple[str, ...] | None = None
    """Names in order; None: those that say something, chosen by the table."""
    sort: str = ""
    """The column that rows are sorted by; '' for the order of the list of runs."""
    descending: bool = False
    filter: str = ""
    """As it was typed."""
    by_replica: bool = False
    """Whether a row is a replica."""
    group: str = ""
    """The column whose values make groups; '' for none."""
    middle: Middle = "median"
    """What of a group's numbers is shown."""
    colour: str = ""
    """The column whose values colour runs; '' for the runs' own colours."""
    across: str = ""
    """The column along the scatter plot; '' for no scatter plot."""
    up: str = ""
    """The column up the scatter plot."""
    diverged: bool = False
    """Whether the scatter plot's axes hold rows that diverged in any case."""

    def stored(self) -> dict[str, Any]:
        """Return what JSON keeps of it: what is not as at first."""
        first = Arrangement()
        stored = {
            name: getattr(self, name)
            for name in type(self).__dataclass_fields__
            if getattr(self, name) != getattr(first, name)
        }
        return {name: list(value) if isinstance(value, tuple) else value for name, value in stored.items()}

    @classmethod
    def read(cls, stored: object) -> Arrangement:
        """Read what a session keeps; what is not as it should be is left as at first."""
        table = stored if isinstance(stored, dict) else {}
        arrangement = cls()
        columns = table.get("columns")
        if isinstance(columns, list) and all(isinstance(name, str) for name in columns):
            arrangement = replace(arrangement, columns=tuple(columns))
        for name in ("sort", "filter", "group", "colour", "across", "up"):
            if isinstance(table.get(name), str):
                arrangement = replace(arrangement, **{name: table[name]})
        for name in ("descending", "by_replica", "diverged"):
            if isinstance(table.get(name), bool):
                arrangement = replace(arrangement, **{name: table[name]})
        if table.get("middle") in MIDDLES:
            arrangement = replace(arrangement, middle=table["middle"])
        return arrangement
