"""Which kinds have a compiled half, and which branch each takes. Importing this costs nothing."""

from __future__ import annotations

from ..experiment.experiment import Experiment
from ..experiment.networks import (
    DiagonalSpec,
    FreeFeaturesSpec,
    MlpSpec,
    NetworkSpec,
    NoRotationSpec,
    QuasiSpec,
)
from ..experiment.optimizers import (
    AdaGradSpec,
    AdamSpec,
    AdamWSpec,
    MirrorSpec,
    MomentumSpec,
    OptimizerSpec,
    RmsPropSpec,
    SgdSpec,
    SteepestSpec,
)
from ..experiment.step_rules import (
    ConstantSpec,
    LineSearchSpec,
    LossBasedSpec,
    NormalisedSpec,
    PowerSpec,
    SafeSpec,
    StepSpec,
    TheorySpec,
)
from ..run.problem import Problem
from .plan import Activated, Family, Norm, Optimizing, Stepping

ACTIVATIONS = {
    "linear": (Activated.LINEAR, 1),
    "relu": (Activated.RELU, 1),
    "leaky-relu": (Activated.LEAKY_RELU, 1),
    "relu2": (Activated.POWER, 2),
    "relu3": (Activated.POWER, 3),
    "abs": (Activated.ABS, 1),
    "gelu": (Activated.GELU, 1),
    "silu": (Activated.SILU, 1),
    "softplus": (Activated.SOFTPLUS, 1),
    "tanh": (Activated.TANH, 1),
    "maxout": (Activated.MAXOUT, 1),
}
BENDING = {Activated.LINEAR, Activated.RELU, Activated.LEAKY_RELU}
"""Activations that are straight on either side of 0, with a slope of 1 on the right."""
FAMILIES: dict[type[NetworkSpec], Family] = {
    MlpSpec: Family.DENSE,
    FreeFeaturesSpec: Family.DENSE,
    DiagonalSpec: Family.DIAGONAL,
    QuasiSpec: Family.QUASI,
    NoRotationSpec: Family.NO_ROTATION,
}
OPTIMIZERS: dict[type[OptimizerSpec], Optimizing] = {
    SteepestSpec: Optimizing.STEEPEST,
    SgdSpec: Optimizing.STEEPEST,
    MomentumSpec: Optimizing.MOMENTUM,
    AdamSpec: Optimizing.ADAM,
    AdamWSpec: Optimizing.ADAM,
    AdaGradSpec: Optimizing.CONDITIONED,
    RmsPropSpec: Optimizing.CONDITIONED,
    MirrorSpec: Optimizing.MIRROR,
}
RULES: dict[type[StepSpec], Stepping] = {
    SafeSpec: Stepping.SAFE,
    ConstantSpec: Stepping.CONSTANT,
    PowerSpec: Stepping.CONSTANT,
    NormalisedSpec: Stepping.NORMALISED,
    TheorySpec: Stepping.THEORY,
    LossBasedSpec: Stepping.LOSS_BASED,
    LineSearchSpec: Stepping.LINE_SEARCH,
}
NORMS = {"l2": Norm.L2, "linf": Norm.LINF, "l1": Norm.L1, "lp": Norm.LP, "conditioned": Norm.CONDITIONED}

BY_TORCH = {
    "conv": 3,
    "residual": 17,
    "attention": 15,
    "spectral": 20,
    "muon": 20,
    "shampoo": 20,
    "adaptive": 50,
    "flow": 50,
    "margin-flow": 1,
}
"""Kinds that have no compiled half, by about how many times as fast the smallest runs would be."""


def why_not_compiled(experiment: Experiment, problem: Problem) -> str:
    """Say what of a run has no compiled half, or ''."""
    optimizer = experiment.optimizer
    if problem.device.type != "cpu":
        return f"{problem.device} takes its steps by torch"
    if type(experiment.network) not in FAMILIES:
        return f"{experiment.network.kind} networks have no compiled half"
    if type(optimizer) not in OPTIMIZERS or optimizer.geometry not in NORMS:
        return f"{optimizer.in_brief()} has no compiled half"
    if type(optimizer.step) not in RULES:
        return f"{optimizer.step.kind} steps have no compiled half"
    return ""
