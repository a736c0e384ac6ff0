"""How many runs of a map other maps of the session have: counted again whenever these are others."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pytestqt.qtbot import QtBot

from engine.experiment.document import Document
from engine.protocol.points import PointResult, Task
from engine.session.session_maps import SessionMaps
from engine.session.sweeps import stored
from engine.words.errors import Refusal
from gui.model.maps.elsewhere import KnownElsewhere
from gui.model.session_model import SessionModel
from tests.engine.sweep.material import SCALE, Here, a_map


def done(task: Task) -> Sequence[PointResult]:
    return [PointResult(point, "done", 20, 0.1, {}) for point in task.points]


def scales(*values: float) -> Document:
    return a_map([{**SCALE, "values": list(values)}])


@pytest.fixture
def trained(qtbot: QtBot, model: SessionModel) -> SessionModel:
    """A session with a map of two points that were trained."""
    model.maps.make_workers = lambda document, data: Here(done)
    train(qtbot, model, scales(0.5, 1.0))
    return model


def train(qtbot: QtBot, model: SessionModel, document: Document) -> None:
    model.maps.train(document)
    qtbot.waitUntil(lambda: model.maps.under_way is None)


def count(qtbot: QtBot, model: SessionModel, document: Document, wanted: int) -> None:
    qtbot.waitUntil(lambda: model.maps.known(document) == wanted)


def test_a_map_that_is_deleted_knows_nothing_and_undo_brings_its_runs_back(
    qtbot: QtBot, trained: SessionModel
) -> None:
    edited = scales(0.5, 1.0, 2.0)
    count(qtbot, trained, edited, 2)
    trained.maps.delete()
    assert trained.maps.known(edited) == 0
    trained.undo_stack.undo()
    count(qtbot, trained, edited, 2)


def test_runs_of_a_map_that_ended_since_are_counted(qtbot: QtBot, trained: SessionModel) -> None:
    edited = scales(0.5, 3.0, 4.0)
    count(qtbot, trained, edited, 1)
    train(qtbot, trained, scales(3.0, 4.0, 5.0))
    count(qtbot, trained, edited, 3)


def test_another_session_has_a_count_of_its_own(qtbot: QtBot, trained: SessionModel) -> None:
    counts, edited = KnownElsewhere(trained), scales(0.5, 1.0, 2.0)
    qtbot.waitUntil(lambda: counts.of(trained.maps.kept, "", edited, 0) == 2)
    assert counts.of(None, "", edited, 0) == 0


def test_a_map_that_cannot_be_read_takes_nothing_from_the_others(
    qtbot: QtBot, trained: SessionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = stored(scales(2.0, 7.0))
    trained.store.session.maps.add(damaged)
    read = SessionMaps.points

    def points(self: SessionMaps, id: str) -> dict[str, PointResult]:
        if id == damaged.id:
            raise Refusal("", None, "is damaged")
        return read(self, id)

    monkeypatch.setattr(SessionMaps, "points", points)
    count(qtbot, trained, scales(0.5, 1.0, 2.0), 2)
