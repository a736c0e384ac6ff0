"""Train without a window, to the end or record by record, in the process that asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ..experiment.document import Document
from ..protocol.messages import Finished, Message, ReferenceSolved, SnapshotTaken
from ..protocol.records import Records, Snapshot
from ..protocol.run_history import RunHistory
from ..training.driver import Driver, tidy_up
from ..training.loop import Training
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
        snapshots: keep the parameters at log-spaced steps, and at the end.

    Raises:
        Refusal: where the experiment cannot be run here.
    """
    document = _document(experiment, set, steps, seed, replicas, device)
    return Results(document, {run.name: run for run in stream(document, snapshots=snapshots)})


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
    """Train as `train` does, and yield the run whenever records have come; leaving the loop stops it.

    It is yielded thirty times a second at most, and once more when it has ended.

    Raises:
        Refusal: where the experiment cannot be run here.
    """
    document = _document(experiment, set, steps, seed, replicas, device)
    for name in document.experiments():
        yield from _recorded(name, document, snapshots)


def references_of(
    experiment: str | Path | Document, *, set: Mapping[str, Any] | None = None
) -> tuple[ReferenceSolved, ...]:
    """Solve the exact references of an experiment, the first of a document's, without training it.

    Raises:
        Refusal: where the experiment cannot be run here.
    """
    document = load(experiment, set=set)
    _, run = _begun(next(iter(document.experiments())), document, snapshots=False)
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


def _begun(name: str, document: Document, snapshots: bool) -> tuple[Driver, RunResult]:
    """Return a training before its first step, and its run with what is known by then."""
    experiment = document.experiments()[name]
    prepare = partial(Training, experiment, document.folder, edits=document.edits_of(name))
    driver = Driver(name, prepare, snapshots=snapshots)
    run = RunResult(name, name or experiment.title, experiment, RunHistory(Records(experiment.replicas)))
    _take_up(run, driver.begin())
    if driver.failure is not None:
        raise driver.failure
    return driver, run


def _recorded(name: str, document: Document, snapshots: bool) -> Iterator[RunResult]:
    """Train one experiment and yield its run as records come."""
    driver, run = _begun(name, document, snapshots)
    try:
        while not driver.ended:
            _take_up(run, driver.go_on())
            if driver.failure is not None:
                raise driver.failure
            yield run
    finally:
        if not driver.ended:
            _take_up(run, driver.break_off("stopped before its last step"))
        tidy_up()


def _take_up(run: RunResult, messages: Iterable[Message]) -> None:
    """Let a run know what its driver says; of states to go on from, which nobody does here, it keeps the last theta."""
    last: Snapshot | None = None
    for message in messages:
        run.history.apply(message)
        match message:
            case SnapshotTaken(snapshot=snapshot) if snapshot.resumable:
                last = snapshot
            case SnapshotTaken(snapshot=snapshot):
                run.snapshots[snapshot.step] = snapshot
            case Finished() if last is not None:
                run.snapshots[last.step] = last.without_state()
