"""What a figure is made from: copies of the runs on screen and what each plot shows of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.figures.plots import PALETTE
from engine.records import Records, RunLog

from .run_view import RunView


@dataclass(frozen=True)
class FigureTrace:
    """A run as it was when the figure was asked for."""

    name: str
    colour: str
    log: RunLog


@dataclass(frozen=True)
class FigureWanted:
    """A plot of some runs, how it is shown on screen, and how it is to be printed."""

    plot: str
    traces: tuple[FigureTrace, ...]
    states: Mapping[str, Mapping[str, Any]]
    """By plot: its columns, horizontal axis, and whether it shows 1 - value."""
    width_mm: float = 85.0
    style: str = "paper"

    def sized(self, plot: str, width_mm: float, style: str) -> FigureWanted:
        """Return another plot of the same runs, in a size and a style."""
        return replace(self, plot=plot, width_mm=width_mm, style=style)


def wanted_from(plot: str, runs: Sequence[RunView], states: Mapping[str, Mapping[str, Any]]) -> FigureWanted:
    """Copy what the visible runs have recorded so far, so that a figure is of one moment."""
    traces = tuple(
        FigureTrace(run.name, PALETTE[run.colour % len(PALETTE)], copied(run.log))
        for run in runs
        if run.visible and len(run.log.records)
    )
    return FigureWanted(plot, traces, states)


def copied(log: RunLog) -> RunLog:
    """Return a log that no longer grows."""
    records = Records(log.records.replicas)
    records.extend(log.records.all())
    return RunLog(records, dict(log.events), dict(log.counters), log.finished, log.status, log.seconds)


def figure_content(wanted: FigureWanted, suffix: str) -> bytes:
    """Return the bytes of a figure's file.

    Raises:
        Refusal: where the size is none.
    """
    from engine.figures.draw import figure_bytes

    return figure_bytes(_request(wanted), suffix)


def write_figure(path: Path, wanted: FigureWanted) -> None:
    """Write a figure, or its data where the path ends in .csv.

    Raises:
        Refusal: where the suffix or size is none, or the file cannot be written.
    """
    from engine.figures import draw

    if path.suffix == ".csv":
        draw.export_csv(path, _request(wanted))
    else:
        draw.export_figure(path, _request(wanted))


def _request(wanted: FigureWanted) -> Any:
    from engine.figures.draw import FigureRequest
    from engine.figures.draw import FigureTrace as Traced

    state = wanted.states.get(wanted.plot, {})
    columns = state.get("columns")
    traces = tuple(
        Traced(trace.name, trace.colour, trace.log, tuple(columns) if columns is not None else None)
        for trace in wanted.traces
    )
    return FigureRequest(
        plot=wanted.plot,
        traces=traces,
        horizontal=str(state.get("horizontal", "log_step")),
        one_minus=bool(state.get("one_minus", False)),
        width_mm=wanted.width_mm,
        style="slides" if wanted.style == "slides" else "paper",
    )
