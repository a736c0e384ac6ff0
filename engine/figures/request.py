"""What a figure of records is made from: some runs, which plot of them, how large."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.protocol.run_history import RunHistory
from engine.words.formats import told_apart

from .fits import Between
from .origin import Origin
from .own_plots import AxisLimits, OwnPlot
from .plots import HorizontalAxis, PlotSpec, horizontal, plot
from .replicas import ReplicaScale
from .style import StyleName


@dataclass(frozen=True)
class FigureTrace:
    """One run in a figure."""

    name: str
    colour: str
    """As "#rrggbb", the same as on screen."""
    history: RunHistory
    columns: tuple[str, ...] | None = None
    """Which to draw; None: those that the plot shows at first."""
    replica: int | None = None
    """Which replica is drawn in the median's place; None: the median."""
    replica_label: str = ""
    scale: ReplicaScale | None = None
    """What is varied between its replicas: a figure of it alone has a colour for every value."""
    id: str = ""
    """The run's id in its session; '' for none: its name, told apart from others, is it then."""
    origin: Origin | None = None
    """What the figure's file says of it."""
    colouring: ReplicaScale | None = None
    """What the colours of all runs mean, where they follow a value; None: each is a run's own."""


@dataclass(frozen=True)
class FigureRequest:
    """What to draw, and how large."""

    plot: str
    """Id of a plot (`engine.figures.plots.PLOTS`)."""
    traces: tuple[FigureTrace, ...]
    horizontal: str = "log_step"
    """Id of a horizontal axis (`engine.figures.plots.HORIZONTAL`)."""
    one_minus: bool = False
    """Whether cosines are drawn as log10(1 - value)."""
    width_mm: float = 85.0
    height_mm: float | None = None
    """None: the axes have a quiet ratio, and what stands above them comes on top."""
    style: StyleName = "paper"
    title: str = ""
    marked_step: int | None = None
    """Where a line stands, as in every picture of a film."""
    strokes: Mapping[str, int] = field(default_factory=dict)
    """The line style of every column, by its place in the list of styles; none said: in the order drawn."""
    own: OwnPlot | None = None
    """The plot itself, where a person made it; `plot` is its id then."""
    limits: AxisLimits = field(default_factory=AxisLimits)
    """What of its axes is shown."""
    diverged: bool = False
    """Whether axes hold runs that diverged in any case; else only where nothing else is drawn."""
    fitted: Between | None = None
    """Over which records the lines drawn are fitted; None: nothing is."""

    @property
    def spec(self) -> PlotSpec:
        """What the plot shows."""
        return plot(self.plot) if self.own is None else self.own.spec

    @property
    def axis(self) -> HorizontalAxis:
        """What runs to the right: what the plot has of its own, or else what is said."""
        return horizontal(self.spec.horizontal or self.horizontal)

    def names(self) -> list[str]:
        """Return how its runs are called, no two of them the same."""
        return told_apart([trace.name for trace in self.traces])
