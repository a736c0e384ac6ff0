"""`marginlab export`: a plot of a session, or a picture of one step of a run, as a figure or as a table."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from ..errors import Refusal, nearest
from ..experiment.experiment import Experiment
from ..figures.draw import FigureRequest, FigureTrace, figure_bytes
from ..figures.origin import Origin, origin_of
from ..figures.pictures import PICTURES, picture_bytes
from ..figures.plots import PALETTE, PLOTS, columns_in, plot
from ..figures.replicas import ReplicaScale, replica_scale
from ..figures.style import STYLES, SUFFIXES, StyleName
from ..figures.table import TableRun, csv_text
from ..protocol.kernel import AskKernel
from ..protocol.pictures import NoPicture, Picture, Subject
from ..protocol.records import TWIN
from ..protocol.run_history import RunHistory
from ..protocol.surface import FIRST_PREDICTOR, AskSurface, SurfaceReady
from ..session import RunEntry, Session
from .outputs import Outputs


@dataclass(frozen=True)
class At:
    """Where a picture looks: at the snapshot nearest to a step (None: the last one), at one replica."""

    step: int | None = None
    replica: int = 0
    predictor: str = FIRST_PREDICTOR[0]


def export_figure(
    session: Path,
    figure: str,
    out: Path,
    *,
    run: str | None,
    width_mm: float,
    style: str,
    format: str | None = None,
    at: At | None = None,
) -> int:
    """Write a plot of every run that is not hidden, or of one, or a picture of one run; return the exit status.

    Raises:
        Refusal: where there is no such session, figure or run, or the file cannot be written.
    """
    _check("--figure", figure, [*(p.id for p in PLOTS), *PICTURES])
    _check("--style", style, STYLES)
    suffix = _suffix(out, format)
    outputs = Outputs({"--out": out}, {"F.mlab": session})
    with Session.read(session) as opened:
        chosen = (
            [entry for entry in opened.runs if not entry.hidden] if run is None else [_run(opened.runs, run)]
        )
        if not chosen:
            raise Refusal(
                "", str(session), "has no run to show; run an experiment first, or name a run with --run"
            )
        if figure in PICTURES:
            entry = _only(chosen)
            answer = _answer(opened, entry, figure, at or At())
            look = cast(StyleName, style)
            origin = _origin(entry, entry.history({}), answer)
            content = picture_bytes(figure, answer, suffix, width_mm, look, origin)
        else:
            logs = [opened.load_run(entry.id).history for entry in chosen]
            content = _plot(figure, chosen, logs, suffix, width_mm, cast(StyleName, style))
    outputs.write("--out", lambda: content)
    outputs.raise_failures()
    return 0


def _suffix(out: Path, format: str | None) -> str:
    """Return the kind of file that is wanted: as said, else as its name ends."""
    known = (*SUFFIXES, ".csv")
    words = [suffix[1:] for suffix in known]
    if format is not None:
        _check("--format", format.lower(), words)
        return f".{format.lower()}"
    if out.suffix.lower() in known:
        return out.suffix.lower()
    raise Refusal(
        "--out", str(out), f"must end in {', '.join(SUFFIXES)} or .csv, or --format say which it is"
    )


def _plot(
    figure: str,
    chosen: list[RunEntry],
    logs: list[RunHistory],
    suffix: str,
    width_mm: float,
    style: StyleName,
) -> bytes:
    if suffix == ".csv":
        spec = plot(figure)
        runs = [
            TableRun(entry.id, log.records, _name(entry), columns_in(spec, log.records.names), log.edits)
            for entry, log in zip(chosen, logs, strict=True)
        ]
        return csv_text(runs).encode()
    colours = [PALETTE[entry.colour % len(PALETTE)] for entry in chosen]
    traces = tuple(
        FigureTrace(_name(entry), colour, log, scale=_scale(entry), origin=_origin(entry, log))
        for entry, colour, log in zip(chosen, colours, logs, strict=True)
    )
    return figure_bytes(FigureRequest(figure, traces, width_mm=width_mm, style=style), suffix)


def _scale(entry: RunEntry) -> ReplicaScale | None:
    """Return what is varied between a run's replicas; None where its experiment cannot be read any more."""
    experiment = _experiment(entry)
    return None if experiment is None else replica_scale(experiment)


def _origin(entry: RunEntry, log: RunHistory, answer: Picture | None = None) -> Origin:
    """Return where records of a run, or a picture of it, come from."""
    experiment, name = _experiment(entry), _name(entry)
    if answer is None:
        return origin_of(experiment, log, name, entry.id)
    return origin_of(experiment, log, name, entry.id, step=answer.step, replica=answer.replica)


def _experiment(entry: RunEntry) -> Experiment | None:
    """Return what a run trains; None where that cannot be read any more."""
    with contextlib.suppress(Refusal):
        return entry.ref.experiment()
    return None


def _only(chosen: list[RunEntry]) -> RunEntry:
    if len(chosen) > 1:
        ids = ", ".join(f"{entry.id[:8]} ({_name(entry)})" for entry in chosen)
        raise Refusal("--run", None, f"must name one run for this figure; there are {ids}")
    return chosen[0]


def _answer(session: Session, entry: RunEntry, figure: str, at: At) -> Picture:
    """Compute a picture from a snapshot, as the engine answers the window.

    Raises:
        Refusal: where there is no snapshot, no such replica, or no such picture of this run.
    """
    from ..inspection.answers import Answers

    if not 0 <= at.replica < entry.replicas:
        raise Refusal("--replica", at.replica, f"must be from 0 to {entry.replicas - 1}")
    history = entry.history({})
    steps = session.snapshot_steps(entry.id)
    step = (
        (steps or [0])[-1]
        if at.step is None
        else min(steps, key=lambda s: abs(s - (at.step or 0)), default=0)
    )
    snapshot = session.snapshot(entry.id, step)
    kept = replace(history, snapshot_steps=steps).steps_of(at.replica)
    latest = session.snapshot(entry.id, kept[-1]) if kept else None
    if why := history.why_no_picture(at.replica, step):
        raise Refusal(
            "--step", step, f"has no picture: {why}; choose a step before that, or another --replica"
        )
    if snapshot is None:
        raise Refusal("--run", entry.id[:8], "keeps no parameters, so there is no picture of it")
    arrays = snapshot.arrays
    folder = None if session.path is None else str(session.path.absolute().parent)
    ref = replace(entry.ref, known=replace(entry.ref.known, beside=folder))
    subject = Subject(0, entry.id, ref, step, arrays["theta"], at.replica, arrays.get(TWIN))
    question = (
        AskSurface(subject, predictor=at.predictor, latest=latest)
        if figure == "surface"
        else AskKernel(subject)
    )
    answer = Answers().answer(question, None)
    if isinstance(answer, NoPicture):
        raise Refusal("--figure", figure, f"cannot be drawn: {answer.sentence}")
    if isinstance(answer, SurfaceReady) and answer.other is None:
        raise Refusal("--comparator", at.predictor, f"has no surface: {answer.why_no_other}")
    return answer


def _check(option: str, word: str, valid: list[str] | tuple[str, ...]) -> None:
    if word not in valid:
        raise Refusal(option, word, f"is not known; {nearest(word, valid)}")


def _run(runs: list[RunEntry], word: str) -> RunEntry:
    """Return the run that a word names: by its id or the beginning of it, its title, or its experiment."""
    exact = [entry for entry in runs if word in (entry.id, entry.title, entry.experiment)]
    named = exact or [entry for entry in runs if word and entry.id.startswith(word)]
    if len(named) == 1:
        return named[0]
    ids = ", ".join(f"{entry.id[:8]} ({_name(entry)})" for entry in named or runs)
    raise Refusal("--run", word, f"names {'several' if named else 'no'} run; there are {ids or 'none'}")


def _name(entry: RunEntry) -> str:
    return entry.title or entry.experiment or entry.id[:8]
