"""How often costly measurements are taken: what is granted of work, a share of the steps' own and as much at the start.

Records are dense at the start, where steps are few, so that a share of the steps' work would leave the beginning bare.
All follows from sizes, so that records are the same however fast a machine or a step is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..protocol.records import record_count
from ..protocol.run_history import AT_SOME_RECORDS
from .base import OPERATION, Measurement, Pace

SHARE = 0.1
"""Of the work of the steps so far, operation by operation, that measurements may take."""
GRANT = 2e9
"""Multiply-adds they may take besides, over the whole run."""
FEWEST = 3
"""Of the first records, where more are wanted."""
CHEAP = 60 * OPERATION
"""Multiply-adds below which a measurement is taken at every record."""


@dataclass(frozen=True)
class Schedule:
    """Where a run of `steps` steps of so much work each is recorded."""

    steps: int
    step_work: float
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
    """Give every costly measurement its pace: the grant and the share are parted between them, cheap ones first.

    One that is taken at every record is charged its mean over the run. Records are denser early, so that on the way up
    to twice of what is granted may be taken; at the end it is no more.
    """
    costly = sorted((m for m in measurements if m.work >= CHEAP), key=lambda m: m.work)
    grant, share = GRANT, SHARE
    paces = {}
    for left, m in zip(range(len(costly), 0, -1), costly, strict=True):
        pace, used_grant, used_share = _pace(m.work, grant / left, share / left, schedule)
        paces[m.columns] = replace(pace, first=_first(m))
        grant, share = grant - used_grant, share - used_share
    return [_noted(replace(m, pace=paces[m.columns])) if m.columns in paces else m for m in measurements]


def _pace(work: float, grant: float, share: float, schedule: Schedule) -> tuple[Pace, float, float]:
    """Return the pace of one measurement that may take so much, and what it takes of both."""
    per_step = share * schedule.step_work / work
    end, count = schedule.dense(per_step)
    # what the records up to there take beyond the share
    beyond = work * max(0.0, count - per_step * end)
    if beyond > grant:
        return Pace(grant / (work * count), per_step, at_start=work <= GRANT), grant, share
    records = record_count(schedule.steps, schedule.per_decade, schedule.every)
    whole = work * records / (schedule.steps * schedule.step_work)
    return Pace(at_start=work <= GRANT), beyond, min(share, whole)


def _first(measurement: Measurement) -> int:
    """Return how many of the first records are meant besides: three, and more where they take little of the grant."""
    return int(min(measurement.first, max(FEWEST, GRANT / 4 / measurement.work)))


def _noted(measurement: Measurement) -> Measurement:
    """Say of a measurement that is not taken at every record why."""
    if measurement.pace.full and measurement.pace.at_start:
        return measurement
    remark = f"{AT_SOME_RECORDS}: one takes about {measurement.work:.0e} multiply-adds"
    return replace(measurement, note=f"{measurement.note}; {remark}" if measurement.note else remark)
