"""Every run of a session has a name of its own."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from engine.experiment.document import Document, parse, to_toml
from engine.session import Session
from gui.model.session_model import SessionModel
from tests.gui.lab import CIRCLE
from tests.gui.model.driving import run_through, wait_for


def document(steps: int = 100) -> Document:
    return parse(CIRCLE.format(title="", steps=steps))


def test_names_of_runs_never_repeat(qtbot: QtBot, model: SessionModel, tmp_path: Path) -> None:
    """After Rewind, a new seed, a deletion, and when the session is opened again."""
    run_through(qtbot, model, document())
    model.transport.rewind()
    qtbot.waitUntil(lambda: model.trainer.state == "paused")
    model.transport.stop()
    wait_for(qtbot, model, "idle")
    model.transport.new_seed()
    wait_for(qtbot, model, "idle")
    assert [run.name for run in model.run_list.runs] == ["Run 1", "Run 2", "Run 3"]
    model.run_list.rename(model.run_list.runs[0].id, "Run 2")
    assert model.run_list.runs[0].name == "Run 2 (2)"
    model.run_list.delete([model.run_list.runs[2].id])
    file = tmp_path / "names.mlab"
    model.save_as(file)
    model.start_new()
    run_through(qtbot, model, document())
    assert [run.name for run in model.run_list.runs] == ["Run 1"]
    model.open(file)
    run_through(qtbot, model, document())
    assert [run.name for run in model.run_list.runs] == ["Run 2 (2)", "Run 2", "Run 4"]


def test_runs_that_a_session_calls_the_same_are_told_apart_and_keep_their_names_in_the_file(
    model: SessionModel, tmp_path: Path
) -> None:
    file = tmp_path / "same.mlab"
    with Session.create(file) as session:
        for _ in range(2):
            session.add_run(to_toml(document()), title="Run 1")
    model.open(file)
    assert [run.name for run in model.run_list.runs] == ["Run 1", "Run 1 (2)"]
    model.save()
    model.start_new()
    with Session.open(file) as session:
        assert [run.title for run in session.runs] == ["Run 1", "Run 1"]
