"""Who is there of a cluster, and may train: what is said of them, and nobody who is silent holds others up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from engine.sweep import remote, roster
from engine.sweep.remote import Facts
from engine.sweep.roster import STILL, Roster, refuse_other_scheduler
from engine.words.errors import Refusal

HERE = remote.facts()
OTHER = Facts(HERE.records + 1, HERE.python, HERE.packages)
WITHOUT_NUMBA = Facts(HERE.records, HERE.python, {**HERE.packages, "numba": ""})
SILENCE = object()
"""What a worker says that hangs."""


class FakeClient:
    """A scheduler and what its workers say of themselves."""

    dashboard_link = ""

    def __init__(self, *answers: Any) -> None:
        self.answers = {f"tcp://worker:{i}": answer for i, answer in enumerate(answers)}
        self.beats, self.asked = 0.0, list[str]()
        self.still: dict[str, float] = {}
        self.meanwhile: Callable[[], None] = lambda: None

    async def nthreads(self) -> dict[str, int]:
        await asyncio.sleep(0)
        return dict.fromkeys(self.answers, 2)

    async def run(self, do: Any, workers: list[str], on_error: str) -> dict[str, Any]:
        self.asked += workers
        while any(self.answers[at] is SILENCE for at in workers):
            await asyncio.sleep(0)
        return {at: self.answers[at] for at in workers}

    @property
    def scheduler(self) -> FakeClient:
        return self

    async def identity(self, n_workers: int) -> dict[str, Any]:
        self.meanwhile()
        self.beats += 1
        told = {"memory_limit": 2**30}
        return {"workers": {at: told | {"last_seen": self.still.get(at, self.beats)} for at in self.answers}}


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster, "ASKS", 0.01)


def looked(client: Any) -> tuple[Roster, list[str]]:
    told: list[str] = []
    roster = Roster(client, "the cluster", told.append)

    async def look() -> None:
        await roster.look()
        await roster.look()

    asyncio.run(look())
    return roster, told


def test_workers_of_other_versions_are_told_and_unfit_ones_left_out() -> None:
    older = Facts(HERE.records, HERE.python, {**HERE.packages, "numpy": "1.0"})
    missing = ModuleNotFoundError("No module named 'engine'")
    roster, told = looked(FakeClient(HERE, WITHOUT_NUMBA, WITHOUT_NUMBA, older, OTHER, missing))
    assert roster.fit == roster.only == [f"tcp://worker:{i}" for i in range(4)]
    assert (roster.workers, roster.threads, roster.memory) == (4, 8, 2**32)
    assert len(told) == 4
    said = "\n".join(told)
    assert "2 workers of 6: without numba: torch's steps are taken, which are slower" in said
    assert f"1 worker of 6: with numpy 1.0 (here {HERE.packages['numpy']}); values may differ" in said
    assert "1 worker of 6: with another Margin Lab" in said
    assert "1 worker of 6: without a Margin Lab that trains maps (No module named 'engine')" in said
    roster.refuse_if_nobody_fits()


def test_nothing_is_sent_to_workers_that_are_to_be_asked_again_or_do_not_fit() -> None:
    roster, _ = looked(FakeClient(HERE))
    assert roster.ready and roster.only is None
    roster.look_again()
    assert not roster.ready
    asyncio.run(roster.look())
    assert roster.ready and roster.fit == ["tcp://worker:0"]
    roster, _ = looked(FakeClient(OTHER))
    assert roster.only == []


def test_a_cluster_of_other_versions_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        refuse_other_scheduler("the cluster", {"distributed": "2020.1"})
    assert "has a scheduler of distributed 2020.1, and here is" in str(refused.value)
    roster, _ = looked(FakeClient(OTHER))
    with pytest.raises(Refusal) as refused:
        roster.refuse_if_nobody_fits()
    assert "has nobody who could train" in str(refused.value)


def test_a_worker_that_hangs_holds_up_nobody_and_trains_once_it_answers() -> None:
    async def see() -> None:
        client, told = FakeClient(HERE, SILENCE, OTHER), list[str]()
        roster = Roster(client, "the cluster", told.append)  # type: ignore[arg-type]
        await roster.look()
        assert roster.ready and roster.fit == roster.only == ["tcp://worker:0"]
        assert roster.silent == {"tcp://worker:1"}
        assert told[-1] == "1 worker of 3 does not answer; it gets no tasks until it does"
        await roster.look()
        assert len(told) == 2 and client.asked.count("tcp://worker:1") == 2
        client.answers["tcp://worker:1"] = OSError("its connection took too long")
        for _ in range(4):
            await roster.look()
            assert roster.only == ["tcp://worker:0"]
        assert len(told) == 2 and client.asked.count("tcp://worker:1") > 2
        client.answers["tcp://worker:1"] = HERE
        while roster.silent:
            await roster.look()
        assert roster.workers == 2

    asyncio.run(see())


def test_a_cluster_one_of_whose_workers_hangs_is_not_refused_for_the_others() -> None:
    roster, _ = looked(FakeClient(SILENCE, OTHER))
    assert roster.only == []
    roster.refuse_if_nobody_fits()


def test_a_worker_that_hangs_in_the_midst_gets_no_more_and_one_that_is_only_quiet_goes_on() -> None:
    async def see() -> None:
        client = FakeClient(HERE, HERE, HERE)
        roster = Roster(client, "the cluster", list[str]().append)  # type: ignore[arg-type]
        await roster.look()
        client.answers["tcp://worker:1"] = SILENCE
        client.still = {"tcp://worker:1": 1.0, "tcp://worker:2": 1.0}
        for _ in range(3 * STILL):
            await roster.look()
        assert roster.only == ["tcp://worker:0", "tcp://worker:2"]

    asyncio.run(see())


def test_nobody_is_ready_before_all_is_known_nor_where_somebody_was_found_unfit_meanwhile() -> None:
    async def see() -> None:
        client = FakeClient(HERE, OTHER)
        roster = Roster(client, "the cluster", list[str]().append)  # type: ignore[arg-type]
        ready = list[bool]()
        client.meanwhile = lambda: ready.append(roster.ready)
        await roster.look()
        assert ready == [False] and roster.ready and roster.only == ["tcp://worker:0"]
        client.answers["tcp://worker:2"] = HERE
        client.meanwhile = roster.look_again
        await roster.look()
        assert not roster.ready

    asyncio.run(see())


class WithoutDashboard(BaseHTTPRequestHandler):
    """A scheduler's pages, of which a dashboard is none."""

    def do_GET(self) -> None:
        self.send_error(200 if self.path == "/there" else 404)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_a_dashboard_is_a_link_unless_its_place_says_that_it_is_not_there() -> None:
    with HTTPServer(("127.0.0.1", 0), WithoutDashboard) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        at = f"http://127.0.0.1:{server.server_port}"
        found = [asyncio.run(roster.is_there(link)) for link in (f"{at}/there", f"{at}/status", "")]
        server.shutdown()
    assert found == [True, False, False]
    assert asyncio.run(roster.is_there(f"{at}/status"))  # nobody answers: a browser may know a way
