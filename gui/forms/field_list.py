"""Every field that an experiment has, as it stands, without a form of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pydantic import BaseModel

from engine.experiment.experiment import Experiment

from .field_spec import FieldSpec, field_specs

WITHOUT_EDITOR = ("version",)


def fields_of(experiment: Experiment) -> list[FieldSpec]:
    """Return the fields of an experiment from top to bottom; of a choice those of the kind chosen."""
    return [spec for spec in _fields(experiment, "", "") if spec.path not in WITHOUT_EDITOR]


def _fields(model: BaseModel, prefix: str, title: str) -> Iterator[FieldSpec]:
    for spec in field_specs(type(model), prefix):
        if not spec.counts_in(model):
            continue
        value = getattr(model, spec.name)
        if isinstance(value, BaseModel):
            if spec.shape.form == "kinds":
                yield spec
            yield from _fields(value, spec.path, spec.title)
        else:
            yield replace(spec, title=title) if spec.name == "kind" else spec
