"""Train the points of a task, here, and say what became of each: what a worker does, wherever it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from ..claims import judge_each
from ..experiment.columns import column, is_of_earlier
from ..experiment.experiment import Experiment
from ..experiment.measure import Group
from ..measurements import light
from ..measurements.base import Measurement, Pace
from ..protocol.messages import Message, RunStatus, SnapshotTaken
from ..protocol.points import Order, PointResult, PointStatus, Task
from ..protocol.records import Records
from ..protocol.run_history import RunHistory
from ..run.problem import Problem
from ..words.errors import TooLittleMemory, wants_memory
from .driver import Driver
from .loop import Training

THIN = 100
"""Records of a point's curves that are kept, at most."""


def train(task: Task, order: Order) -> list[PointResult]:
    """Train the points of a task; whatever goes wrong is their result.

    Raises:
        TooLittleMemory: where that is what goes wrong.
    """
    history = RunHistory(Records(task.experiment.replicas))
    kept: list[SnapshotTaken] = []

    def hear(message: Message) -> None:
        history.apply(message)
        if isinstance(message, SnapshotTaken):
            kept[:] = [message]

    failure, short = _driven(task, order, hear)
    if failure is not None and history.status is not RunStatus.FAILED:
        history.status, history.sentence = RunStatus.FAILED, failure
    if failure is not None and short:
        raise TooLittleMemory(history.sentence)
    return _results(task, order, history, kept[0] if kept else None)


def _driven(task: Task, order: Order, hear: Callable[[Message], None]) -> tuple[str | None, bool]:
    """Return why the run failed, or None, and whether for want of memory: not the error, which holds what it took."""

    def prepared() -> Training:
        folder = None if order.folder is None else Path(order.folder)
        experiment = _of_wanted_groups(task.experiment, order.columns) if task.at_the_end else task.experiment
        training = Training(experiment, folder, yield_every=math.inf)
        if task.at_the_end:
            training.measuring.choose = partial(_of_the_end, order.columns)
        return training

    driver = Driver("", prepared, snapshots=order.keep == "snapshot", resumable=False, watched=False)
    for message in driver.begin():
        hear(message)
    while not driver.ended:
        for message in driver.go_on():
            hear(message)
    driver.close()
    failure = driver.failure
    return (None, False) if failure is None else (str(failure), wants_memory(failure))


def _of_wanted_groups(experiment: Experiment, columns: Sequence[str]) -> Experiment:
    """Return the experiment with the groups of wanted measurements alone, so that no reference of others is solved."""
    if not columns:
        return experiment
    measure = experiment.measure
    wanted = {named.group for named in map(column, columns) if named is not None}
    known = get_args(Group) if measure.groups == "auto" else measure.groups
    groups = tuple(group for group in known if group in wanted)
    return experiment.model_copy(update={"measure": measure.model_copy(update={"groups": groups})})


def _of_the_end(columns: Sequence[str], known: Sequence[Measurement], problem: Problem) -> list[Measurement]:
    """Return what of the measurements depends on no earlier record: those that are wanted, and short ones.

    All but short ones are taken at the last record alone.
    """
    last = Pace(per_record=0.0, per_step=1.0, at_start=False)
    short = light(known, problem)
    kept = []
    for m in known:
        names = tuple(name for name in m.columns if not is_of_earlier(name))
        if not names or (columns and m not in short and not any(_means(columns, name) for name in names)):
            continue
        pace = m.pace if m in short and m.pace.full else last
        kept.append(replace(m, columns=names, pace=pace, follow=None, finish=None, history=None))
    return kept


def _means(columns: Sequence[str], name: str) -> bool:
    return any(named is not None and named.matches(name) for named in map(column, columns))


def _results(
    task: Task, order: Order, history: RunHistory, snapshot: SnapshotTaken | None
) -> list[PointResult]:
    records = history.records
    names = [name for name in records.names if not order.columns or _means(order.columns, name)]
    if task.at_the_end:
        names = [name for name in names if not is_of_earlier(name)]
    finals = {name: records.final(name) for name in names} if len(records) else {}
    verdicts = [judge_each(claim, history, task.experiment) for claim in order.claims]
    rows = _thinned(len(records))
    results = []
    for r, point in enumerate(task.points):
        lost = history.lost(r)
        last = history.step if lost is None else lost
        defined = {name: float(values[r]) for name, values in finals.items() if not math.isnan(values[r])}
        events = {
            n: at for n, steps in history.events.items() if r < len(steps) and (at := steps[r]) is not None
        }
        curves = order.keep != "final" and len(records) > 0
        status = _status(history, lost)
        results.append(
            PointResult(
                point=point,
                status=status,
                step=last,
                seconds=history.seconds / len(task.points),
                finals=defined,
                events=events,
                verdicts=tuple(each[r].status for each in verdicts if r < len(each)),
                why=history.sentence if status in ("failed", "stopped") else "",
                steps=records.steps[rows] if curves else None,
                curves={name: records.column(name)[rows, r] for name in names} if curves else {},
                theta=None if snapshot is None else snapshot.snapshot.arrays["theta"][r],
            )
        )
    return results


def _status(history: RunHistory, lost: int | None) -> PointStatus:
    if lost is not None or history.status is RunStatus.DIVERGED:
        return "diverged"
    if history.status is RunStatus.FAILED:
        return "failed"
    return "stopped" if history.status is RunStatus.STOPPED else "done"


def _thinned(count: int) -> NDArray[np.intp]:
    """Return which of so many records are kept: the first, the last, and some between at equal distances."""
    return (
        np.unique(np.linspace(0, count - 1, min(count, THIN)).round().astype(np.intp))
        if count
        else np.empty(0, np.intp)
    )
