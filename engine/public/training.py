"""Train without a window, to the end or record by record, in the process that asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..experiment.document import Document
from ..experiment.experiment import Experiment
from ..messages import Noted, ReferenceSolved, Started
from ..training.loop import Training
from ..training.preamble import preamble
from .experiments import load
from .results import Results, RunResult


def train(
    experiment: str | Path | Document,
    *,
    set: Mapping[str, Any] | None = None,
    steps: int | None = None,
    seed: int | None = None,
    replicas: int | None = None,
    device: str | None = None,
    snapshots: bool = False,
) -> Results:
    """Train every experiment of a document to its end and return what was recorded.

    Args:
        experiment: a preset's id, the path or the text of an experiment file, or a document.
        set: dotted paths and their values, as `load` takes them.
        steps: sets run.steps.
        seed: sets seed.
        replicas: sets replicas.
        device: sets run.device: auto, cpu, cuda, cuda:1 ...
        snapshots: keep the parameters at log-spaced steps.

    Raises:
        Refusal: where the experiment cannot be run here.
    """
    document = _document(experiment, set, steps, seed, replicas, device)
    runs: dict[str, RunResult] = {}
    for name, one in document.experiments().items():
        for run in _recorded(name, one, document.folder, snapshots):
            runs[name] = run
    return Results(document, runs)


def stream(
    experiment: str | Path | Document,
    *,
    set: Mapping[str, Any] | None = None,
    steps: int | None = None,
    seed: int | None = None,
    replicas: int | None = None,
    device: str | None = None,
    snapshots: bool = False,
) -> Iterator[RunResult]:
    """Train as `train` does, and yield the run at every record, as it is so far; leaving the loop stops it.

    A run that ends is yielded once more, with the columns that are known only then.

    Raises:
        Refusal: where the experiment cannot be run here.
    """
    document = _document(experiment, set, steps, seed, replicas, device)
    for name, one in document.experiments().items():
        yield from _recorded(name, one, document.folder, snapshots)


def references_of(
    experiment: str | Path | Document, *, set: Mapping[str, Any] | None = None
) -> tuple[ReferenceSolved, ...]:
    """Solve the exact references of an experiment, the first of a document's, without training it.

    Raises:
        Refusal: where the experiment cannot be run here.
    """
    document = load(experiment, set=set)
    name, one = next(iter(document.experiments().items()))
    _, run = _prepared(name, one, document.folder)
    return run.references


def _document(
    experiment: str | Path | Document,
    set: Mapping[str, Any] | None,
    steps: int | None,
    seed: int | None,
    replicas: int | None,
    device: str | None,
) -> Document:
    shorthands = {"run.steps": steps, "seed": seed, "replicas": replicas, "run.device": device}
    given = {path: value for path, value in shorthands.items() if value is not None}
    return load(experiment, set={**(set or {}), **given})


def _prepared(name: str, experiment: Experiment, folder: Path | None) -> tuple[Training, RunResult]:
    """Return a training before its first step, and its run with what is known by then."""
    training = Training(experiment, folder)
    training.solve()
    run = RunResult(name, name or experiment.title, experiment, training.log)
    for message in preamble(experiment, training):
        match message:
            case Started():
                run.environment = message.environment
            case ReferenceSolved():
                run.references = (*run.references, message)
            case Noted():
                run.remarks = message.notes
    return training, run


def _recorded(name: str, experiment: Experiment, folder: Path | None, snapshots: bool) -> Iterator[RunResult]:
    """Train one experiment and yield its run at every record."""
    training, run = _prepared(name, experiment, folder)
    log, status = training.log, "failed"
    try:
        for batch in training.run():
            if batch is None:
                continue
            snapshot = training.take_snapshot() if snapshots else None
            if snapshot is not None:
                run.snapshots[snapshot.step] = snapshot
            run.sentence = training.sentence
            yield run
        status = log.status
    except (GeneratorExit, KeyboardInterrupt):
        status = "stopped"
        raise
    finally:
        log.status, log.finished = status, True
