"""What hints look at: a run's experiment as it stands now, and what it has told so far."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..experiment.experiment import Experiment, field_at, value_at
from ..protocol.messages import RunStatus
from ..protocol.records import Array
from ..protocol.run_history import RunHistory


@dataclass(frozen=True)
class Remedy:
    """What could be edited."""

    label: str
    """What its button says."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Dotted paths and their new values."""


@dataclass(frozen=True)
class WatchedRun:
    """One run, of R replicas."""

    experiment: Experiment
    """With the edits that it took."""
    history: RunHistory

    @property
    def replicas(self) -> int:
        """Return R."""
        return self.history.records.replicas

    @property
    def over(self) -> bool:
        """Say whether it came to its last step."""
        return self.history.status is RunStatus.DONE

    @property
    def last_step(self) -> int:
        """Return the last recorded step, 0 before there is one."""
        return int(self.history.records.steps[-1]) if len(self.history.records) else 0

    def happened(self, event: str) -> list[int | None]:
        """Return the step of an event for every replica; None: not yet."""
        return self.history.events.get(f"{event}_step", [])

    def all_have(self, event: str) -> bool:
        """Say whether an event has happened to every replica."""
        steps = self.happened(event)
        return bool(steps) and None not in steps

    def value(self, path: str) -> Any:
        """Return the value of a field; None where this experiment has none such."""
        try:
            field_at(self.experiment, path)
        except ValueError:  # a Refusal
            return None
        return value_at(self.experiment, path)

    def values(self, path: str) -> list[Any]:
        """Return the value of a field for every replica, (R,); nothing where this experiment has none such."""
        if path in self.experiment.vary:
            return list(self.experiment.vary[path])
        value = self.value(path)
        return [] if value is None else [value] * self.replicas

    @property
    def decays(self) -> bool:
        """Say whether weights decay in some replica."""
        return any(self.values("optimizer.weight_decay"))

    def has(self, column: str) -> bool:
        """Say whether a column is recorded."""
        return column in self.history.records

    def final(self, column: str) -> Array:
        """Return the last defined value of a column for every replica, (R,); NaN where there is none."""
        if not self.has(column):
            return np.full(self.replicas, math.nan)
        return self.history.records.final(column)

    def at(self, column: str, share: float) -> Array:
        """Return a column for every replica, (R,), at the record nearest before a share of the steps taken."""
        steps = self.history.records.steps
        row = max(int(np.searchsorted(steps, share * self.last_step, side="right")) - 1, 0)
        return np.asarray(self.history.records.column(column)[row], dtype=float)

    def applies(self, theorem: str) -> bool:
        """Say whether a theorem, by how its name begins, speaks about the experiment."""
        return any(fact.holds and fact.subject.startswith(theorem) for fact in self.history.facts)

    @property
    def is_homogeneous(self) -> bool:
        """Say whether its network has a degree."""
        return self._homogeneity.startswith("homogeneous")

    @property
    def has_no_degree(self) -> bool:
        """Say whether its network is known to have none."""
        return bool(self._homogeneity) and not self.is_homogeneous

    @property
    def _homogeneity(self) -> str:
        return next((fact.text for fact in self.history.facts if fact.subject == "homogeneity"), "")

    def whose(self, which: Callable[[int], bool]) -> str:
        """Say in how many replicas something is so, where it is not so in all: ' in 2 of 16 replicas'."""
        count = sum(map(which, range(self.replicas)))
        return f" in {count} of {self.replicas} replicas" if 0 < count < self.replicas else ""
