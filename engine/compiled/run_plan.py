"""What a run is to compiled functions: its kinds, sizes, numbers and state, filled in as `plan` has them."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import accumulate
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..experiment.experiment import Experiment
from ..experiment.networks import DiagonalSpec, NetworkSpec
from ..experiment.optimizers import RmsPropSpec
from ..experiment.step_rules import (
    ConstantSpec,
    LineSearchSpec,
    LossBasedSpec,
    NormalisedSpec,
    PowerSpec,
    SafeSpec,
    TheorySpec,
    trusted_for,
)
from ..run.problem import Problem, distinct
from ..run.state import RunState
from .cost import Layout
from .coverage import ACTIVATIONS, BENDING, FAMILIES, NORMS, OPTIMIZERS, RULES
from .helpers import rest
from .plan import Activated, Given, Held, Kinds, Layers, Moved, Remembered, Room, SampleParts
from .products import panels_of
from .team import TICKETS


def parts_of(problem: Problem, layout: Layout) -> SampleParts:
    """Return room for what comes of every part of the samples."""
    count = layout.parts if layout.parts > 1 else 0
    parameters, of = problem.initial.shape[1], problem.initial.numpy().dtype
    return SampleParts(
        block=layout.block,
        gradient=np.empty((count, parameters), of),
        seen=np.empty((count, 4)),
        tickets=np.zeros(TICKETS, np.int64),
        rest=rest(),
    )


def held_by(problem: Problem) -> Held:
    """Return room for what one call hands to the next."""
    return Held(
        np.zeros(problem.initial.shape, problem.initial.numpy().dtype), np.zeros((problem.replicas, 4))
    )


def room_for(problem: Problem, block: int, drawn: int) -> Room:
    """Return room for the steps of one replica after the other, over so many samples at once; drawn: of a batch."""
    layers, parameters = problem.structure.layers, problem.initial.shape[1]
    of, inputs, classes = problem.initial.numpy().dtype, problem.x.shape[2], problem.network.outputs_count
    wide = block * max(max(layer.rows, layer.columns) for layer in layers)
    wide = max(wide, inputs * classes)  # of networks linear in x their weights
    per_layer = (len(layers), wide)
    rising, falling = _packed(problem)
    shapes = [(block, layer.columns) for layer in layers]
    shapes += [(inputs, classes), (block, inputs), (inputs, layers[0].rows), (classes, layers[-1].columns)]
    shapes += [(layers[-1].columns, classes)]
    return Room(
        z=np.empty(per_layer, of),
        h=np.empty(per_layer, of),
        delta=np.empty(per_layer, of),
        up=np.empty(wide, of),
        vector=np.empty(parameters, of),
        base=np.empty(parameters, of),
        smooth=np.empty(block),
        weight=np.empty(block),
        rising=np.empty(rising[-1], of),
        falling=np.empty(falling[-1], of),
        panels=np.empty(max(panels_of(*shape, of.itemsize) for shape in shapes), of),
        x=np.empty((drawn, inputs), of),
        labels=np.empty(drawn, of),
    )


def _packed(problem: Problem) -> tuple[list[int], list[int]]:
    """Return where every layer's packed weights begin, as each side needs them, and at last where they end."""
    size, layers = problem.initial.element_size(), problem.structure.layers
    rising = [panels_of(layer.columns, layer.rows, size) for layer in layers]
    falling = [panels_of(layer.rows, layer.columns, size) for layer in layers]
    return [0, *accumulate(rising)], [0, *accumulate(falling)]


def kinds_of(experiment: Experiment, problem: Problem, block: int, *, gradient_like: bool) -> Kinds:
    """Return which branches a run takes; block: the steps to a slot of the ring of gradients."""
    optimizer, rule = experiment.optimizer, experiment.optimizer.step
    degree = problem.network.degree
    return Kinds(
        exponential=int(problem.loss.exponential),
        mean=int(experiment.loss.reduction == "mean"),
        optimizer=int(OPTIMIZERS[type(optimizer)]),
        norm=int(NORMS[optimizer.geometry]),
        scaled=int(getattr(optimizer, "scaled", True)),
        nesterov=int(getattr(optimizer, "nesterov", False)),
        normalised=int(isinstance(rule, NormalisedSpec)),
        moving=int(isinstance(optimizer, RmsPropSpec)),
        rule=int(RULES[type(rule)]),
        patience=rule.attempts if optimizer.full_batch else 0,
        refresh=trusted_for(rule.refresh, degree) if isinstance(rule, SafeSpec) else 1,
        gradient_like=int(gradient_like),
        decays=int(
            not optimizer.decoupled
            and any(member.optimizer.weight_decay > 0 for member in problem.members_of(experiment))
        ),
        counting=int(optimizer.geometry != "l2" and problem.structure.exponent is not None),
        from_zero=int(bool((problem.initial == 0).all(1).any())),
        block=block,
    )


def layers_of(problem: Problem) -> Layers:
    """Return the layers from the input up."""
    layers = problem.structure.layers
    starts, at = [], {True: 0, False: 0}
    for layer in layers:
        starts.append(at[layer.trained])
        at[layer.trained] += layer.size

    rising, falling = _packed(problem)
    activation, power = ACTIVATIONS[problem.structure.activation]
    fields = problem.experiment.network

    def whole(values: list[Any]) -> NDArray[np.int64]:
        return np.array(values, dtype=np.int64)

    return Layers(
        rows=whole([layer.rows for layer in layers]),
        columns=whole([layer.columns for layer in layers]),
        start=whole(starts),
        bias=whole([layer.bias for layer in layers]),
        trained=whole([layer.trained for layer in layers]),
        lowest=problem.network.trained_layers[0],
        family=int(FAMILIES[type(fields)]),
        classes=problem.network.outputs_count,
        activation=int(activation),
        power=fields.depth if isinstance(fields, DiagonalSpec) else power,
        bends=int(activation in BENDING),
        slope=_slope(activation, fields),
        rising=whole(rising[:-1]),
        falling=whole(falling[:-1]),
    )


def _slope(activation: Activated, fields: NetworkSpec) -> float:
    """Return the slope left of 0, of an activation that bends there."""
    if activation is Activated.LINEAR:
        return 1.0
    return fields.slope() if activation is Activated.LEAKY_RELU else 0.0


def given_by(
    experiment: Experiment, problem: Problem, numbers: Callable[[str], Tensor], widest: float
) -> Given:
    """Return what a run reads and never writes.

    Args:
        experiment: the run's as it stands now.
        problem: what never changes.
        numbers: of its optimizer and rule, in every replica.
        widest: the largest ||v||_2^2 of a v with ||v|| = 1 in the optimizer's geometry.
    """
    optimizer, rule = experiment.optimizer, experiment.optimizer.step
    replicas = problem.replicas

    def column(name: str, otherwise: float) -> Tensor:
        there = hasattr(optimizer, name)
        return numbers(name) if there else torch.full((replicas,), otherwise, dtype=torch.float64)

    beta1 = column("beta1", 0.0) if hasattr(optimizer, "beta1") else column("beta", 0.0)
    nothing = torch.zeros(replicas, dtype=torch.float64)
    decay = numbers("weight_decay")
    beside, added = (decay, nothing) if optimizer.decoupled else (nothing, decay)
    of_optimizer = [beta1, column("beta2", 1.0), column("epsilon", 1.0).log(), beside, added.log()]
    of_optimizer.append(column("p", 2.0))
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
        case LossBasedSpec() | LineSearchSpec():
            of_rule = [numbers("step.up").log(), numbers("step.down").log()]
        case NormalisedSpec():
            of_rule = [numbers("step.a"), numbers("step.exponent")]
        case _:
            raise AssertionError(f"{rule.kind} steps have no compiled half")
    return Given(
        x=distinct(problem.x).contiguous().numpy(),
        labels=distinct(problem.labels).contiguous().numpy(),
        frozen=problem.network.frozen.numpy(),
        scale=problem.network.output_scale.double().numpy(),
        degree=math.nan if degree is None else float(degree),
        widest=widest,
        numbers=torch.stack(of_optimizer, 1).numpy(),
        step=torch.stack(of_rule, 1).numpy(),
    )


def moved_by(state: RunState) -> Moved:
    """Return the very tensors of a run's state."""
    average = state.stepper.average
    if average is None:
        average = state.theta.new_empty(len(state.theta), 0, state.theta.shape[1])
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


def remembered_by(state: RunState) -> Remembered:
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
        first=first_of(own, ("first", "gradients", "dual"), wide),
        second=first_of(own, ("second", "squares"), wide),
        conditioner=first_of(own, ("h",), wide),
        log_scale=first_of(own, ("log_scale", "unit"), single),
        power1=first_of(own, ("power1",), single),
        power2=first_of(own, ("power2",), single),
        handover=first_of(own, ("handover",), single.long()),
        log_size=first_of(rule, ("log_size",), single),
        log_loss=first_of(rule, ("log_loss",), single),
        curvature=first_of(rule, ("curvature",), single),
        norm=first_of(rule, ("norm",), single),
    )
