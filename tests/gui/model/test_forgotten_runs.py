"""Deleted runs stay in the session as long as Undo can bring them back, and no longer."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from engine.experiment.document import parse
from gui.model.session_model import SessionModel
from tests.gui.lab import CIRCLE
from tests.gui.model.driving import run_through


def test_a_deleted_run_goes_for_good_with_its_undo(qtbot: QtBot, model: SessionModel) -> None:
    for _ in range(2):
        run_through(qtbot, model, parse(CIRCLE.format(title="", steps=500)))
    first, second = (run.id for run in model.run_list.runs)
    model.run_list.delete([first])
    model.store.flush()
    assert first in model.store.session
    model.undo_stack.undo()
    model.run_list.delete([second])  # the first deletion can be done again no more: its run is there
    assert [run.id for run in model.run_list.runs] == [first]
    assert {first, second} <= {run.id for run in model.store.session.runs}
    model.undo_stack.clear()
    assert [run.id for run in model.store.session.runs] == [first]
    model.store.flush()
    assert [run.id for run in model.store.session.runs] == [first]
