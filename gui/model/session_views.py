"""How a session was shown, as its file keeps it: read leniently, and stored again with what is not known here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.experiment.document import Document, to_toml

from .editor import EditedDocument
from .kept_figures import KeptFigures

FIRST_TABS = ("plots", "surface", "kernel")
"""Those that sessions of labs before 0.5 told by their places."""
KNOWN = (
    "figure",
    "figures",
    "plots",
    "panel",
    "tab",
    "tabs",
    "runs",
    "selected",
    "origin",
    "loaded",
    "experiment",
)


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

    tabs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The states of the tabs by name; one that is not there is as it comes up."""
    panel: dict[str, Any] | None = None
    """The state of the experiment's form; None: as it comes up."""
    tab: str = FIRST_TABS[0]
    """The tab in front."""
    runs: dict[str, RunOrigin] = field(default_factory=dict)
    selected: str = ""
    """The run looked at."""
    origin: str = ""
    """Where the document being edited was loaded from."""
    loaded: str = ""
    """As the document was then, in TOML, where it had claims that are set aside since; '' where none are."""
    experiment: str = ""
    """Which of its experiments is edited."""
    figures: KeptFigures = field(default_factory=KeptFigures)
    """Those that were composed."""
    others: dict[str, Any] = field(default_factory=dict)
    """What another lab stored: kept as it is."""
    _written: Document | None = None
    """Of which document `loaded` is the text."""

    @classmethod
    def read(cls, stored: Any) -> SessionViews:
        """Read what a session keeps; what is not as it should be is left at its default."""
        table = _table(stored)
        tabs = {"plots": table.get("plots"), **_table(table.get("tabs"))}
        return cls(
            tabs={name: _table(state) for name, state in tabs.items() if _table(state)},
            panel=_table(table.get("panel")) or None,
            tab=_tab(table.get("tab")),
            runs={run: RunOrigin.read(each, run) for run, each in _table(table.get("runs")).items()},
            selected=str(table.get("selected", "")),
            origin=str(table.get("origin", "")),
            loaded=str(table.get("loaded", "")),
            experiment=str(table.get("experiment", "")),
            figures=KeptFigures.read(table.get("figures"), table.get("figure")),
            others={name: value for name, value in table.items() if name not in KNOWN},
        )

    def note(self, edited: EditedDocument) -> None:
        """Take up where the document being edited came from."""
        self.origin, self.experiment = edited.origin, edited.name
        if len(edited.loaded.claims) <= len(edited.document.claims):
            self.loaded, self._written = "", None
        elif edited.loaded is not self._written:  # writing takes a while, and this is asked for often
            self.loaded, self._written = to_toml(edited.loaded), edited.loaded

    def stored(self) -> dict[str, Any]:
        """Return what JSON keeps of it."""
        others = {name: state for name, state in self.tabs.items() if name != "plots"}
        shown = {"plots": self.tabs.get("plots"), "tabs": others or None, "panel": self.panel}
        return {
            **self.others,
            **{name: state for name, state in shown.items() if state is not None},
            "tab": self.tab,
            "runs": {run: origin.stored() for run, origin in self.runs.items()},
            "selected": self.selected,
            "origin": self.origin,
            "experiment": self.experiment,
            **({"loaded": self.loaded} if self.loaded else {}),
            **({"figures": self.figures.stored()} if self.figures else {}),
        }


def _tab(stored: Any) -> str:
    """Return the name of the tab in front."""
    if isinstance(stored, int) and stored in range(len(FIRST_TABS)):
        return FIRST_TABS[stored]
    return stored if isinstance(stored, str) and stored else FIRST_TABS[0]


def _table(stored: Any) -> dict[str, Any]:
    return stored if isinstance(stored, dict) else {}
