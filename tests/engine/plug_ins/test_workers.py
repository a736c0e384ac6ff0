"""Workers of maps: they load the plug-ins of where the map is, and one that has not got one says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.data import GIVEN
from engine.experiment.plug_ins import loaded
from engine.experiment.plug_ins.installed import PlugIn
from engine.protocol.points import Task
from engine.sweep import worker
from engine.sweep.order import Brief, order_of
from tests.engine.cases import experiment
from tests.engine.sweep.material import a_map
from tests.engine.sweep.test_roster import HERE, FakeClient, looked

GATES = PlugIn("some-gates", "2.1", "Ada", "", ())


@pytest.fixture(autouse=True)
def gates_are_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(loaded.ON, "some-gates", GATES)


def test_a_worker_of_a_cluster_without_a_plug_in_is_left_out() -> None:
    has = replace(HERE, plug_ins={"some-gates": "2.1"})
    older = replace(HERE, plug_ins={"some-gates": "2.0"})
    client: Any = FakeClient(has, HERE, older)
    roster, told = looked(client)
    assert roster.fit == ["tcp://worker:0", "tcp://worker:2"]
    said = "\n".join(told)
    assert "1 worker of 3: without the plug-in some-gates 2.1; install there what is here; left out" in said
    assert "1 worker of 3: with some-gates 2.0 (here 2.1)" in said


def test_a_process_that_has_not_got_a_plug_in_trains_nothing_and_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = order_of(a_map())
    assert order.plug_ins == ("some-gates",)
    monkeypatch.delitem(loaded.ON, "some-gates")
    monkeypatch.setattr(worker, "_unfit", "")
    monkeypatch.setattr(worker, "_brief", Brief("another map", order))
    for name in ("keep_to", "limit_libraries", "give_way", "_load"):
        monkeypatch.setattr(worker, name, lambda *_: None)
    monkeypatch.setattr(worker.signal, "signal", lambda *_: None)
    worker.begin(order.plug_ins)
    with pytest.raises(worker.Untold):
        worker.work(Task((3,), experiment(), 1.0), "this map")
    monkeypatch.setattr(GIVEN, "give", lambda tables: None)
    worker.hear(Brief("this map", order))
    (result,) = worker.work(Task((3,), experiment(), 1.0), "this map")
    assert (result.point, result.status) == (3, "failed")
    assert result.why.startswith("its worker cannot train it. The plug-in some-gates is not installed")
