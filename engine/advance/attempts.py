"""Steps that are undone and taken again, shorter, where the loss did not fall: Lyu & Li's schedule, line search."""

from __future__ import annotations

import torch
from torch import Tensor

from ..batches import Batches
from ..optimizers import Attempted, State
from ..position import Position
from ..run_state import copied, merged, put_back
from .single import SingleSteps


class Attempts:
    """Attempts at an epoch (of full-batch optimizers a single step) until it lowers the loss of the training set.

    A replica whose attempt succeeded waits for the others with what it reached; rejected attempts do not count.
    Source: Lyu & Li 2020, appendix on loss-based learning rates.
    """

    def __init__(
        self, steps: SingleSteps, rule: Attempted, batches: Batches | None, log_units: float
    ) -> None:
        """Take single steps and their rule; log_units: of what the reduction divides the whole loss by."""
        self.optimizer = steps.optimizer
        self._steps, self._rule, self._batches, self._log_units = steps, rule, batches, log_units
        self._length = batches.per_epoch if batches else 1
        self.sentence = ""

    def initial_state(self, theta: Tensor) -> State:
        """Return what the single steps keep."""
        return self._steps.initial_state(theta)

    def mean_gradient(self, step: int, state: State) -> Tensor | None:
        """Return ghat (R, P) averaged over the last steps, up to a factor."""
        return self._steps.mean_gradient(step, state)

    def advance(self, position: Position, step: int) -> int:
        """Run one epoch; undo and repeat it where the loss did not fall."""
        state, rule = position.state, self._rule
        self._look(position)
        before = position.evaluation.log_loss.clone()
        rule.begin(before - self._log_units, state)
        checkpoint = copied(state)
        accepted: State | None = None
        open_ = torch.ones_like(state["alive"])
        for self._steps.attempt in range(rule.patience):
            for k in range(self._length):
                self._steps.advance(position, step + k)
            self._look(position)
            lowered = position.evaluation.log_loss < before
            closes = open_ & (lowered | ~state["alive"])
            rule.judge(state, lowered, open_)
            accepted = merged(accepted or state, state, closes)
            open_ = open_ & ~closes
            if not bool(open_.any()):
                break
            log_size = state[rule.log_size].clone()
            put_back(state, checkpoint)
            position.arrive_again()
            state[rule.log_size].copy_(log_size)
        else:
            # nothing lowers the loss of these: they stay where they are, and the run ends with the last one
            accepted = merged(accepted or checkpoint, checkpoint, open_)
            accepted["alive"] = accepted["alive"] & ~open_
            position.some_died = True
            if not bool(accepted["alive"].any()):
                self.sentence = "no learning rate lowered the loss any further"
        assert accepted is not None, "there is at least one attempt"
        put_back(state, accepted)
        position.arrive_again()
        self._look(position)
        return step if self.sentence else step + self._length

    def _look(self, position: Position) -> None:
        """Look at the whole training set; full-batch optimizers have done so when they arrived."""
        if self._batches is not None:
            position.look()
