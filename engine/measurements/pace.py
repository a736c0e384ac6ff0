"""How often costly measurements are taken: a share of the run's time so far, and a little that is free.

Records are dense at the start, where steps are few, so that a share of the whole run's time would hold up its first
minutes. All follows from estimates, never from clocks, so that records stay reproducible.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..protocol.records import record_count
from .base import OVERHEAD, Measurement, Pace

SHARE = 0.1
"""Measurements may take this share of a run's time."""
FREE = 1.0
"""Seconds they may take besides, over the whole run."""
CHEAP = 60 * OVERHEAD
"""Seconds below which a measurement is taken at every record."""


@dataclass(frozen=True)
class Schedule:
    """Where a run of `steps` steps of `step_seconds` each is recorded."""

    steps: int
    step_seconds: float
    per_decade: int
    every: int | None

    def dense(self, per_step: float) -> tuple[int, int]:
        """Return up to which step records are closer than 1/per_step steps, and how many there are up to it."""
        if self.every is not None:
            end = self.steps if min(self.every, self.steps) * per_step < 1 else 0
        else:
            # gaps are whole steps, up to one below the logarithm's own
            gap = 1 / per_step + 1
            end = min(self.steps, math.ceil(self.per_decade / math.log(10) * gap))
        return end, record_count(end, self.per_decade, self.every) if end else 0


def paced(measurements: Sequence[Measurement], schedule: Schedule) -> list[Measurement]:
    """Give every costly measurement its pace: what is free and the share are parted between them, cheap ones first.

    One that is taken at every record is charged its mean over the run. Records are denser early, so that on the way up
    to twice of what is granted may be taken; at the end it is no more.
    """
    costly = sorted((m for m in measurements if m.seconds >= CHEAP), key=lambda m: m.seconds)
    free, share = FREE, SHARE
    paces = {}
    for left, m in zip(range(len(costly), 0, -1), costly, strict=True):
        pace, used_free, used_share = _pace(m.seconds, free / left, share / left, schedule)
        paces[m.columns] = pace
        free, share = free - used_free, share - used_share
    return [_noted(replace(m, pace=paces[m.columns])) if m.columns in paces else m for m in measurements]


def _pace(seconds: float, free: float, share: float, schedule: Schedule) -> tuple[Pace, float, float]:
    """Return the pace of one measurement that may take so much, and what it takes of both."""
    per_step = share * schedule.step_seconds / seconds
    end, count = schedule.dense(per_step)
    # what the records up to there cost beyond the share
    beyond = seconds * max(0.0, count - per_step * end)
    if beyond > free:
        return Pace(free / (seconds * count), per_step, at_start=seconds <= FREE), free, share
    records = record_count(schedule.steps, schedule.per_decade, schedule.every)
    whole = seconds * records / (schedule.steps * schedule.step_seconds)
    return Pace(at_start=seconds <= FREE), beyond, min(share, whole)


def _noted(measurement: Measurement) -> Measurement:
    """Say of a measurement that is not taken at every record why."""
    if measurement.pace.full and measurement.pace.at_start:
        return measurement
    one = f"one takes about {measurement.seconds:.2g} s" if measurement.seconds > 0.1 else "it is costly here"
    remark = f"taken at some records alone: {one}, and measurements may take a tenth of the run's time"
    return replace(measurement, note=f"{measurement.note}; {remark}" if measurement.note else remark)
