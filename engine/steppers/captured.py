"""Steps on a graphics card, many in one graph: captured once, and replayed between records without a wait.

A small step takes a card less time than Python takes to tell it: its seventy operations are told in one call.
Everything that a graph reads from before lies in tensors that stay where they are: the run's state, written in place;
what depends on a step's number, filled anew before each replay; the samples of mini-batches. It begins with a look at
the parameters, so that no other tensor of a step before is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..optimizers.step_numbers import CapturedNumber, StepInputs
from ..run.iterate import Iterate, Seen
from ..run.next_step import NextStep
from ..run.problem import Problem
from ..run.sending import sent
from ..run.state import RunState, StepperState, copied, put_back
from ..run.step_monitor import StepMonitor
from .base import OneByOne
from .graphs import Graph, Graphs
from .minibatches import MiniBatches
from .single_step import SingleStep

SHORTEST, LONGEST = 8, 32
"""Steps in a graph, a multiple of the step rule's period: a few thousand operations, some milliseconds."""
MOST = 128
"""Steps in a graph of a rule with a long period; beyond, steps are taken one by one."""
LONGER = 4
"""The next longer graph has so many times the steps."""
NUMBERS_A_STEP = 4
"""Numbers that a step is given because they depend on which step it is."""
WORTH = 2e9
"""Multiply-adds in a step above which a card computes for longer than Python needs to tell it."""
NUMBERS = 1e7
"""The same of the numbers that a step goes through again and again; a graph has its own room for them."""


def worth_capturing(problem: Problem, samples: int) -> bool:
    """Say whether a card does a step on so many samples in less time than Python needs to tell it."""
    return problem.step_work(samples) < WORTH and problem.step_numbers(samples) < NUMBERS


def lengths_of(period: int) -> list[int]:
    """Return the steps of the graphs of a step rule with a period, longest first; none where that is long."""
    length = -(-SHORTEST // period) * period
    lengths: list[int] = []
    while length <= (LONGEST if lengths else MOST):
        lengths.append(length)
        length *= LONGER
    return lengths[::-1]


@dataclass(frozen=True)
class Captured:
    """A graph of steps, what is filled before it is replayed, and what is to be found after it."""

    graph: Graph
    inputs: StepInputs
    chosen: Tensor | None
    """The samples (T, R, B) of its steps; None: all of them."""
    rows: Tensor | None
    """What was seen after each step, as the monitor keeps it; None over mini-batches."""
    seen: Seen


class CapturedSteps(OneByOne):
    """Single steps in graphs of several lengths; what no graph is long or short enough for is taken one by one."""

    def __init__(self, steps: SingleStep, batches: MiniBatches | None, period: int, graphs: Graphs) -> None:
        """Take single steps that do not wait for the device.

        Args:
            steps: what is captured.
            batches: what chooses samples; None: all of them.
            period: after how many steps the same is done again.
            graphs: what captures.
        """
        self.optimizer, self._steps, self._batches = steps.optimizer, steps, batches
        self._period, self._graphs = period, graphs
        self._lengths = lengths_of(period)
        self._captured: dict[tuple[int, bool], Captured] = {}
        self._of: Iterate | None = None
        """The iterate that the graphs are of."""
        self.sentence = ""

    def initial_state(self, theta: Tensor) -> StepperState:
        """Return what the single steps keep."""
        return self._steps.initial_state(theta)

    def mean_gradient(self, step: int, state: RunState) -> Tensor | None:
        """Return ghat (R, P) averaged over the last steps."""
        return self._steps.mean_gradient(step, state)

    def next_step(self, step: int, state: RunState) -> NextStep | None:
        """Return what decides how long the step from here is."""
        return self._steps.next_step(step, state)

    def step(self, iterate: Iterate, step: int) -> int:
        """Take one step."""
        return self._steps.step(iterate, step)

    def advance(self, iterate: Iterate, step: int, last: int, monitor: StepMonitor) -> int:
        """Replay a graph where one is short enough, else take one step."""
        if self._of is not iterate:
            self._of, self._captured = iterate, {}
        count = self._count(step, last, iterate.some_died)
        if not count:
            return super().advance(iterate, step, last, monitor)
        key = count, iterate.some_died
        if key not in self._captured:
            self._captured[key] = self._capture(iterate, step, count, monitor)
        captured = self._captured[key]
        self._fill(captured.inputs, captured.chosen, step)
        captured.graph.replay()
        iterate.stand(captured.seen)
        if captured.rows is not None:
            monitor.take(step + 1, captured.rows, iterate.state)
        return step + count

    def _count(self, step: int, last: int, some_died: bool) -> int:
        """Return how many steps to replay; 0 for none: a graph is captured where it will be replayed twice at least."""
        if step % self._period:
            return 0
        ahead = last - step
        alike = ahead if self._batches is None else self._batches.whole_ahead(step, ahead)
        for count in self._lengths:
            if count <= alike and ((count, some_died) in self._captured or 2 * count <= ahead):
                return count
        return 0

    def _capture(self, iterate: Iterate, first: int, count: int, monitor: StepMonitor) -> Captured:
        device = iterate.theta.device
        chosen = None
        if self._batches is not None:
            shape = count, len(iterate.theta), self._batches.size
            chosen = torch.zeros(shape, dtype=torch.int64, device=device)
        rows = monitor.rows(count) if iterate.full_batch else None
        filled = torch.zeros(NUMBERS_A_STEP * count, dtype=torch.float64, device=device)

        def taking(count: int, inputs: StepInputs) -> Callable[[], None]:
            def take() -> None:
                iterate.reevaluate()
                for k in range(count):
                    number = CapturedNumber.of(first, k, inputs)
                    self._steps.take(iterate, number, None if chosen is None else chosen[k])
                    if rows is not None:
                        monitor.look(iterate, rows[k])

            return take

        if not self._captured:
            standing = copied(iterate.state)
            self._graphs.warm(taking(self._lengths[-1], StepInputs(filled)))
            put_back(iterate.state, standing)
        inputs = StepInputs(filled)
        graph = self._graphs.captured(taking(count, inputs))
        return Captured(graph, inputs, chosen, rows, iterate.seen)

    def _fill(self, inputs: StepInputs, chosen: Tensor | None, first: int) -> None:
        """Give a graph what depends on which steps it takes."""
        if numbers := inputs.values(first):
            sent(numbers, inputs.filled.device, inputs.filled[: len(numbers)])
        if chosen is not None and self._batches is not None:
            samples, _ = self._batches.between(first, len(chosen))
            sent(samples, chosen.device, chosen)
