"""Where maps are trained: chosen in their tab, remembered on this machine, and ready where a map is looked at."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from gui.model.maps.maps import Maps
from gui.model.maps.where import Where
from tests.gui.lab import Lab
from tests.gui.mapping import ETA, maps, page, sweep, trained

pytestmark = pytest.mark.one_window


def test_where_maps_run_is_remembered_here_and_a_cluster_that_is_not_there_is_said(mapped: Lab) -> None:
    model = mapped.window.model
    maps(mapped).make_workers = maps(mapped).where.workers
    sweep(mapped, ETA)
    before, places = model.editor.document, page(mapped).training.places
    mapped.until(places.where.isVisible)
    mapped.choose(places.where, "cluster")
    mapped.write(places.address, "tcp://127.0.0.1:1")
    mapped.key(Qt.Key.Key_Return)
    with mapped.qtbot.waitSignal(model.notice_posted) as told:
        mapped.press(page(mapped).training.run)
    assert "Where it runs: 'tcp://127.0.0.1:1'" in told.args[1]
    assert model.editor.document == before
    again = Maps(model.store, model.undo_stack)
    assert again.where.place == "tcp://127.0.0.1:1"
    mapped.choose(places.where, "local")
    assert maps(mapped).where.place == "local"


def test_processes_start_where_a_map_to_train_is_looked_at(
    mapped: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    warmed: list[str] = []
    monkeypatch.setattr(Where, "warm", lambda where: warmed.append(where.place))
    mapped.window.parts.tabs.bring("maps")
    mapped.qtbot.wait(100)
    assert not warmed, "there is no map yet"
    sweep(mapped, ETA)
    mapped.until(lambda: warmed)
    page(mapped).axes.seeds.setValue(1)
    trained(mapped)
    mapped.until(lambda: not maps(mapped)._ready.working)
    warmed.clear()
    mapped.window.parts.tabs.bring("plots")
    mapped.window.parts.tabs.bring("maps")
    mapped.qtbot.wait(100)
    assert not warmed, "all of it is known"
