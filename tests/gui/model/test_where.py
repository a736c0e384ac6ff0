"""Where a window trains its maps: processes of this machine are kept for the next map, a cluster's are its own."""

from __future__ import annotations

from contextlib import closing

import pytest

from engine.sweep.local import LocalWorkers
from engine.sweep.standby import Standby
from gui.model.maps.where import Where
from tests.engine.sweep.material import a_map
from tests.gui.conftest import WARM


def test_processes_are_those_that_wait_for_the_next_map(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Where, "warm", WARM)
    asked: list[int] = []
    monkeypatch.setattr(Standby, "warm", lambda standby, count: asked.append(count))
    where = Where()
    where.warm()
    where.choose("local:3")
    where.warm()
    where.choose("tcp://127.0.0.1:1")
    where.warm()
    assert asked == [0, 3], "a cluster is called where its map is trained, and not before"
    where.choose("local:3")
    given: list[int] = []
    monkeypatch.setattr(Standby, "given_back", lambda standby, processes: given.append(len(processes)))
    for _ in range(2):
        with closing(where.workers(a_map(), [])) as workers:
            assert isinstance(workers, LocalWorkers) and workers.count == 3
    assert given == [3, 3]
    where.close()
