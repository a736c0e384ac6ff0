"""What is done where replicas diverge: back to the last finite state, and on from there without them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch

from ..experiment.experiment import Experiment, value_at
from ..protocol.records import RecordBatch
from ..run.iterate import Iterate
from ..run.state import Saved, merged, put_back
from ..run.step_monitor import StepMonitor
from .resumption import Standing

MOST_TOLD = 3
"""Replicas that are named one by one where they diverged."""


class Divergence:
    """Looks at records whether every living replica is finite, and keeps the last state at which all were.

    A step costs nothing that way: only where a replica was lost are the steps since then taken again.
    """

    def __init__(self, iterate: Iterate, monitor: StepMonitor) -> None:
        self._iterate, self._monitor = iterate, monitor
        self._last_good: Standing | None = None

    @property
    def step(self) -> int:
        """Return the step of the last good state; -1: there is none."""
        return -1 if self._last_good is None else self._last_good.step

    def remember(self, step: int) -> None:
        """Keep the state as the last good one."""
        self._last_good = self._standing(step)

    def standing(self, step: int) -> Standing:
        """Return the state to go on from: that of now or, where a replica is lost already, the last good one."""
        good = self._last_good
        return self._standing(step) if good is None or self.all_finite() else good

    def _standing(self, step: int) -> Standing:
        return Standing.of(step, self._iterate.state, self._monitor)

    def go_back(self) -> int:
        """Let the run stand where all were finite; return that step."""
        assert self._last_good is not None, "a run under way has stood somewhere"
        self._last_good.put_back(self._iterate.state, self._monitor)
        self._iterate.reevaluate()
        return self._last_good.step

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

    def all_finite(self) -> bool:
        """Say whether every replica that still trains is finite where it stands."""
        return bool((self._iterate.finite() | ~self._iterate.state.alive).all())

    def leave_lost(self, before: Saved, step: int) -> bool:
        """Let replicas that are no longer finite stay where they were before this step; say whether none is left."""
        iterate, state = self._iterate, self._iterate.state
        lost = state.alive & ~iterate.finite()
        if bool(lost.any()):
            put_back(state, merged(state.tensors(), before, lost))
            state.alive &= ~lost
            state.diverged.copy_(torch.where(lost, step, state.diverged))
            iterate.some_died = True
            iterate.reevaluate()
            if iterate.full_batch and bool(state.alive.any()):
                self._monitor.observe_again(iterate, lost)
        return not bool(state.alive.any())


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
