"""Which points train together: those of one shape share a run as replicas, in tasks of about equal length."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

from pydantic import BaseModel

from ..data import sizes
from ..experiment.document import Document
from ..experiment.experiment import Experiment
from ..experiment.fields import about
from ..experiment.structure import memory_bytes, structure
from ..experiment.structure.cost import step_seconds
from ..experiment.sweep import Grid
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


class MapPlan:
    """The points of a map by what can share a run, taken up one after the other; it holds their numbers alone."""

    def __init__(self, document: Document) -> None:
        assert document.sweep is not None, "it is a map"
        self._document, self._grid = document, Grid.of(document.base, document.sweep)
        self._alike: dict[Hashable, tuple[Experiment, list[int]]] = {}
        self._setting: tuple[int, Hashable] | None = None
        """The setting of the last point, and what its seeds have in common."""

    def add(self, point: Point) -> None:
        """Take up a point; one with a rule that ends it early trains alone: a run ends for all its replicas at once."""
        if self._setting is None or self._setting[0] != point.setting.number:
            self._setting = point.setting.number, _shared(point.experiment)
        stop = point.experiment.run.stop
        ends_early = any(rule is not None for rule in (stop.log_loss, stop.plateau, stop.seconds))
        alone = point.number if ends_early else -1
        self._alike.setdefault((alone, self._setting[1]), (point.experiment, []))[1].append(point.number)

    def tasks(self, known: Collection[int] = ()) -> list[Task]:
        """Return the tasks that train all points but those whose numbers are known, the longest first."""
        tasks: list[Task] = []
        for first, numbers in self._alike.values():
            tasks += self._tasks(first, [number for number in numbers if number not in known])
        return sorted(tasks, key=lambda task: -task.seconds)

    def _tasks(self, first: Experiment, alike: Sequence[int]) -> list[Task]:
        """Return tasks of about equal length of points that can share runs."""
        if not alike:
            return []
        seconds, memory = cost_of(self._document, first)
        room = min(MOST, max(1, int(MEMORY / memory)) if memory else MOST, max(1, int(SECONDS / seconds)))
        count = math.ceil(len(alike) / room)
        size = math.ceil(len(alike) / count)
        parts = [alike[start : start + size] for start in range(0, len(alike), size)]
        return [task_of(self._document, self._grid, part, AT_LEAST + seconds * len(part)) for part in parts]


def planned(document: Document, points: Iterable[Point]) -> list[Task]:
    """Return the tasks that train some points of a map, the longest first."""
    plan = MapPlan(document)
    for point in points:
        plan.add(point)
    return plan.tasks()


def _shared(model: BaseModel) -> Hashable:
    """Return the values of all fields that replicas of one run have in common."""
    fixed, _ = _names(type(model))
    values = (getattr(model, name) for name in fixed)
    return type(model), tuple(_shared(v) if isinstance(v, BaseModel) else _hashable(v) for v in values)


def _own(model: BaseModel, prefix: str = "") -> list[str]:
    """Return the dotted paths of all fields that replicas may have values of their own of."""
    fixed, varying = _names(type(model))
    own = [f"{prefix}{name}" for name in varying]
    for name in fixed:
        part = getattr(model, name)
        if isinstance(part, BaseModel):
            own += _own(part, f"{prefix}{name}.")
    return own


@cache
def _names(model: type[BaseModel]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which fields of a model replicas have in common, and which they may have of their own."""
    varying = tuple(name for name in model.model_fields if about(model, name).get("varies"))
    return tuple(name for name in model.model_fields if name not in varying), varying


def _hashable(value: Any) -> Hashable:
    return value if isinstance(value, (str, int, float, bool, tuple, type(None))) else repr(value)


def task_of(document: Document, grid: Grid, numbers: Sequence[int], seconds: float) -> Task:
    """Return the task that trains points which can share a run; seconds: about how long it lasts."""
    experiment = together(_experiments(grid, numbers))
    at_the_end = measured_at_the_end(document, experiment)
    if at_the_end:
        measure = experiment.measure.model_copy(update={"every": experiment.run.steps})
        experiment = experiment.model_copy(update={"measure": measure})
    return Task(tuple(numbers), experiment, seconds, at_the_end)


def _experiments(grid: Grid, numbers: Sequence[int]) -> list[Experiment]:
    """Return what points train, which were judged before."""
    firsts: dict[int, Experiment] = {}
    found = []
    for number in numbers:
        setting, seed = divmod(number, grid.sweep.seeds)
        if setting not in firsts:
            firsts[setting] = grid.experiment(grid.setting_of(setting))
        first = firsts[setting]
        found.append(first.model_copy(update={"seed": first.seed + seed}))
    return found


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
    """Return the experiment whose replicas are these, which were judged and differ in what replicas may differ in."""
    first = members[0]
    if len(members) == 1:
        return first
    vary = {}
    for path in _own(first):
        values = [*map(attrgetter(path), members)]
        if path == "seed" or any(value != values[0] for value in values):
            vary[path] = values
    return first.model_copy(update={"vary": vary, "replicas": len(members)})
