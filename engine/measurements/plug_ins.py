"""Measurements of plug-ins, taken with the group that they say they belong to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

from torch import Tensor

from ..experiment.plug_ins.asking import asked, refused
from ..experiment.plug_ins.kinds import MeasurementPlugIn
from ..experiment.plug_ins.loaded import MEASUREMENTS
from ..run.problem import Problem
from .base import Measurement, estimate, pass_work
from .record_point import RecordPoint

OPERATIONS = 100
"""Small tensor operations that one is taken to cost, beside a pass up and down."""


def of_plug_ins(problem: Problem, groups: Sequence[str]) -> list[Measurement]:
    """Return what plug-ins measure in these groups.

    Raises:
        Refusal: where one cannot be imported.
    """
    work = estimate(OPERATIONS, 3.0 * problem.samples * pass_work(problem))
    return [
        Measurement((own.column.name,), _measure(own), work)
        for own in MEASUREMENTS
        if own.column.group in groups
    ]


def _measure(own: MeasurementPlugIn) -> Callable[[RecordPoint], Mapping[str, Tensor]]:
    name = own.column.name
    module, _, function = own.measure.partition(":")
    ask = asked("measure", name, "in its plug-in", lambda: getattr(import_module(module), function))

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        values = asked("measure", name, "in its plug-in", lambda: ask(point))
        if not isinstance(values, Tensor) or values.shape != point.theta.shape[:1]:
            found = tuple(values.shape) if isinstance(values, Tensor) else type(values).__name__
            raise refused(
                "measure", name, f"is {found} of its plug-in; a tensor ({len(point.theta)},) is needed"
            )
        return {name: values.detach()}

    return measure
