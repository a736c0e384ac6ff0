"""Processes of this machine: one that is killed costs its task, and all end with their owner."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator

import pytest

from engine.sweep import worker
from engine.sweep.local import LocalWorkers
from engine.sweep.order import order_of
from engine.sweep.plan import planned
from engine.sweep.points import points_of
from tests.engine.sweep.material import a_map

QUICK = a_map()
ENDLESS = a_map(changes={"run.steps": 10**12})


@pytest.fixture
def workers() -> Iterator[LocalWorkers]:
    others = set(multiprocessing.active_children())
    workers = LocalWorkers(order_of(QUICK), count=1)
    yield workers
    workers.close()
    assert set(multiprocessing.active_children()) <= others


def test_a_killed_process_costs_its_task_and_another_takes_its_place(workers: LocalWorkers) -> None:
    before = set(multiprocessing.active_children())
    endless, *_ = planned(ENDLESS, points_of(ENDLESS))
    (quick,) = planned(QUICK, points_of(QUICK))
    workers.submit(endless)
    while not workers.under_way:
        assert workers.next(0.1) is None
    (process,) = set(multiprocessing.active_children()) - before
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    workers.submit(quick)
    ended = []
    while len(ended) < 2:
        outcome = workers.next(1.0)
        if outcome is not None:
            ended.append(outcome)
    assert ended[0].task == endless and "signal 9" in ended[0].lost and not ended[0].results
    assert [result.status for result in ended[1].results] == ["done"] * 3
    workers.submit(endless)
    assert workers.cancel() == []
    assert workers.next(0.1) is None


def test_a_worker_is_guarded_before_it_lets_plug_ins_in(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    names = ("keep_to", "limit_libraries", "give_way", "switch_on", "_load")
    monkeypatch.setattr(worker, "_unfit", "")
    for name in names:
        monkeypatch.setattr(worker, name, lambda *_, name=name: done.append(name) or "")
    monkeypatch.setattr(worker.signal, "signal", lambda *_: done.append("deaf"))
    worker.begin(["one"])
    assert done[-5:] == list(names) and done[0] == "deaf"
