"""The plots by their ids, each made when it is first asked for; what each is to show is known from the start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from engine.figures.own_plots import OwnPlot
from engine.figures.plots import PLOTS

from .choices import Choices
from .trace_plot import TracePlot
from .traces import Trace


class PlotsOnDemand(Mapping[str, TracePlot]):
    """All plots: a plot takes ten milliseconds to make, so that a window begins with those on screen alone."""

    def __init__(self, make: Callable[[Choices], TracePlot], unmake: Callable[[TracePlot], None]) -> None:
        """Take what makes a plot of what it is to show, and what takes one away again."""
        self.choices = {spec.id: Choices(spec) for spec in PLOTS}
        """What every plot shows, made or not."""
        self.own: dict[str, OwnPlot] = {}
        """Those that people made, after all others."""
        self._make, self._unmake = make, unmake
        self._made: dict[str, TracePlot] = {}

    def __getitem__(self, id: str) -> TracePlot:
        if id not in self._made:
            self._made[id] = self._make(self.choices[id])
        return self._made[id]

    def __contains__(self, id: object) -> bool:
        return id in self.choices  # asking makes none

    def __iter__(self) -> Iterator[str]:
        return iter(self.choices)

    def __len__(self) -> int:
        return len(self.choices)

    @property
    def made(self) -> dict[str, TracePlot]:
        """Those that somebody asked for."""
        return self._made

    def set_own(self, plots: Sequence[OwnPlot]) -> None:
        """Have these besides the lab's own; one that shows something else than before is made anew."""
        other = [id for id, plot in self.own.items() if plot not in plots]
        gone = [self._made.pop(id) for id in other if id in self._made]
        for id in set(other) - {plot.id for plot in plots}:
            del self.choices[id]
        for plot in plots:
            if self.own.get(plot.id) != plot:
                kept = self.choices[plot.id].state() if plot.id in self.choices else {}
                choices = Choices(plot.spec)
                choices.restore({**kept, "at_first": list(plot.columns), "chosen": {}, "hidden": []})
                self.choices[plot.id] = choices
        self.own = {plot.id: plot for plot in plots}
        for plot_gone in gone:  # once nobody can ask for it any more, and have it made again
            self._unmake(plot_gone)

    def figure_state(self, id: str, traces: Iterable[Trace]) -> dict[str, Any]:
        """Return what a figure of a plot of these runs shows, what all plots share apart."""
        plot, own = self[id], self.own.get(id)
        # a plot that was never on screen has not looked yet
        plot.choices.set_recorded(n for trace in traces if trace.visible for n in trace.history.records.names)
        return {
            "plot": id,
            "own": None if own is None else own.stored(),
            "strokes": plot.strokes.places(),
            "fitted": plot.pins.between,
            **plot.choices.figure_state(),
        }
