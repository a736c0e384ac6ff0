"""Full-batch steps that are shortened until they lower the loss: line search, and Lyu & Li's one-step epochs."""

from __future__ import annotations

import torch
from torch import Tensor

from ..experiment.step_rules import NOTHING_HELPS
from ..optimizers import Attempted, Decay, Optimizer, Pull
from ..optimizers.decay import log_objective
from ..optimizers.step_rules import Situation
from ..run.iterate import Iterate
from ..run.next_step import NextStep
from ..run.state import RunState, StepperState
from .base import OneByOne
from .gradient_average import GradientAverage
from .single_step import initial_state, note_rate


class LineSearch(OneByOne):
    """Attempts along one direction until the loss falls; rejected attempts do not count.

    Every replica searches for itself: one that succeeded waits with what it reached. An attempt looks at the loss
    alone. Source: Lyu & Li 2020, appendix on loss-based learning rates; theory section 0.1.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        rule: Attempted,
        window: GradientAverage | None,
        log_units: float,
        decay: Decay | None = None,
    ) -> None:
        """Take what a step is made of.

        Args:
            optimizer: its direction.
            rule: its size.
            window: what averages the gradient; None: nothing does.
            log_units: the log of what the loss's reduction divides by.
            decay: what adds weight decay to the loss; None: nothing does.
        """
        self.optimizer, self._rule, self._window, self._log_units = optimizer, rule, window, log_units
        self._decay = decay
        self.sentence = ""

    def initial_state(self, theta: Tensor) -> StepperState:
        """Return what optimizer, rule and window keep."""
        return initial_state(self.optimizer, self._rule, self._window, theta)

    def mean_gradient(self, step: int, state: RunState) -> Tensor | None:
        """Return ghat (R, P) averaged over the last steps."""
        return self._window.mean(step, state.stepper) if self._window else None

    def next_step(self, step: int, state: RunState) -> NextStep | None:
        """Return what decides how long the step from here is: whoever asks searches as the step does."""
        memory, like = state.stepper.rule, state.step_size
        units, decay = self._log_units, self._decay
        return NextStep.of(self.optimizer, self._rule, memory, like, log_units=units, decay=decay)

    def step(self, iterate: Iterate, step: int) -> int:
        """Take one step that lowers the loss; a replica that finds none stays where it is, and is alive no longer."""
        state, rule, evaluation = iterate.state, self._rule, iterate.evaluation
        memory, theta = state.stepper.rule, iterate.theta
        before = log_objective(self._decay, evaluation.log_loss, theta, self._log_units)
        gradient, reduced = iterate.gradient, evaluation.log_weight - self._log_units
        if self._decay is not None:
            pulled = self._decay.pull(theta, gradient, reduced)
            gradient, reduced = pulled.gradient, pulled.log_weight
        direction = self.optimizer.direction(Pull(step, theta, gradient, reduced), state.stepper.optimizer)
        if self._window:
            self._window.add(step, iterate.gradient, state.stepper)
        rule.begin(before - self._log_units, memory)
        now = Situation(
            step, iterate.norm, direction.log_unit, evaluation.log_loss, evaluation.log_weight, _none, _none
        )
        reached, taken = theta.clone(), torch.zeros_like(before)
        open_ = state.alive.clone()
        for _ in range(rule.patience):
            size = rule.size(now, memory)
            trial = theta.addcmul(size.unsqueeze(1), direction.vector)
            objective = log_objective(self._decay, iterate.log_loss_at(trial), trial, self._log_units)
            lowered = objective < before
            closes = open_ & lowered
            reached = torch.where(closes.unsqueeze(1), trial, reached)
            taken = torch.where(closes, size, taken)
            rule.judge(memory, lowered, open_)
            open_ = open_ & ~closes
            if not bool(open_.any()):
                break
        else:
            state.alive &= ~open_
            iterate.some_died = True
            if not bool(state.alive.any()):
                self.sentence = NOTHING_HELPS
                return step
        iterate.theta.copy_(reached)
        state.step_size.copy_(taken)
        if self.optimizer.gradient_like:
            note_rate(taken, direction.log_unit + self._log_units, state)
        iterate.update()
        return step + 1


def _none() -> Tensor:
    raise AssertionError("rules that search look at neither")
