"""What full-batch runs look at in every step: whether the smoothed margin fell, and when events happened."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .losses import Loss
from .optimizers import State
from .records import Array

ROUNDING = 1e-12
"""A relative drop below this is rounding, not a decrease."""
CAPACITY = 4096


class Watch:
    """Collects (log loss, norms, q_min) of every step on the device and digests them at records.

    Counters count from the separated step on: `smoothed_margin_decreases`, `smoothed_margin_worst_drop` (relative), and
    `_own` in the optimizer's norm. They live in the run's state, so that a run can go on exactly.
    """

    def __init__(self, loss: Loss, degree: float | None, replicas: int, own: bool, like: Tensor) -> None:
        self._loss, self._degree = loss, degree
        self._names = (
            ()
            if degree is None
            else (("smoothed_margin", "smoothed_margin_own") if own else ("smoothed_margin",))
        )
        self._buffer = torch.empty(
            CAPACITY, 2 + max(1, len(self._names)), replicas, dtype=like.dtype, device=like.device
        )
        self._first = 0
        self._filled = 0

    def initial_state(self, theta: Tensor) -> State:
        """Return zero counters and events that have not happened (-1)."""
        replicas, device = theta.shape[0], theta.device
        never = torch.full((replicas,), -1, dtype=torch.int64, device=device)
        zeros = torch.zeros(replicas, dtype=theta.dtype, device=device)
        state: State = {"event.separated": never, "event.fitted": never.clone()}
        for name in self._names:
            state[f"counter.{name}_decreases"] = zeros.clone()
            state[f"counter.{name}_worst_drop"] = zeros.clone()
            state[f"watch.{name}"] = torch.full_like(zeros, math.nan)
        return state

    def note(self, step: int, log_loss: Tensor, margin: Tensor, norms: list[Tensor], state: State) -> None:
        """Keep one step's values (R,), norms in the order of the names."""
        if self._filled == CAPACITY:
            self.digest(state)
        if self._filled == 0:
            self._first = step
        row = self._buffer[self._filled]
        row[0].copy_(log_loss)
        row[1].copy_(margin)
        for i, norm in enumerate(norms[: len(self._names)]):
            row[2 + i].copy_(norm)
        self._filled += 1

    def forget(self) -> None:
        """Drop what was kept since the last digest."""
        self._filled = 0

    def digest(self, state: State) -> None:
        """Fold what was kept into counters and events."""
        if not self._filled:
            return
        kept = self._buffer[: self._filled]
        log_loss, margin = kept[:, 0], kept[:, 1]
        self._happened("separated", log_loss < self._loss.log_at_zero, state)
        self._happened("fitted", margin > 0, state)
        steps = torch.arange(self._first, self._first + self._filled, device=kept.device)[:, None]
        since = state["event.separated"]
        counted = (since >= 0) & (steps > since)
        for i, name in enumerate(self._names):
            smoothed = self._loss.inverse(log_loss) / kept[:, 2 + i].pow(self._degree or 1)
            before = torch.cat([state[f"watch.{name}"].to(smoothed.dtype)[None], smoothed[:-1]])
            drop = torch.nan_to_num(torch.where(counted, (before - smoothed) / before.abs(), 0.0), nan=0.0)
            state[f"counter.{name}_decreases"] += (drop > ROUNDING).sum(0)
            worst = state[f"counter.{name}_worst_drop"]
            worst.copy_(torch.maximum(worst, drop.amax(0).to(worst.dtype)))
            state[f"watch.{name}"].copy_(smoothed[-1])
        self._filled = 0

    def _happened(self, event: str, now: Tensor, state: State) -> None:
        when = state[f"event.{event}"]
        first = self._first + now.to(torch.int8).argmax(0)
        when.copy_(torch.where((when < 0) & now.any(0), first, when))


def events(state: State) -> dict[str, list[int | None]]:
    """Return the exact step of every event by name, one a replica; None: not yet."""
    found = {
        name.removeprefix("event."): s.tolist() for name, s in state.items() if name.startswith("event.")
    }
    return {f"{name}_step": [None if s < 0 else s for s in steps] for name, steps in found.items()}


def counters(state: State) -> dict[str, Array]:
    """Return every counter (R,) by name."""
    names = [name for name in state if name.startswith("counter.")]
    return {name.removeprefix("counter."): state[name].cpu().double().numpy().copy() for name in names}
