"""The numbers of an experiment that may differ between replicas, in words."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from engine.experiment.experiment import Experiment
from engine.words.formats import editable_number

from .field_spec import FieldSpec, field_specs

_ORDER = ("network", "optimizer", "data")


@dataclass(frozen=True)
class VaryPath:
    """One number that `vary` may list: its dotted path, where it stands and what it is called."""

    path: str
    words: str
    whole: bool
    now: str
    """Its value in the experiment, as text."""


def vary_paths(experiment: Experiment) -> tuple[VaryPath, ...]:
    """Return every number that replicas may have their own value of, network and optimizer first."""
    paths: list[VaryPath] = []
    for name in _ORDER:
        paths += _within(getattr(experiment, name), name, name)
    return tuple(paths)


def _within(model: BaseModel, path: str, place: str) -> list[VaryPath]:
    paths: list[VaryPath] = []
    for spec in field_specs(type(model), path):
        value = getattr(model, spec.name)
        if isinstance(value, BaseModel):
            paths += _within(value, spec.path, spec.title)
        elif spec.varies:
            paths.append(
                VaryPath(
                    spec.path, f"{place}: {_called(spec)}", isinstance(value, int), editable_number(value)
                )
            )
    return paths


def _called(spec: FieldSpec) -> str:
    return spec.label
