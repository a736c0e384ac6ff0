"""How a session was shown, as its file keeps it: read leniently, and stored again with what is not known here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

TABS = 3
"""How many tabs there are."""
KNOWN = ("plots", "panel", "tab", "runs", "selected", "origin", "experiment")


@dataclass(frozen=True)
class RunOrigin:
    """Where a run came from, beyond what its entry says."""

    group: str
    """Runs of one press of Run."""
    edited_here: bool = False
    """Whether the document being edited is the one that it came from."""

    @classmethod
    def read(cls, stored: Any, run: str) -> RunOrigin:
        """Read where a run came from; one of which nothing is known is a group of its own."""
        table = _table(stored)
        return cls(str(table.get("group", run)), bool(table.get("edited_here")))

    def stored(self) -> dict[str, Any]:
        """Return what JSON keeps of it."""
        return {"group": self.group, "edited_here": self.edited_here}


@dataclass
class SessionViews:
    """What the window shows of a session, and how."""

    plots: dict[str, Any] | None = None
    """The state of the plots; None: as they come up."""
    panel: dict[str, Any] | None = None
    """The state of the experiment's form; None: as it comes up."""
    tab: int = 0
    runs: dict[str, RunOrigin] = field(default_factory=dict)
    selected: str = ""
    """The run looked at."""
    origin: str = ""
    """Where the document being edited was loaded from."""
    experiment: str = ""
    """Which of its experiments is edited."""
    others: dict[str, Any] = field(default_factory=dict)
    """What another lab stored: kept as it is."""

    @classmethod
    def read(cls, stored: Any) -> SessionViews:
        """Read what a session keeps; what is not as it should be is left at its default."""
        table = _table(stored)
        tab = table.get("tab")
        return cls(
            plots=_table(table.get("plots")) or None,
            panel=_table(table.get("panel")) or None,
            tab=tab if isinstance(tab, int) and tab in range(TABS) else 0,
            runs={run: RunOrigin.read(each, run) for run, each in _table(table.get("runs")).items()},
            selected=str(table.get("selected", "")),
            origin=str(table.get("origin", "")),
            experiment=str(table.get("experiment", "")),
            others={name: value for name, value in table.items() if name not in KNOWN},
        )

    def stored(self) -> dict[str, Any]:
        """Return what JSON keeps of it."""
        shown = {"plots": self.plots, "panel": self.panel}
        return {
            **self.others,
            **{name: state for name, state in shown.items() if state is not None},
            "tab": self.tab,
            "runs": {run: origin.stored() for run, origin in self.runs.items()},
            "selected": self.selected,
            "origin": self.origin,
            "experiment": self.experiment,
        }


def _table(stored: Any) -> dict[str, Any]:
    return stored if isinstance(stored, dict) else {}
