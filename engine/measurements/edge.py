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
from ..optimizers.decay import Decayed, bound_of_both
from ..optimizers.step_rules import Attempted, Situation
from ..run.next_step import NextStep, stability_line
from ..run.problem import Problem
from .base import FIRST, Measurement, pass_work
from .record_point import RecordPoint

SOURCES = {
    "steepest": "2: gradient descent",
    "sgd": "2: the mean step of SGD",
    "heavy ball": "2 + 2β: heavy ball",
    "Nesterov": "(2 + 2β)/(1 + 2β): Nesterov's momentum",
}
"""Where the line comes from."""
ATTEMPTS = 4
"""Forward passes of a search, about."""


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

    if said.step.attempts:
        work += ATTEMPTS * problem.samples * pass_work(problem)

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        rates, bends = next_rates(point, optimizer.geometry), curvature(point)
        values = [
            step.curvature(rates[k], point.at(point.evaluation.log_loss, k), point.at(bends, k))
            for k, step in enumerate(point.next_steps)
        ]
        return {"edge": torch.cat(values)}

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


def next_rates(point: RecordPoint, geometry: Geometry) -> list[Tensor]:
    """Return log eta (R,) of the step from every place, of the loss that the step sees; NaN for none."""
    steps = point.next_steps
    pulls = [
        step.pull(
            *(point.at(values, k) for values in (point.theta, point.gradient, point.evaluation.log_weight))
        )
        for k, step in enumerate(steps)
    ]
    rule = steps[0].rule
    if isinstance(rule, Attempted):
        sizes = list(_searched(point, rule, steps, pulls))
    else:
        bound = cache(partial(point.curvature_in, geometry))
        sizes = [
            step.rule.size(_situation(point, k, pulls[k], geometry, bound), step.memory)
            for k, step in enumerate(steps)
        ]
    return [size.log() - pull.log_weight for size, pull in zip(sizes, pulls, strict=True)]


def _situation(
    point: RecordPoint, place: int, pull: Decayed, geometry: Geometry, bound: Callable[[], Tensor]
) -> Situation:
    """Return what a rule looks at before the step from a place.

    The unit of its direction is that of ghat: rates of schedules multiply it whatever it is, and a step of given
    length along sums of ghat is measured in it.
    """

    def here(values: Tensor) -> Tensor:
        return point.at(values, place)

    return Situation(
        point.step(place),
        here(point.norm),
        pull.log_weight,
        here(point.evaluation.log_loss),
        here(point.evaluation.log_weight),
        lambda: length(pull.gradient),
        lambda: here(bound()),
        bound_of_both(pull.share, geometry.widest(pull.gradient.shape[1])),
    )


def _searched(
    point: RecordPoint, rule: Attempted, steps: Sequence[NextStep], pulls: Sequence[Decayed]
) -> Tensor:
    """Return the first size (K, R) of those that a search attempts that lowers loss and decay.

    NaN for none, and where a replica has ended: no size would lower what it has.
    """
    memory, first = steps[0].remembered_by_all(steps), steps[0]
    reduced, gradient = torch.stack([p.log_weight for p in pulls]), torch.cat([p.gradient for p in pulls])

    def objective(log_loss: Tensor, theta: Tensor) -> Tensor:
        both = [step.log_objective(point.at(log_loss, k), point.at(theta, k)) for k, step in enumerate(steps)]
        return torch.stack(both)

    before = objective(point.evaluation.log_loss, point.theta)
    rule.begin(before - first.log_units, memory)
    now = Situation(0, reduced, reduced, None, reduced, _none, _none)
    taken = torch.full_like(before, math.nan)
    open_ = point.alive.view_as(before) & before.isfinite()
    for _ in range(rule.patience):
        size = rule.size(now, memory)
        trial = torch.addcmul(point.theta, size.flatten().unsqueeze(1), gradient)
        lowered = objective(point.log_loss_at(trial), trial) < before
        taken = torch.where(open_ & lowered, size, taken)
        rule.judge(memory, lowered, open_)
        open_ = open_ & ~lowered
        if not bool(open_.any()):
            break
    return taken


def _none() -> Tensor:
    raise AssertionError("rules that search look at neither")
