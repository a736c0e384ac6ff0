"""What a figure is made from: copies of the runs on screen and what each plot shows of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.figures.drawable import Drawable, alone, of_picture, of_records
from engine.figures.figure_file import OWN_PLOT, PanelFields
from engine.figures.origin import Origin, origin_of
from engine.figures.own_plots import AxisLimits, OwnPlot
from engine.figures.pictures import PICTURES
from engine.figures.plots import MOST_NAMED_RUNS, PALETTE, PlotSpec, columns_in
from engine.figures.plots import plot as plot_spec
from engine.figures.replicas import ReplicaScale, replica_scale
from engine.figures.request import FigureRequest, FigureTrace
from engine.figures.style import StyleName, suffix_of
from engine.files import write_whole
from engine.protocol.kernel import KernelReady
from engine.protocol.map_pictures import LinesSeen, MapSeen, SlicesSeen
from engine.protocol.neurons import NeuronsReady
from engine.protocol.pictures import Picture
from engine.protocol.run_pictures import OF_NO_RUN
from engine.protocol.surface import SurfaceReady
from engine.words.errors import Refusal

from .run import Run
from .run_table.group_lines import GroupLine

Pictures = Mapping[str, Picture]
"""What the tabs beside the plots show, by the figure's id."""


@dataclass(frozen=True)
class FigureWanted:
    """A plot of some runs, how it is shown on screen, and how it is to be printed."""

    plot: str
    runs: tuple[FigureTrace, ...]
    """As they were when the figure was asked for."""
    states: Mapping[str, Mapping[str, Any]]
    """By plot: its columns, horizontal axis, whether it shows 1 - value, its limits, what is fitted."""
    width_mm: float = 85.0
    style: str = "paper"
    pictures: Pictures = field(default_factory=dict)
    groups: tuple[FigureTrace, ...] = ()
    """What plots draw in place of runs; none where they draw runs."""
    looked_at: str = ""
    """The run looked at."""

    @property
    def traces(self) -> tuple[FigureTrace, ...]:
        """What plots draw: groups, or runs."""
        return self.groups or self.runs

    def words(self) -> dict[str, str]:
        """Return how panels name runs and groups, by id: runs by their names, or where several have it by their ids."""
        names = [run.name for run in self.runs]
        words = {run.id: run.id if names.count(run.name) > 1 else run.name for run in self.runs}
        return words | {group.id: group.id for group in self.groups}

    def sized(self, plot: str, width_mm: float, style: str) -> FigureWanted:
        """Return another plot of the same runs, in a size and a style."""
        return replace(self, plot=plot, width_mm=width_mm, style=style)


def wanted_from(
    plot: str,
    runs: Sequence[Run],
    states: Mapping[str, Mapping[str, Any]],
    pictures: Pictures | None = None,
    replicas: Mapping[str, tuple[int, str]] | None = None,
    colours: Mapping[str, str] | None = None,
    groups: Sequence[GroupLine] = (),
    colouring: ReplicaScale | None = None,
    looked_at: str = "",
) -> FigureWanted:
    """Copy what runs have recorded so far, so that a figure is of one moment.

    Args:
        plot: what the figure is of.
        runs: what is drawn.
        states: what each plot shows.
        pictures: what tabs show, by figure.
        replicas: by run which replica is looked at, and what it is called.
        colours: by run, where it has that of a value.
        groups: what is drawn in place of runs, where these make groups.
        colouring: what colours mean, where they are by a value.
        looked_at: the run looked at.
    """
    told = colouring if not groups or len(groups) > MOST_NAMED_RUNS else None
    drawn_groups = tuple(
        FigureTrace(line.label, line.colour, line.history, id=line.key, colouring=told) for line in groups
    )
    traces = []
    for run in runs:
        if run.has_records:
            replica, label = (replicas or {}).get(run.id, (None, ""))
            colour = (colours or {}).get(run.id) or PALETTE[run.colour % len(PALETTE)]
            scale, history = replica_scale(run.experiment), run.history.copy()
            origin = origin_of(run.experiment, history, run.name, run.id)
            traces.append(
                FigureTrace(run.name, colour, history, None, replica, label, scale, run.id, origin, told)
            )
    return FigureWanted(
        plot,
        tuple(traces),
        states,
        pictures=pictures or {},
        groups=drawn_groups,
        looked_at=looked_at,
    )


def why_empty(wanted: FigureWanted, plot: str) -> str:
    """Say why a figure of a plot would show nothing; '' where it shows something."""
    if plot in PICTURES:
        return "" if plot in wanted.pictures else f"There is no {PICTURES[plot].title.lower()} yet."
    if not wanted.traces:
        return "There is nothing to export yet: run an experiment first."
    chosen = wanted.states.get(plot, {}).get("columns")
    spec = spec_of(wanted, plot)
    recorded = {name for trace in wanted.traces for name in columns_in(spec, trace.history.records.names)}
    if not recorded:
        return f"Nothing that belongs in “{spec.title}” was measured."
    if chosen is not None and not recorded & set(chosen):
        return f"Every column of “{spec.title}” is hidden."
    return ""


def own_plot(state: Mapping[str, Any]) -> OwnPlot | None:
    """Return the plot of one's own that is shown; None where it is one of the lab's."""
    return OwnPlot.read(state.get("own"))


def spec_of(wanted: FigureWanted, plot: str) -> PlotSpec:
    """Return what a plot shows, the lab's or one's own."""
    own = own_plot(wanted.states.get(plot, {}))
    return plot_spec(plot) if own is None else own.spec


def figure_content(wanted: FigureWanted, suffix: str) -> bytes:
    """Return the bytes of a figure's file, or of its table where the suffix is .csv.

    Raises:
        Refusal: where the size is none.
    """
    drawable = drawable_of(wanted)
    if suffix == ".csv":
        return drawable.table().encode()
    return alone(drawable, suffix, wanted.width_mm, _style(wanted))


def write_figure(path: Path, wanted: FigureWanted) -> None:
    """Write a figure, or its data where the path ends in .csv.

    Raises:
        Refusal: where the suffix or size is none, or the file cannot be written.
    """
    suffix = ".csv" if path.suffix.lower() == ".csv" else suffix_of(path)
    write_whole(path, figure_content(wanted, suffix))


def drawable_of(wanted: FigureWanted) -> Drawable:
    """Return what a figure shows, as it is on screen.

    Raises:
        Refusal: where there is no such picture yet.
    """
    if wanted.plot in PICTURES:
        answer = _picture(wanted)
        return of_picture(wanted.plot, answer, origin_in(wanted, answer))
    return of_records(_request(wanted))


def panel_fields(wanted: FigureWanted) -> dict[str, Any]:
    """Return the fields of a panel that shows what is on screen."""
    state = wanted.states.get(wanted.plot, {})
    if wanted.plot in PICTURES:
        answer = _picture(wanted)
        of_run = {} if answer.run == OF_NO_RUN else run_of_picture(wanted, answer.run)
        return {**of_run, **picture_fields(wanted.plot, answer)}
    own = own_plot(state)
    fields: dict[str, Any] = {"shows": wanted.plot if own is None else OWN_PLOT}
    if own is not None:
        fields |= {"measurements": own.columns, "log": own.log, "title": own.title}
    elif state.get("columns") is not None:
        fields["measurements"] = tuple(state["columns"])
    horizontal = (own.horizontal if own is not None else "") or state.get("horizontal", "log_step")
    shown = {name: bool(state.get(name, False)) for name in ("one_minus", "diverged")}
    return fields | {"horizontal": str(horizontal), **shown}


def run_of_picture(wanted: FigureWanted, run: str = "") -> dict[str, Any]:
    """Return the field of a panel that names the run a picture begins with: this one, that looked at, or the last."""
    words, ids = wanted.words(), [trace.id for trace in wanted.runs]
    known = [id for id in (run, wanted.looked_at, *reversed(ids)) if id in ids]
    return {"runs": (words[known[0]],)} if known else {}


def picture_fields(shows: str, answer: Picture) -> dict[str, Any]:
    """Return the fields of a panel that shows a picture as it is: what was asked for."""
    fields = {"shows": shows, "step": answer.step, "replica": answer.replica}
    match answer:
        case SurfaceReady():
            return fields | {"comparator": answer.predictor}
        case KernelReady():
            return fields | {"layer": answer.layer, "kernel": answer.choice}
        case MapSeen() | SlicesSeen() | LinesSeen():
            return {"shows": shows, "measurements": (answer.name,)}
        case NeuronsReady():
            return fields | {"layer": answer.layer.name}
        case _:
            return fields


def panel_traces(wanted: FigureWanted, panel: PanelFields) -> tuple[FigureTrace, ...]:
    """Return the runs of a panel, by id, the beginning of an id, or name; all that are shown where it says none.

    A plot shows groups too, where they are drawn in place of runs; a picture is of a run.

    Raises:
        Refusal: where a word names no run that is shown.
    """
    is_picture = panel.shows in PICTURES
    if not panel.runs:
        chosen = list(wanted.runs if is_picture else wanted.traces)
    else:
        chosen, there = [], wanted.runs if is_picture else (*wanted.groups, *wanted.runs)
        for word in panel.runs:
            exact = [trace for trace in there if word in (trace.id, trace.name)]
            named = exact or [trace for trace in there if word and trace.id.startswith(word)]
            if not named:
                names = ", ".join(trace.name for trace in there) or "none"
                raise Refusal("runs", word, f"names no run that is shown; there are {names}")
            chosen += [trace for trace in named if trace.id not in [known.id for known in chosen]]
    if panel.replica is None:
        return tuple(chosen)
    return tuple(_of_replica(trace, panel.replica) for trace in chosen)


def _of_replica(trace: FigureTrace, replica: int) -> FigureTrace:
    count = trace.history.records.replicas
    if replica >= count:
        raise Refusal("replica", replica, f"must be from 0 to {count - 1}")
    label = trace.scale.labels[replica] if trace.scale is not None else f"replica {replica}"
    return replace(trace, replica=replica, replica_label=label)


def _picture(wanted: FigureWanted) -> Picture:
    if wanted.plot not in wanted.pictures:
        title = PICTURES[wanted.plot].title.lower()
        raise Refusal("", None, f"there is no {title} yet; look at one in its tab first")
    return wanted.pictures[wanted.plot]


def origin_in(wanted: FigureWanted, answer: Picture) -> Origin | None:
    """Return where a picture comes from, as far as the runs on screen say it."""
    origins = (trace.origin for trace in wanted.runs if trace.id == answer.run)
    origin = next(origins, None)
    return None if origin is None else replace(origin, step=answer.step, replica=answer.replica)


def _style(wanted: FigureWanted) -> StyleName:
    return "slides" if wanted.style == "slides" else "paper"


def _request(wanted: FigureWanted) -> FigureRequest:
    state = wanted.states.get(wanted.plot, {})
    columns = state.get("columns")
    chosen = None if columns is None else tuple(columns)
    return FigureRequest(
        plot=wanted.plot,
        own=own_plot(state),
        limits=AxisLimits.read(state.get("limits")),
        diverged=bool(state.get("diverged", False)),
        fitted=state.get("fitted"),
        traces=tuple(replace(trace, columns=chosen) for trace in wanted.traces),
        horizontal=str(state.get("horizontal", "log_step")),
        one_minus=bool(state.get("one_minus", False)),
        strokes=dict(state.get("strokes", {})),
        width_mm=wanted.width_mm,
        style=_style(wanted),
    )
