"""Tasks on a cluster: the same table as here, whoever is lost, and nothing left of it."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from engine.protocol.points import Order, PointResult, Task
from engine.sweep import cluster, places, roster, schedulers
from engine.sweep.cluster import ClusterWorkers
from engine.sweep.conduct import Conductor
from engine.sweep.order import order_of
from engine.sweep.plan import planned
from engine.sweep.points import points_of
from engine.sweep.remote import dismiss, under_way
from engine.sweep.workers import WorkersGone
from engine.training.points import train
from engine.words.errors import Refusal
from tests.deadlines import PATIENCE, is_alive, wait_until
from tests.engine.sweep.material import SCALE, WIDTHS, a_map, done
from tests.engine.sweep.test_bad_points import check

MAP = a_map([SCALE, WIDTHS], {"run.steps": 2000}, seeds=2)


def own_process() -> tuple[int, list[int]]:
    """Return this process and those that it started."""
    return os.getpid(), [child.pid for child in multiprocessing.active_children() if child.pid is not None]


@pytest.fixture(scope="module")
def workers() -> Iterator[ClusterWorkers]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schedulers, "cores", lambda: 2)
        workers = ClusterWorkers(order_of(MAP), "dask", schedulers.of_this_machine())
    workers.begin(Event())
    (greeting,) = workers.told()
    assert greeting.startswith("dask: 2 workers; its dashboard: http://127.0.0.1:")
    yield workers
    there = workers._client.run(own_process).values()
    workers.close()
    below = [pid for own, others in there for pid in (own, *others)]
    wait_until(lambda: not any(map(is_alive, below)), "the end of all processes")


def test_a_worker_that_is_killed_costs_time_alone(workers: ClusterWorkers) -> None:
    points = list(points_of(MAP))
    alone = {p.number: train(*single(p.number))[0] for p in points}
    found: dict[int, PointResult] = {}
    victim = min(pid for pid, _ in workers._client.run(own_process).values())
    for results, _ in Conductor(MAP, planned(MAP, points)).results(workers):
        if is_alive(victim):
            os.kill(victim, signal.SIGKILL)
        for result in results:
            assert result.point not in found
            found[result.point] = result
    assert found.keys() == alone.keys()
    for number, expected in alone.items():
        assert found[number].status == expected.status == "done"
        assert dict(found[number].finals) == pytest.approx(dict(expected.finals), rel=1e-6, abs=1e-9)
        assert found[number].events == expected.events
    wait_until(lambda: workers.state.workers == 2, "the other worker again")


def single(number: int) -> tuple[Task, Order]:
    """Return the task of one point alone."""
    points = list(points_of(MAP))
    (task,) = planned(MAP, [points[number]])
    return task, order_of(MAP)


def test_a_bad_point_costs_no_worker(workers: ClusterWorkers) -> None:
    before = {pid for pid, _ in workers._client.run(own_process).values()}
    check(workers, "raises", "", "the engine failed: no such number")
    check(workers, "crashes", "its process ended by itself (exit status 3)", "")
    assert {pid for pid, _ in workers._client.run(own_process).values()} == before


def called(order: Order, place: str) -> None:
    with closing(places.place_of(place).workers(order, place)) as workers:
        workers.begin(Event())


def test_an_address_without_a_scheduler_is_refused_at_once(tmp_path: Path) -> None:
    order = order_of(MAP)
    for name, sentence in {
        "tcp://127.0.0.1:1": "has no scheduler (connection refused); start one with `dask scheduler` there",
        f"{tmp_path}/none.json": "cannot be read (no such file or directory)",
    }.items():
        with pytest.raises(Refusal) as refused:
            called(order, name)
        assert sentence in str(refused.value)
    file = tmp_path / "s.json"
    for text, sentence in {
        "{}": "is no scheduler file of dask: it has no address",
        json.dumps({"address": "tcp://127.0.0.1:1"}): "has no scheduler (connection refused)",
    }.items():
        file.write_text(text)
        with pytest.raises(Refusal) as refused:
            called(order, str(file))
        assert sentence in str(refused.value)


def test_calling_a_scheduler_that_never_answers_is_broken_off_and_leaves_no_thread() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mute.settimeout(PATIENCE)
        name = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        workers, stopping = places.place_of(name).workers(order_of(MAP), name), Event()
        assert isinstance(workers, ClusterWorkers)
        calling = Thread(target=workers.begin, args=[stopping])
        calling.start()
        with mute.accept()[0], mute.accept()[0]:  # is anybody there; and who are you
            stopping.set()
            calling.join(PATIENCE)
            workers.close()
    assert not calling.is_alive() and not workers._thread.is_alive()


class FakeFuture:
    """A task that has ended as soon as it is sent, or never does."""

    def __init__(self, task: Task | None = None, *, ends: bool = True) -> None:
        self.task, self.status, self.is_cancelled = task, "finished" if ends else "pending", False

    async def exception(self) -> None:
        while self.status == "pending" and not self.is_cancelled:
            await asyncio.sleep(0)


class FakeCluster:
    """A client of a cluster that does every task at once; the result of one of them cannot be read."""

    status, dashboard_link = "running", ""

    def __init__(self, unreadable: int = -1) -> None:
        self._unreadable, self.fetching = unreadable, Event()
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    @property
    def scheduler(self) -> FakeCluster:
        return self

    async def identity(self, n_workers: int) -> dict[str, Any]:
        return {"workers": {}}

    async def nthreads(self) -> dict[str, int]:
        return {"tcp://worker:1": 1}

    async def run(self, do: Any, *told: Any, workers: list[str], on_error: str) -> dict[str, Any]:
        return {at: do(*told) for at in workers}

    async def scatter(self, what: Any, **how: Any) -> FakeFuture:
        return FakeFuture()

    def submit(self, do: Any, task: Task, *told: Any, **how: Any) -> FakeFuture:
        return FakeFuture(task)

    async def gather(self, futures: list[FakeFuture]) -> list[Any]:
        self.fetching.set()
        await self.goes_on.wait()
        tasks = [future.task for future in futures if future.task is not None]
        if any(self._unreadable in task.points for task in tasks):
            raise ValueError("the result cannot be read")
        return [(done(task), "", False) for task in tasks]

    def workers(self) -> ClusterWorkers:
        async def connected(stack: Any) -> Any:
            return self, self.nthreads

        workers = ClusterWorkers(order_of(MAP), "fake", connected)
        workers.begin(Event())
        return workers


def test_a_result_that_cannot_be_fetched_fails_with_its_reason_and_costs_no_other() -> None:
    with closing(FakeCluster(unreadable=5).workers()) as workers:
        found = {
            result.point: result
            for results, _ in Conductor(MAP, planned(MAP, points_of(MAP))).results(workers)
            for result in results
        }
    (with_it,) = [task.points for task in planned(MAP, points_of(MAP)) if 5 in task.points]
    assert found.keys() == set(range(12))
    assert {number for number, result in found.items() if result.status == "failed"} == set(with_it)
    assert found[5].why == "the engine failed: the result cannot be read"


def test_what_is_being_fetched_when_a_map_is_stopped_is_told() -> None:
    there = FakeCluster()
    there.goes_on.clear()
    with closing(there.workers()) as workers:
        begin_to_forget = workers._begin_to_forget

        def forget(forgotten: Event) -> None:
            begin_to_forget(forgotten)
            there.goes_on.set()

        workers._begin_to_forget = forget  # type: ignore[method-assign]
        (task, *_) = planned(MAP, points_of(MAP))
        workers.submit(task)
        assert there.fetching.wait(PATIENCE)
        assert [outcome.task for outcome in workers.cancel()] == [task]
        assert workers.state.tasks == 0


def test_a_cluster_that_breaks_is_said_and_nobody_waits_for_it() -> None:
    there = FakeCluster()
    with closing(there.workers()) as workers:
        there.status = "closed"
        workers._thread.join(PATIENCE)
        with pytest.raises(WorkersGone, match="does not answer any more"):
            workers.next(0)


class HangingCluster(FakeCluster):
    """Two workers; the second hangs from the first task on, or before, and ends none."""

    hanging = "tcp://worker:2"

    def __init__(self, *, at_first: bool = False) -> None:
        super().__init__()
        self.hangs, self.with_it, self.dismissed = at_first, dict[Any, FakeFuture](), list[str]()
        self.scattered, self.begun = list[tuple[list[str], bool]](), list[Any]()

    async def nthreads(self) -> dict[str, int]:
        return {"tcp://worker:1": 1, self.hanging: 1}

    async def identity(self, n_workers: int) -> dict[str, Any]:
        told = {"last_seen": 1.0, "memory_limit": 0}
        return {"workers": {"tcp://worker:1": told, self.hanging: told}}

    async def run(self, do: Any, *told: Any, workers: list[str], on_error: str) -> dict[str, Any]:
        if do is dismiss:
            self.dismissed = workers
        if self.hanging in workers and self.hangs:
            await asyncio.Event().wait()
        if do is under_way:
            return dict.fromkeys(workers, self.begun)
        return await super().run(do, *told, workers=workers, on_error=on_error)

    async def scatter(self, what: Any, **how: Any) -> FakeFuture:
        self.scattered.append((how["workers"], how["broadcast"]))
        return FakeFuture()

    def submit(self, do: Any, task: Task, *told: Any, **how: Any) -> FakeFuture:
        self.hangs = True
        if how["workers"] is not None or task.points[0] % 2:
            return FakeFuture(task)
        self.with_it[how["key"]] = FakeFuture(task, ends=False)
        return self.with_it[how["key"]]

    async def processing(self) -> dict[str, list[Any]]:
        return {self.hanging: [key for key, task in self.with_it.items() if not task.is_cancelled]}

    async def cancel(self, futures: list[FakeFuture], force: bool) -> None:
        for future in futures:
            future.is_cancelled = True


@pytest.fixture
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster, "ASKS", 0.01)
    monkeypatch.setattr(cluster, "LOOK", 0.0)
    monkeypatch.setattr(cluster, "FETCHES", 0.01)
    monkeypatch.setattr(cluster, "GOOD_BYE", 0.01)


def points_found(workers: ClusterWorkers) -> list[int]:
    """Return the points of a map that are found, each as often as it is."""
    conductor = Conductor(MAP, planned(MAP, points_of(MAP)))
    return sorted(result.point for results, _ in conductor.results(workers) for result in results)


@pytest.mark.usefixtures("in_no_time")
def test_a_worker_that_hangs_before_the_map_begins_costs_nothing_and_is_said() -> None:
    there = HangingCluster(at_first=True)
    with closing(there.workers()) as workers:
        assert list(workers.told()) == [
            "fake: 1 worker of 2 does not answer; it gets no tasks until it does",
            "fake: 1 worker",
        ]
        assert points_found(workers) == list(range(12))
    assert not there.with_it and there.scattered == [(["tcp://worker:1"], True)]


@pytest.mark.usefixtures("in_no_time")
def test_tasks_of_a_worker_that_hangs_in_the_midst_are_done_by_others() -> None:
    there = HangingCluster()
    with closing(there.workers()) as workers:
        assert points_found(workers) == list(range(12))
        assert "fake: 1 worker of 2 does not answer; it gets no tasks until it does" in workers.told()
    assert there.with_it and all(task.is_cancelled for task in there.with_it.values())
    assert there.dismissed == ["tcp://worker:1", there.hanging]


@pytest.mark.usefixtures("in_no_time")
def test_a_worker_that_hangs_when_the_order_comes_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class HangsThen(HangingCluster):
        async def scatter(self, what: Any, **how: Any) -> FakeFuture:
            scattered = await super().scatter(what, **how)
            if how["broadcast"] and self.hanging in how["workers"]:
                await asyncio.Event().wait()
            return scattered

    monkeypatch.setattr(cluster, "CONNECTS", 0.2)
    there = HangsThen()
    with closing(there.workers()) as workers:
        assert points_found(workers) == list(range(12))
    (to, broadcast), (only, broadcast_again), *_ = there.scattered
    assert len(to) == 2 and broadcast and len(only) == 1 and not broadcast_again


@pytest.mark.usefixtures("in_no_time")
def test_tasks_that_wait_for_an_order_that_only_a_hanging_worker_has_are_sent_with_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class WithOneCopy(HangingCluster):
        latest: FakeFuture | None = None

        async def scatter(self, what: Any, **how: Any) -> FakeFuture:
            scattered = await super().scatter(what, **how)
            if len(self.scattered) == 2:
                await asyncio.Event().wait()
            self.latest = scattered if len(self.scattered) > 2 else None
            return scattered

        def submit(self, do: Any, task: Task, brief: FakeFuture, **how: Any) -> FakeFuture:
            self.hangs = True
            if brief is self.latest:
                for key in self.begun:
                    self.with_it[key].status = "finished"
                return FakeFuture(task)
            self.with_it[how["key"]] = FakeFuture(task, ends=False)
            self.begun = self.begun or [how["key"]]
            return self.with_it[how["key"]]

        async def processing(self) -> dict[str, list[Any]]:
            return {}

    monkeypatch.setattr(cluster, "CONNECTS", 0.2)
    there = WithOneCopy()
    with closing(there.workers()) as workers:
        assert points_found(workers) == list(range(12))
    assert [key for key, task in there.with_it.items() if not task.is_cancelled] == there.begun
    assert len(there.with_it) > 1


@pytest.mark.usefixtures("in_no_time")
def test_a_result_that_is_never_fetched_is_found_again() -> None:
    class KeepsOne(FakeCluster):
        kept: Task | None = None

        async def gather(self, futures: list[FakeFuture]) -> list[Any]:
            self.kept = self.kept or futures[0].task
            if any(future.task is self.kept for future in futures):
                await asyncio.Event().wait()
            return await super().gather(futures)

    with closing(KeepsOne().workers()) as workers:
        assert points_found(workers) == list(range(12))


@pytest.mark.usefixtures("in_no_time")
def test_tasks_for_workers_that_have_all_gone_are_done_by_those_who_came() -> None:
    class AllChange(FakeCluster):
        def __init__(self) -> None:
            super().__init__()
            self.here = {"tcp://worker:1": 1, "tcp://unfit:1": 1}

        async def nthreads(self) -> dict[str, int]:
            return self.here

        async def run(self, do: Any, *told: Any, workers: list[str], on_error: str) -> dict[str, Any]:
            answers = await super().run(do, *told, workers=workers, on_error=on_error)
            return {at: ImportError() if "unfit" in at else answer for at, answer in answers.items()}

        def submit(self, do: Any, task: Task, *told: Any, **how: Any) -> FakeFuture:
            first = how["workers"] == ["tcp://worker:1"]
            if first:
                self.here = {"tcp://worker:2": 1, "tcp://unfit:1": 1}
            return FakeFuture(task, ends=not first)

        async def cancel(self, futures: list[FakeFuture], force: bool) -> None:
            for future in futures:
                future.is_cancelled = True

    with closing(AllChange().workers()) as workers:
        assert points_found(workers) == list(range(12))


def test_a_cluster_that_is_broken_off_by_nobody_here_is_said_to_be_gone() -> None:
    class BreaksOff(FakeCluster):
        async def gather(self, futures: list[FakeFuture]) -> list[Any]:
            raise asyncio.CancelledError("its connection is closed")

    with closing(BreaksOff().workers()) as workers:
        with pytest.raises(WorkersGone, match=r"does not answer any more \(its connection is closed\)"):
            points_found(workers)
        assert workers.cancel() == []


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(Refusal) as refused:
        places.place_of("dask").workers(order_of(MAP), "dask")
    assert "pip install 'margin-lab[cluster]'" in str(refused.value)
