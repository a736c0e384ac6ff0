"""A run keeps states to go on from soon, ever less often, never more than a twentieth of its time, and always again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise

import pytest

from engine.protocol.messages import Message, SnapshotTaken, is_state
from engine.training.driver import Driver
from engine.training.keeping import Keeping
from engine.training.loop import Training
from tests.engine.cases import experiment

MIB = 2**20


class Clock:
    """Seconds that pass only where the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def kept(size: int, cost: float, until: float) -> list[tuple[float, float]]:
    """Return when a run that looks thirty times a second kept states: from when to when, since it began."""
    clock = Clock()
    keeping = Keeping(clock)
    keeping.begin(size)
    times = []
    while clock.now < 1000 + until:
        if keeping.due:
            with keeping.kept(size):
                clock.now += cost
            times.append((clock.now - cost - 1000, clock.now - 1000))
        clock.now += 1 / 30
    return times


@pytest.mark.parametrize("size", [1000, MIB, 8 * MIB - 1])
def test_below_8_mib_there_is_one_from_one_second_on(size: int) -> None:
    assert kept(size, 0.02, 3)[0][1] <= 1


@pytest.mark.parametrize(
    ("size", "rate"), [(9 * MIB, 400), (64 * MIB, 1000), (2048 * MIB, 100), (700 * MIB, 500)]
)
def test_above_there_is_one_within_twenty_times_what_one_takes(size: int, rate: float) -> None:
    cost = size / MIB / rate
    assert kept(size, cost, 30 * cost)[0][1] <= 20 * cost + 1 / 30


@pytest.mark.parametrize("cost", [0.001, 0.2, 7.0])
@pytest.mark.parametrize("size", [1000, 100 * MIB])
def test_a_twentieth_of_the_time_at_most_and_never_never(size: int, cost: float) -> None:
    times = kept(size, cost, 2000)
    gaps = [later[0] - earlier[1] for earlier, later in pairwise(times)]
    assert min(gaps) >= 19 * cost
    assert max(gaps) <= max(20 * cost, size / (8 * MIB), 10) + 1
    assert sum(end - start for start, end in times[1:]) <= 0.05 * 2000


@pytest.mark.parametrize("widths", [[4], [1100, 1100]], ids=["small", "18 MiB"])
def test_a_run_is_told_states_by_its_clock(widths: list[int]) -> None:
    """As whoever listens takes its time: also of states that are larger than 8 MiB."""
    clock = Clock()
    said = {"network.widths": widths, "run.steps": 10**6, "data.n": 4, "measure.groups": ["norms"]}
    run = Driver("a", partial(Training, experiment(said), yield_every=0), clock=clock)
    list(run.begin())
    assert (run.training.state.nbytes > 8 * MIB) == (len(widths) > 1)

    def told(seconds: float) -> Iterator[Message]:
        clock.now += seconds
        for message in run.go_on():
            if isinstance(message, SnapshotTaken) and message.snapshot.resumable:
                clock.now += 0.5  # what it takes to write it
            yield message

    assert sum(map(is_state, told(0.51))) == 1
    assert sum(map(is_state, told(9.0))) == 0, "half a second of writing is a twentieth of ten"
    assert sum(map(is_state, told(1.1))) == 1
    list(run.break_off("enough"))
