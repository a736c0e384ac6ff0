"""Optimizers and step rules, one family a file; built from what the members of a run say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

import torch
from torch import Tensor

from ..experiment.experiment import Experiment
from ..networks import Network
from .adaptive import Adam, Conditioned
from .base import Direction, Optimizer, Pull
from .geometry import Geometry, Spectral, geometry
from .matrices import Muon, Shampoo
from .memory import Memory
from .momentum import Momentum
from .steepest import Steepest
from .step_rules import (
    Attempted,
    ConstantStep,
    LineSearchStep,
    LossBasedStep,
    NormalisedStep,
    SafeStep,
    StepRule,
    TheoryStep,
)

Numbers = Callable[[str], Tensor]
"""Gives a field of the optimizer as one value per replica (R,), by its dotted path."""
Builder = Callable[[Experiment, Numbers, Network], Optimizer]


def _steepest(first: Experiment, numbers: Numbers, network: Network) -> Optimizer:
    fields = first.optimizer
    assert fields.kind == "steepest"
    return Steepest(geometry(fields.norm, network), fields.scaled)


def _plain(first: Experiment, numbers: Numbers, network: Network) -> Optimizer:
    return Steepest(geometry("l2", network), full_batch=first.optimizer.full_batch)


def _momentum(first: Experiment, numbers: Numbers, network: Network) -> Optimizer:
    fields = first.optimizer
    assert fields.kind == "momentum"
    normalised = fields.step.kind == "normalised"
    return Momentum(geometry("l2", network), numbers("beta"), fields.nesterov, normalised)


def _adam(first: Experiment, numbers: Numbers, network: Network) -> Optimizer:
    decay = numbers("weight_decay") if first.optimizer.kind == "adamw" else None
    own = geometry("linf", network)
    return Adam(own, numbers("beta1"), numbers("beta2"), numbers("epsilon"), decay)


def _adagrad(first: Experiment, numbers: Numbers, network: Network) -> Optimizer:
    return Conditioned(geometry("conditioned", network), numbers("epsilon"))


def _rmsprop(first: Experiment, numbers: Numbers, network: Network) -> Optimizer:
    return Conditioned(geometry("conditioned", network), numbers("epsilon"), numbers("beta2"))


def _muon(first: Experiment, numbers: Numbers, network: Network) -> Optimizer:
    fields = first.optimizer
    assert fields.kind == "muon"
    return Muon(Spectral(network), numbers("beta"), fields.nesterov)


def _shampoo(first: Experiment, numbers: Numbers, network: Network) -> Optimizer:
    return Shampoo(Spectral(network), network, numbers("beta"), numbers("epsilon"))


OPTIMIZERS: dict[str, Builder] = {
    "steepest": _steepest,
    "sgd": _plain,
    "momentum": _momentum,
    "adam": _adam,
    "adamw": _adam,
    "adagrad": _adagrad,
    "rmsprop": _rmsprop,
    "muon": _muon,
    "shampoo": _shampoo,
    "flow": _plain,
}
"""What computes each kind of optimizer; what integrates gradient flow is `engine.steppers.gradient_flow`."""


def numbers_of(members: Sequence[Experiment], dtype: torch.dtype, device: torch.device) -> Numbers:
    """Return the reader of the optimizer's fields across replicas."""

    def numbers(path: str) -> Tensor:
        read = attrgetter(path)
        return torch.tensor([float(read(m.optimizer)) for m in members], dtype=dtype, device=device)

    return numbers


def build_optimizer(
    members: Sequence[Experiment], network: Network, dtype: torch.dtype, device: torch.device
) -> Optimizer:
    """Build the optimizer of a run."""
    first = members[0]
    return OPTIMIZERS[first.optimizer.kind](first, numbers_of(members, dtype, device), network)


def build_step_rule(
    members: Sequence[Experiment], degree: float | None, dtype: torch.dtype, device: torch.device
) -> StepRule | Attempted | None:
    """Build the step rule of a run; None where an integrator chooses."""
    numbers = numbers_of(members, dtype, device)
    step = members[0].optimizer.step
    match step.kind:
        case "safe":
            return SafeStep(numbers("step.c"), numbers("step.kappa"), step.refresh, degree)
        case "constant":
            return ConstantStep(numbers("step.eta"))
        case "power":
            return ConstantStep(numbers("step.eta"), numbers("step.exponent"))
        case "normalised":
            return NormalisedStep(numbers("step.a"))
        case "theory":
            assert degree is not None, "the experiment's own check"
            return TheoryStep(numbers("step.a0"), degree)
        case "loss-based":
            return LossBasedStep(numbers("step.alpha"), numbers("step.up"), numbers("step.down"))
        case "line-search":
            return LineSearchStep(numbers("step.a"), numbers("step.up"), numbers("step.down"))
        case "adaptive":
            return None


__all__ = [
    "OPTIMIZERS",
    "Attempted",
    "Direction",
    "Geometry",
    "LineSearchStep",
    "LossBasedStep",
    "Memory",
    "Optimizer",
    "Pull",
    "StepRule",
    "build_optimizer",
    "build_step_rule",
    "numbers_of",
]
