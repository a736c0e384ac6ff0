"""Every edit trains the experiment anew, as a draft: drawn, in no list and in no session unless it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.experiment.document import Document, parse
from engine.protocol.messages import Drafted, DropDraft, Finished, KeepDraft, RunStatus, TrainDraft
from engine.session import Session
from gui.model.draft import Draft
from gui.model.session_model import SessionModel
from gui.model.surface_query import SurfaceQuery
from tests.gui.lab import CIRCLE, QUICK, SharedEngine
from tests.gui.model.driving import run_through, wait_for

RADIUS = "data.radius"


def document(title: str = "circle", steps: int = 200) -> Document:
    return parse(QUICK.format(title=title, steps=steps))


@pytest.fixture
def sent(fake_engine: SharedEngine, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Give what the window sends to the engine, which hears it all the same."""
    commands: list[object] = []
    send = type(fake_engine).send

    def noted(engine: SharedEngine, command: object) -> None:
        commands.append(command)
        send(engine, command)  # type: ignore[arg-type]

    monkeypatch.setattr(type(fake_engine), "send", noted)
    return commands


def draft_of(qtbot: QtBot, model: SessionModel) -> Draft:
    """Wait for a draft of the experiment as it is."""
    qtbot.waitUntil(lambda: model.run_list.draft is not None and model.steering.can_keep)
    assert model.run_list.draft is not None
    return model.run_list.draft


def test_an_edit_is_trained_and_looked_at_and_nothing_is_in_the_list_or_in_the_session(
    qtbot: QtBot, model: SessionModel, tmp_path: Path
) -> None:
    run_through(qtbot, model, document())
    kept = model.run_list.selected
    model.editor.edit(RADIUS, 2.0)
    draft = draft_of(qtbot, model)
    assert draft.run.experiment.data.radius == 2.0 and draft.run.status is RunStatus.DONE
    assert model.run_list.looked_at is draft.run and model.run_list.selected is kept
    assert model.run_list.runs == [kept] and model.trainer.state == "idle"
    model.save_as(tmp_path / "one.mlab")
    with Session.open(tmp_path / "one.mlab") as session:
        assert [run.id for run in session.runs] == [kept.id if kept else ""]


def test_keeping_makes_a_run_of_all_that_was_told(qtbot: QtBot, model: SessionModel, tmp_path: Path) -> None:
    run_through(qtbot, model, document())
    model.editor.edit(RADIUS, 2.0)
    draft = draft_of(qtbot, model)
    colour, records = draft.run.colour, draft.run.history.records.steps.tolist()
    assert model.steering.keep()
    run = model.run_list.selected
    assert run is draft.run and run.name == "Run 2" and run.colour == colour
    assert model.run_list.draft is None and not model.steering.can_keep
    model.save_as(tmp_path / "one.mlab")
    with Session.open(tmp_path / "one.mlab") as session:
        history = session.load_run(run.id).history
        assert history.records.steps.tolist() == records and history.status is RunStatus.DONE
        assert session.snapshot(run.id, 200) is not None
    assert not model.transport.why_not_continue().startswith("No state")


def test_run_keeps_the_draft_and_the_next_press_trains_anew(
    qtbot: QtBot, model: SessionModel, sent: list[object]
) -> None:
    model.editor.load(document())
    model.editor.edit(RADIUS, 2.0)
    draft = draft_of(qtbot, model)
    model.transport.run()
    assert model.run_list.runs == [draft.run]
    model.transport.run()
    wait_for(qtbot, model, "idle")
    assert len(model.run_list.runs) == 2


def test_a_draft_that_has_not_ended_goes_on_as_the_run_under_way(
    qtbot: QtBot, model: SessionModel, sent: list[object]
) -> None:
    model.editor.load(document("slow", 70))
    model.editor.edit(RADIUS, 2.0)
    draft = draft_of(qtbot, model)
    assert draft.run.step == 50 and not draft.run.status.ended
    assert model.steering.keep()
    assert model.trainer.current is draft.run and model.trainer.state == "running"
    assert any(isinstance(command, KeepDraft) for command in sent)
    wait_for(qtbot, model, "idle")
    assert draft.run.step == 70 and draft.run.status is RunStatus.DONE


def test_every_edit_is_said_at_once_and_the_newest_is_looked_at(
    qtbot: QtBot, model: SessionModel, sent: list[object]
) -> None:
    model.editor.load(document())
    for k in range(1, 8):
        model.editor.edit(RADIUS, 1.0 + k / 8)
        qtbot.wait(1)
    draft = draft_of(qtbot, model)
    assert draft.run.experiment.data.radius == 1.875
    drafts = [c.document.experiment().data.radius for c in sent if isinstance(c, TrainDraft)]
    assert sorted(set(drafts)) == [1.0 + k / 8 for k in range(1, 8)] and drafts[-1] == 1.875


def test_of_drafts_under_way_the_one_told_last_is_looked_at_and_no_earlier_one_after_it(
    qtbot: QtBot, model: SessionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.editor.load(document())
    monkeypatch.setattr(type(model.engine), "send", lambda _engine, command: asked.append(command))
    asked: list[TrainDraft] = []
    for count, radius in enumerate((2.0, 3.0, 4.0), 1):
        model.editor.edit(RADIUS, radius)
        qtbot.waitUntil(lambda count=count: len(asked) == count)
    first, second, third = (command.run for command in asked)
    tell = model.engine.message_received.emit
    for run, radius in ((second, 3.0), (first, 3.0), (third, 4.0), (second, 4.0)):
        tell(Drafted(run, (Finished(run, RunStatus.DONE, 200, "", 0.1),)))
        qtbot.wait(1)
        assert model.run_list.draft is not None
        assert model.run_list.draft.run.experiment.data.radius == radius


def test_what_is_told_of_an_outdated_draft_is_ignored(qtbot: QtBot, model: SessionModel) -> None:
    model.editor.load(document())
    model.editor.edit(RADIUS, 2.0)
    draft = draft_of(qtbot, model)
    before = list(draft.messages)
    model.engine.message_received.emit(Drafted("another", tuple(before)))
    model.editor.edit(RADIUS, 3.0)
    newest = draft_of(qtbot, model)
    assert newest is not draft and len(newest.messages) == len(before)


def test_back_at_the_run_there_is_no_draft(qtbot: QtBot, model: SessionModel, sent: list[object]) -> None:
    run_through(qtbot, model, document())
    model.editor.edit(RADIUS, 2.0)
    draft_of(qtbot, model)
    model.undo_stack.undo()
    qtbot.waitUntil(lambda: model.run_list.draft is None)
    assert isinstance(sent[-1], DropDraft) and model.run_list.looked_at is model.run_list.selected


def test_undo_takes_a_whole_drag_back_and_is_drafted_too(qtbot: QtBot, model: SessionModel) -> None:
    model.editor.load(document())
    model.editor.edit("data.phase", 0.5)
    model.editor.drag(True)
    for value in (1.5, 2.0, 2.5):
        model.editor.edit("data.phase", value)
    model.editor.drag(False)
    model.editor.edit("data.phase", 3.0)
    for value in (2.5, 0.5):
        model.undo_stack.undo()
        assert model.editor.experiment.data.phase == value
        assert draft_of(qtbot, model).run.experiment.data.phase == value
    model.undo_stack.redo()
    assert model.editor.experiment.data.phase == 2.5


def test_a_drag_back_to_where_it_began_is_no_step(qtbot: QtBot, model: SessionModel) -> None:
    model.editor.load(document())
    steps = model.undo_stack.count()
    model.editor.drag(True)
    for value in (2.0, 1.0):
        model.editor.edit(RADIUS, value)
    model.editor.drag(False)
    assert model.undo_stack.count() == steps


def test_claims_and_questions_are_about_the_draft(qtbot: QtBot, model: SessionModel) -> None:
    run_through(qtbot, model, document())
    surfaces = SurfaceQuery(model, model).query
    surfaces.watch(True)
    model.editor.edit("seed", 3)
    draft = draft_of(qtbot, model)
    qtbot.waitUntil(lambda: bool(model.verdicts.judged))
    assert len(model.verdicts.judged) == 2
    with qtbot.waitSignal(surfaces.answered) as answer:
        pass
    assert answer.args is not None and answer.args[0].run == draft.run.id
    assert surfaces.snapshot(draft.run, 200) is not None


def test_what_was_left_out_is_solved_once_the_hand_rests(
    qtbot: QtBot, model: SessionModel, sent: list[object]
) -> None:
    model.editor.load(document())
    model.editor.edit(RADIUS, 2.0)
    draft = draft_of(qtbot, model)
    assert not draft.at_hand
    assert [command.at_hand for command in sent if isinstance(command, TrainDraft)] == [True, False]


def test_a_refusal_stands_at_its_field_and_the_next_edit_is_drafted(
    qtbot: QtBot, model: SessionModel
) -> None:
    model.editor.load(document("refuse"))
    with qtbot.waitSignal(model.editor.refusals_changed):
        model.editor.edit(RADIUS, 2.0)
    assert [refusal.field for refusal in model.editor.refusals] == ["run.device"]
    assert model.run_list.draft is None and not model.run_list.runs
    model.editor.edit("title", "circle")
    model.editor.edit(RADIUS, 3.0)
    assert draft_of(qtbot, model).run.experiment.data.radius == 3.0


def test_titles_other_experiments_and_runs_under_way_are_not_drafted(
    qtbot: QtBot, model: SessionModel, sent: list[object]
) -> None:
    model.editor.load(document("slow", 500_000_000))
    model.editor.edit("title", "slow")
    model.transport.run()
    wait_for(qtbot, model, "running")
    model.editor.edit(RADIUS, 2.0)
    qtbot.wait(20)
    model.transport.stop()
    wait_for(qtbot, model, "idle")
    model.editor.load(document("another"))
    qtbot.wait(20)
    assert not any(isinstance(command, TrainDraft) for command in sent)


def test_the_switch_is_on_where_runs_are_short_and_on_anyway_where_that_is_asked_for(
    qtbot: QtBot, model: SessionModel
) -> None:
    model.editor.load(document())
    assert model.steering.on
    model.steering.switch(False)
    model.editor.edit(RADIUS, 2.0)
    qtbot.wait(20)
    assert not model.steering.on and model.run_list.draft is None
    model.steering.switch(True)
    draft_of(qtbot, model)
    long = parse(CIRCLE.format(title="slow", steps=10**9))
    model.editor.load(long)
    assert not model.steering.on and "takes about" in model.steering.why_not
    assert model.run_list.draft is None
    model.steering.switch(True)
    assert model.steering.on
    draft_of(qtbot, model)
    model.editor.load(document())
    model.editor.load(long)
    assert not model.steering.on


def test_a_run_that_is_chosen_is_looked_at(qtbot: QtBot, model: SessionModel) -> None:
    run_through(qtbot, model, document())
    model.transport.run()
    wait_for(qtbot, model, "idle")
    model.editor.edit(RADIUS, 2.0)
    draft_of(qtbot, model)
    first = model.run_list.runs[0]
    model.run_list.select(first.id)
    assert model.run_list.draft is None and model.run_list.looked_at is first
