"""What full-batch runs look at in every step: whether the margins that must grow fell, and when events happened."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from ..experiment.experiment import Experiment
from ..optimizers import Geometry
from .iterate import Iterate
from .problem import Problem
from .sending import sent
from .state import RunState

ROUNDING = 1e-12
"""A relative drop below this is rounding, not a decrease."""
CAPACITY = 4096
"""Rows that are kept before they are folded."""
BLOCK = 1024
"""Rows of which values are computed at once; a power of two."""
BLOCK_NUMBERS = 2**15
"""Numbers of a block, at most, unless one row has more."""


@dataclass
class SeenSoFar:
    """What had been seen up to a record: known as soon as the monitor has folded what it kept until then."""

    rows: int
    """Of those that were kept then."""
    counters: Mapping[str, Tensor] = field(default_factory=dict)
    happened: Mapping[str, Tensor] = field(default_factory=dict)


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
    """Collects (log loss, q_min, norms) of every step on the device and folds them into counters and events.

    Counters of decreases and of the worst relative drop: of `smoothed_margin`, and in the optimizer's norm of
    `smoothed_margin_own`, from the separated step on; of `modified_margin` (Cai et al. 2025) from strong separability
    on. They live in the run's state, so that a run can go on exactly. With weight decay nothing says that these margins
    should not fall, and nothing is counted: NaN, from a live edit on that lets weights decay, and for good.

    The row of a step has its place in the buffer, and its place in a block of rows whose values are computed at once:
    when it is folded, and with which others, decides no bit.
    """

    def __init__(self, problem: Problem, geometry: Geometry, *, counting: bool) -> None:
        """Look at a run's margins; counting: at every step, else events at records alone."""
        self._problem, self._geometry = problem, geometry
        self._watched = _watched(problem, geometry) if counting else ()
        self._own = any(watched.own for watched in self._watched)
        like = problem.initial
        self._buffer = torch.ones(
            CAPACITY, 3 + self._own, problem.replicas, dtype=like.dtype, device=like.device
        )
        self._block = min(BLOCK, 1 << max(1, BLOCK_NUMBERS // problem.replicas).bit_length() - 1)
        self._first = 0
        self._filled = 0
        self._marks: list[SeenSoFar] = []
        """In the order of their rows."""

    def begin(self, state: RunState) -> None:
        """Set counters to zero, or NaN with weight decay, and events to not yet (-1)."""
        theta = state.theta
        replicas, device = theta.shape[0], theta.device
        never = torch.full((replicas,), -1, dtype=torch.int64, device=device)
        undefined = torch.full((replicas,), math.nan, dtype=theta.dtype, device=device)
        none_yet = torch.zeros_like(undefined)
        state.happened |= {name: never.clone() for name in self._events()}
        for watched in self._watched:
            state.counters[f"{watched.name}_decreases"] = none_yet.clone()
            state.counters[f"{watched.name}_worst_drop"] = none_yet.clone()
            state.watched[watched.name] = undefined.clone()
        self.stepping_as(self._problem.experiment, state)

    def stepping_as(self, experiment: Experiment, state: RunState) -> None:
        """Count no more, from here on, in replicas whose weights decay."""
        self.flush(state)
        decays = [member.optimizer.weight_decay > 0 for member in self._problem.members_of(experiment)]
        for counter in state.counters.values():
            counter[torch.tensor(decays, device=counter.device)] = math.nan

    def _events(self) -> list[str]:
        strongly = ["strongly_separated"] if self._problem.near is not None else []
        return ["separated", "fitted", "late_stage", *strongly]

    # --- what is seen ---

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
        row = self.kept[-1]
        seen = row.clone()
        self.look(iterate, row)
        row.copy_(torch.where(where, row, seen))

    def room(self, step: int, state: RunState) -> Tensor:
        """Return the rows (T, ., R) that are free for what is seen from a step on; `took` says how many were filled."""
        if self._end == CAPACITY:
            self.flush(state)
        if self._filled == 0:
            self._first = step
        return self._buffer[self._end :]

    def took(self, count: int) -> None:
        """Count rows that were filled."""
        self._filled += count

    @property
    def _start(self) -> int:
        return self._first % CAPACITY

    @property
    def _end(self) -> int:
        return self._start + self._filled

    @property
    def kept(self) -> Tensor:
        """Return what was seen since the last flush (T, ., R)."""
        return self._buffer[self._start : self._end]

    def forget(self) -> None:
        """Have seen nothing since the last flush."""
        self._filled = 0
        self._marks.clear()

    # --- what follows ---

    def mark(self) -> SeenSoFar:
        """Return what has been seen so far; a flush fills it in."""
        self._marks.append(SeenSoFar(self._filled))
        return self._marks[-1]

    def flush(self, state: RunState) -> None:
        """Fold what was kept into counters and events, of the state and of all records since."""
        if not self._filled and not self._marks:
            return
        kept, now = self.kept, SeenSoFar(self._filled)
        marks = [*self._marks, now]
        at = sent(np.array([mark.rows for mark in marks]), kept.device)
        counters, happened = self._counted(kept, at, state)
        for i, mark in enumerate(marks):
            mark.counters = {name: values[i] for name, values in counters.items()}
            mark.happened = {name: steps[i] for name, steps in happened.items()}
        for name, values in now.counters.items():
            state.counters[name].copy_(values)
        for name, steps in now.happened.items():
            state.happened[name].copy_(steps)
        self.forget()

    def _counted(
        self, kept: Tensor, at: Tensor, state: RunState
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return counters and events (M, R) after so many (M,) of the rows kept (T, ., R); watch the last row."""
        log_loss, fitted = kept[:, 0], kept[:, 1] > 0
        first = {
            "separated": self._from_first(
                log_loss < self._problem.loss.log_at_zero, state.happened["separated"]
            ),
            "fitted": self._from_first(fitted, state.happened["fitted"]),
        }
        near = self._problem.near
        if near is not None:
            strongly = -log_loss > self._by_block(lambda _, norm: near.distance_at(norm))
            first["strongly_separated"] = self._from_first(strongly, state.happened["strongly_separated"])
        ends = (self._first + at)[:, None]
        happened = {
            name: torch.where((state.happened[name] >= 0) | (when < ends), when, -1)
            for name, when in first.items()
        }
        happened["late_stage"] = self._without_break(fitted, at, state.happened["late_stage"])
        steps = torch.arange(self._first, self._first + self._filled, device=kept.device)[:, None]
        counters = {}
        for watched in self._watched:
            last = state.watched[watched.name]
            value = self._by_block(watched.value, own=watched.own).to(last.dtype)
            before = torch.cat([last[None], value[:-1]])
            relative = torch.where(steps > first[watched.since], (before - value) / before.abs(), 0.0)
            drop = _after(torch.zeros_like(last), torch.nan_to_num(relative, nan=0.0))
            fell = (drop > ROUNDING).to(last.dtype).cumsum(0)
            counters[f"{watched.name}_decreases"] = state.counters[f"{watched.name}_decreases"] + fell[at]
            worst = state.counters[f"{watched.name}_worst_drop"]
            counters[f"{watched.name}_worst_drop"] = torch.maximum(worst, drop.cummax(0).values[at])
            if len(value):
                last.copy_(value[-1])
        return counters, happened

    def _by_block(self, value: Callable[[Tensor, Tensor], Tensor], *, own: bool = False) -> Tensor:
        """Return a value of log loss and norm for what was kept (T, R), with the same bits whatever was."""
        if not self._filled:
            return self._buffer[:0, 0]
        blocks = range(self._start // self._block, (self._end - 1) // self._block + 1)
        rows = (self._buffer[i * self._block : (i + 1) * self._block] for i in blocks)
        values = torch.cat([value(block[:, 0], block[:, 3 if own else 2]) for block in rows])
        start = self._start - blocks[0] * self._block
        return values[start : start + self._filled]

    def _from_first(self, now: Tensor, when: Tensor) -> Tensor:
        """Return the step (R,) from which on something has happened; for what has not, one that is far away."""
        first = torch.where(now.any(0), self._first + _first_true(now), torch.iinfo(torch.int64).max)
        return torch.where(when >= 0, when, first)

    def _without_break(self, now: Tensor, at: Tensor, when: Tensor) -> Tensor:
        """Return since when (M, R) something has been so without a break; -1 where it is not so."""
        rows = torch.arange(1, len(now) + 1, device=now.device)[:, None]
        last_break = _after(torch.zeros_like(when), torch.where(now, 0, rows)).cummax(0).values[at]
        seen = at[:, None] > 0
        began = (last_break > 0) | ((when < 0) & seen)
        since = torch.where(began, self._first + last_break, when)
        return torch.where(seen & (last_break == at[:, None]), -1, since)


def _after(start: Tensor, rows: Tensor) -> Tensor:
    """Return rows (T, R) after one of the beginning (R,)."""
    return torch.cat([start[None], rows])


def _first_true(now: Tensor) -> Tensor:
    """Return the first row (R,) in which something is so, 0 for none or no row."""
    return now.to(torch.int8).argmax(0) if len(now) else torch.zeros_like(now[:0].sum(0))


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
