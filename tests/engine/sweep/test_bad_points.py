"""A point that raises, hangs, crashes or eats memory: one sentence, and the next one is trained."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.sweep import plan
from engine.sweep.local import LocalWorkers
from engine.sweep.order import order_of
from engine.sweep.plan import planned
from engine.sweep.points import points_of
from engine.sweep.workers import Outcome, Workers
from tests.engine.sweep.bad_points import TooLarge, bad
from tests.engine.sweep.material import a_map

QUICK = a_map()


def awaited(workers: Workers) -> Outcome:
    while (outcome := workers.next(1.0)) is None:
        pass
    return outcome


def check(workers: Workers, how: str, lost: str, why: str) -> None:
    """Have a bad point trained: either its process is lost, or it is a result."""
    workers.submit(bad(how))
    outcome = awaited(workers)
    assert lost in outcome.lost and bool(outcome.lost) == bool(lost)
    assert [result.status for result in outcome.results] == ([] if lost else ["failed"])
    assert all(why in result.why for result in outcome.results)
    assert outcome.short == ("memory" in how)


def test_an_order_that_is_not_taken_up_is_no_process_that_does_not_start() -> None:
    (task,) = planned(QUICK, points_of(QUICK))
    workers = LocalWorkers(replace(order_of(QUICK), tables=TooLarge()), count=1)
    try:
        workers.submit(task)
        outcome = awaited(workers)
        assert outcome.short and not outcome.lost
        assert {result.why for result in outcome.results} == {"the machine has too little memory for it"}
    finally:
        workers.close()


def test_what_goes_wrong_with_a_point_is_said_and_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    workers = LocalWorkers(order_of(QUICK), count=1)
    try:
        check(workers, "says how many cores", "", "the engine failed: 1 of them")
        check(workers, "raises", "", "the engine failed: no such number")
        check(workers, "eats memory", "", "the machine has too little memory for it")
        with monkeypatch.context() as hasty:
            hasty.setattr(plan, "HANGS_AFTER", 1.0)
            hasty.setattr(plan, "TIMES", 1.0)
            check(workers, "hangs", "it did not end, and its process was stopped", "")
        check(workers, "raises", "", "the engine failed: no such number")
    finally:
        workers.close()
