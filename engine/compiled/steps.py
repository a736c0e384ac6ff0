"""A stepper whose steps are compiled, where every part of the run has a compiled half."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Generic, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..experiment.experiment import Experiment
from ..run.iterate import Iterate
from ..run.next_step import NextStep
from ..run.problem import Problem
from ..run.state import RunState, StepperState
from ..run.step_monitor import StepMonitor
from .advance import advance
from .cost import Layout, laid_out
from .helpers import together
from .plan import Moved, Remembered, Room, SampleParts
from .run_plan import (
    given_by,
    held_by,
    kinds_of,
    layers_of,
    moved_by,
    parts_of,
    remembered_by,
    room_for,
)
from .team import OVER


class Measures(Protocol):
    """What is asked of a norm."""

    def widest(self, parameters: int) -> float:
        """Return the largest ||v||_2^2 of all v (P,) with ||v|| = 1."""


class Moves(Protocol):
    """What is asked of an optimizer."""

    @property
    def gradient_like(self) -> bool:
        """Whether its steps are multiples of the gradient."""

    @property
    def geometry(self) -> Measures:
        """The norm in which it descends."""


O = TypeVar("O", bound=Moves)


class Memories(Protocol):
    """The torch stepper whose memory compiled steps write."""

    def initial_state(self, theta: Tensor) -> StepperState:
        """Return what it keeps, before the first step."""

    def mean_gradient(self, step: int, state: RunState) -> Tensor | None:
        """Return ghat (R, P) averaged over the last steps."""

    def next_step(self, step: int, state: RunState) -> NextStep | None:
        """Return what decides how long the step from here is."""


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
        self._kinds = kinds_of(experiment, problem, block, gradient_like=optimizer.gradient_like)
        widest = optimizer.geometry.widest(problem.initial.shape[1])
        self._given, self._layers = given_by(experiment, problem, numbers, widest), layers_of(problem)
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
        self.layout, self.threads = layout.words, layout.threads
        self._chunks = _chunks(problem.replicas, layout)
        self._rooms = [
            room_for(problem, layout.block, 0 if batches is None else seen) for _ in range(layout.threads)
        ]
        own = [parts_of(problem, layout) for _ in range(min(layout.threads, problem.replicas))]
        # threads that have replicas of their own share no look
        self._parts = own if len(own) == len(self._chunks) else own[:1] * len(self._chunks)
        self._held = held_by(problem)
        self._seen_at = (-1, -1)
        """The step, and the count of changes by others, at which what is held was seen."""

    def initial_state(self, theta: Tensor) -> StepperState:
        """Return what optimizer, rule and window keep."""
        return self._single.initial_state(theta)

    def mean_gradient(self, step: int, state: RunState) -> Tensor | None:
        """Return ghat (R, P) averaged over the last steps."""
        return self._single.mean_gradient(step, state)

    def next_step(self, step: int, state: RunState) -> NextStep | None:
        """Return what decides how long the step from here is."""
        return self._single.next_step(step, state)

    def step(self, iterate: Iterate, step: int) -> int:
        """Take one step."""
        self._take(iterate, step, 1, torch.empty(1, 4, self._problem.replicas, dtype=self._problem.dtype))
        return step + 1

    def advance(self, iterate: Iterate, step: int, last: int, monitor: StepMonitor) -> int:
        """Take as many steps as one call may, and let the monitor see what is reached after each."""
        count = min(last - step, self._layout.most)
        if self._batches is not None:
            self.attempt_at(iterate, step, count, 0)
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
            self._bound, fresh = (state, moved_by(state), remembered_by(state)), False
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
