"""Which points train together: those of one shape share a run as replicas, in tasks of about equal length."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel

from ..data import sizes
from ..experiment.document import Document
from ..experiment.experiment import Experiment
from ..experiment.fields import about
from ..experiment.structure import memory_bytes, structure
from ..experiment.structure.cost import step_seconds
from ..protocol.points import Task
from ..words.errors import Refusal
from .points import Point, measured_at_the_end

SECONDS = 2.0
"""About how long a task lasts: long beside what sending it takes, short beside what a lost one costs."""
MEMORY = 2**28
"""Bytes that the replicas of one task take, at most."""
MOST = 256
"""Points of one task, at most."""
AT_LEAST = 0.02
"""Seconds that a run takes besides its steps: it is made, measured and told."""
UNKNOWN = 0.5
"""Seconds that a point is taken to last where the sizes of its data are not known before they are read."""
TIMES = 100.0
"""A task that takes so many times what it should is taken to hang."""
HANGS_AFTER, UNKNOWN_HANGS_AFTER = 300.0, 3600.0
"""Seconds before which no task is taken to hang; where nobody knows how long it should last."""


def planned(document: Document, points: Iterable[Point]) -> list[Task]:
    """Return the tasks that train some points of a map, the longest first.

    A run with a rule that ends it early ends for all its replicas at once, so such points train alone.
    """
    alike: dict[Hashable, list[Point]] = {}
    for point in points:
        alike.setdefault(_likeness(point), []).append(point)
    tasks = [task for members in alike.values() for task in _tasks(document, members)]
    return sorted(tasks, key=lambda task: -task.seconds)


def _likeness(point: Point) -> Hashable:
    """Return what points have in common that can share a run: all but what replicas may have of their own."""
    stop = point.experiment.run.stop
    alone = point.number if stop.log_loss is not None or stop.plateau is not None else -1
    return alone, _shared(point.experiment)


def _shared(model: BaseModel) -> Hashable:
    """Return the values of all fields that replicas of one run have in common."""
    fixed, _ = _names(type(model))
    values = (getattr(model, name) for name in fixed)
    return type(model), tuple(_shared(v) if isinstance(v, BaseModel) else _hashable(v) for v in values)


def _own(model: BaseModel, prefix: str = "") -> dict[str, Any]:
    """Return the values of all fields that replicas may have of their own, by their dotted paths."""
    fixed, varying = _names(type(model))
    own = {f"{prefix}{name}": getattr(model, name) for name in varying}
    for name in fixed:
        part = getattr(model, name)
        if isinstance(part, BaseModel):
            own |= _own(part, f"{prefix}{name}.")
    return own


@cache
def _names(model: type[BaseModel]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which fields of a model replicas have in common, and which they may have of their own."""
    varying = tuple(name for name in model.model_fields if about(model, name).get("varies"))
    return tuple(name for name in model.model_fields if name not in varying), varying


def _hashable(value: Any) -> Hashable:
    return value if isinstance(value, (str, int, float, bool, tuple, type(None))) else repr(value)


def _tasks(document: Document, alike: Sequence[Point]) -> list[Task]:
    """Return tasks of about equal length of points that can share runs."""
    first = alike[0].experiment
    seconds, memory = cost_of(document, first)
    room = min(MOST, max(1, int(MEMORY / memory)) if memory else MOST, max(1, int(SECONDS / seconds)))
    count = math.ceil(len(alike) / room)
    size = math.ceil(len(alike) / count)
    parts = [alike[start : start + size] for start in range(0, len(alike), size)]
    return [task_of(document, part, AT_LEAST + seconds * len(part)) for part in parts]


def task_of(document: Document, points: Sequence[Point], seconds: float) -> Task:
    """Return the task that trains points which can share a run; seconds: about how long it lasts."""
    experiment = together([point.experiment for point in points])
    if measured_at_the_end(document, experiment):
        measure = experiment.measure.model_copy(update={"every": experiment.run.steps})
        experiment = experiment.model_copy(update={"measure": measure})
    return Task(tuple(point.number for point in points), experiment, seconds)


def cost_of(document: Document, experiment: Experiment) -> tuple[float, int]:
    """Return about the seconds and the bytes of one point; what is known before its data are read."""
    if not _is_known(experiment):
        return UNKNOWN, 0
    try:
        ends = sizes(experiment.data, document.folder).ends
    except Refusal:  # the run says so
        return UNKNOWN, 0
    seconds = step_seconds(structure(experiment.network, ends), ends.samples) * experiment.run.steps
    itemsize = 8 if experiment.run.dtype == "float64" else 4
    return max(seconds, 1e-6), memory_bytes(experiment.network, ends, 1, itemsize)


def hangs_after(task: Task) -> float:
    """Return the seconds after which a task is taken to hang."""
    return max(HANGS_AFTER if _is_known(task.experiment) else UNKNOWN_HANGS_AFTER, TIMES * task.seconds)


def _is_known(experiment: Experiment) -> bool:
    """Say whether the sizes of an experiment's data are known before they are read or made."""
    return not (experiment.data.reads or experiment.data.slow_start)


def together(members: Sequence[Experiment]) -> Experiment:
    """Return the experiment whose replicas are these, which differ in nothing but what replicas may differ in."""
    if len(members) == 1:
        return members[0]
    own = [_own(member) for member in members]
    vary = {
        path: [each[path] for each in own]
        for path, first in own[0].items()
        if path == "seed" or any(each[path] != first for each in own)
    }
    return Experiment.model_validate({**members[0].model_dump(), "vary": vary, "replicas": 1})
