"""What workers of a map are told, and what they say became of its points. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..experiment.claims import Claim
from ..experiment.experiment import Experiment
from .records import Array

PointStatus = Literal["done", "diverged", "failed", "stopped"]
GOOD: Final[tuple[PointStatus, ...]] = ("done", "diverged")
"""Statuses of points that are not trained again."""


@dataclass(frozen=True)
class Order:
    """What every worker of a map is told once: what to keep of points, and what to judge on them."""

    columns: tuple[str, ...] = ()
    """Measurements that are kept; (): all."""
    keep: Literal["final", "records", "snapshot"] = "final"
    claims: tuple[Claim, ...] = ()
    folder: str | None = None
    """Where relative paths start."""
    plug_ins: tuple[str, ...] = ()
    """Those that are on where the map is, by name, and must be where it trains."""
    tables: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What was read so that no worker opens a file: tables of engine.data, by what stands for them there."""


@dataclass(frozen=True)
class Task:
    """Some points that train as the replicas of one run."""

    points: tuple[int, ...]
    """Their numbers, in the order of the replicas."""
    experiment: Experiment
    """What is trained: `vary` says what differs between them, their seeds among it."""
    seconds: float
    """About how long it lasts, by sizes alone."""
    at_the_end: bool = True
    """Whether its last record alone is measured: none that depends on others is then kept."""


@dataclass(frozen=True)
class PointResult:
    """What became of one point."""

    point: int
    status: PointStatus
    step: int
    """Its last one."""
    seconds: float
    """Its share in the time that its task trained."""
    finals: Mapping[str, float] = field(default_factory=dict)
    """The last defined value of every measurement that has one."""
    events: Mapping[str, int] = field(default_factory=dict)
    """The exact steps of the events that happened."""
    verdicts: tuple[str, ...] = ()
    """Of the claims about a point, in their order."""
    why: str = ""
    """Why it failed or ended early, for people; what a point of a map was lost to."""
    steps: NDArray[np.int64] | None = None
    """Of its curves (T,), where they are kept."""
    curves: Mapping[str, Array] = field(default_factory=dict)
    """The values (T,) of each measurement there."""
    theta: NDArray[np.generic] | None = None
    """Its last parameters (P,), where they are kept."""
    place: str = field(default="", compare=False)
    """The name of the machine that trained it; '' where that is not known."""

    @property
    def last_values(self) -> Mapping[str, float]:
        """Return the values at the end; none where that was to be at a later step: they are of another one."""
        return self.finals if self.status == "done" else {}

    @property
    def bare(self) -> PointResult:
        """Return it without curves and parameters."""
        is_bare = self.steps is None and not self.curves and self.theta is None
        return self if is_bare else replace(self, steps=None, curves={}, theta=None)


def failed(points: Sequence[int], why: str) -> list[PointResult]:
    """Return what is known of points that nobody can train."""
    return [PointResult(point, "failed", 0, 0.0, why=why) for point in points]
