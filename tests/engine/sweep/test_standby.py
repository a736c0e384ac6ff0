"""Processes wait from one map to the next: they know each map's own order, and end when nobody comes."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from engine.experiment.data import DataSpec
from engine.experiment.document import Document
from engine.protocol.points import PointResult
from engine.sweep import processes
from engine.sweep.local import LocalWorkers
from engine.sweep.order import order_of
from engine.sweep.plan import planned
from engine.sweep.points import points_of
from engine.sweep.processes import WorkerProcess
from engine.sweep.standby import Standby
from tests.deadlines import wait_until
from tests.engine.sweep.material import a_map

Children = Callable[[], set[BaseProcess]]


@pytest.fixture
def children() -> Iterator[Children]:
    """Tell the processes that a test has by now, and see that it leaves none."""
    others = set(multiprocessing.active_children())
    yield lambda: set(multiprocessing.active_children()) - others
    assert set(multiprocessing.active_children()) <= others


def trained(map_: Document, standby: Standby, data: Sequence[DataSpec] = ()) -> Sequence[PointResult]:
    """Train a map in one process, which is given these data."""
    workers = LocalWorkers(order_of(map_, data), 1, standby)
    try:
        for task in planned(map_, points_of(map_)):
            workers.submit(task)
        while (outcome := workers.next(1.0)) is None:
            pass
        assert not outcome.lost
        return outcome.results
    finally:
        workers.close()


def test_one_process_trains_one_map_after_another_as_each_wants(children: Children) -> None:
    standby = Standby()
    try:
        standby.warm(1)
        (process,) = children()
        first = trained(a_map(columns=["norm_l1"]), standby)
        second = trained(a_map(columns=["log_loss"], keep="records"), standby)
        assert {*first[0].finals} == {"norm_l1"} and not first[0].curves
        assert {*second[0].finals} == {"log_loss"} and {*second[0].curves} == {"log_loss"}
        assert children() == {process}
        endless = a_map(changes={"run.steps": 10**12})
        workers = LocalWorkers(order_of(endless), 1, standby)
        workers.submit(planned(endless, points_of(endless))[0])
        wait_until(lambda: workers.under_way == 1)
        workers.close()
        third = trained(a_map(columns=["norm_l1"]), standby)
        assert [result.finals for result in third] == [result.finals for result in first]
    finally:
        standby.close()


def test_a_file_that_was_written_anew_between_two_maps_is_another(children: Children, tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    data = {"kind": "csv", "path": file.name}
    finals = []
    standby = Standby()
    try:
        for far in (1.0, 3.0, 1.0):
            file.write_text(f"x1,x2,label\n{far},0.5,1\n-1.0,{-far},-1\n", "utf-8")
            map_ = a_map(changes={"data": data}).model_copy(update={"folder": tmp_path})
            finals.append(trained(map_, standby, [map_.base.data])[0].finals)
        assert finals[0] == finals[2] != finals[1]
    finally:
        standby.close()


def test_no_more_processes_are_started_ahead_than_are_wanted(children: Children) -> None:
    standby = Standby()
    try:
        standby.given_back([WorkerProcess() for _ in range(5)])
        standby.warm(1)
        assert len(children()) == 1
    finally:
        standby.close()


@pytest.mark.parametrize("told", [signal.SIGKILL, signal.SIGSTOP], ids=["ends", "does not answer"])
def test_a_process_that_is_lost_while_it_waits_is_replaced_by_one_that_is_told_anew(
    children: Children, monkeypatch: pytest.MonkeyPatch, told: signal.Signals
) -> None:
    monkeypatch.setattr(processes, "ANSWERS", 1.0 if told == signal.SIGSTOP else processes.ANSWERS)
    standby = Standby()
    try:
        map_ = a_map(columns=["norm_l1"])
        before = trained(map_, standby)
        (process,) = children()
        assert process.pid is not None
        os.kill(process.pid, told)
        wait_until(lambda: told == signal.SIGSTOP or not process.is_alive())
        assert [result.finals for result in trained(map_, standby)] == [result.finals for result in before]
        wait_until(lambda: process not in children())
    finally:
        standby.close()


def test_who_waits_in_vain_ends(children: Children) -> None:
    standby = Standby(idle=0.2)
    standby.warm(1)
    wait_until(lambda: not children())
    standby.close()
    standby.warm(1)
    assert not children(), "nothing is started for a window that is closed"


def test_processes_with_other_plug_ins_are_for_no_map(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    standby = Standby()
    try:
        standby.warm(1)
        (process,) = children()
        assert not standby.taken(1, ["another"])
        wait_until(lambda: process not in children())
    finally:
        standby.close()
