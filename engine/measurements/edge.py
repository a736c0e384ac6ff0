"""The edge of stability: the learning rate of the step from a record times the loss' sharpness, and its line."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

import torch
from torch import Tensor

from ..experiment.optimizers import MomentumSpec
from ..networks.lengths import length
from ..optimizers import Geometry, Optimizer
from ..optimizers.step_rules import Attempted, Situation
from ..run.next_step import NextStep, stability_line
from ..run.problem import Problem
from .base import FIRST, Measurement
from .record_point import RecordPoint

SOURCES = {
    "steepest": "2: gradient descent",
    "sgd": "2: the mean step of SGD",
    "heavy ball": "2 + 2β: heavy ball",
    "Nesterov": "(2 + 2β)/(1 + 2β): Nesterov's momentum",
}
"""Where the line comes from."""


def edge(
    problem: Problem, optimizer: Optimizer, curvature: Callable[[RecordPoint], Tensor], work: float
) -> Sequence[Measurement]:
    """Measure a (Loss/S) times the largest eigenvalue of grad^2 Loss/Loss, and the line beyond which steps grow.

    For gradient descent, with momentum or without; of other optimizers no such line is known. Where whole epochs of
    mini-batches are undone, the next step is not known at a record.

    Args:
        problem: the run's.
        optimizer: whose steps they are.
        curvature: measures that eigenvalue (K R,).
        work: what it costs.
    """
    said = problem.experiment.optimizer
    if stability_line(optimizer, problem.initial[:, 0]) is None or said.continuous:
        return []
    if said.step.attempts and not optimizer.full_batch:
        return []

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        evaluation = point.evaluation
        rate = next_size(point, optimizer.geometry) * (evaluation.log_loss - evaluation.log_weight).exp()
        return {"edge": rate * curvature(point)}

    def draw(point: RecordPoint) -> Mapping[str, Tensor]:
        return {"edge_line": torch.cat([step.line for step in point.next_steps])}

    return [
        Measurement(("edge",), measure, work, few=True, first=FIRST, ahead=True),
        Measurement(
            ("edge_line",), draw, ahead=True, note=f"line at {SOURCES[_kind(problem)]} (Cohen et al. 2021)"
        ),
    ]


def _kind(problem: Problem) -> str:
    said = problem.experiment.optimizer
    if isinstance(said, MomentumSpec):
        return "Nesterov" if said.nesterov else "heavy ball"
    return "sgd" if said.batching() else "steepest"


def next_size(point: RecordPoint, geometry: Geometry) -> Tensor:
    """Return a (K R,) of the step from every record, in units of ghat over the whole training set; NaN for none."""
    steps = point.next_steps
    first = steps[0]
    if isinstance(first.rule, Attempted):
        return _searched(point, first.rule, first, steps)
    bound = cache(partial(point.curvature_in, geometry))
    sizes = [
        step.rule.size(_situation(point, k, step, bound), step.memory) * step.share
        for k, step in enumerate(steps)
    ]
    return torch.cat(sizes)


def _situation(point: RecordPoint, place: int, step: NextStep, bound: Callable[[], Tensor]) -> Situation:
    """Return what a rule looks at before the step from a place.

    The unit of its direction is that of ghat: rates of schedules multiply it whatever it is, and a step of given
    length along sums of ghat is measured in it.
    """

    def here(values: Tensor) -> Tensor:
        return point.at(values, place)

    evaluation = point.evaluation
    log_weight = here(evaluation.log_weight)
    return Situation(
        point.step(place),
        here(point.norm),
        log_weight - step.log_units,
        here(evaluation.log_loss),
        log_weight,
        lambda: length(here(point.gradient)),
        lambda: here(bound()),
    )


def _searched(point: RecordPoint, rule: Attempted, first: NextStep, steps: Sequence[NextStep]) -> Tensor:
    """Return the first size (K R,) of those that a search attempts that lowers the loss."""
    memory, evaluation = first.remembered_by_all(steps), point.evaluation
    before = evaluation.log_loss

    def by_place(values: Tensor) -> Tensor:
        return values.reshape(len(steps), -1)

    reduced = by_place(evaluation.log_weight - first.log_units)
    rule.begin(by_place(before - first.log_units), memory)
    now = Situation(0, by_place(point.norm), reduced, None, reduced, _none, _none)
    taken = torch.full_like(before, math.nan)
    open_ = torch.ones_like(before, dtype=torch.bool)
    for _ in range(rule.patience):
        size = rule.size(now, memory).flatten()
        lowered = point.log_loss_at(torch.addcmul(point.theta, size.unsqueeze(1), point.gradient)) < before
        taken = torch.where(open_ & lowered, size, taken)
        rule.judge(memory, by_place(lowered), by_place(open_))
        open_ = open_ & ~lowered
        if not bool(open_.any()):
            break
    return taken


def _none() -> Tensor:
    raise AssertionError("rules that search look at neither")
