"""How often costly measurements are taken: never more than was granted, and all that it grants."""

from __future__ import annotations

import math

from hypothesis import example, given
from hypothesis import strategies as st

from engine.measurements.base import Measurement, Pace
from engine.measurements.pace import CHEAP, GRANT, SHARE, Schedule, paced
from engine.protocol.records import schedule

UNIT = GRANT
"""Multiply-adds that count as one here."""


def measurement(k: int, units: float) -> Measurement:
    return Measurement((f"column {k}",), lambda _moment: {}, units * UNIT)


COSTS = st.lists(st.floats(-5, 1).map(lambda e: 10**e), min_size=1, max_size=6)


@example([1.0, 0.01, 0.01], 902, 1.0, None)
@example([10**0.5], 51, 1.0, 50)
@example([1.0, 1.0, 1.0, 1.0], 51, 1.0, 50)
@given(COSTS, st.integers(5, 3000), st.floats(-5, 0).map(lambda e: 10**e), st.sampled_from([None, 1, 7, 50]))
def test_measurements_take_their_share_and_no_more(
    costs: list[float], steps: int, step_units: float, every: int | None
) -> None:
    """At the end all that was taken is at most what is granted and a tenth of the steps, and what start and end take.

    On the way at most twice that: what is taken at every record is charged its mean over the run, and records are
    denser early.
    """
    found = paced(
        [measurement(k, units) for k, units in enumerate(costs)],
        Schedule(steps, step_units * UNIT, 100, every),
    )
    assert [m.columns for m in found] == [(f"column {k}",) for k in range(len(costs))]
    spent, before = 0.0, 0
    costly = [m for m in found if m.work >= CHEAP]
    assert all(m.pace.full and not m.note for m in found if m not in costly)
    for number, step in enumerate(schedule(steps, 100, every)):
        spent += sum(m.work for m in costly if m.pace.due(number, before, step))
        before = step
        granted = GRANT + SHARE * step_units * UNIT * step
        once = sum(m.work for m in costly if m.work <= GRANT) + 1e-9 * UNIT
        assert spent <= 2 * granted + once
    # the last record may follow the one before at once
    assert spent <= 1.02 * granted + once + sum(m.work for m in costly)
    assert all(m.note for m in found if not m.pace.full)


def test_a_quick_run_measures_everything_at_every_record() -> None:
    quick = [measurement(0, 3e-4), measurement(1, 1e-3)]
    assert [m.pace for m in paced(quick, Schedule(30_000, 2e-4 * UNIT, 100, None))] == [Pace(), Pace()]


def test_late_records_are_far_apart_and_cost_nothing_new() -> None:
    """Where a record's share of the time pays for it, all are taken; before it is one in many."""
    (m,) = paced([measurement(0, 0.05)], Schedule(10**6, 1e-3 * UNIT, 100, None))
    marks = schedule(10**6, 100, None)
    taken = [
        m.pace.due(number, before, step)
        for number, (before, step) in enumerate(zip([0, *marks], marks, strict=False))
    ]
    paid = [step for step in marks if 0.1 * 1e-3 * step * math.log(10) / 100 > 0.05]
    assert paid and all(taken[marks.index(step)] for step in paid[1:])
    early = taken[: marks.index(paid[0])]
    assert taken[0] and 0.02 < sum(early) / len(early) < 0.5


def test_what_is_far_too_costly_never_holds_up_a_short_run() -> None:
    (m,) = paced([measurement(0, 20.0)], Schedule(1000, 0.1 * UNIT, 100, None))
    assert "one takes about 4e+10 multiply-adds" in m.note
    marks = schedule(1000, 100, None)
    assert not any(
        m.pace.due(number, before, step)
        for number, (before, step) in enumerate(zip([0, *marks], marks, strict=False))
    )
    assert not m.pace.due_at_the_end(1000) and m.pace.due_at_the_end(10_000)


def test_records_of_single_steps_are_no_part_of_the_schedule() -> None:
    pace = Pace(0.3, 0.01)
    assert Pace().due(-1, -1, 5) and not pace.due(-1, -1, 5)
    assert pace.due(0, -1, 0) and not Pace(0.3, 0.01, at_start=False).due(0, -1, 0)
