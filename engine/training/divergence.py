"""What is done where replicas diverge: back to the last finite state, and on from there without them."""

from __future__ import annotations

from typing import Protocol

import torch

from ..experiment.experiment import Experiment, value_at
from ..run.iterate import Iterate
from ..run.state import Saved, copied, merged, put_back
from ..run.step_monitor import StepMonitor
from .resumption import Standing


class Steps(Protocol):
    """What takes a run's steps."""

    step: int

    def take_step(self) -> None:
        """Take one step."""

    def observe(self) -> None:
        """Keep what is watched at every step."""


class Divergence:
    """Looks at records whether every living replica is finite, and keeps the last state at which all were.

    A step costs nothing that way: only where a replica was lost are the steps since the last record taken again.
    """

    def __init__(self, iterate: Iterate, monitor: StepMonitor) -> None:
        self._iterate, self._monitor = iterate, monitor
        self._last_good: Standing | None = None

    def remember(self, step: int) -> None:
        """Keep the state as the last good one."""
        self._last_good = self._standing(step)

    def remember_edited(self, step: int) -> None:
        """Keep the state before an edit: should a replica diverge later, the steps up to here stay as they are."""
        if self._last_good is not None:
            self.remember(step)

    def standing(self, step: int) -> Standing:
        """Return the state to go on from: that of now or, where a replica is lost already, the last good one."""
        good = self._last_good
        return self._standing(step) if good is None or self._all_finite() else good

    def _standing(self, step: int) -> Standing:
        return Standing.of(step, self._iterate.state, self._monitor)

    def _all_finite(self) -> bool:
        return bool((self._iterate.finite() | ~self._iterate.state.alive).all())

    def ends(self, run: Steps) -> bool:
        """Return replicas that diverged since the last record to their last finite state; say whether all have."""
        iterate, state = self._iterate, self._iterate.state
        if self._last_good is None or self._all_finite():
            return False
        target = run.step
        run.step = self._last_good.step
        self._last_good.put_back(state, self._monitor)
        iterate.reevaluate()
        while run.step < target:
            before, reached = copied(state), run.step
            run.take_step()
            self._drop_lost(before, run.step)
            if not bool(state.alive.any()):
                run.step = reached
                return True
            if iterate.full_batch and run.step < target:
                run.observe()
        if iterate.full_batch:
            run.observe()
        return False

    def _drop_lost(self, before: Saved, step: int) -> None:
        """Let replicas that are no longer finite stay where they were before this step."""
        iterate, state = self._iterate, self._iterate.state
        lost = state.alive & ~iterate.finite()
        if not bool(lost.any()):
            return
        put_back(state, merged(state.tensors(), before, lost))
        state.alive &= ~lost
        state.diverged.copy_(torch.where(lost, step, state.diverged))
        iterate.some_died = True
        iterate.reevaluate()


def why_diverged(experiment: Experiment, step: int) -> str:
    """Say where a run diverged and what to lower."""
    rule = experiment.optimizer.step
    remedy = "choose a smaller step"
    if rule.rate:
        path = f"optimizer.step.{rule.rate}"
        remedy = f"lower {path} (now {value_at(experiment, path):g})"
    return f"diverged after step {step}: beyond it the parameters or the loss are no longer finite; {remedy}"
