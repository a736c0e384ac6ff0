"""What is done where replicas diverge: back to the last finite state, and on from there without them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Protocol

import numpy as np
import torch

from ..experiment.experiment import Experiment, value_at
from ..protocol.records import RecordBatch
from ..run.iterate import Iterate
from ..run.state import Saved, copied, merged, put_back
from ..run.step_monitor import StepMonitor
from .resumption import Standing

MOST_TOLD = 3
"""Replicas that are named one by one where they diverged."""


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

    def without_lost(self, batch: RecordBatch) -> RecordBatch:
        """Return records without values of replicas that had diverged by then: they stand still, and are no longer."""
        lost = self._iterate.state.diverged.cpu().numpy()
        over = (lost >= 0) & (lost <= batch.steps[:, None])
        if not over.any():
            return batch
        return replace(batch, columns={n: np.where(over, math.nan, v) for n, v in batch.columns.items()})

    @property
    def words(self) -> str:
        """Say which replicas diverged, and when; '' for none."""
        lost = self._iterate.state.diverged.tolist()
        told = [f"replica {r} after step {step - 1:,}" for r, step in enumerate(lost) if step >= 0]
        if not told:
            return ""
        more = f" and {len(told) - MOST_TOLD:,} more" if len(told) > MOST_TOLD else ""
        return f"{len(told)} of {len(lost)} replicas diverged: {', '.join(told[:MOST_TOLD])}{more}"

    @property
    def stands_finite(self) -> bool:
        """Say whether any replica is finite where it stands; where all diverged, only a start may not be."""
        return bool(self._iterate.finite().any())

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


def why_diverged(experiment: Experiment, step: int, *, from_finite: bool = True) -> str:
    """Say where a run diverged and what to lower; `from_finite` is whether its last state was finite."""
    if not from_finite:
        return "diverged at its start: the loss is not finite there; begin with smaller parameters or inputs"
    rule = experiment.optimizer.step
    remedy = "choose a smaller step"
    if rule.rate:
        path = f"optimizer.step.{rule.rate}"
        remedy = f"lower {path} (now {value_at(experiment, path):g})"
    return f"diverged after step {step}: beyond it the parameters or the loss are no longer finite; {remedy}"
