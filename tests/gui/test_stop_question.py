"""Nothing that is not about a run under way stops it unasked."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QPushButton

from tests.gui.lab import Lab


def begin(quick: Lab) -> None:
    quick.load_quick("slow", 500_000_000)
    quick.button("run")
    quick.until_state("running")


def choose(quick: Lab, action: str) -> None:
    """Press a button of the one line that asks."""
    (line,) = [line for line in quick.window.parts.info.lines if line.key == "stop"]
    assert "Run 1 is under way" in line.sentence
    quick.press(line.findChild(QPushButton, action))


def asks(quick: Lab) -> bool:
    return any(line.key == "stop" for line in quick.window.parts.info.lines)


def other_session(quick: Lab, folder: Path) -> Path:
    """Save the session at hand to a file, and leave it."""
    file = folder / "other.mlab"
    assert quick.window.files.save_to(file)
    quick.window.files.new()
    return file


def test_another_session_asks_before_it_stops_a_run(quick: Lab, tmp_path: Path) -> None:
    window, trainer = quick.window, quick.window.model.trainer
    file = other_session(quick, tmp_path)
    for ask in (
        window.files.new,
        lambda: window.files.open_path(file),
        lambda: window.recovery.restore(str(file)),
    ):
        begin(quick)
        ask()
        assert trainer.state == "running" and window.model.path is None
        choose(quick, "keep")
        assert trainer.state == "running" and not asks(quick)
        ask()
        choose(quick, "stop")
        assert trainer.state == "idle" and not window.model.run_list.runs and not asks(quick)
        window.files.new()


def test_what_leaves_a_run_alone_does_not_ask(quick: Lab, tmp_path: Path) -> None:
    window, trainer = quick.window, quick.window.model.trainer
    begin(quick)
    window.files.open_preset("rings-ntk")
    assert trainer.state == "running" and not asks(quick)
    window.files.save_to(tmp_path / "here.mlab")
    window.files.open_path(tmp_path / "here.mlab")
    assert trainer.state == "running" and not asks(quick)
    quick.button("stop")
    quick.until_state("idle")
    window.files.new()
    assert not asks(quick) and not window.model.run_list.runs


def test_open_and_run_asks_and_can_wait_for_the_run_under_way(quick: Lab) -> None:
    window, trainer = quick.window, quick.window.model.trainer
    begin(quick)
    first = trainer.current
    window.files.open_preset("circle-global-margin", run=True)
    choose(quick, "keep")
    assert trainer.current is first and [run.title for run in trainer.queue.runs] == [
        window.model.editor.document.base.title
    ]
    quick.button("stop")  # and drops what waits
    quick.until_state("idle")
    assert quick.runs == [first] and first is not None
    window.model.run_list.select(first.id)
    assert not window.model.transport.why_not_continue()
    window.model.transport.continue_selected()
    quick.until_state("running")
    window.files.open_preset("circle-global-margin", run=True)
    choose(quick, "stop")
    quick.until(lambda: trainer.current is not None and trainer.current is not first)
    assert first.status == "stopped"


def test_a_run_that_goes_on_waits_for_the_one_under_way(quick: Lab) -> None:
    model = quick.window.model
    quick.load_quick("slow", 500_000_000)
    quick.button("run")
    quick.until(lambda: len(quick.runs) == 1 and len(quick.run.history.records) > 2)
    quick.button("stop")
    quick.until_state("idle")
    first = quick.run
    model.transport.run_anew()
    quick.until_state("running")
    second = model.trainer.current
    model.run_list.select(first.id)
    model.transport.continue_selected()
    assert model.trainer.current is second and model.trainer.state == "running"
    assert (first.status, model.trainer.queue.runs) == ("queued", [first])
    quick.button("stop")
    quick.until_state("idle")
    assert first.status == "stopped" and first.sentence.startswith("stopped at step")


def test_a_run_that_has_ended_is_not_asked_about_any_more(quick: Lab) -> None:
    begin(quick)
    quick.window.files.new()
    assert asks(quick)
    quick.button("stop")
    quick.until_state("idle")
    assert not asks(quick) and len(quick.runs) == 1
