"""Nothing holds the window's thread up for long: what opens is divided over turns of the event loop."""

from __future__ import annotations

import gc

import pytest

from engine.catalog import load_preset
from gui.app import OLD_TIMES, REST, YOUNG_TIMES, Housekeeping
from gui.controllers.frames import CALM, FRAME
from gui.main_window import MainWindow
from gui.plots import plots_view
from tests.gui.lab import Lab

pytestmark = pytest.mark.one_window


def test_another_experiment_is_shown_in_turns_and_whole_where_somebody_asks(
    quick: Lab, window: MainWindow
) -> None:
    panel, editor = window.parts.experiment.panel, window.model.editor
    digits, circle = load_preset("digits-two-step-rules"), load_preset("circle-global-margin")
    quick.until(lambda: panel.is_complete)
    turns: list[int] = []
    panel.completed.connect(lambda: turns.append(1))
    editor.load(digits)
    assert not panel.is_complete and not turns
    quick.until(lambda: turns)
    assert panel.is_complete and panel.data.form.kind == digits.base.data.kind
    assert panel.optimizer.form.row("optimizer.kind") is not None

    editor.load(circle)
    assert panel.data.form.kind == digits.base.data.kind  # its turn is still to come
    row = panel.row("run.steps")
    assert panel.is_complete and row is not None and panel.data.form.kind == circle.base.data.kind

    editor.load(digits)
    before = editor.document
    panel._on_edited("run.steps", 7)  # a field of the experiment before
    assert editor.document is before
    editor.edit("run.steps", 7)
    assert panel.row("run.steps") is not None and editor.experiment.run.steps == 7
    assert panel.data.form.kind == digits.base.data.kind


def test_fields_of_another_kind_are_made_out_of_sight_before_they_are_shown(
    quick: Lab, window: MainWindow
) -> None:
    panel, editor = window.parts.experiment.panel, window.model.editor
    quick.until(lambda: panel.is_complete)
    form = panel.data.form
    before = form.form
    editor.load(load_preset("digits-two-step-rules"))
    quick.until(lambda: form._ready is not None)
    assert form._ready is not None
    ready = form._ready[1]
    assert form.form is before and ready.isHidden() and list(ready.rows())
    quick.until(lambda: panel.is_complete)
    assert form.form is ready and ready.isVisible() and form._ready is None

    editor.load(load_preset("circle-global-margin"))
    quick.until(lambda: form._ready is not None)
    editor.load(load_preset("digits-two-step-rules"))  # what was prepared is not wanted any more
    quick.until(lambda: panel.is_complete)
    assert form.form is ready and form._ready is None


def test_fields_say_again_what_they_said_before_another_experiment(quick: Lab, window: MainWindow) -> None:
    panel, editor = window.parts.experiment.panel, window.model.editor
    editor.edit("vary", {"network.init.scale": [0.5, 1.0]})
    panel.show_restart(["run.steps", "network.init.scale"])
    steps, scale = panel.row("run.steps"), panel.row("network.init.scale")
    assert steps is not None and scale is not None
    assert steps.waits and scale.waits and "0.5" in scale._below["varied"].text()
    panel.show_restart([])
    editor.edit("vary", {})
    assert not steps.waits and not scale.waits and scale._below["varied"].isHidden()


def test_redraws_of_records_are_the_rarer_the_longer_they_take(quick: Lab, window: MainWindow) -> None:
    frames = window.controller._frames
    frames.timer.stop()
    frames.begin()
    frames.spent = 0.001
    frames.soon(calm=True)
    assert 0 <= frames.timer.remainingTime() <= FRAME
    frames.timer.stop()
    frames.spent = 10.0
    frames.soon(calm=True)
    assert FRAME < frames.timer.remainingTime() <= CALM
    frames.soon()  # what people do is not kept waiting
    assert frames.timer.remainingTime() <= FRAME
    frames.timer.stop()


def test_a_frame_waits_for_plots_that_are_being_drawn_but_not_for_ever(
    quick: Lab, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames, plots = window.controller._frames, window.parts.plots
    quick.until(lambda: not plots.is_drawing and not frames.timer.isActive())
    begun: list[int] = []
    frames.due.disconnect()
    frames.due.connect(lambda: (begun.append(1), frames.begin()))
    monkeypatch.setattr(type(plots), "is_drawing", True)
    frames._on_timeout()
    assert not begun and frames.timer.isActive()
    plots.drawn.emit()
    assert not begun and frames.timer.remainingTime() <= FRAME
    frames._on_timeout()
    assert begun == [1]
    frames._on_timeout()
    assert begun == [1]
    frames._on_timeout()  # nothing was drawn meanwhile, as where another tab is looked at
    assert begun == [1, 1]
    frames.timer.stop()


def test_plots_are_made_at_leisure_and_stay_hidden(
    quick: Lab, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plots_view, "LEISURE", 0)
    plots = window.parts.plots
    shown = plots.on_screen()
    plots.make_others()
    assert len(plots.plots.made) > len(shown)
    quick.until(lambda: len(plots.plots.made) == len(plots.plots))
    assert [id for id, plot in plots.plots.made.items() if not plot.isHidden()] == shown


def test_garbage_is_looked_for_a_little_at_a_time_and_everywhere_at_rest() -> None:
    keeper, many = Housekeeping(set), gc.get_threshold()[0]
    assert [keeper._due((many + 1, times, 0), many) for times in range(YOUNG_TIMES + 1)] == [
        *[0] * YOUNG_TIMES,
        1,
    ]
    assert keeper._due((many + 1, YOUNG_TIMES, OLD_TIMES), many) == 2
    looks = [keeper._due((3, 1, 1), many) for _ in range(2 * REST)]
    assert [k for k, generation in enumerate(looks) if generation is not None] == [REST - 1, 2 * REST - 1]
    assert looks[REST - 1] == 2
    assert all(keeper._due((3, 0, 0), many) is None for _ in range(2 * REST))


@pytest.mark.parametrize("words", ["Theory", "Theory (3)"])
def test_a_tab_is_named_only_where_its_name_is_another(quick: Lab, window: MainWindow, words: str) -> None:
    tabs = window.parts.side.judged
    tabs.name_tab(1, words, "Theory")
    named: list[str] = []
    tabs.setTabText = lambda _place, text: named.append(text)  # type: ignore[method-assign]
    try:
        tabs.name_tab(1, words, "Theory")
        assert not named
        tabs.name_tab(1, f"{words}!", "Theory")
        assert f"{words}!" in named
    finally:
        del tabs.setTabText
