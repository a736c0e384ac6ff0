"""One step after the other: theta += a * direction."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ..optimizers import Decay, Direction, Optimizer, Pull
from ..optimizers.decay import bound_of_both, whole_part
from ..optimizers.step_rules import Attempted, Situation, StepRule, log_reduction
from ..run.iterate import Iterate
from ..run.next_step import NextStep
from ..run.state import RunState, StepperState
from .base import OneByOne
from .gradient_average import GradientAverage
from .minibatches import MiniBatches


class SingleStep(OneByOne):
    """Steps of an optimizer by a step rule, over the whole training set or over mini-batches."""

    def __init__(
        self,
        optimizer: Optimizer,
        rule: StepRule | Attempted,
        window: GradientAverage | None,
        batches: MiniBatches | None,
        reduction: str,
        samples: int,
        decay: Decay | None = None,
    ) -> None:
        """Take what a step is made of.

        Args:
            optimizer: its direction.
            rule: its size.
            window: what averages the gradient; None: nothing does.
            batches: what chooses samples; None: all of them.
            reduction: sum or mean, over the samples that a step sees.
            samples: how many there are in all; learning rates are noted as those of the loss summed over all of them.
            decay: what adds weight decay to the loss; None: nothing does.
        """
        self.optimizer, self._rule = optimizer, rule
        self._window, self._batches = window, batches
        self._reduction, self._samples, self._decay = reduction, samples, decay
        self.sentence = ""
        self.attempt = 0
        """Which attempt at an epoch this is; every one draws other batches."""

    def initial_state(self, theta: Tensor) -> StepperState:
        """Return what optimizer, rule and window keep."""
        return initial_state(self.optimizer, self._rule, self._window, theta)

    def attempt_at(self, iterate: Iterate, step: int, count: int, attempt: int) -> None:
        """Take as many steps, on the batches of an attempt at them."""
        self.attempt = attempt
        for k in range(count):
            self.step(iterate, step + k)

    def step(self, iterate: Iterate, step: int) -> int:
        """Take one step."""
        self.take(iterate, step, None if self._batches is None else self._batches.at(step, self.attempt))
        return step + 1

    def take(self, iterate: Iterate, step: int, chosen: Tensor | None) -> None:
        """Take one step over samples (R, B); None: over all of them."""
        state, optimizer, decay = iterate.state, self.optimizer, self._decay
        seen = self._samples
        if chosen is None:
            log_weight, log_loss = iterate.evaluation.log_weight, iterate.evaluation.log_loss
        else:
            seen = chosen.shape[1]
            log_weight, log_loss = iterate.evaluate_batch(chosen), None
        log_units = log_reduction(self._reduction, seen)
        reduced = log_weight - log_units if log_units else log_weight
        gradient, bound = iterate.gradient, None
        if decay is not None:
            pulled = decay.pull(
                iterate.theta, gradient, reduced, whole_part(self._reduction, seen, self._samples)
            )
            gradient, reduced = pulled.gradient, pulled.log_weight
            bound = bound_of_both(pulled.share, optimizer.geometry.widest(gradient.shape[1]))
        direction = optimizer.direction(Pull(step, iterate.theta, gradient, reduced), state.stepper.optimizer)
        vector = direction.vector
        situation = Situation(
            step,
            _norm(optimizer, iterate),
            direction.log_unit,
            log_loss,
            log_weight,
            _dual_norm(optimizer, gradient, direction),
            iterate.curvature_in(optimizer.geometry),
            bound,
        )
        size = self._rule.size(situation, state.stepper.rule)
        if self._window:
            self._window.add(step, iterate.gradient, state.stepper)
        alive = state.alive
        if iterate.some_died:
            size = torch.where(alive, size, 0.0)
            vector = torch.where(alive.unsqueeze(1), vector, 0.0)
        if direction.move is None:
            iterate.theta.addcmul_(size.unsqueeze(1), vector)
        else:
            direction.move(iterate.theta, size, vector)
        state.step_size.copy_(size)
        if optimizer.gradient_like:
            note_rate(size, direction.log_unit + log_units - math.log(seen / self._samples), state)
        iterate.update()

    def mean_gradient(self, step: int, state: RunState) -> Tensor | None:
        """Return ghat (R, P) averaged over the last steps."""
        return self._window.mean(step, state.stepper) if self._window else None

    def next_step(self, step: int, state: RunState) -> NextStep | None:
        """Return what decides how long the step from here is: of mini-batches the mean of all, the whole loss's own."""
        if isinstance(self._rule, Attempted):
            return None  # the epoch decides, once it has been run
        seen = self._samples if self._batches is None else self._batches.size_at(step)
        return NextStep.of(
            self.optimizer,
            self._rule,
            state.stepper.rule,
            state.step_size,
            log_units=log_reduction(self._reduction, seen),
            share=seen / self._samples,
            decay=self._decay,
            log_part=whole_part(self._reduction, seen, self._samples),
        )


def initial_state(
    optimizer: Optimizer, rule: StepRule | Attempted, window: GradientAverage | None, theta: Tensor
) -> StepperState:
    """Return what an optimizer, a step rule and a window keep before the first step."""
    average = window.empty(theta) if window else None
    return StepperState(optimizer.initial_memory(theta), rule.initial_memory(theta), average)


def note_rate(size: Tensor, log_unit: Tensor, state: RunState) -> None:
    """Note the learning rate of a step of that size (R,), and add it to the time; log_unit (R,): of its direction."""
    torch.sub(size.log(), log_unit, out=state.log_learning_rate)
    torch.logaddexp(state.log_time, state.log_learning_rate, out=state.log_time)


def _norm(optimizer: Optimizer, iterate: Iterate) -> Tensor:
    """Return ||theta|| (R,) in the optimizer's geometry."""
    if optimizer.geometry.name == "l2":
        return iterate.norm
    return optimizer.geometry.norm(iterate.theta, iterate.state.conditioner)


def _dual_norm(optimizer: Optimizer, gradient: Tensor, direction: Direction) -> Callable[[], Tensor]:
    """Return what works out ||ghat||_* (R,); of a steepest direction d, <ghat, d> is its square."""

    def measure() -> Tensor:
        if direction.move is not None:
            return optimizer.geometry.dual_norm(gradient, None)
        return (gradient * direction.vector).sum(1).clamp(min=0).sqrt()

    return measure
