"""A stepper whose steps are compiled, where every part of the run has a compiled half."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from itertools import accumulate, pairwise
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..experiment.experiment import Experiment
from ..experiment.networks import ActivatedSpec, DiagonalSpec
from ..experiment.optimizers import RmsPropSpec
from ..experiment.step_rules import (
    ConstantSpec,
    LineSearchSpec,
    LossBasedSpec,
    NormalisedSpec,
    PowerSpec,
    SafeSpec,
    TheorySpec,
)
from ..run.iterate import Iterate
from ..run.problem import Problem
from ..run.state import RunState, StepperState
from ..run.step_monitor import StepMonitor
from .advance import advance
from .cost import Layout, laid_out
from .coverage import ACTIVATIONS, FAMILIES, NORMS, OPTIMIZERS, RULES
from .helpers import rest, together
from .plan import Given, Held, Kinds, Layers, Moved, Remembered, Room, SampleParts
from .products import panels_of
from .team import OVER, TICKETS


class Moves(Protocol):
    """What is asked of an optimizer."""

    @property
    def gradient_like(self) -> bool:
        """Whether its steps are multiples of the gradient."""


O = TypeVar("O", bound=Moves)


class Memories(Protocol):
    """The torch stepper whose memory compiled steps write."""

    def initial_state(self, theta: Tensor) -> StepperState:
        """Return what it keeps, before the first step."""

    def mean_gradient(self, step: int, state: RunState) -> Tensor | None:
        """Return ghat (R, P) averaged over the last steps."""


class Batches(Protocol):
    """What chooses the samples of mini-batches."""

    size: int

    def between(self, step: int, count: int, attempt: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the samples of as many batches (T, R, B) from a step on, and how many of them each has (T,)."""


Whole = NDArray[np.int64]
NO_BATCHES = np.empty((0, 0, 0), np.int64), np.empty(0, np.int64)


class CompiledSteps(Generic[O]):
    """Steps of an optimizer by a step rule over the whole training set, many in one call."""

    def __init__(
        self,
        single: Memories,
        optimizer: O,
        numbers: Callable[[str], Tensor],
        experiment: Experiment,
        problem: Problem,
        block: int,
        batches: Batches | None,
    ) -> None:
        """Take what a step is made of.

        Args:
            single: the torch stepper that it stands for, whose memory it writes.
            optimizer: that stepper's.
            numbers: what the experiment says of it, in every replica, float64.
            experiment: the run's as it stands now.
            problem: what never changes.
            block: the steps to a slot of the ring of gradients.
            batches: what chooses samples; None: all of them.
        """
        self._single, self._problem, self._batches = single, problem, batches
        self.optimizer = optimizer
        self.sentence = ""
        self._kinds, self._given = (
            _kinds(experiment, problem, optimizer, block),
            _given(experiment, problem, numbers),
        )
        self._layers = _layers(problem)
        self._bound: tuple[RunState, Moved, Remembered] | None = None
        seen = problem.samples if batches is None else batches.size
        self._layout = layout = laid_out(
            problem.structure,
            seen,
            problem.replicas,
            problem.initial.element_size(),
            problem.threads_at_most,
            divisible=batches is None,
            twin=(problem.samples * problem.network.outputs_count) ** 2 if experiment.measure.twin else 0,
            # a step shortened as often as it grows has two attempts in vain, and each looks at the loss once
            looks=4 if self._kinds.patience else 1,
        )
        self.layout = layout.words
        self._chunks = _chunks(problem.replicas, layout)
        self._rooms = [_room(problem, layout.block, batches) for _ in range(layout.threads)]
        own = [_parts(problem, layout) for _ in range(min(layout.threads, problem.replicas))]
        # threads that have replicas of their own share no look
        self._parts = own if len(own) == len(self._chunks) else own[:1] * len(self._chunks)
        self._held = _held(problem)
        self._seen_at = (-1, -1)
        """The step, and the count of changes by others, at which what is held was seen."""

    def initial_state(self, theta: Tensor) -> StepperState:
        """Return what optimizer, rule and window keep."""
        return self._single.initial_state(theta)

    def mean_gradient(self, step: int, state: RunState) -> Tensor | None:
        """Return ghat (R, P) averaged over the last steps."""
        return self._single.mean_gradient(step, state)

    def step(self, iterate: Iterate, step: int) -> int:
        """Take one step."""
        self._take(iterate, step, 1, torch.empty(1, 4, self._problem.replicas, dtype=self._problem.dtype))
        return step + 1

    def advance(self, iterate: Iterate, step: int, last: int, monitor: StepMonitor) -> int:
        """Take as many steps as one call may, and let the monitor see what is reached after each."""
        count = min(last - step, self._layout.most)
        if self._batches is not None:
            self._take(
                iterate, step, count, torch.empty(0, 3, self._problem.replicas, dtype=self._problem.dtype)
            )
            return step + count
        rows = monitor.room(step + 1, iterate.state)[:count]
        self._take(iterate, step, len(rows), rows)
        monitor.took(len(rows))
        return step + len(rows)

    def attempt_at(self, iterate: Iterate, step: int, count: int, attempt: int) -> None:
        """Take as many steps, on the batches of an attempt at them."""
        rows = torch.empty(0, 3, self._problem.replicas, dtype=self._problem.dtype)
        self._take(iterate, step, count, rows, attempt)

    def _take(self, iterate: Iterate, step: int, count: int, rows: Tensor, attempt: int = 0) -> None:
        """Take steps; of the whole training set write what is seen after each into its row (T, 3 or 4, R)."""
        batches = NO_BATCHES if self._batches is None else self._batches.between(step, count, attempt)
        fresh = self._seen_at == (step, iterate.changes)
        ends = np.zeros(self._problem.replicas, np.int64)
        self._call(iterate.state, step, count, rows, batches, ends, fresh=fresh)
        iterate.moved()
        self._seen_at = (step + count, iterate.changes)

    def _call(
        self,
        state: RunState,
        step: int,
        count: int,
        rows: Tensor,
        drawn: tuple[Whole, Whole],
        ends: Whole,
        *,
        fresh: bool,
    ) -> None:
        """Take steps; ends (R,) is how many of them each replica has behind it, before and after."""
        if self._bound is None or self._bound[0] is not state:
            self._bound, fresh = (state, _moved(state), _remembered(state)), False
        _, moved, memory = self._bound
        batches, sizes = drawn
        common = self._kinds, self._layers, self._given, moved, memory, self._held
        seen = rows.numpy()

        def share(begin: int, end: int, parts: SampleParts, room: Room) -> None:
            advance(*common, fresh, step, begin, end, seen, batches, sizes, ends, parts, room)

        chunks = self._chunks if self._layout.worth_sharing(count) else [(0, self._problem.replicas)]
        self._parts[0].tickets[OVER] = 0
        each = zip(chunks, self._parts, self._rooms, strict=False)
        tasks = [partial(share, *chunk, parts, room) for chunk, parts, room in each]
        together(tasks, self._over)

    def _over(self) -> None:
        """Let threads that help know that there is nothing more to do."""
        self._parts[0].tickets[OVER] = 1


def _chunks(replicas: int, layout: Layout) -> list[tuple[int, int]]:
    """Return what each thread does: replicas from one to another, or none, where it helps with parts."""
    if layout.parts > 1 and replicas < layout.threads:
        return [(0, replicas)] + [(0, 0)] * (layout.threads - 1)
    parts = min(replicas, layout.threads)
    ends = [replicas * k // parts for k in range(parts + 1)]
    return list(pairwise(ends))


def _parts(problem: Problem, layout: Layout) -> SampleParts:
    count = layout.parts if layout.parts > 1 else 0
    parameters, of = problem.initial.shape[1], problem.initial.numpy().dtype
    return SampleParts(
        block=layout.block,
        gradient=np.empty((count, parameters), of),
        seen=np.empty((count, 4)),
        tickets=np.zeros(TICKETS, np.int64),
        rest=rest(),
    )


def _held(problem: Problem) -> Held:
    return Held(
        np.zeros(problem.initial.shape, problem.initial.numpy().dtype), np.zeros((problem.replicas, 4))
    )


def _room(problem: Problem, block: int, batches: Batches | None) -> Room:
    """Return room for the steps of one replica after the other, over so many samples at once."""
    layers, parameters = problem.structure.layers, problem.initial.shape[1]
    of, inputs, classes = problem.initial.numpy().dtype, problem.x.shape[2], problem.network.outputs_count
    wide = block * max(max(layer.rows, layer.columns) for layer in layers)
    wide = max(wide, inputs * classes)  # of networks linear in x their weights
    per_layer = (len(layers), wide)
    rising, falling = _packed(problem)
    shapes = [(block, layer.columns) for layer in layers]
    shapes += [(inputs, classes), (block, inputs), (inputs, layers[0].rows), (classes, layers[-1].columns)]
    shapes += [(layers[-1].columns, classes)]
    drawn = 0 if batches is None else batches.size
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


def _kinds(experiment: Experiment, problem: Problem, built: Moves, block: int) -> Kinds:
    optimizer, rule = experiment.optimizer, experiment.optimizer.step
    refresh = rule.refresh if isinstance(rule, SafeSpec) else 1
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
        refresh=refresh if problem.network.degree is not None else min(refresh, 5),
        gradient_like=int(built.gradient_like),
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
        slope=fields.slope() if isinstance(fields, ActivatedSpec) else 0.0,
        rising=whole(rising[:-1]),
        falling=whole(falling[:-1]),
    )


def _shared(values: Tensor) -> NDArray[Any]:
    """Return what replicas share once, else all of it."""
    shared = values[:1] if values.shape[0] == 1 or values.stride(0) == 0 else values
    array: NDArray[Any] = shared.contiguous().numpy()
    return array


def _given(experiment: Experiment, problem: Problem, numbers: Callable[[str], Tensor]) -> Given:
    optimizer, rule = experiment.optimizer, experiment.optimizer.step
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
        case LossBasedSpec() | LineSearchSpec():
            of_rule = [numbers("step.up").log(), numbers("step.down").log()]
        case _:
            of_rule = [numbers("step.a"), nothing]
    return Given(
        x=_shared(problem.x),
        labels=_shared(problem.labels),
        frozen=problem.network.frozen.numpy(),
        scale=problem.network.output_scale.double().numpy(),
        degree=math.nan if degree is None else float(degree),
        numbers=torch.stack(of_optimizer, 1).numpy(),
        step=torch.stack(of_rule, 1).numpy(),
    )


def _moved(state: RunState) -> Moved:
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
        log_size=first_of(rule, ("log_size",), single),
        log_loss=first_of(rule, ("log_loss",), single),
        curvature=first_of(rule, ("curvature",), single),
        norm=first_of(rule, ("norm",), single),
    )
