"""What is done where replicas diverge: back to the last finite state, and on from there without them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch

from ..experiment.experiment import Experiment, value_at
from ..protocol.records import RecordBatch
from ..run.iterate import Iterate
from ..run.state import merged, put_back
from ..run.step_monitor import StepMonitor
from .record_schedule import Planned, RecordSchedule
from .recording import Recorder
from .resumption import Standing

MOST_TOLD = 3
"""Replicas that are named one by one where they diverged."""


@dataclass(frozen=True)
class GoodState:
    """A state at which every living replica was finite, and the records that were planned there."""

    standing: Standing
    planned: Planned


class Divergence:
    """Looks at records whether every living replica is finite, and keeps the last state at which all were.

    A step costs nothing that way: only where a replica was lost are the steps since then taken again.
    """

    def __init__(self, iterate: Iterate, monitor: StepMonitor, schedule: RecordSchedule) -> None:
        self._iterate, self._monitor, self._schedule = iterate, monitor, schedule
        self._last_good: GoodState | None = None
        self.stride = 1
        """Steps that are tried at once where a replica is lost on the way."""

    @property
    def step(self) -> int:
        """Return the step of the last good state; -1: there is none."""
        return -1 if self._last_good is None else self._last_good.standing.step

    def mark(self, step: int) -> GoodState:
        """Return the state of now, to be remembered as the last good one now or later."""
        return GoodState(self._standing(step), self._schedule.planned)

    def remember(self, good: GoodState) -> None:
        """Keep an earlier state as the last good one, with what records have left since."""
        standing = good.standing.with_records(self._iterate.state)
        self._last_good = replace(good, standing=standing)

    def remember_now(self, step: int) -> None:
        """Keep the state of now as the last good one."""
        self._last_good = self.mark(step)

    def standing(self, step: int) -> Standing:
        """Return the state to go on from: that of now or, where a replica is lost already, the last good one."""
        good = self._last_good
        return self._standing(step) if good is None or self.all_finite() else good.standing

    def _standing(self, step: int) -> Standing:
        return Standing.of(step, self._iterate.state, self._monitor)

    def has_lost(self, recorder: Recorder, step: int, over: bool) -> bool:
        """Say whether a replica was lost since the last good state; over: whether the run is to end at this step."""
        waiting = recorder.waiting
        if waiting and recorder.point().lost(self.step):
            return True
        reached = waiting[-1].step if waiting else self.step
        return bool(waiting or over) and step > reached and not self.all_finite()

    @property
    def left_since(self) -> bool:
        """Say whether a replica was left behind after the last good state."""
        return bool((self._iterate.state.diverged > self.step).any())

    def go_back(self, reached: int) -> int:
        """Let a run that has reached a step stand where all were finite, with what was planned then; return that step.

        From there to here it is halved to where a replica was lost: that takes about twice the steps, and no look at
        each of them.
        """
        good = self._last_good
        assert good is not None, "a run under way has stood somewhere"
        self._put_back(good)
        self._schedule.planned = good.planned
        self.stride = max(1, (reached - good.standing.step) // 2)
        return good.standing.step

    def loses_none(self, before: GoodState) -> bool:
        """Say whether steps since a state have lost no replica, to try more at once next; else stand there again."""
        fine = self.all_finite()
        self.stride = self.stride * 2 if fine else self.stride // 2
        if not fine:
            self._put_back(before)
        return fine

    def _put_back(self, good: GoodState) -> None:
        good.standing.put_back(self._iterate.state, self._monitor)
        self._iterate.reevaluate()

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

    def leave_lost(self, before: GoodState, step: int) -> bool:
        """Let replicas that are no longer finite stay where they were before this step; say whether none is left."""
        iterate, state = self._iterate, self._iterate.state
        self.stride = 2
        lost = state.alive & ~iterate.finite()
        if bool(lost.any()):
            put_back(state, merged(state.tensors(), before.standing.tensors, lost))
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
