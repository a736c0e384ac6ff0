"""What the window does between Run and the first records of a run."""

from __future__ import annotations

import time

import pytest

from gui.main_window import MainWindow

from .lab import Lab


def test_the_first_records_of_a_run_do_not_wait_for_the_next_frame(quick: Lab, window: MainWindow) -> None:
    quick.run_through()
    controller, (run,) = window.controller, window.model.run_list.runs
    timer = controller._frames.timer
    intervals = []
    for last in ("another", run.id):
        timer.stop()
        controller._frames._framed, controller._recording = (
            time.perf_counter() + 1000,
            last,
        )  # a frame was just drawn
        window.model.run_list.records_arrived.emit(run.id)
        intervals.append(timer.interval())
    assert intervals[0] == 0 < intervals[1]
    timer.start(0)


def test_plots_are_not_drawn_anew_for_a_run_that_has_no_record_yet_unless_that_takes_long(
    quick: Lab, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.run_through()
    controller, trainer = window.controller, window.model.trainer
    drawn: list[int] = []
    set_traces = window.parts.plots.set_traces
    monkeypatch.setattr(
        window.parts.plots,
        "set_traces",
        lambda traces, **more: (drawn.append(len(traces)), set_traces(traces, **more)),
    )
    monkeypatch.setattr(type(trainer.engine), "send", lambda _engine, _command: None)  # nobody answers
    window.model.transport.run()
    controller._on_frame()
    assert (
        len(window.parts.side.runs.model.rows) == 2
        and drawn == []
        and controller._traces._beginning.isActive()
    )
    controller._traces._beginning.timeout.emit()
    assert drawn == [2] and not controller._traces._beginning.isActive()
    trainer.abandon()
    controller._on_frame()
    assert drawn[1:] == [2]
