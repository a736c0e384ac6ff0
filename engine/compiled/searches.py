"""A stepper whose compiled steps are shortened until they lower the loss."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ..experiment.step_rules import NOTHING_HELPS
from ..run.iterate import Iterate
from ..run.step_monitor import StepMonitor
from .steps import NO_BATCHES, CompiledSteps, O


class CompiledSearch(CompiledSteps[O]):
    """Every replica searches for itself; one that finds nothing stays where it is, and is alive no longer."""

    def step(self, iterate: Iterate, step: int) -> int:
        """Take one step."""
        rows = torch.empty(1, 4, self._problem.replicas, dtype=self._problem.dtype)
        return step + self._searched(iterate, step, rows)

    def advance(self, iterate: Iterate, step: int, last: int, monitor: StepMonitor) -> int:
        """Take as many steps as one call may, and let the monitor see what is reached after each."""
        # a twin has to hear who stands still before its next step
        most = 1 if self._problem.experiment.measure.twin else self._layout.most
        rows = monitor.room(step + 1, iterate.state)[: min(last - step, most)]
        count = self._searched(iterate, step, rows)
        monitor.took(count)
        return step + count

    def _searched(self, iterate: Iterate, step: int, rows: Tensor) -> int:
        """Take steps until nothing helps any replica; return how many."""
        state, count = iterate.state, len(rows)
        alive = state.alive.numpy()
        living = alive.copy()
        ends = np.where(living, 0, count)
        self._call(state, step, count, rows, NO_BATCHES, ends, fresh=False)
        over = not alive.any()
        last = int(ends[living].max(initial=0)) if over else count
        # those that stand still are told of the steps that others took meanwhile
        behind = np.where(alive, last, np.where(living, ends, 0))
        still = living & ~alive & ((behind < last) | (not over))
        state.step_size[torch.from_numpy(still)] = 0.0
        if self.optimizer.gradient_like:
            state.log_learning_rate[torch.from_numpy(still)] = -math.inf
        if not alive.all():
            iterate.some_died = True
            self._call(state, step, last, rows[:last], NO_BATCHES, behind, fresh=False)
        iterate.moved()
        if over:
            self.sentence = NOTHING_HELPS
            return max(0, last - 1)
        return last
