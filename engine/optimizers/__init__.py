"""Optimizers and step rules, one family a file; built from what the members of a run say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import torch
from torch import Tensor

from ..experiment.experiment import Experiment
from ..experiment.optimizers import (
    OPTIMIZER_KINDS,
    AdaGradSpec,
    AdamSpec,
    AdamWSpec,
    FlowSpec,
    MarginFlowSpec,
    MirrorSpec,
    MomentumSpec,
    MuonSpec,
    OptimizerSpec,
    RmsPropSpec,
    SgdSpec,
    ShampooSpec,
    SteepestSpec,
)
from ..experiment.plug_ins.kinds import OptimizerPlugIn
from ..experiment.registry import Implementations
from ..experiment.step_rules import (
    STEP_KINDS,
    AdaptiveSpec,
    ConstantSpec,
    LineSearchSpec,
    LossBasedSpec,
    NormalisedSpec,
    PowerSpec,
    SafeSpec,
    StepSpec,
    TheorySpec,
)
from ..networks import Network
from .adaptive import Adam, Conditioned
from .base import Direction, Optimizer, Pull
from .decay import Decay
from .geometry import Geometry, Lp, Spectral, geometry
from .matrices import Muon, Shampoo
from .memory import Memory
from .mirror import Mirror
from .momentum import Momentum
from .plug_ins import OwnOptimizer
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
Builder = Callable[[Any, Numbers, Network], Optimizer]
"""Builds an optimizer of what the first member says, of what differs between members, and of the network."""
RuleBuilder = Callable[[Any, Numbers, float | None], StepRule | Attempted | None]
"""Builds a step rule of the same, and of the network's degree of homogeneity."""


def _steepest(fields: SteepestSpec, numbers: Numbers, network: Network) -> Optimizer:
    own = Lp(numbers("p")) if fields.norm == "lp" else geometry(fields.norm, network)
    return Steepest(own, fields.scaled)


def _plain(fields: SgdSpec | FlowSpec, numbers: Numbers, network: Network) -> Optimizer:
    return Steepest(geometry("l2", network), full_batch=fields.full_batch)


def _along_margins(fields: MarginFlowSpec, numbers: Numbers, network: Network) -> Optimizer:
    return Steepest(geometry("l2", network), scaled=False)


def _momentum(fields: MomentumSpec, numbers: Numbers, network: Network) -> Optimizer:
    normalised = isinstance(fields.step, NormalisedSpec)
    return Momentum(geometry("l2", network), numbers("beta"), fields.nesterov, normalised)


def _adam(fields: AdamSpec, numbers: Numbers, network: Network) -> Optimizer:
    own = geometry("linf", network)
    return Adam(own, numbers("beta1"), numbers("beta2"), numbers("epsilon"))


def _adamw(fields: AdamWSpec, numbers: Numbers, network: Network) -> Optimizer:
    own = geometry("linf", network)
    return Adam(own, numbers("beta1"), numbers("beta2"), numbers("epsilon"), numbers("weight_decay"))


def _adagrad(fields: AdaGradSpec, numbers: Numbers, network: Network) -> Optimizer:
    return Conditioned(geometry("conditioned", network), numbers("epsilon"))


def _rmsprop(fields: RmsPropSpec, numbers: Numbers, network: Network) -> Optimizer:
    return Conditioned(geometry("conditioned", network), numbers("epsilon"), numbers("beta2"))


def _muon(fields: MuonSpec, numbers: Numbers, network: Network) -> Optimizer:
    return Muon(Spectral(network), numbers("beta"), fields.nesterov)


def _own(fields: OptimizerPlugIn, numbers: Numbers, network: Network) -> Optimizer:
    return OwnOptimizer.of(fields, numbers, geometry(fields.geometry, network))


def _shampoo(fields: ShampooSpec, numbers: Numbers, network: Network) -> Optimizer:
    return Shampoo(Spectral(network), network, numbers("beta"), numbers("epsilon"))


def _mirror(fields: MirrorSpec, numbers: Numbers, network: Network) -> Optimizer:
    return Mirror(Lp(numbers("p")), by_length=not fields.step.scheduled)


OPTIMIZERS = Implementations[OptimizerSpec, Builder](
    OPTIMIZER_KINDS,
    {
        SteepestSpec: _steepest,
        SgdSpec: _plain,
        MomentumSpec: _momentum,
        AdamSpec: _adam,
        AdamWSpec: _adamw,
        AdaGradSpec: _adagrad,
        RmsPropSpec: _rmsprop,
        MuonSpec: _muon,
        ShampooSpec: _shampoo,
        FlowSpec: _plain,
        MarginFlowSpec: _along_margins,
        MirrorSpec: _mirror,
    },
    {OptimizerPlugIn: _own},
)
"""What computes each kind of optimizer; what integrates flows is in `engine.steppers`."""


def _safe(fields: SafeSpec, numbers: Numbers, degree: float | None) -> StepRule:
    return SafeStep(numbers("step.c"), numbers("step.kappa"), fields.refresh, degree)


def _constant(fields: ConstantSpec, numbers: Numbers, degree: float | None) -> StepRule:
    return ConstantStep(numbers("step.eta"))


def _power(fields: PowerSpec, numbers: Numbers, degree: float | None) -> StepRule:
    return ConstantStep(numbers("step.eta"), numbers("step.exponent"))


def _normalised(fields: NormalisedSpec, numbers: Numbers, degree: float | None) -> StepRule:
    return NormalisedStep(numbers("step.a"), numbers("step.exponent"))


def _theory(fields: TheorySpec, numbers: Numbers, degree: float | None) -> StepRule:
    assert degree is not None, "the experiment's own check"
    return TheoryStep(numbers("step.a0"), degree)


def _loss_based(fields: LossBasedSpec, numbers: Numbers, degree: float | None) -> Attempted:
    return LossBasedStep(numbers("step.alpha"), numbers("step.up"), numbers("step.down"))


def _line_search(fields: LineSearchSpec, numbers: Numbers, degree: float | None) -> Attempted:
    return LineSearchStep(numbers("step.a"), numbers("step.up"), numbers("step.down"))


def _adaptive(fields: AdaptiveSpec, numbers: Numbers, degree: float | None) -> None:
    """Leave the step to the integrator."""


STEP_RULES = Implementations[StepSpec, RuleBuilder](
    STEP_KINDS,
    {
        SafeSpec: _safe,
        ConstantSpec: _constant,
        PowerSpec: _power,
        NormalisedSpec: _normalised,
        TheorySpec: _theory,
        LossBasedSpec: _loss_based,
        LineSearchSpec: _line_search,
        AdaptiveSpec: _adaptive,
    },
)
"""What computes each kind of step rule."""


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
    fields = members[0].optimizer
    return OPTIMIZERS.of(fields)(fields, numbers_of(members, dtype, device), network)


def build_decay(members: Sequence[Experiment], dtype: torch.dtype, device: torch.device) -> Decay | None:
    """Build what adds weight decay to the loss of a run; None where none is, as beside the steps of AdamW."""
    if members[0].optimizer.decoupled or not any(member.optimizer.weight_decay for member in members):
        return None
    return Decay(numbers_of(members, dtype, device)("weight_decay"))


def build_step_rule(
    members: Sequence[Experiment], degree: float | None, dtype: torch.dtype, device: torch.device
) -> StepRule | Attempted | None:
    """Build the step rule of a run; None where an integrator chooses."""
    fields = members[0].optimizer.step
    return STEP_RULES[fields.kind](fields, numbers_of(members, dtype, device), degree)


__all__ = [
    "OPTIMIZERS",
    "STEP_RULES",
    "Attempted",
    "Decay",
    "Direction",
    "Geometry",
    "LineSearchStep",
    "LossBasedStep",
    "Memory",
    "Optimizer",
    "Pull",
    "StepRule",
    "build_decay",
    "build_optimizer",
    "build_step_rule",
    "numbers_of",
]
