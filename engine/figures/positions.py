"""Where the records and the events of a run lie on a horizontal axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.protocol.records import Array, RecordBatch, Records
from engine.protocol.run_history import RunHistory

from .growing_spread import GrowingSpread
from .held import lost_replicas
from .plots import COLUMN, LOG_COLUMN, HorizontalAxis
from .ranges import Range, bounds

BY_STEP = ("step", "log_step")
"""Horizontal axes on which every replica has the same positions."""


@dataclass(frozen=True)
class Positions:
    """Where the records of a run lie on a horizontal axis."""

    axis: str
    """Id of the axis."""
    x: Array
    """(T, R); not finite where undefined."""
    middle: Array
    """The replicas' median position (T,)."""
    below: int = 0
    """How many values have no logarithm and so no position."""

    @property
    def of_a_column(self) -> bool:
        """Say whether they are a column's values, which may have been measured at fewer records."""
        return self.axis.startswith((COLUMN, LOG_COLUMN))

    @property
    def same_for_all(self) -> bool:
        """Say whether every replica has the same positions."""
        return self.x.shape[1] == 1 or self.x.strides[1] == 0

    def extent(self) -> Range | None:
        """Return the least and most position."""
        return bounds(self.middle) if self.same_for_all else bounds(self.x)

    def calm(self, lost: NDArray[np.bool_]) -> Range | None:
        """Return the least and most position of replicas that did not diverge; steps are those of all replicas."""
        if self.axis in BY_STEP or not lost.any():
            return self.extent()
        return None if lost.all() else bounds(self.x[:, ~lost])

    def of_step(self, step: float, records: Records) -> float:
        """Return where a step lies, on the straight line between its neighbours; NaN outside the records."""
        # records may have come, or been taken back, since positions were worked out
        steps, places = records.steps[: len(self.middle)], self.middle[: len(records)]
        finite = np.isfinite(places)
        if not finite.any() or not steps[0] <= step <= steps[-1]:
            return float("nan")
        if self.axis == "step":
            return step
        if self.axis == "log_step":  # between two records a straight line in the step would miss it
            return float(np.log10(step)) if step > 0 else float("nan")
        return float(np.interp(step, steps[finite], places[finite], left=np.nan, right=np.nan))


def positions(records: Records, horizontal: HorizontalAxis, known: GrowingSpread | None = None) -> Positions:
    """Return where records lie; `known` keeps the medians of those that were there before."""
    if horizontal.id in BY_STEP:
        shared = Records()
        shared.extend(RecordBatch(records.steps, {}))
        x = np.broadcast_to(horizontal.values(shared), (len(records), records.replicas))
        return Positions(horizontal.id, x, x[:, 0])
    x = horizontal.values(records)
    middle = x[:, 0] if x.shape[1] == 1 else (known or GrowingSpread()).of(x)[1]
    return Positions(horizontal.id, x, middle, horizontal.below(records) if horizontal.below else 0)


SMALL = 0.3
"""Of the largest norm of a run."""


def event_step(history: RunHistory, event: str) -> float:
    """Return the step of an event, the median over the replicas that have met it; NaN where none has."""
    steps = [step for step in history.events.get(event, []) if step is not None]
    return float(np.median(steps)) if steps else float("nan")


def first_on_axis(history: RunHistory) -> int:
    """Return the first record that an axis of margins has to hold.

    From the separation on; where there is none, from where the norm is a third of its largest: what is divided by
    powers of the norms of a small start is of no size that an axis could hold. All of a run that diverged, whose
    largest norm says nothing of what came before.
    """
    step, steps = event_step(history, "separated_step"), history.records.steps
    if np.isnan(step):
        first = 0 if lost_replicas(history).any() else _first_large(history.records)
        return max(0, min(first, len(steps) - 2))
    start = int(np.searchsorted(steps, step))
    return start if start < len(steps) - 1 else 0


def _first_large(records: Records) -> int:
    """Return the first record at which each replica's norm is a third of its largest, about; 0 if unknown."""
    if "param_norm" not in records.names:
        return 0
    norms = records.column("param_norm")
    largest = np.fmax.reduce(norms, axis=0) if len(norms) else norms
    small = (norms < SMALL * largest).any(1)
    return int(np.flatnonzero(small)[-1]) + 1 if small.any() else 0
