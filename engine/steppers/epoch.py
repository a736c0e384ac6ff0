"""Epochs of mini-batches that are undone and run again, with a smaller learning rate, where the loss did not fall."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from ..experiment.step_rules import NOTHING_HELPS
from ..optimizers import Attempted, Decay, Optimizer
from ..optimizers.decay import log_objective
from ..run.iterate import Iterate
from ..run.next_step import NextStep
from ..run.state import RunState, Saved, StepperState, copied, merged, put_back
from .base import OneByOne
from .minibatches import MiniBatches


class Attempting(Protocol):
    """Single steps that are undone where they did not help."""

    optimizer: Optimizer
    layout: str
    threads: int

    def initial_state(self, theta: Tensor) -> StepperState:
        """Return what they keep, before the first one."""

    def mean_gradient(self, step: int, state: RunState) -> Tensor | None:
        """Return ghat (R, P) averaged over the last steps."""

    def attempt_at(self, iterate: Iterate, step: int, count: int, attempt: int) -> None:
        """Take as many, on the batches of an attempt at them."""


class Epoch(OneByOne):
    """Attempts at an epoch until it lowers the loss of the training set.

    A replica whose attempt succeeded waits for the others with what it reached; rejected attempts do not count.
    Source: Lyu & Li 2020, appendix on loss-based learning rates.
    """

    def __init__(
        self,
        steps: Attempting,
        rule: Attempted,
        batches: MiniBatches,
        log_units: float,
        decay: Decay | None = None,
    ) -> None:
        """Take what an epoch is made of.

        Args:
            steps: single ones.
            rule: theirs.
            batches: what chooses samples.
            log_units: the log of what the loss's reduction divides the whole sum by.
            decay: what adds weight decay to the loss; None: nothing does.
        """
        self.optimizer, self.layout, self.threads = steps.optimizer, steps.layout, steps.threads
        self._steps, self._rule, self._log_units, self._decay = steps, rule, log_units, decay
        self._length = batches.per_epoch
        self.sentence = ""

    def initial_state(self, theta: Tensor) -> StepperState:
        """Return what the single steps keep."""
        return self._steps.initial_state(theta)

    def mean_gradient(self, step: int, state: RunState) -> Tensor | None:
        """Return ghat (R, P) averaged over the last steps."""
        return self._steps.mean_gradient(step, state)

    def next_step(self, step: int, state: RunState) -> NextStep | None:
        """Return None: how long steps are is known once an attempt at the epoch has lowered the loss."""
        return None

    def step(self, iterate: Iterate, step: int) -> int:
        """Run one epoch; undo and repeat it where the loss did not fall."""
        state, rule = iterate.state, self._rule
        memory = state.stepper.rule
        iterate.evaluate()
        before = log_objective(
            self._decay, iterate.evaluation.log_loss.clone(), iterate.theta, self._log_units
        )
        rule.begin(before - self._log_units, memory)
        checkpoint = copied(state)
        accepted: Saved | None = None
        open_ = torch.ones_like(state.alive)
        for attempt in range(rule.patience):
            self._steps.attempt_at(iterate, step, self._length, attempt)
            log_loss, theta = iterate.log_loss_at(iterate.theta), iterate.theta
            lowered = log_objective(self._decay, log_loss, theta, self._log_units) < before
            closes = open_ & (lowered | ~state.alive)
            rule.judge(memory, lowered, open_)
            accepted = merged(accepted or state.tensors(), state.tensors(), closes)
            open_ = open_ & ~closes
            if not bool(open_.any()):
                break
            log_size = memory.log_size.clone()
            put_back(state, checkpoint)
            iterate.reevaluate()
            memory.log_size.copy_(log_size)
        else:
            accepted = merged(accepted or checkpoint, checkpoint, open_)
        assert accepted is not None, "there is at least one attempt"
        put_back(state, accepted)
        if bool(open_.any()):
            # nothing lowers the loss of these: they stay where they are, and the run ends with the last one
            state.alive &= ~open_
            iterate.some_died = True
            if not bool(state.alive.any()):
                self.sentence = NOTHING_HELPS
        iterate.reevaluate()
        iterate.evaluate()
        return step if self.sentence else step + self._length
