"""The queue: what waits is moved, taken out, kept over a rewind, and how long all of it takes is known."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from engine.experiment.document import parse
from gui.model import queue_progress
from gui.model.queue_progress import QueueWatch
from gui.model.session_model import SessionModel
from tests.gui.lab import CIRCLE
from tests.gui.model.driving import wait_for

THREE = CIRCLE.format(title="slow", steps=500_000_000) + "".join(
    f'[[experiments]]\nname = "{name}"\nset = {{ "run.steps" = {steps} }}\n'
    for name, steps in (("a", 500_000_000), ("b", 100), ("c", 300))
)


def names(model: SessionModel) -> list[str]:
    return [run.experiment_name for run in model.trainer.queue.runs]


def begin(qtbot: QtBot, model: SessionModel) -> None:
    """Train the first of three experiments."""
    model.editor.load(parse(THREE))
    model.transport.run()
    wait_for(qtbot, model, "running")


def test_what_waits_is_moved_and_taken_out_and_the_rest_is_trained_in_that_order(
    qtbot: QtBot, model: SessionModel
) -> None:
    begin(qtbot, model)
    queue, (_, b, c) = model.trainer.queue, model.run_list.runs
    queue.move(c.id, -1)
    assert names(model) == ["c", "b"]
    queue.move(c.id, -5)
    queue.move("nobody", 1)
    assert names(model) == ["c", "b"]
    queue.remove([c.id])
    assert names(model) == ["b"] and model.run_list.get(c.id) is None and model.run_list.get(b.id) is b
    model.transport.stop()
    wait_for(qtbot, model, "idle")


def test_a_run_that_waits_to_go_on_is_as_it_was_once_taken_out(qtbot: QtBot, model: SessionModel) -> None:
    model.editor.load(parse(CIRCLE.format(title="", steps=200)))
    model.transport.run()
    wait_for(qtbot, model, "idle")
    (done,) = model.run_list.runs
    begin(qtbot, model)
    model.trainer.continue_run(done, {"run.steps": 400})
    assert done.status == "queued" and names(model) == ["b", "c", ""]
    model.trainer.queue.remove([done.id])
    assert done.status == "done" and model.run_list.get(done.id) is done
    model.transport.stop()
    wait_for(qtbot, model, "idle")


def test_what_waits_of_the_same_press_of_run_stays_when_the_first_is_begun_again(
    qtbot: QtBot, model: SessionModel
) -> None:
    begin(qtbot, model)
    waiting = model.trainer.queue.runs
    model.transport.rewind()
    assert model.trainer.queue.runs[1:] == waiting and all(run in model.run_list.runs for run in waiting)
    (first,) = [run for run in model.run_list.runs if not run.visible]
    model.trainer.queue.remove([model.trainer.queue.runs[0].id])
    assert first.visible, "what was to stand in its place is gone"
    model.transport.stop()
    wait_for(qtbot, model, "idle")


def test_what_is_typed_for_the_next_run_of_a_queue_reaches_none_before_it(
    qtbot: QtBot, model: SessionModel
) -> None:
    eta, told = "optimizer.step.eta", []
    model.restart_needed.connect(told.append)
    model.editor.load(parse(CIRCLE.format(title="", steps=300)))
    for value in (0.1, 0.2, 0.4):
        model.editor.edit(eta, value)
        model.transport.run_after()
    model.editor.edit(eta, 0.8)
    assert told[-1] == [eta]  # said to need a run of its own
    wait_for(qtbot, model, "idle")
    runs = model.run_list.runs
    assert [run.current.optimizer.step.eta for run in runs] == [0.1, 0.2, 0.4]  # type: ignore[union-attr]
    assert not any(run.history.edits for run in runs)


def test_time_left_is_told_for_each_and_in_all_once_a_run_has_a_pace(
    qtbot: QtBot, model: SessionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    sized: list[str] = []
    counted = queue_progress._step_seconds
    monkeypatch.setattr(queue_progress, "_step_seconds", lambda run: sized.append(run.name) or counted(run))
    watch = QueueWatch(model.trainer, model)
    assert watch.now().is_empty and not watch.lines()
    begin(qtbot, model)
    qtbot.waitUntil(lambda: watch.now().seconds is not None and bool(watch.lines()) and watch.is_told)
    now, lines = watch.now(), watch.lines()
    assert len(sized) == 1, "runs of the same data and network cost the same"
    first, second, third = (line.seconds or 0.0 for line in lines)
    assert [line.waits for line in lines] == [False, True, True] and now.waiting == 2 and now.busy
    assert first > third > second > 0 and now.seconds == pytest.approx(first + second + third)
    assert third == pytest.approx(3 * second)  # three times the steps of the same experiment
    assert model.run_list.runs[0].history.seconds > queue_progress.SETTLED, (
        "what is compiled first is no pace"
    )
    assert 0 <= now.share < 1
    assert [line.differs for line in lines] == ["steps 500,000,000", "steps 100", "steps 300"]
    model.trainer.queue.remove([lines[1].id])
    assert watch.now().waiting == 1 and [line.differs for line in watch.lines()][1] == "steps 300"
    model.transport.stop()
    wait_for(qtbot, model, "idle")


def test_runs_of_a_kind_that_have_trained_say_how_long_others_take(
    qtbot: QtBot, model: SessionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_progress, "SETTLED", 0.0)
    watch = QueueWatch(model.trainer, model)
    model.run_list.records_arrived.connect(watch.now)
    model.editor.load(parse(CIRCLE.format(title="", steps=20_000)))
    model.transport.run()
    wait_for(qtbot, model, "idle")
    (done,) = model.run_list.runs
    model.transport.run()
    model.transport.run_after()
    now = watch.now()
    assert not now.is_empty and now.seconds is not None and 0 < now.seconds < 3 * done.history.seconds
    model.trainer.queue.clear()
    model.transport.stop()
    wait_for(qtbot, model, "idle")
