"""What one plot shows of what was recorded: columns chosen, columns hidden, and how they are drawn. No Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.experiment.columns import title_of, unlogged
from engine.figures.curves import Shown, shown_as
from engine.figures.fits import Between
from engine.figures.line_sources import LINES
from engine.figures.own_plots import AxisLimits
from engine.figures.plots import PlotSpec, among, columns_in


@dataclass(frozen=True)
class Stroke:
    """How a column's line is drawn."""

    style: str = "solid"
    thin: bool = False


class Choices:
    """The user's choices for one plot, over what its `PlotSpec` says at first."""

    def __init__(self, spec: PlotSpec) -> None:
        self.spec = spec
        self.at_first = spec.shown
        """Those drawn before the user chooses."""
        self.chosen: dict[str, bool] = {}
        """Columns added to the legend, or taken out."""
        self.hidden: set[str] = set()
        """Columns switched off in the legend."""
        self.one_minus = False
        self.pins: list[int] = []
        """Steps of two pins, or fewer."""
        self.unfitted: set[str] = set()
        """Columns whose lines between the pins are not fitted."""
        self.limits = AxisLimits()
        """What is shown of the axes, whatever the data are."""
        self.holds_diverged = False
        """Whether axes hold runs that diverged in any case; of all plots alike."""
        self.recorded: list[str] = []
        """The columns that could be shown, in the legend's order."""

    def present(self, columns: tuple[str, ...]) -> None:
        """Draw these columns of the plot's own, with their lines, before the user chooses; none: what it always has."""
        mine = tuple(name for own in self.spec.columns for name in columns if among((own,), name))
        mine += tuple(name for name in self.spec.columns if name in LINES and mine and name not in mine)
        self.at_first, self.chosen, self.hidden = mine or self.spec.shown, {}, set()
        self.one_minus = False
        self.limits = AxisLimits()

    def between(self) -> Between | None:
        """Return over which records lines are fitted, and which; None where there are no two pins."""
        if len(self.pins) < 2:
            return None
        fitted = tuple(name for name in self.columns() if name not in self.unfitted)
        return Between(self.pins[0], self.pins[1], fitted)

    def set_recorded(self, names: Iterable[str]) -> None:
        """Say what the visible runs have recorded."""
        self.recorded = columns_in(self.spec, list(dict.fromkeys(names)))

    def entries(self) -> list[str]:
        """Return the columns in the legend."""
        return [n for n in self.recorded if self.chosen.get(n, among(self.at_first, n))]

    def columns(self) -> list[str]:
        """Return the columns drawn."""
        return [n for n in self.entries() if n not in self.hidden]

    def key(self) -> tuple[object, ...]:
        """Return what a drawing depends on."""
        return (
            tuple(self.recorded),
            tuple(self.columns()),
            tuple(self.entries()),
            self.one_minus,
            self.holds_diverged,
        )

    def shown_as(self, name: str) -> Shown:
        """Return what of a column's values is drawn."""
        return _shown_as(self.spec, name, self.one_minus)

    def at_right(self, name: str) -> bool:
        """Say whether a column belongs to the axis at the right, from 0 to 1."""
        return self.shown_as(name) is Shown.FRACTION

    def title(self, name: str) -> str:
        """Return how the legend calls a column."""
        shown, text = self.shown_as(name), title_of(name)
        if shown is Shown.NATURAL_LOG:
            return text.replace("ln ", "log₁₀ ", 1)
        return f"1 − {text}" if shown is Shown.ONE_MINUS else text

    def value_title(self, name: str) -> str:
        """Return what a column's values are called where they are told themselves, and no logarithms of them."""
        return unlogged(title_of(name)) if self.shown_as(name) is Shown.NATURAL_LOG else self.title(name)

    @property
    def axis_title(self) -> str:
        """Return the value axis' title."""
        return f"1 − {self.spec.axis}" if self.one_minus else self.spec.axis

    @property
    def log(self) -> bool:
        """Say whether the value axis is logarithmic."""
        return self.spec.log or self.one_minus

    def state(self) -> dict[str, Any]:
        """Return the choices, ready for JSON; what is measured is there where anything is."""
        measured = {
            "pins": list(self.pins),
            "unfitted": sorted(self.unfitted),
            "limits": {} if self.limits.are_free else self.limits.stored(),
        }
        return {
            "at_first": list(self.at_first),
            "chosen": dict(self.chosen),
            "hidden": sorted(self.hidden),
            "one_minus": self.one_minus,
            **{name: value for name, value in measured.items() if value},
        }

    def figure_state(self) -> dict[str, Any]:
        """Return what a figure of it shows."""
        return {
            "columns": self.columns(),
            "one_minus": self.one_minus,
            "limits": self.limits.stored(),
        }

    def restore(self, state: object) -> None:
        """Take up choices kept before; what cannot be read is left as it is at first."""
        stored = state if isinstance(state, dict) else {}
        chosen, hidden = stored.get("chosen"), stored.get("hidden")
        at_first = stored.get("at_first")
        self.at_first = tuple(map(str, at_first)) if isinstance(at_first, list) else self.spec.shown
        self.chosen = {str(k): bool(v) for k, v in chosen.items()} if isinstance(chosen, dict) else {}
        self.hidden = {str(v) for v in hidden} if isinstance(hidden, list) else set()
        self.one_minus = self.spec.one_minus and bool(stored.get("one_minus", False))
        pins, unfitted = stored.get("pins"), stored.get("unfitted")
        steps = [pin for pin in pins if isinstance(pin, int) and pin >= 0] if isinstance(pins, list) else []
        self.pins = steps[:2]
        self.unfitted = {str(v) for v in unfitted} if isinstance(unfitted, list) else set()
        self.limits = AxisLimits.read(stored.get("limits"))


_shown_as = cache(shown_as)
