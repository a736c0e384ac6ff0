"""`marginlab export`: a plot of a session as a figure, or its data as a table."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from ..experiment.refusals import Refusal, nearest
from ..figures.draw import FigureRequest, FigureTrace
from ..figures.draw import export_figure as write_figure
from ..figures.plots import PALETTE, PLOTS, columns_in, plot
from ..figures.style import STYLES, SUFFIXES, StyleName
from ..figures.table import export_csv
from ..session import RunEntry, Session
from .outputs import check_writable


def export_figure(
    session: Path, figure: str, out: Path, *, run: str | None, width_mm: float, style: str
) -> int:
    """Write a plot of every run that is not hidden, or of one; return the exit status.

    Raises:
        Refusal: where there is no such session, plot or run, or the file cannot be written.
    """
    _check("--figure", figure, [p.id for p in PLOTS])
    _check("--style", style, STYLES)
    if out.suffix.lower() not in (*SUFFIXES, ".csv"):
        raise Refusal("--out", str(out), f"must end in {', '.join(SUFFIXES)} or .csv")
    check_writable("--out", out)
    with Session.open(session) as opened:
        chosen = (
            [entry for entry in opened.runs if not entry.hidden] if run is None else [_run(opened.runs, run)]
        )
        if not chosen:
            raise Refusal(
                "", str(session), "has no run to show; run an experiment first, or name a run with --run"
            )
        logs = [opened.load_run(entry.id).log for entry in chosen]
    names = _names(chosen)
    if out.suffix.lower() == ".csv":
        spec = plot(figure)
        tables = zip(names, logs, strict=True)
        export_csv(out, {name: (log.records, columns_in(spec, log.records.names)) for name, log in tables})
        return 0
    colours = [PALETTE[entry.colour % len(PALETTE)] for entry in chosen]
    traces = tuple(map(FigureTrace, names, colours, logs))
    write_figure(out, FigureRequest(figure, traces, width_mm=width_mm, style=cast(StyleName, style)))
    return 0


def _check(option: str, word: str, valid: list[str] | tuple[str, ...]) -> None:
    if word not in valid:
        raise Refusal(option, word, f"is not known; {nearest(word, valid)}")


def _run(runs: list[RunEntry], word: str) -> RunEntry:
    """Return the run that a word names: by its id or the beginning of it, its title, or its experiment."""
    exact = [entry for entry in runs if word in (entry.id, entry.title, entry.experiment)]
    found = exact or [entry for entry in runs if word and entry.id.startswith(word)]
    if len(found) == 1:
        return found[0]
    ids = ", ".join(f"{entry.id[:8]} ({_name(entry)})" for entry in found or runs)
    raise Refusal("--run", word, f"names {'several' if found else 'no'} run; there are {ids or 'none'}")


def _names(runs: list[RunEntry]) -> list[str]:
    """Return how a figure calls its runs: by their titles, with an id where two are the same."""
    titles = [_name(entry) for entry in runs]
    return [
        title if titles.count(title) == 1 else f"{title} ({entry.id[:8]})"
        for title, entry in zip(titles, runs, strict=True)
    ]


def _name(entry: RunEntry) -> str:
    return entry.title or entry.experiment or entry.id[:8]
