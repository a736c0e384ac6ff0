"""The plots by their ids, each made when it is first asked for; what each is to show is known from the start."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.figures.plots import PLOTS

from .choices import Choices
from .trace_plot import TracePlot


class PlotsOnDemand(Mapping[str, TracePlot]):
    """All plots: a plot takes ten milliseconds to make, so that a window begins with those on screen alone."""

    def __init__(self, make: Callable[[Choices], TracePlot]) -> None:
        """Take what makes a plot of what it is to show."""
        self.choices = {spec.id: Choices(spec) for spec in PLOTS}
        """What every plot shows, made or not."""
        self._make = make
        self._made: dict[str, TracePlot] = {}

    def __getitem__(self, id: str) -> TracePlot:
        if id not in self._made:
            self._made[id] = self._make(self.choices[id])
        return self._made[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self.choices)

    def __len__(self) -> int:
        return len(self.choices)

    @property
    def made(self) -> dict[str, TracePlot]:
        """Those that somebody asked for."""
        return self._made
