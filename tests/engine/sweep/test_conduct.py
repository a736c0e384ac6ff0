"""A map from its plan to its last point: none lost, none twice, whatever becomes of workers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.protocol.points import PointResult, Task, failed
from engine.sweep.conduct import Conductor
from engine.sweep.workers import Outcome
from tests.engine.sweep.material import SCALE, WIDTHS, Here, a_map, but, conducted, done


def test_every_point_comes_once_and_what_is_known_is_not_trained_again() -> None:
    document = a_map([SCALE, WIDTHS], seeds=2)
    assert sorted(conducted(document, Here(done))) == list(range(12))
    workers = Here(done)
    assert sorted(conducted(document, workers, known=range(10))) == [10, 11]
    assert sorted(number for task in workers.submitted for number in task) == [10, 11]


def test_a_point_that_takes_its_worker_along_is_found_and_costs_no_other() -> None:
    document = a_map(seeds=8)
    workers = Here(lambda task: "its process ended by itself (signal 9)" if 5 in task.points else done(task))
    found = conducted(document, workers)
    assert sorted(found) == list(range(24))
    assert {number for number, result in found.items() if result.status == "failed"} == {5}
    assert found[5].why == "its process ended by itself (signal 9), 2 times"
    assert workers.submitted.count((5,)) == 2


def test_a_worker_that_is_lost_once_costs_nothing_but_time() -> None:
    lost: list[tuple[int, ...]] = []

    def once(task: Task) -> Sequence[PointResult] | str:
        if lost:
            return done(task)
        lost.append(task.points)
        return "it did not end, and its process was stopped"

    found = conducted(a_map(seeds=8), Here(once))
    assert sorted(found) == list(range(24)) and {result.status for result in found.values()} == {"done"}


KILLED = "its process ended by itself (signal 9, as where memory is short)"
SHORT = "the machine has too little memory for it"


@pytest.mark.parametrize("lost", [KILLED, ""])
def test_memory_that_is_short_costs_what_takes_it_and_no_other(lost: str) -> None:
    """Point 5 takes all that there is: whatever is under way beside another one fails, too."""

    def do(task: Task) -> Outcome:
        if 5 in task.points or len(workers.under_way) > 1:
            return Outcome(task, [] if lost else failed(task.points, SHORT), lost, short=True)
        return Outcome(task, done(task))

    workers = Beside(do)
    found = conducted(a_map(seeds=8), workers)
    assert sorted(found) == list(range(24))
    assert {number for number, result in found.items() if result.status == "failed"} == {5}
    assert found[5].why == (f"{KILLED}, 2 times" if lost else SHORT)
    assert workers.submitted.count((5,)) == 2 and workers.submitted.count((4,)) <= 2


def test_a_point_that_crashed_and_then_was_short_of_memory_has_its_last_try_alone() -> None:
    ways = {1: "it crashed", 2: KILLED}
    tries = 0

    def do(task: Task) -> Outcome:
        nonlocal tries
        if 5 not in task.points:
            return Outcome(task, done(task))
        if len(task.points) > 1:
            return Outcome(task, lost="it crashed")
        tries += 1
        assert tries < 3 or len(workers.under_way) == 1
        return (
            Outcome(task, lost=ways[tries], short=tries == 2) if tries in ways else Outcome(task, done(task))
        )

    workers = Beside(do)
    assert conducted(a_map(seeds=8), workers)[5].status == "done" and tries == 3
    tries, ways[3] = 0, "it crashed"
    assert conducted(a_map(seeds=8), workers)[5].why == f"it crashed, 2 times; {KILLED}"


class Beside(Here):
    """What was submitted is under way, side by side, until somebody asks for the next."""

    @property
    def under_way(self) -> Sequence[tuple[int, ...]]:
        return [self._now, *(task.points for task in self._tasks)]

    def next(self, seconds: float) -> Outcome | None:
        self._now = self._tasks[0].points if self._tasks else ()
        return super().next(seconds)


def test_progress_counts_points_and_tells_the_time_left() -> None:
    document = a_map([SCALE, WIDTHS])
    ticks = iter(range(100))
    conductor = Conductor(document, but(document, {0}), clock=lambda: float(next(ticks)))
    told = [progress for results, progress in conductor.results(Here(done)) if results]
    assert [(p.points, p.known, p.known + p.ended) for p in told] == [(6, 1, 4), (6, 1, 6)]
    assert told[0].left is not None and told[0].left > 0 and told[-1].left == 0 and told[-1].share == 1


def test_stopping_submits_nothing_more() -> None:
    document = a_map([SCALE, WIDTHS])
    conductor = Conductor(document, but(document))
    ended = 0
    for results, _ in conductor.results(Here(done)):
        ended += len(results)
        conductor.stop()
    assert ended == 3


def test_what_had_ended_when_a_map_is_stopped_is_told() -> None:
    class Ended(Here):
        """What was submitted has ended by the time that it is forgotten."""

        def cancel(self) -> Sequence[Outcome]:
            return [Outcome(task, done(task)) for task in self._tasks]

    document = a_map([SCALE, WIDTHS])
    conductor = Conductor(document, but(document))
    found: list[int] = []
    for results, progress in conductor.results(Ended(done)):
        found += [result.point for result in results]
        assert progress.ended == len(found)
        conductor.stop()
    assert sorted(found) == list(range(6))
