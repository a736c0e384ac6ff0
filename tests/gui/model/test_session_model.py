"""The session model: what people ask of a session, against an engine process without mathematics."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.experiment.document import Document, parse
from engine.experiment.edits import LiveEdit
from engine.experiment.fact import Fact
from engine.protocol.messages import Started
from engine.protocol.records import Snapshot
from engine.session import Session
from gui.engine_thread import EngineThread
from gui.model.run import Run
from gui.model.session_model import SessionModel
from tests.gui.lab import CIRCLE, REACHES
from tests.gui.model.driving import run_through, wait_for

TEXT = CIRCLE + REACHES
TWO = (
    CIRCLE.format(title="", steps=300)
    + """
[[experiments]]
name = "small"
set = { "optimizer.step.eta" = 0.1 }
[[experiments]]
name = "large"
set = { "optimizer.step.eta" = 1.0 }
[[claims]]
text = "As good as each other"
check = "ratio"
of = "margin_ratio"
compare = ["large", "small"]
target = 1.0
tolerance = 0.1
"""
)


def document(title: str = "", steps: int = 1000, least: float = 0.5) -> Document:
    return parse(TEXT.format(title=title, steps=steps, least=least))


@pytest.fixture
def model_alone(qapp: QApplication) -> Iterator[SessionModel]:
    """Return a model with an engine of its own, which may be killed."""
    engine = EngineThread(target="tests.gui.fake_engine:main")
    engine.start_engine()
    model = SessionModel(engine)
    yield model
    model.close()
    model.deleteLater()
    engine.close()


def only(model: SessionModel) -> Run:
    (run,) = model.run_list.runs
    return run


# --- training -----------------------------------------------------------------------------------------------


def test_the_first_preset_is_ready_to_run(model: SessionModel) -> None:
    assert model.editor.experiment.data.kind == "circle" and model.editor.experiment.run.steps == 15_000
    assert model.editor.document.claims and not model.is_worth_keeping()


def test_a_run_ends_with_records_facts_references_and_verdicts(qtbot: QtBot, model: SessionModel) -> None:
    run_through(qtbot, model, document())
    run = only(model)
    assert (run.status, run.step, run.sentence) == ("done", 1000, "all steps taken")
    assert (
        run.history.records.steps[0] == 0 and run.history.records.steps[-1] == 1000 and run.history.finished
    )
    assert (
        run.history.facts[0] == Fact("Lyu & Li 2020", "applies", True)
        and run.history.references[0].title == "F1 margin"
    )
    assert run.history.events["separated_step"] == [40]
    ((claim, verdict),) = model.verdicts.judged
    assert claim.of == "margin_ratio" and verdict.status == "holds"


def test_run_pauses_goes_on_and_stops(qtbot: QtBot, model: SessionModel) -> None:
    model.editor.load(document("slow", 500_000_000))
    model.transport.run()
    wait_for(qtbot, model, "running")
    model.transport.run()
    wait_for(qtbot, model, "paused")
    held = only(model).step
    model.transport.advance()
    qtbot.waitUntil(lambda: only(model).step == held + 1)
    model.transport.run()
    wait_for(qtbot, model, "running")
    model.transport.stop()
    wait_for(qtbot, model, "idle")
    assert only(model).status == "stopped" and only(model).history.status == "stopped"


@pytest.mark.parametrize("leave", ["stop", "abandon"])
def test_a_run_left_while_it_is_prepared_never_shows_as_running(
    qtbot: QtBot, model: SessionModel, leave: str
) -> None:
    model.editor.load(document("slow", 500_000_000))
    model.transport.run()
    run, shown, trainer = only(model), set[str](), model.trainer
    model.run_list.runs_changed.connect(lambda _: shown.add(run.status))
    trainer.engine.message_received.emit(
        Started(run.id, 0, "cpu", "float64", 1, 60, 2.0)
    )  # on its way meanwhile
    getattr(trainer, leave)()
    wait_for(qtbot, model, "idle")
    QApplication.processEvents()
    assert run.status == "stopped" and run.sentence and shown <= {"starting", "stopped"}


def test_a_pause_asked_for_while_the_run_is_prepared_is_kept(qtbot: QtBot, model: SessionModel) -> None:
    model.editor.load(document("slow", 500_000_000))
    model.transport.run()
    assert model.trainer.state == "starting"
    model.transport.run()
    wait_for(qtbot, model, "paused")


def test_step_without_a_run_prepares_one_and_holds_it(qtbot: QtBot, model: SessionModel) -> None:
    model.transport.advance()
    wait_for(qtbot, model, "paused")
    assert only(model).step == 0
    model.transport.advance()
    qtbot.waitUntil(lambda: only(model).step == 1)


def test_two_experiments_run_in_order_and_are_compared(qtbot: QtBot, model: SessionModel) -> None:
    model.editor.load(parse(TWO))
    model.transport.run()
    first, second = model.run_list.runs
    assert (first.experiment_name, second.experiment_name) == ("small", "large")
    assert second.status == "queued" and model.verdicts.judged[0][1].status == "not yet"
    wait_for(qtbot, model, "idle")
    assert first.status == second.status == "done"
    assert second.experiment.optimizer.step.eta == 1.0
    assert model.run_list.selected is second and model.verdicts.judged[0][1].status == "holds"


def test_stop_ends_the_queue_too(qtbot: QtBot, model: SessionModel) -> None:
    model.editor.load(parse(TWO.replace("steps = 300", "steps = 1000000")))
    model.transport.run()
    wait_for(qtbot, model, "running")
    model.transport.stop()
    wait_for(qtbot, model, "idle")
    assert only(model).status == "stopped" and only(model).experiment_name == "small"


def test_a_live_edit_reaches_the_run_and_its_experiment(qtbot: QtBot, model: SessionModel) -> None:
    model.editor.load(document("slow", 500_000_000))
    model.transport.run()
    wait_for(qtbot, model, "running")
    with qtbot.assertNotEmitted(model.trainer.trouble):
        model.editor.edit("optimizer.step.eta", 0.2)
        qtbot.waitUntil(lambda: only(model).current.optimizer.step.eta == 0.2)
    run = only(model)
    (edit,) = run.history.edits
    assert (edit.field, edit.old, edit.new) == ("optimizer.step.eta", 0.1, 0.2)
    assert run.experiment.optimizer.step.eta == run.document.base.optimizer.step.eta == 0.1
    assert run.differs_from(None) == "" and edit.words == f"eta 0.1 to 0.2 at {edit.step:,}"
    model.undo_stack.undo()
    qtbot.waitUntil(lambda: only(model).current.optimizer.step.eta == 0.1)


def test_other_edits_are_marked_as_needing_a_restart_and_rewind_takes_them(
    qtbot: QtBot, model: SessionModel
) -> None:
    late: list[list[str]] = []
    model.restart_needed.connect(late.append)
    model.editor.load(document("slow", 500_000_000))
    model.transport.run()
    wait_for(qtbot, model, "running")
    model.editor.edit("network.widths", (40,))
    model.editor.edit("run.steps", 1_000_000_000)
    assert late[-1] == ["network.widths"]
    qtbot.waitUntil(lambda: only(model).steps == 1_000_000_000)
    assert only(model).experiment.network.widths == (20,)
    model.transport.rewind()
    qtbot.waitUntil(lambda: len(model.run_list) == 2 and model.run_list.runs[1].status == "running")
    old, new = model.run_list.runs
    assert new.experiment.network.widths == (40,) and new.experiment.seed == old.experiment.seed
    assert not old.visible and len(old.history.records) and late[-1] == []


def test_edits_of_another_document_leave_the_run_alone(qtbot: QtBot, model: SessionModel) -> None:
    model.editor.load(document("slow", 500_000_000))
    model.transport.run()
    wait_for(qtbot, model, "running")
    model.editor.load(document("slow", 500))
    model.editor.edit("run.steps", 600)
    model.trainer.pause()
    wait_for(qtbot, model, "paused")
    assert only(model).steps == 500_000_000


def test_rewinding_a_paused_run_holds_at_the_start(qtbot: QtBot, model: SessionModel) -> None:
    model.editor.load(document("slow", 500_000_000))
    model.transport.run()
    qtbot.waitUntil(lambda: bool(model.run_list.runs) and only(model).step > 10)
    model.transport.run()
    wait_for(qtbot, model, "paused")
    model.transport.rewind()
    qtbot.waitUntil(lambda: len(model.run_list) == 2 and model.trainer.state == "paused")
    assert model.run_list.runs[1].step == 0 and model.run_list.selected is model.run_list.runs[1]


def test_a_new_seed_runs_beside_the_old_one_and_can_be_undone(qtbot: QtBot, model: SessionModel) -> None:
    run_through(qtbot, model, document())
    model.transport.new_seed()
    wait_for(qtbot, model, "idle")
    assert [run.experiment.seed for run in model.run_list.runs] == [0, 1]
    assert (
        model.run_list.runs[0].visible
        and model.run_list.runs[1].differs_from(model.run_list.runs[0]) == "seed 1"
    )
    model.undo_stack.undo()
    assert model.editor.experiment.seed == 0


def test_a_finished_run_goes_on_when_steps_are_raised(qtbot: QtBot, model: SessionModel) -> None:
    run_through(qtbot, model, document(steps=500))
    assert "raise steps" in model.transport.why_not_continue()
    model.editor.edit("run.steps", 900)
    assert model.transport.why_not_continue() == ""
    model.transport.continue_selected()
    wait_for(qtbot, model, "idle")
    run = only(model)
    assert run.step == 900 and list(run.history.records.steps[[0, -1]]) == [0, 900]
    assert (run.experiment.run.steps, run.steps) == (500, 900)
    assert run.history.edits == [LiveEdit(500, "run.steps", 500, 900)]


def test_a_run_whose_last_state_cannot_be_read_stays_as_it_is(
    qtbot: QtBot, model: SessionModel, tmp_path: Path
) -> None:
    run_through(qtbot, model, document(steps=500))
    model.save_as(tmp_path / "kept.mlab")
    run = only(model)
    with contextlib.closing(sqlite3.connect(tmp_path / "kept.mlab")) as other, other:
        other.execute("UPDATE snapshot SET data = x'0102' WHERE step = ?", (run.history.resumable_step,))
    before, told = run.history.copy(), list[str]()
    model.notice_posted.connect(lambda tone, sentence, details: told.append(sentence))
    model.editor.edit("run.steps", 900)
    model.transport.continue_selected()
    wait_for(qtbot, model, "idle")
    assert told[-1].startswith("'Run 1' cannot go on from step 500: an array in it cannot be read")
    assert told[-1].endswith("pictures are still there, and so are all other runs; Run trains it anew")
    assert (run.status, run.step, run.history.edits) == ("done", 500, [])
    assert run.history.records.steps.tolist() == before.records.steps.tolist()


def test_the_state_that_a_run_goes_on_from_is_read_once(
    qtbot: QtBot, model: SessionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_through(qtbot, model, document(steps=500))
    read, read_state = list[int](), model.store.state

    def once(run: str, step: int) -> Snapshot | None:
        read.append(step)
        return read_state(run, step) if len(read) == 1 else None  # as where the file is damaged in between

    monkeypatch.setattr(model.store, "state", once)
    model.editor.edit("run.steps", 900)
    model.transport.continue_selected()
    wait_for(qtbot, model, "idle")
    assert read == [500]
    steps = only(model).history.records.steps.tolist()
    assert steps == sorted(set(steps)) and steps[-1] == 900


# --- when things go wrong -----------------------------------------------------------------------------------


def test_a_killed_engine_leaves_the_records_and_run_starts_a_new_one(
    qtbot: QtBot, model_alone: SessionModel
) -> None:
    model = model_alone
    told: list[str] = []
    model.notice_posted.connect(lambda tone, sentence, details: told.append(sentence))
    model.editor.load(document("slow", 500_000_000))
    model.transport.run()
    qtbot.waitUntil(lambda: bool(model.run_list.runs) and only(model).step > 10)
    assert model.engine.process_id is not None
    os.kill(model.engine.process_id, signal.SIGKILL)
    wait_for(qtbot, model, "idle")
    broken = only(model)
    assert broken.status == "failed" and "killed (signal 9)" in broken.sentence and "killed" in told[-1]
    kept = broken.history.records.steps.copy()
    assert len(kept) > 5
    model.editor.load(document(steps=200))
    model.transport.run()
    wait_for(qtbot, model, "idle")
    assert model.run_list.runs[1].status == "done" and list(broken.history.records.steps) == list(kept)


def test_refused_edits_keep_the_experiment_and_are_shown(qtbot: QtBot, model: SessionModel) -> None:
    with qtbot.waitSignal(model.editor.refusals_changed) as told:
        model.editor.edit("data.n", 0)
    (refusal,) = told.args[0]
    assert refusal.field == "data.n" and "at least" in str(refusal)
    assert model.editor.experiment.data.n == 24 and not model.undo_stack.canUndo()
    model.editor.edit("run.steps", 20)
    assert model.editor.refusals == [refusal]
    model.editor.edit("data.n", 30)
    assert model.editor.refusals == [] and model.editor.experiment.data.n == 30


# --- the editor ---------------------------------------------------------------------------------------------


def test_edits_of_one_field_undo_together_and_nothing_is_lost(model: SessionModel) -> None:
    before = model.editor.document
    for steps in (10, 20, 30):
        model.editor.edit("run.steps", steps)
    model.editor.edit("optimizer.kind", "adam")
    model.editor.load(document())
    assert model.undo_stack.count() == 3 and model.undo_stack.undoText() == "Open another experiment"
    model.undo_stack.undo()
    assert model.editor.experiment.optimizer.kind == "adam" and model.editor.experiment.run.steps == 30
    model.undo_stack.undo()
    model.undo_stack.undo()
    assert model.editor.document == before
    model.undo_stack.setIndex(3)
    assert model.editor.document == document()


def test_an_experiment_of_several_is_edited_alone_or_with_the_others(model: SessionModel) -> None:
    model.editor.load(parse(TWO))
    model.editor.choose_experiment("large")
    model.editor.edit("optimizer.step.eta", 2.0)
    model.editor.choose_experiment("")
    model.editor.edit("data.n", 30)
    small, large = model.editor.document.experiments().values()
    assert (small.optimizer.step.eta, large.optimizer.step.eta) == (0.1, 2.0)
    assert small.data.n == large.data.n == 30


# --- the list of runs ---------------------------------------------------------------------------------------


def test_rename_recolour_hide_delete_and_back(qtbot: QtBot, model: SessionModel) -> None:
    run_through(qtbot, model, document(steps=100))
    run_through(qtbot, model, document(steps=200))
    first, second = model.run_list.runs
    assert first.colour != second.colour
    model.run_list.rename(first.id, "  mine ")
    model.run_list.recolour(first.id, 5)
    model.run_list.set_visible(first.id, False)
    model.run_list.delete([first.id])
    assert model.run_list.runs == [second] and model.run_list.selected is second
    model.undo_stack.undo()
    assert (
        model.run_list.runs == [first, second]
        and len(first.history.records)
        and model.run_list.selected is first
    )
    model.undo_stack.undo()
    model.undo_stack.undo()
    assert (first.name, first.colour) == ("Run 1", 0)
    model.run_list.show_only([first.id])
    assert first.visible and not second.visible


def test_a_run_under_way_is_not_deleted(qtbot: QtBot, model: SessionModel) -> None:
    model.editor.load(document("slow", 500_000_000))
    model.transport.run()
    wait_for(qtbot, model, "running")
    model.run_list.delete([only(model).id])
    assert only(model).status == "running"


# --- the session's file -------------------------------------------------------------------------------------


def test_a_saved_session_comes_back_and_goes_on(qtbot: QtBot, model: SessionModel, tmp_path: Path) -> None:
    model.editor.load(document("slow", 600))
    model.transport.run()
    qtbot.waitUntil(lambda: bool(model.run_list.runs) and only(model).step > 50)
    model.transport.stop()
    wait_for(qtbot, model, "idle")
    run = only(model)
    model.run_list.rename(run.id, "half way")
    model.note_run("look at step 40")
    model.note_session("circles")
    model.views.tabs["plots"] = {"horizontal": "step"}
    file = tmp_path / "work.mlab"
    model.save_as(file)
    assert model.path == file
    steps, stopped_at = run.history.records.steps.copy(), run.step
    model.start_new()
    assert not model.run_list.runs and model.path is None and model.notes == ""

    with qtbot.waitSignal(model.views_restored):
        model.open(file)
    again = only(model)
    assert (again.name, again.notes, model.notes) == ("half way", "look at step 40", "circles")
    assert (again.status, again.step, model.views.tabs["plots"]) == (
        "stopped",
        stopped_at,
        {"horizontal": "step"},
    )
    assert (
        list(again.history.records.steps) == list(steps) and again.history.references and again.history.facts
    )
    assert model.editor.document == document("slow", 600)
    model.transport.continue_selected()
    wait_for(qtbot, model, "idle")
    assert again.status == "done" and again.step == 600
    assert list(again.history.records.steps[: len(steps) - 1]) == list(steps[:-1])


def test_a_session_that_was_never_saved_is_offered_back(qtbot: QtBot, model: SessionModel) -> None:
    run_through(qtbot, model, document(steps=300))
    assert model.abandoned() == []
    model.start_new()
    (offered,) = model.abandoned()
    assert offered.runs == ("Run 1",)
    model.recover(offered.path)
    assert only(model).step == 300 and model.abandoned() == [] and model.path is None


def test_a_session_that_nobody_used_leaves_nothing(model: SessionModel) -> None:
    model.start_new()
    assert model.abandoned() == []


def test_what_arrives_is_written_behind(qtbot: QtBot, model: SessionModel, tmp_path: Path) -> None:
    file = tmp_path / "live.mlab"
    model.save_as(file)
    model.editor.load(document("slow", 500_000_000))
    model.transport.run()
    qtbot.waitUntil(lambda: bool(model.run_list.runs) and only(model).step > 50)
    model.store.flush()
    with Session.open(file) as read:
        (entry,) = read.runs
        assert len(read.load_run(entry.id).history.records) > 10


def test_deleted_runs_are_gone_from_the_file_once_it_is_left(
    qtbot: QtBot, model: SessionModel, tmp_path: Path
) -> None:
    run_through(qtbot, model, document(steps=100))
    run_through(qtbot, model, document(steps=200))
    model.save_as(tmp_path / "a.mlab")
    model.run_list.delete([model.run_list.runs[0].id])
    model.start_new()
    model.open(tmp_path / "a.mlab")
    assert only(model).step == 200


def test_an_experiment_file_opens_as_an_edit(model: SessionModel, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(TEXT.format(title="mine", steps=77, least=0.1), "utf-8")
    model.open(file)
    assert model.editor.experiment.title == "mine" and model.editor.document.folder == tmp_path
    model.undo_stack.undo()
    assert model.editor.experiment.run.steps == 15_000
