"""A stepper whose steps are compiled, where every part of the run has a compiled half."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..experiment.experiment import Experiment
from ..experiment.networks import FreeFeaturesSpec, MlpSpec
from ..experiment.optimizers import (
    AdaGradSpec,
    AdamSpec,
    AdamWSpec,
    MomentumSpec,
    OptimizerSpec,
    RmsPropSpec,
    SteepestSpec,
)
from ..experiment.step_rules import ConstantSpec, NormalisedSpec, PowerSpec, SafeSpec, StepSpec, TheorySpec
from ..optimizers import Optimizer, numbers_of
from ..run.iterate import Iterate
from ..run.problem import Problem
from ..run.state import RunState, StepperState
from ..steppers.single_step import SingleStep
from .advance import advance
from .plan import Activated, Given, Kinds, Layers, Moved, Norm, Optimizing, Remembered, Stepping

PER_CALL = 0.02
"""Seconds, by the model of what a step costs, that one call takes at most."""
FIXED, PER_MULTIPLICATION, PER_PARAMETER = 1.5e-6, 2.5e-10, 5e-9
"""Seconds of a replica's step: at least, for every multiply-add of its products, and for every parameter."""
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
OPTIMIZERS: dict[type[OptimizerSpec], Optimizing] = {
    SteepestSpec: Optimizing.STEEPEST,
    MomentumSpec: Optimizing.MOMENTUM,
    AdamSpec: Optimizing.ADAM,
    AdamWSpec: Optimizing.ADAM,
    AdaGradSpec: Optimizing.CONDITIONED,
    RmsPropSpec: Optimizing.CONDITIONED,
}
RULES: dict[type[StepSpec], Stepping] = {
    SafeSpec: Stepping.SAFE,
    ConstantSpec: Stepping.CONSTANT,
    PowerSpec: Stepping.CONSTANT,
    NormalisedSpec: Stepping.NORMALISED,
    TheorySpec: Stepping.THEORY,
}
NORMS = {"l2": Norm.L2, "linf": Norm.LINF, "l1": Norm.L1, "conditioned": Norm.CONDITIONED}


def why_not(experiment: Experiment, problem: Problem) -> str:
    """Say what of a run has no compiled half, or ''."""
    optimizer = experiment.optimizer
    if problem.device.type != "cpu":
        return f"{problem.device} takes its steps by torch"
    if not isinstance(experiment.network, MlpSpec | FreeFeaturesSpec):
        return f"{experiment.network.kind} networks have no compiled half"
    if type(optimizer) not in OPTIMIZERS or optimizer.geometry not in NORMS:
        return f"{optimizer.in_brief()} has no compiled half"
    if type(optimizer.step) not in RULES:
        return f"{optimizer.step.kind} steps have no compiled half"
    if experiment.measure.twin:
        return "the linearised twin has no compiled half"
    return ""


class CompiledSteps:
    """Steps of an optimizer by a step rule over the whole training set, many in one call."""

    def __init__(self, single: SingleStep, experiment: Experiment, problem: Problem, block: int) -> None:
        """Take the torch stepper that it stands for, whose memory it writes; block: of the ring of gradients."""
        self._single, self._problem = single, problem
        self.optimizer: Optimizer = single.optimizer
        self.sentence = ""
        self._kinds, self._given = _kinds(experiment, problem, single, block), _given(experiment, problem)
        self._layers = _layers(problem)
        self._bound: tuple[RunState, Moved, Remembered] | None = None
        work = sum(layer.size for layer in problem.structure.layers) * problem.samples
        seconds = FIXED + 3 * PER_MULTIPLICATION * work + PER_PARAMETER * problem.initial.shape[1]
        self.most = max(1, int(PER_CALL / (seconds * problem.replicas)))
        """Steps that one call takes at most."""
        self._chunks = _chunks(problem.replicas, problem.threads)

    def initial_state(self, theta: Tensor) -> StepperState:
        """Return what optimizer, rule and window keep."""
        return self._single.initial_state(theta)

    def mean_gradient(self, step: int, state: RunState) -> Tensor | None:
        """Return ghat (R, P) averaged over the last steps."""
        return self._single.mean_gradient(step, state)

    def step(self, iterate: Iterate, step: int) -> int:
        """Take one step."""
        rows = torch.empty(1, 4, self._problem.replicas, dtype=self._problem.dtype)
        return self.advance(iterate, step, 1, rows)

    def advance(self, iterate: Iterate, step: int, count: int, rows: Tensor) -> int:
        """Take steps and write what is seen after each into rows (count, 3 or 4, R); return the step reached."""
        state = iterate.state
        if self._bound is None or self._bound[0] is not state:
            self._bound = (state, _moved(state), _remembered(state))
        _, moved, memory = self._bound
        seen = rows.numpy()

        def part(ends: tuple[int, int]) -> None:
            advance(self._kinds, self._layers, self._given, moved, memory, step, count, *ends, seen)

        if len(self._chunks) == 1:
            part(self._chunks[0])
        else:
            with ThreadPoolExecutor(len(self._chunks)) as pool:
                list(pool.map(part, self._chunks))
        iterate.reevaluate()
        return step + count


def _chunks(replicas: int, threads: int) -> list[tuple[int, int]]:
    parts = max(1, min(replicas, threads))
    ends = [replicas * k // parts for k in range(parts + 1)]
    return list(zip(ends[:-1], ends[1:], strict=True))


def _kinds(experiment: Experiment, problem: Problem, single: SingleStep, block: int) -> Kinds:
    optimizer, rule = experiment.optimizer, experiment.optimizer.step
    activation, power = ACTIVATIONS[problem.structure.activation]
    refresh = rule.refresh if isinstance(rule, SafeSpec) else 1
    return Kinds(
        activation=int(activation),
        power=power,
        exponential=int(problem.loss.exponential),
        optimizer=int(OPTIMIZERS[type(optimizer)]),
        norm=int(NORMS[optimizer.geometry]),
        scaled=int(getattr(optimizer, "scaled", True)),
        nesterov=int(getattr(optimizer, "nesterov", False)),
        normalised=int(isinstance(rule, NormalisedSpec)),
        moving=int(isinstance(optimizer, RmsPropSpec)),
        rule=int(RULES[type(rule)]),
        refresh=refresh if problem.network.degree is not None else min(refresh, 5),
        gradient_like=int(single.optimizer.gradient_like),
        counting=int(optimizer.geometry != "l2" and problem.structure.exponent is not None),
        from_zero=int(bool((problem.initial == 0).all(1).any())),
        block=block,
    )


def _layers(problem: Problem) -> Layers:
    layers = problem.structure.layers
    starts, at = [], {True: 0, False: 0}
    for layer in layers:
        starts.append(at[layer.trained])
        at[layer.trained] += layer.size

    def whole(values: list[Any]) -> NDArray[np.int64]:
        return np.array(values, dtype=np.int64)

    return Layers(
        rows=whole([layer.rows for layer in layers]),
        columns=whole([layer.columns for layer in layers]),
        start=whole(starts),
        bias=whole([layer.bias for layer in layers]),
        trained=whole([layer.trained for layer in layers]),
        lowest=problem.network.trained_layers[0],
    )


def _shared(values: Tensor) -> NDArray[Any]:
    """Return what replicas share once, else all of it."""
    shared = values[:1] if values.shape[0] == 1 or values.stride(0) == 0 else values
    array: NDArray[Any] = shared.contiguous().numpy()
    return array


def _given(experiment: Experiment, problem: Problem) -> Given:
    members, optimizer, rule = experiment.members(), experiment.optimizer, experiment.optimizer.step
    numbers = numbers_of(members, torch.float64, torch.device("cpu"))
    replicas = problem.replicas

    def column(name: str, otherwise: float) -> Tensor:
        there = hasattr(optimizer, name)
        return numbers(name) if there else torch.full((replicas,), otherwise, dtype=torch.float64)

    beta1 = column("beta1", 0.0) if hasattr(optimizer, "beta1") else column("beta", 0.0)
    of_optimizer = [beta1, column("beta2", 1.0), column("epsilon", 1.0).log(), column("weight_decay", 0.0)]
    nothing = torch.zeros(replicas, dtype=torch.float64)
    degree = problem.network.degree
    match rule:
        case SafeSpec():
            of_rule = [numbers("step.c"), numbers("step.kappa")]
        case PowerSpec():
            of_rule = [numbers("step.eta").log(), numbers("step.exponent")]
        case ConstantSpec():
            of_rule = [numbers("step.eta").log(), nothing]
        case TheorySpec():
            assert degree is not None, "the experiment's own check"
            of_rule = [numbers("step.a0").log(), nothing + 2 - 2 / degree]
        case _:
            of_rule = [numbers("step.a"), nothing]
    mean = experiment.loss.reduction == "mean"
    return Given(
        x=_shared(problem.x),
        labels=_shared(problem.labels),
        frozen=problem.network.frozen.numpy(),
        scale=problem.network.output_scale.double().numpy(),
        slope=experiment.network.slope(),
        degree=math.nan if degree is None else float(degree),
        log_units=math.log(problem.samples) if mean else 0.0,
        numbers=torch.stack(of_optimizer, 1).numpy(),
        step=torch.stack(of_rule, 1).numpy(),
    )


def _moved(state: RunState) -> Moved:
    average = state.stepper.average
    assert average is not None, "full-batch steps keep a ring of gradients"
    return Moved(
        theta=state.theta.numpy(),
        direction=state.direction.numpy(),
        path=state.direction_path.numpy(),
        step_size=state.step_size.numpy(),
        log_rate=state.log_learning_rate.numpy(),
        log_time=state.log_time.numpy(),
        alive=state.alive.numpy(),
        average=average.numpy(),
    )


def _remembered(state: RunState) -> Remembered:
    """Return the memory's tensors; of what this optimizer and this rule do not keep, empty ones."""
    own, rule = state.stepper.optimizer, state.stepper.rule
    wide, single = state.theta[:, :0], state.theta[:, 0][:0]

    def first_of(memory: object, names: tuple[str, ...], otherwise: Tensor) -> NDArray[Any]:
        for name in names:
            if isinstance(getattr(memory, name, None), Tensor):
                array: NDArray[Any] = getattr(memory, name).numpy()
                return array
        return np.ascontiguousarray(otherwise.numpy())

    return Remembered(
        first=first_of(own, ("first", "gradients"), wide),
        second=first_of(own, ("second", "squares"), wide),
        conditioner=first_of(own, ("h",), wide),
        log_scale=first_of(own, ("log_scale",), single),
        power1=first_of(own, ("power1",), single),
        power2=first_of(own, ("power2",), single),
        handover=first_of(own, ("handover",), single.long()),
        curvature=first_of(rule, ("curvature",), single),
        norm=first_of(rule, ("norm",), single),
    )
