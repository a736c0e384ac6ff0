"""Draws the records of runs into an area: lines, bands, moments, axes, legend."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.experiment.columns import formula_of, title_of, unlogged
from engine.words.formats import counted, with_minus

from .area import Area, Heading
from .curves import Shown, shown_as
from .drawn_curve import CurveDrawing, Detail, DrawnCurve, Points
from .fits import Fit
from .held import HeldSpan, diverged_words, lost_replicas
from .legend import Group
from .line_sources import line_sources
from .plots import MOST_MARKED, MOST_NAMED_RUNS, PALETTE, among, columns_in, line_style
from .positions import Positions, event_step, first_on_axis, positions
from .ranges import Range, roomy, with_ends
from .replicas import MOST_NAMED, ReplicaScale
from .request import FigureRequest, FigureTrace
from .spread import band_words
from .style import FAINT, INK, plain
from .value_axes import limit, set_ticks

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

DETAIL = Detail(strips=1000, line=4000, band=4000, singles=32_000)
"""Of a vector file."""
MOST_FORMULAS = 3
"""Columns up to which the legend gives formulas."""
DASHES: dict[str, Any] = {
    "solid": "solid",
    "dash": (0, (4.0, 1.6)),
    "dot": (0, (1.0, 1.4)),
    "dashdot": (0, (5.0, 1.5, 1.0, 1.5)),
    "dashdotdot": (0, (5.0, 1.5, 1.0, 1.5, 1.0, 1.5)),
}
EVENTS: dict[str, Any] = {"fitted": (0, (6.0, 2.0, 1.0, 2.0)), "separated": (0, (1.0, 2.0))}
"""The vertical lines, as on screen."""
EVENT_WORDS = {"fitted": "dash-dotted", "separated": "dotted"}
EDIT: Any = (0, (7.0, 2.0))
"""The vertical line where a run was edited."""
FITTED: Any = (0, (3.0, 1.0))
"""Lines of least squares."""
MOST_FITS = 6
"""Fits that the legend tells."""
MOST_EDITS = 3
"""Edits of a run that are told each; of more their number."""
MOST_VALUES = 5
"""Values that the key of many runs' colours names: with the word of their field they fill two lines of a column."""
TICK = 0.03
"""Of the height of the axes."""


def draw_records(request: FigureRequest, area: Area) -> Heading:
    """Draw a plot of runs' records, and return its legend."""
    drawing = _Drawing(area, request)
    drawing.draw_traces()
    drawing.dress_axes()
    drawing.mark_step()
    return Heading(plain(request.title), drawing.legend_groups(), drawing.log)


class _Drawing:
    """One figure while it is drawn."""

    def __init__(self, area: Area, request: FigureRequest) -> None:
        self.area = area
        self.request = request
        self.look = area.look
        self.spec = request.spec
        self.horizontal = request.axis
        self.one_minus = request.one_minus and self.spec.one_minus
        self.axes: Axes = area.part.subplots()
        recorded = dict.fromkeys(name for trace in request.traces for name in trace.history.records.names)
        self.recorded = columns_in(self.spec, list(recorded))
        self.columns = [
            name for name in self.recorded if any(name in self._columns(t) for t in request.traces)
        ]
        drawn = [
            (t, name) for t, name in zip(request.traces, request.names(), strict=True) if self._columns(t)
        ]
        self.traces, self.names = [trace for trace, _ in drawn], [name for _, name in drawn]
        self.several = len(self.traces) > 1
        self.right: Axes | None = None
        if any(self._shown(name) is Shown.FRACTION for name in self.columns):
            self.right = self.axes.twinx()
        self.positions = [positions(trace.history.records, self.horizontal) for trace in self.traces]
        self.across, self.up = HeldSpan(), HeldSpan()
        """What the axes hold."""
        self.fits: list[tuple[str, str, Fit]] = []
        """What was fitted: in which colour, by whose words, and the line."""
        self.colouring = self.traces[0].colouring if self.several else None
        self.ticks = len(self.traces) > MOST_MARKED
        """Whether moments are ticks."""

    def _columns(self, trace: FigureTrace) -> list[str]:
        """Return the columns of a run that are drawn."""
        there = [name for name in self.recorded if name in trace.history.records]
        if trace.columns is None:
            return [name for name in there if among(self.spec.shown, name)]
        return [name for name in there if name in trace.columns]

    def _shown(self, name: str) -> Shown:
        return shown_as(self.spec, name, self.one_minus)

    # --- lines --------------------------------------------------------------------------------------------

    def draw_traces(self) -> None:
        """Draw every run: its lines, and where it is fitted and separated."""
        for whose, trace, places in zip(self.names, self.traces, self.positions, strict=True):
            for event, dashes in EVENTS.items() if self.look.moments else ():
                self._mark(_event_place(trace, places, event), trace.colour, dashes)
            for at in _edit_places(trace, places):
                self._mark(at, trace.colour, EDIT)
            for name in self._columns(trace):
                self._draw_column(trace, whose, places, name)

    def _mark(self, at: float, colour: str, dashes: Any) -> None:
        """Draw a moment: a line through the plot, or where there are many a tick at its foot."""
        if not np.isfinite(at):
            return
        how: dict[str, Any] = {"linestyle": dashes}
        if self.ticks:
            how = {"ymax": TICK, "linestyle": "solid"}
        self.axes.axvline(at, color=colour, linewidth=0.5 * self.look.line, zorder=0, **how)

    def _draw_column(self, trace: FigureTrace, whose: str, places: Positions, name: str) -> None:
        shown = self._shown(name)
        axes = self.right if shown is Shown.FRACTION and self.right is not None else self.axes
        lost = lost_replicas(trace.history)
        drawn = CurveDrawing().of(
            trace.history.records.column(name),
            places,
            shown,
            DETAIL,
            replica=trace.replica if trace.history.records.replicas > 1 else None,
            # the margins' axis holds what comes from the separation on, as on screen
            since=first_on_axis(trace.history) if self.spec.id == "margins" else 0,
            lost=lost,
            thinned=trace.history.is_thinned(name),
        )
        across = drawn.across()
        self.across.add(whose, across, across if not lost.any() else _within(across, places.calm(lost)))
        if axes is self.axes:
            self.up.add(whose, drawn.extent, drawn.calm)
        self._draw_replicas(axes, drawn, trace, name)
        self._draw_line(axes, drawn.line, drawn.lone, self._line_colour(trace), name)
        self._draw_fit(axes, drawn, trace, whose, name)

    def _draw_fit(self, axes: Axes, drawn: DrawnCurve, trace: FigureTrace, whose: str, name: str) -> None:
        """Draw the line of least squares over the records asked for, dashes on a pale ground: it lies on the data."""
        fitted = self.request.fitted
        if fitted is None or not fitted.fits(name):
            return
        steps, shown = trace.history.records.steps, self._shown(name)
        found = fitted.fit(drawn, steps, self.horizontal.log, shown)
        if found is not None:
            x, colour = np.array(found.across), self._line_colour(trace)
            y, width = found.heights(x), 0.8 * self.look.line
            axes.plot(x, y, color="white", alpha=0.8, linewidth=1.6 * self.look.line)
            axes.plot(x, y, color=colour, linestyle=FITTED, linewidth=width)
            words = [plain(whose)] if self.several else []
            words += [self._title(name)] if len(self.columns) > 1 else []
            self.fits.append((colour, ", ".join(words), found))

    def _draw_replicas(self, axes: Axes, drawn: DrawnCurve, trace: FigureTrace, name: str) -> None:
        """Draw faint single lines and the band behind the line; where a value is varied, lines in its colours."""
        colours, dashes = self._colours(trace), self._stroke(name)["linestyle"]
        if drawn.singles is not None:
            x, y = drawn.singles
            if colours:
                for replica, across, up in zip(drawn.replicas, x, y, strict=True):
                    axes.plot(
                        across, up, color=colours[replica], linestyle=dashes, linewidth=0.55 * self.look.line
                    )
                return
            axes.plot(x.T, y.T, color=trace.colour, linewidth=0.35 * self.look.line, alpha=0.25)
        if drawn.band is not None:
            axes.fill_between(*drawn.band, color=trace.colour, alpha=0.16, linewidth=0)

    def _colours(self, trace: FigureTrace) -> tuple[str, ...]:
        """Return the colours of a run's replicas; none where other runs are drawn, or nothing is varied."""
        return () if self.several or trace.scale is None else trace.scale.colours

    def _line_colour(self, trace: FigureTrace) -> str:
        """Return the colour of a run's own line: ink where its replicas have colours that may be near its own."""
        return INK if self._colours(trace) else trace.colour

    def _draw_line(self, axes: Axes, line: Points, lone: Points, colour: str, name: str) -> None:
        axes.plot(*line, color=colour, **self._stroke(name))
        if lone[0].size:
            axes.plot(*lone, color=colour, marker="o", linestyle="none", markersize=2.5 * self.look.line)

    def _stroke(self, name: str) -> dict[str, Any]:
        """Return a column's line: the style as on screen; when all are used up they begin again, thinner."""
        places = self.request.strokes
        dashes, again = line_style(places[name] if name in places else self.columns.index(name))
        width = self.look.line * (0.55 if again else 1.0)
        return {"linestyle": DASHES[dashes], "linewidth": width}

    # --- axes ---------------------------------------------------------------------------------------------

    def dress_axes(self) -> None:
        """Set ranges, ticks and labels."""
        self.axes.set_xlabel(self.horizontal.title.removeprefix("log₁₀ "))
        self.axes.set_ylabel(self._value_label())
        across, up = (held.range(diverged=self.request.diverged) for held in (self.across, self.up))
        self.axes.set_xlim(*with_ends(_shown_range(across, 0.02), self.request.limits.x))
        self.axes.set_ylim(*with_ends(_shown_range(up, 0.05), self.request.limits.y))
        limit(self.axes, self.area.limits, self.log)
        set_ticks(self.axes, self.area, self.log)
        if self.right is not None:
            self.right.set_ylim(-0.04, 1.04)
            self.right.spines["right"].set_visible(True)
            self.right.set_ylabel("accuracy")
        if across is None:
            self.axes.text(
                0.5, 0.5, "nothing to show", ha="center", va="center", transform=self.axes.transAxes
            )
            self.axes.set_xticks([])
            self.axes.set_yticks([])

    @property
    def log(self) -> tuple[bool, bool]:
        """Whether x, and y, draw logarithms."""
        up = self.spec.log or bool(self.spec.in_log10) or self.one_minus
        return self.horizontal.log, up

    def mark_step(self) -> None:
        """Draw a line at the step that a moving figure shows."""
        if self.request.marked_step is None or not self.traces:
            return
        places = (
            here.of_step(self.request.marked_step, trace.history.records)
            for trace, here in zip(self.traces, self.positions, strict=True)
        )
        at = next((place for place in places if np.isfinite(place)), None)
        if at is not None:
            self.axes.axvline(at, color=INK, linewidth=0.9 * self.look.line, zorder=4)

    def _value_label(self) -> str:
        at_left = [name for name in self.columns if self._shown(name) is not Shown.FRACTION]
        if len(at_left) == 1 and self.several:
            return textwrap.fill(self._title(at_left[0]), 32)
        words = self.spec.axis.removeprefix("log₁₀ ")
        return f"1 − {words}" if self.one_minus else words

    def _title(self, name: str, *, formula: bool = False) -> str:
        """Return how a column is called."""
        shown, title = self._shown(name), title_of(name)
        if shown is Shown.FRACTION:
            return f"{plain(title)} (right)"
        if shown is Shown.NATURAL_LOG:
            return plain(unlogged(title))
        mixed = self.one_minus and any(self._shown(other) is Shown.LOG10 for other in self.columns)
        text = plain(f"1 − {title}" if shown is Shown.ONE_MINUS and mixed else title)
        mathtext = formula_of(name)
        return f"{text}  ${mathtext}$" if formula and mathtext and shown is not Shown.ONE_MINUS else text

    # --- legend -------------------------------------------------------------------------------------------

    def legend_groups(self) -> list[Group]:
        """Return what the legend says: runs by colour; columns by line style, replicas, the separation."""
        from matplotlib.lines import Line2D

        only = self.traces[0].scale if self.traces else None
        runs = self._runs_told() if self.several else self._values(only)
        columns: list[tuple[Artist, str]] = []
        if not self.several or len(self.columns) > 1:
            colour = INK if self.several or not self.traces else self._line_colour(self.traces[0])
            few = not self.several and len(self.columns) <= MOST_FORMULAS
            formulas = few and self.look.formulas
            for name in self.columns:
                line = Line2D([], [], color=colour, **self._stroke(name))
                columns.append((line, self._title(name, formula=formulas)))
        remarks = self._remarks()
        groups = [runs, columns, remarks] if len(remarks) > 1 else [runs, columns + remarks]
        return [*groups, self._fits_told(), self._beyond_told()]

    def _runs_told(self) -> Group:
        """Return what the colours of several runs say: whose they are, or which value, or how many runs there are."""
        from matplotlib.lines import Line2D

        width = 1.6 * self.look.line
        if self.colouring is not None:
            told = self._values(self.colouring, MOST_VALUES)
            strange = [t.colour for t in self.traces if t.colour not in self.colouring.colours][:1]
            return [
                *told,
                *((Line2D([], [], color=colour, linewidth=width), self.colouring.rest) for colour in strange),
            ]
        lines = tuple(Line2D([], [], color=trace.colour, linewidth=width) for trace in self.traces)
        if len(lines) > MOST_NAMED_RUNS:
            colours = dict.fromkeys(trace.colour for trace in self.traces)
            some = [Line2D([], [], color=colour, linewidth=width) for colour in colours]
            return [(tuple(some[: len(PALETTE)]), counted(len(lines), "run"))]
        both = zip(self.names, self.traces, strict=True)
        names = [", ".join([name, *_edits_told(trace)]) for name, trace in both]
        return list(zip(lines, map(plain, names), strict=True))

    def _fits_told(self) -> list[tuple[Artist, str]]:
        """Return the lines fitted, with their exponents or rates."""
        from matplotlib.lines import Line2D

        told: list[tuple[Artist, str]] = []
        for colour, whose, found in self.fits[:MOST_FITS]:
            line = Line2D([], [], color=colour, linestyle=FITTED, linewidth=0.8 * self.look.line)
            words = found.mathtext(plain(self.horizontal.words))
            told.append((line, f"{whose}: {words}" if whose else f"fit {words}"))
        return told

    def _beyond_told(self) -> Group:
        """Return the words about diverged runs that go beyond the axes."""
        from matplotlib.lines import Line2D

        beyond = set() if self.request.diverged else self.across.beyond() | self.up.beyond()
        named = zip(self.names, self.traces, strict=True)
        words = diverged_words(trace.history for name, trace in named if name in beyond)
        return [(Line2D([], [], linestyle="none"), f"beyond the axes: {words}")] if words else []

    def _values(self, scale: ReplicaScale | None, most: int = MOST_NAMED) -> Group:
        """Return what is varied between replicas or runs, and the colours of its values."""
        from matplotlib.lines import Line2D

        if scale is None or not scale.values:
            return []
        head = Line2D([], [], linestyle="none")
        samples = [
            (Line2D([], [], color=colour, linewidth=self.look.line), plain(value))
            for colour, value in scale.named(most)
        ]
        return [(head, f"{plain(scale.title)}:"), *samples]

    def _remarks(self) -> list[tuple[Artist, str]]:
        """Return the legend's entries for bands and for the moments."""
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        colour = FAINT if self.several or not self.traces else self.traces[0].colour
        remarks: list[tuple[Artist, str]] = []
        replicas = sorted({t.history.records.replicas for t in self.traces if t.history.records.replicas > 1})
        if replicas:
            counts = " or ".join(str(count) for count in replicas)
            chosen = [plain(t.replica_label) for t in self.traces if t.replica is not None]
            medians = len(chosen) < sum(t.history.records.replicas > 1 for t in self.traces)
            lines = " or ".join([*chosen, *(["median"] if medians else [])])
            count = f"{lines} of {counts} replicas"
            if len(self.traces) == 1 and self._colours(self.traces[0]):
                remarks.append((Line2D([], [], color=INK, linewidth=1.6 * self.look.line), count))
            else:
                words = f"{lines}, {band_words(replicas)} of {counts} replicas"
                remarks.append((Patch(facecolor=colour, alpha=0.3, linewidth=0), words))
        sources = line_sources((trace.history for trace in self.traces), self.columns)
        remarks += [(Line2D([], [], linestyle="none"), plain(words)) for words in sources]
        low, high = self.axes.get_xlim()
        marked = [
            event
            for event in EVENTS
            if self.look.moments
            and any(
                low <= _event_place(trace, places, event) <= high
                for trace, places in zip(self.traces, self.positions, strict=True)
            )
        ]
        mark: Any = {
            "marker": "|",
            "markersize": 0.9 * self.look.font,
            "markeredgewidth": 0.5 * self.look.line,
        }
        edited = any(
            low <= at <= high
            for trace, places in zip(self.traces, self.positions, strict=True)
            for at in _edit_places(trace, places)
        )
        if self.ticks and (marked or edited):
            words = " and ".join([*marked, *(["edited"] if edited else [])])
            return [*remarks, (Line2D([], [], color=colour, linestyle="none", **mark), f"{words} (ticks)")]
        for event in marked:
            words = event if len(marked) + edited == 1 else f"{event} ({EVENT_WORDS[event]})"
            remarks.append((Line2D([], [], color=colour, linestyle="none", **mark), words))
        if edited:
            told = ["edited"] if self.several else _edits_told(self.traces[0])
            told = [*told[:-1], told[-1] + (" (dashed)" if marked else "")]
            remarks += [(Line2D([], [], color=colour, linestyle="none", **mark), plain(w)) for w in told]
        return remarks


def _event_place(trace: FigureTrace, places: Positions, event: str) -> float:
    """Return where an event lies: the median over the replicas that have met it; NaN where none has."""
    return places.of_step(event_step(trace.history, f"{event}_step"), trace.history.records)


def _edit_places(trace: FigureTrace, places: Positions) -> list[float]:
    """Return where a run was edited so that its steps lead elsewhere."""
    steps = {edit.step for edit in trace.history.edits if edit.moves}
    there = (places.of_step(step, trace.history.records) for step in sorted(steps))
    return [at for at in there if np.isfinite(at)]


def _edits_told(trace: FigureTrace) -> list[str]:
    """Say how a run was edited, for the legend."""
    words = [with_minus(edit.words) for edit in trace.history.edits if edit.moves]
    return words if len(words) <= MOST_EDITS else [f"{len(words)} edits, the first {words[0]}"]


def _within(drawn: Range | None, calm: Range | None) -> Range | None:
    """Return what of the positions drawn replicas have that did not diverge."""
    if drawn is None or calm is None:
        return None
    low, high = max(drawn[0], calm[0]), min(drawn[1], calm[1])
    return (low, high) if low <= high else None


def _shown_range(data: Range | None, share: float) -> Range:
    """Return an axis' range: the data with some room."""
    return (0.0, 1.0) if data is None else roomy(data, share)
