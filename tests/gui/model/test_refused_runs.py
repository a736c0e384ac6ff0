"""A run that is refused leaves everything as it was."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from engine.experiment.document import Document, parse
from gui.model.session_model import SessionModel
from tests.gui.lab import CIRCLE
from tests.gui.model.driving import run_through, wait_for


def document(title: str = "", steps: int = 1000) -> Document:
    return parse(CIRCLE.format(title=title, steps=steps))


def test_a_run_that_cannot_begin_says_why_and_the_next_one_can(qtbot: QtBot, model: SessionModel) -> None:
    with qtbot.waitSignal(model.notice_posted) as told:
        run_through(qtbot, model, document("refuse"))
    assert told.args is not None and "Not run: " in told.args[1] and "'cuda' is not there" in told.args[1]
    assert model.run_list.runs == [] and model.run_list.selected is None
    assert [refusal.field for refusal in model.editor.refusals] == ["run.device"]
    run_through(qtbot, model, document())
    (run,) = model.run_list.runs
    assert run.status == "done" and model.editor.refusals == []


def test_a_refused_run_leaves_everything_as_it_was(qtbot: QtBot, model: SessionModel) -> None:
    run_through(qtbot, model, document())
    (kept,) = model.run_list.runs
    said, steps = kept.sentence, kept.history.records.steps.copy()
    model.editor.edit("title", "refuse")
    for ask in (
        model.transport.run,
        model.transport.new_seed,
        model.transport.rewind,
        model.transport.advance,
    ):
        with qtbot.waitSignal(model.trainer.run_refused):
            ask()
        wait_for(qtbot, model, "idle")
        assert model.run_list.runs == [kept] and model.run_list.selected is kept and kept.visible
    kept.take_document(model.editor.document)  # as where its data are others since
    model.editor.edit("run.steps", 1900)
    with qtbot.waitSignal(model.trainer.run_refused):
        assert not model.transport.why_not_continue()
        model.transport.continue_selected()
    wait_for(qtbot, model, "idle")
    assert (kept.status, kept.sentence) == ("done", said)
    assert list(kept.history.records.steps) == list(steps)
