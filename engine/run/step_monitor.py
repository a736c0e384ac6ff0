"""What full-batch runs look at in every step: whether the margins that must grow fell, and when events happened."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from ..optimizers import Geometry
from .iterate import Iterate
from .problem import Problem
from .state import RunState

ROUNDING = 1e-12
"""A relative drop below this is rounding, not a decrease."""
CAPACITY = 4096


@dataclass(frozen=True)
class Watched:
    """A quantity that should not fall from an event on: its name, the event, and how it follows from what is kept."""

    name: str
    since: str
    value: Callable[[Tensor, Tensor], Tensor]
    """From log loss and norm (T, R) to (T, R)."""
    own: bool = False
    """Whether the norm is the optimizer's own, or the l2 norm."""


class StepMonitor:
    """Collects (log loss, q_min, norms) of every step on the device and folds them into counters and events at records.

    Counters of decreases and of the worst relative drop: of `smoothed_margin`, and in the optimizer's norm of
    `smoothed_margin_own`, from the separated step on; of `modified_margin` (Cai et al. 2025) from strong separability
    on. They live in the run's state, so that a run can go on exactly.
    """

    def __init__(self, problem: Problem, geometry: Geometry, *, counting: bool) -> None:
        """Look at a run's margins; counting: at every step, else events at records alone."""
        self._problem, self._geometry = problem, geometry
        self._watched = _watched(problem, geometry) if counting else ()
        self._own = any(watched.own for watched in self._watched)
        like = problem.initial
        self._buffer = torch.empty(
            CAPACITY, 3 + self._own, problem.replicas, dtype=like.dtype, device=like.device
        )
        self._first = 0
        self._filled = 0

    def begin(self, state: RunState) -> None:
        """Set counters to zero, and events to not yet (-1)."""
        theta = state.theta
        replicas, device = theta.shape[0], theta.device
        never = torch.full((replicas,), -1, dtype=torch.int64, device=device)
        zeros = torch.zeros(replicas, dtype=theta.dtype, device=device)
        state.happened |= {name: never.clone() for name in self._events()}
        for watched in self._watched:
            state.counters[f"{watched.name}_decreases"] = zeros.clone()
            state.counters[f"{watched.name}_worst_drop"] = zeros.clone()
            state.watched[watched.name] = torch.full_like(zeros, math.nan)

    def _events(self) -> list[str]:
        strongly = ["strongly_separated"] if self._problem.near is not None else []
        return ["separated", "fitted", "late_stage", *strongly]

    def observe(self, step: int, iterate: Iterate) -> None:
        """Keep what there is to see at a step."""
        self.look(iterate, self.room(step, iterate.state)[0])
        self.took(1)

    def rows(self, count: int) -> Tensor:
        """Return rows (T, ., R) for what `look` sees."""
        return torch.empty_like(self._buffer[:count])

    def look(self, iterate: Iterate, row: Tensor) -> None:
        """Write what there is to see into a row (., R)."""
        iterate.evaluate()
        evaluation = iterate.evaluation
        row[0].copy_(evaluation.log_loss)
        torch.amin(evaluation.q, 1, out=row[1])
        row[2].copy_(iterate.norm)
        if self._own:
            row[3].copy_(self._geometry.norm(iterate.theta, iterate.state.conditioner))

    def take(self, step: int, rows: Tensor, state: RunState) -> None:
        """Take up the rows (T, ., R) of what was seen from a step on."""
        while len(rows):
            room = self.room(step, state)
            count = min(len(room), len(rows))
            room[:count].copy_(rows[:count])
            self.took(count)
            step, rows = step + count, rows[count:]

    def observe_again(self, iterate: Iterate, where: Tensor) -> None:
        """See the last step once more in some replicas (R,), which were put back to where they stood before it."""
        self._filled -= 1
        seen = self._buffer[self._filled].clone()
        self.observe(self._first + self._filled, iterate)
        row = self._buffer[self._filled - 1]
        row.copy_(torch.where(where, row, seen))

    def room(self, step: int, state: RunState) -> Tensor:
        """Return the rows (T, ., R) that are free for what is seen from a step on; `took` says how many were filled."""
        if self._filled == CAPACITY:
            self.flush(state)
        if self._filled == 0:
            self._first = step
        return self._buffer[self._filled :]

    def took(self, count: int) -> None:
        """Count rows that were filled."""
        self._filled += count

    @property
    def unfolded(self) -> tuple[int, Tensor]:
        """Return what was kept since the last flush (T, ., R), a copy, and the step that it begins with.

        Folded elsewhere than at records, sums and powers of rows would be other ones by rounding.
        """
        return self._first, self._buffer[: self._filled].clone()

    def put_back(self, first: int, rows: Tensor) -> None:
        """Have kept what `unfolded` said, and nothing since."""
        self._first, self._filled = first, len(rows)
        self._buffer[: len(rows)] = rows

    def flush(self, state: RunState) -> None:
        """Fold what was kept into counters and events."""
        if not self._filled:
            return
        kept = self._buffer[: self._filled]
        log_loss, norm = kept[:, 0], kept[:, 2]
        self._happened("separated", log_loss < self._problem.loss.log_at_zero, state)
        self._happened("fitted", kept[:, 1] > 0, state)
        self._stays("late_stage", kept[:, 1] > 0, state)
        near = self._problem.near
        if near is not None:
            self._happened("strongly_separated", -log_loss > near.distance_at(norm), state)
        steps = torch.arange(self._first, self._first + self._filled, device=kept.device)[:, None]
        for watched in self._watched:
            since = state.happened[watched.since]
            counted = (since >= 0) & (steps > since)
            value = watched.value(log_loss, kept[:, 3] if watched.own else norm)
            before = torch.cat([state.watched[watched.name].to(value.dtype)[None], value[:-1]])
            drop = torch.nan_to_num(torch.where(counted, (before - value) / before.abs(), 0.0), nan=0.0)
            state.counters[f"{watched.name}_decreases"] += (drop > ROUNDING).sum(0)
            worst = state.counters[f"{watched.name}_worst_drop"]
            worst.copy_(torch.maximum(worst, drop.amax(0).to(worst.dtype)))
            state.watched[watched.name].copy_(value[-1])
        self._filled = 0

    def _stays(self, event: str, now: Tensor, state: RunState) -> None:
        """Note since when something has been so without a break; never, where it is not so now."""
        when = state.happened[event]
        count = len(now)
        lately = now.flip(0).to(torch.int64).cumprod(0).sum(0)  # how many of the last in a row
        since = torch.where((lately == count) & (when >= 0), when, self._first + count - lately)
        when.copy_(torch.where(lately > 0, since, -1))

    def _happened(self, event: str, now: Tensor, state: RunState) -> None:
        when = state.happened[event]
        first = self._first + now.to(torch.int8).argmax(0)
        when.copy_(torch.where((when < 0) & now.any(0), first, when))


def _watched(problem: Problem, geometry: Geometry) -> tuple[Watched, ...]:
    exponent, loss, near = problem.structure.exponent, problem.loss, problem.near
    if exponent is None:
        return ()

    def smoothed(log_loss: Tensor, norm: Tensor) -> Tensor:
        return loss.inverse(log_loss) / norm.pow(exponent)

    quantities = [Watched("smoothed_margin", "separated", smoothed)]
    if geometry.name != "l2":
        quantities.append(Watched("smoothed_margin_own", "separated", smoothed, own=True))
    if near is not None:
        quantities.append(Watched("modified_margin", "strongly_separated", near.modified_margin))
    return tuple(quantities)


def told(events: Mapping[str, Tensor]) -> dict[str, list[int | None]]:
    """Return the exact step of every event by name, one a replica; None: not yet."""
    return {
        f"{name}_step": [None if step < 0 else step for step in steps.tolist()]
        for name, steps in events.items()
    }
