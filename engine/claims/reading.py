"""What a check reads of a run: the judged part of a column, events, and whether more can come."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..experiment.claims import Claim
from ..protocol.messages import RunStatus
from ..protocol.records import Array
from ..protocol.run_history import RunHistory

Steps = NDArray[np.int64]


@dataclass(frozen=True)
class Reading:
    """One run as a claim reads it: from `after` on, one replica at a time."""

    history: RunHistory
    after: str | int
    name: str = ""
    """How the file calls the experiment."""
    decays: tuple[bool, ...] = ()
    """In which replicas weights decay, where that is known."""

    @property
    def replicas(self) -> int:
        """Return R."""
        return self.history.records.replicas

    @property
    def over(self) -> bool:
        """Say whether the run came to its end: nothing that is judged can change any more."""
        return self.history.finished and self.history.status in (RunStatus.DONE, RunStatus.DIVERGED)

    @property
    def last_step(self) -> int:
        """Return the last recorded step, 0 before there is one."""
        return int(self.history.records.steps[-1]) if len(self.history.records) else 0

    def event(self, name: str, r: int) -> int | None:
        """Return the exact step of an event of replica r, None where it has not happened."""
        steps = self.history.events.get(event_key(name), self.history.events.get(name, []))
        return steps[r] if r < len(steps) else None

    def start(self, r: int) -> int | None:
        """Return the step from which replica r is judged; None: what the claim waits for has not happened."""
        if self.after == "start":
            return 0
        return self.after if isinstance(self.after, int) else self.event(self.after, r)

    def lost(self, r: int) -> int | None:
        """Return the step at which replica r diverged, None where it did not; nothing is known of it from there on."""
        told = self.history.lost(r)
        if told is not None or self.history.status is not RunStatus.DIVERGED:
            return told
        return self.last_step + 1

    def rows(self, r: int) -> slice:
        """Return the judged records of replica r."""
        start, lost, steps = self.start(r), self.lost(r), self.history.records.steps
        if start is None:
            return slice(0, 0)
        end = len(steps) if lost is None else int(np.searchsorted(steps, lost))
        return slice(min(int(np.searchsorted(steps, start)), end), end)

    def series(self, column: str, r: int) -> tuple[Steps, Array]:
        """Return the judged steps (T,) and values (T,) of a column, without those that are not defined."""
        rows = self.rows(r)
        values = self.raw(column, r)[rows]
        defined = ~np.isnan(values)
        return self.history.records.steps[rows][defined], values[defined]

    def raw(self, column: str, r: int) -> Array:
        """Return every value of a column (T,), NaN where it is not defined; `step` is one too."""
        if column == "step":
            return self.history.records.steps.astype(float)
        return self.history.records.column(column)[:, r]

    def final(self, column: str, r: int) -> float:
        """Return the last defined judged value, NaN where there is none."""
        _, values = self.series(column, r)
        return float(values[-1]) if values.size else math.nan

    def has(self, column: str) -> bool:
        """Say whether a column is recorded."""
        return column == "step" or column in self.history.records

    def columns(self, pattern: str) -> list[str]:
        """Return the recorded columns that a claim means: one, or one a layer for `.*`."""
        if pattern.endswith(".*"):
            return [name for name in self.history.records.names if name.startswith(pattern[:-1])]
        return [pattern] if self.has(pattern) else []


def event_key(name: str) -> str:
    """Return the name under which a run keeps an event: `separated` is `separated_step`."""
    return name if name.endswith("_step") else f"{name}_step"


def bound_columns(claim: Claim) -> list[str]:
    """Return the columns that serve as bounds."""
    return [limit for limit in (claim.at_least, claim.at_most) if isinstance(limit, str)]


def limits_at_the_end(claim: Claim, reading: Reading, r: int) -> tuple[float, float]:
    """Return the lowest and the highest allowed value of replica r; columns count by their final value."""
    low, high = (
        reading.final(limit, r) if isinstance(limit, str) else limit
        for limit in (claim.at_least, claim.at_most)
    )
    lowest, highest = _target_limits(claim)
    return lowest if low is None else max(low, lowest), highest if high is None else min(high, highest)


def limits_along(claim: Claim, reading: Reading, r: int, rows: NDArray[np.intp]) -> tuple[Array, Array]:
    """Return the lowest and the highest allowed values (T,) at records `rows`, columns record by record."""
    low, high = (
        reading.raw(limit, r)[rows]
        if isinstance(limit, str)
        else np.full(len(rows), np.nan if limit is None else limit)
        for limit in (claim.at_least, claim.at_most)
    )
    lowest, highest = _target_limits(claim)
    # a bound that is not defined at a record says nothing there
    return np.fmax(low, lowest), np.fmin(high, highest)


def _target_limits(claim: Claim) -> tuple[float, float]:
    if claim.target is None:
        return -math.inf, math.inf
    return claim.target - claim.tolerance, claim.target + claim.tolerance
