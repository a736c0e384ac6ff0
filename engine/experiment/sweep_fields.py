"""Which fields of an experiment can be axes of a map, and what an axis begins with: values around the one at hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from ..words.errors import Refusal
from .experiment import Experiment, value_at, with_values
from .fields import about
from .sweep import NO_AXES, Grid, SweepAxis, SweepSpec
from .titles import full_title

SECTIONS = ("data", "network", "loss", "optimizer", "run")
"""Parts whose fields are offered."""
COUNT = 7
"""Values that an axis of numbers begins with."""
FEWER = (0.25, 0.5, 1.0, 2.0, 4.0)
"""By what whole numbers and widths are multiplied."""


def can_be_axis(path: str) -> bool:
    """Say whether a field of this path may be an axis of a map: a part, or a number of one."""
    return path.partition(".")[0] in SECTIONS and path not in NO_AXES


def sweepable(experiment: Experiment) -> list[tuple[str, str]]:
    """Return the fields that can be axes, by path and title, in the order of the file."""
    paths = [path for name in SECTIONS for path in _within(getattr(experiment, name), name)]
    return [(path, full_title(experiment, path)) for path in paths if _candidates(experiment, path)]


def suggested(experiment: Experiment, path: str) -> SweepAxis:
    """Return an axis of a field: values around the one at hand, as far as the experiment takes them.

    Raises:
        Refusal: where it takes no other value.
    """
    for axis in _candidates(experiment, path):
        if _fits(experiment, axis):
            return axis
    raise Refusal(path, None, "has no other value to go through; write the values that it is to have")


def _within(model: BaseModel, prefix: str) -> Iterator[str]:
    for name in type(model).model_fields:
        path, value = f"{prefix}.{name}", getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _within(value, path)
        elif can_be_axis(path):
            yield path


def _candidates(experiment: Experiment, path: str) -> list[SweepAxis]:
    """Return axes of a field, the most wanted first; none of a field that has no values to go through."""
    try:
        value = value_at(experiment, path)
    except (AttributeError, Refusal):
        return []
    model, name = _owner(experiment, path)
    if name == "kind":
        return []
    options = _options(model, name)
    if isinstance(value, bool):
        return [SweepAxis(path=path, values=[False, True])]
    if options:
        return [SweepAxis(path=path, values=options), *_each(path, options, value)]
    if isinstance(value, int):
        several = list(dict.fromkeys(max(1, round(value * f)) for f in FEWER)) if value > 0 else [0, 1, 2]
        return [SweepAxis(path=path, values=part) for part in (several, several[2:], several[:3])]
    if isinstance(value, float):
        return _of_numbers(path, value)
    if isinstance(value, tuple) and value and all(isinstance(v, int) and v > 0 for v in value):
        lists = [[max(1, round(v * f)) for v in value] for f in FEWER]
        unlike = [each for k, each in enumerate(lists) if each not in lists[:k]]
        return [SweepAxis(path=path, values=unlike)]
    return []


def _of_numbers(path: str, value: float) -> list[SweepAxis]:
    if value > 0:
        return [
            SweepAxis(path=path, log=(float(f"{value * low:.6g}"), float(f"{value * high:.6g}"), COUNT))
            for low, high in ((0.1, 10.0), (0.1, 1.0), (1.0, 10.0), (0.5, 1.0))
        ]
    return [SweepAxis(path=path, lin=ends) for ends in ((value, value + 1.0, COUNT), (value, 0.5, COUNT))]


def _each(path: str, options: list[Any], value: Any) -> list[SweepAxis]:
    """Return axes of the value at hand and one other each: not every option goes with every experiment."""
    return [SweepAxis(path=path, values=[value, other]) for other in options if other != value]


def _owner(experiment: Experiment, path: str) -> tuple[type[BaseModel], str]:
    parts = path.split(".")
    owner: Any = experiment
    for part in parts[:-1]:
        owner = getattr(owner, part)
    return type(owner), parts[-1]


def _options(model: type[BaseModel], name: str) -> list[Any]:
    annotation = model.model_fields[name].annotation
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return list(about(model, name).get("choices") or [])


def _fits(experiment: Experiment, axis: SweepAxis) -> bool:
    """Say whether the experiment takes every value of an axis, and there are two at least."""
    try:
        grid = Grid.of(experiment, SweepSpec(axes=(axis,)))
        for value in grid.axes[0]:
            with_values(experiment, {axis.path: value})
    except Refusal:
        return False
    return len(grid.axes[0]) > 1
