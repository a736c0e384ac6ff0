"""Optimizers and step rules, one family a file; built from what the members of a run say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

import torch
from torch import Tensor

from ..experiment.experiment import Experiment
from .adaptive import Adam
from .base import Optimizer, State
from .steepest import SteepestL2
from .step_rules import ConstantStep, LossBasedStep, NormalisedStep, SafeStep, StepRule

Numbers = Callable[[str], Tensor]
"""Gives a field of the optimizer as one value per replica (R,), by its dotted path."""


def _steepest(numbers: Numbers) -> Optimizer:
    return SteepestL2()


def _sgd(numbers: Numbers) -> Optimizer:
    return SteepestL2(full_batch=False)


def _adam(numbers: Numbers) -> Optimizer:
    return Adam(numbers("beta1"), numbers("beta2"), numbers("epsilon"))


OPTIMIZERS: dict[str, Callable[[Numbers], Optimizer]] = {"steepest": _steepest, "sgd": _sgd, "adam": _adam}


def numbers_of(members: Sequence[Experiment], dtype: torch.dtype, device: torch.device) -> Numbers:
    """Return the reader of the optimizer's fields across replicas."""

    def numbers(path: str) -> Tensor:
        read = attrgetter(path)
        return torch.tensor([float(read(m.optimizer)) for m in members], dtype=dtype, device=device)

    return numbers


def build_optimizer(members: Sequence[Experiment], dtype: torch.dtype, device: torch.device) -> Optimizer:
    """Build the optimizer of a run."""
    return OPTIMIZERS[members[0].optimizer.kind](numbers_of(members, dtype, device))


def build_step_rule(
    members: Sequence[Experiment],
    optimizer: Optimizer,
    degree: float | None,
    dtype: torch.dtype,
    device: torch.device,
) -> StepRule:
    """Build the step rule of a run."""
    numbers = numbers_of(members, dtype, device)
    step = members[0].optimizer.step
    match step.kind:
        case "safe":
            return SafeStep(numbers("step.c"), numbers("step.kappa"), step.refresh, degree)
        case "constant":
            return ConstantStep(numbers("step.eta"), optimizer.gradient_units)
        case "normalised":
            return NormalisedStep(numbers("step.a"))
        case "loss-based":
            return LossBasedStep(numbers("step.alpha"), numbers("step.up"), numbers("step.down"))


__all__ = [
    "OPTIMIZERS",
    "LossBasedStep",
    "Optimizer",
    "State",
    "StepRule",
    "build_optimizer",
    "build_step_rule",
]
