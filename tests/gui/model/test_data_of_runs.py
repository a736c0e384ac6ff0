"""What the window asks of the engine about runs of before: with their own data alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from engine.experiment.known_data import KnownData
from engine.protocol.messages import DataFacts, Failed
from gui.model.session_model import SessionModel
from tests.gui.model.driving import run_through, wait_for
from tests.gui.model.test_session_model import document, only


def test_what_goes_on_is_told_which_data_it_was_trained_on_and_where_else_they_may_lie(
    qtbot: QtBot, model: SessionModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_through(qtbot, model, document(steps=100))
    model.save_as(tmp_path / "kept.mlab")
    run, sent = only(model), list[Any]()
    assert run.history.started is not None
    run.history.started = replace(run.history.started, data=DataFacts(24, 2, 2, "abc"))
    ended = run.history.copy()
    monkeypatch.setattr(model.engine, "send", sent.append)
    model.trainer.continue_run(run, {"run.steps": 200})
    assert sent[-1].document.known == KnownData("abc", str(tmp_path))
    model.trainer.engine.message_received.emit(Failed(run.id, "a.csv is another"))
    wait_for(qtbot, model, "idle")
    # what could not go on is what it was, and loses nothing
    assert (run.status, run.sentence, run.step) == ("done", ended.sentence, 100)
    assert run.history.records.steps.tolist() == ended.records.steps.tolist()
    model.transport.rewind()
    (again,) = (other for other in model.run_list.runs if other is not run)
    assert sent[-1].run == again.id and sent[-1].document.known == KnownData("abc", str(tmp_path))
    model.trainer.engine.message_received.emit(Failed(again.id, "a.csv is another"))
    wait_for(qtbot, model, "idle")
    model.transport.run_anew()
    assert sent[-1].document.known == KnownData()
    model.trainer.engine.message_received.emit(Failed(sent[-1].run, "no"))
    wait_for(qtbot, model, "idle")
