"""Hints by the claims: one click mends, Undo takes it back, what is dismissed stays so."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from engine.claims.hints import HintRule
from engine.claims.watched_run import Remedy, WatchedRun
from gui.views.hint_strip import HintStrip

from .lab import Lab, SharedEngine


@pytest.fixture(autouse=True)
def rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two rules speak of every run that has records: that they fit is tested without a window."""

    def longer(run: WatchedRun) -> tuple[str, Remedy]:
        return "Too short", Remedy("Train longer", {"run.steps": 900})

    def other(run: WatchedRun) -> tuple[str, Remedy]:
        return "Another seed is as good", Remedy("Take seed 8", {"seed": 8})

    listed = (HintRule("short", longer), HintRule("seed", other))
    monkeypatch.setattr("engine.claims.hints.RULES", listed)


def strip(lab: Lab) -> HintStrip:
    return lab.window.parts.side.hints


def test_one_click_mends_what_a_hint_says_and_undo_takes_it_back(quick: Lab) -> None:
    assert not strip(quick).isVisible()
    quick.run_through("Hinted", steps=300)
    quick.until(strip(quick).isVisible)
    assert strip(quick).sentence.text() == "Too short."
    quick.press(strip(quick).remedy)
    editor = quick.window.model.editor
    assert editor.experiment.run.steps == 900
    assert strip(quick).sentence.text() == "Another seed is as good."  # what is mended is said no more
    quick.window.commands["undo"].trigger()
    assert editor.experiment.run.steps == 300 and strip(quick).next.isVisible()
    quick.press(strip(quick).next)
    assert strip(quick).sentence.text() == "Too short."


def test_a_hint_about_a_run_of_before_edits_a_copy_of_its_experiment(quick: Lab) -> None:
    quick.run_through("Before", steps=300)
    quick.open_preset("rings")
    quick.until(lambda: not strip(quick).isVisible())
    quick.window.parts.side.runs.view.setCurrentIndex(quick.window.parts.side.runs.model.index(0))
    quick.until(strip(quick).isVisible)
    quick.press(strip(quick).remedy)
    assert quick.window.model.editor.experiment.title == "Before"
    assert quick.window.model.editor.experiment.run.steps == 900
    quick.window.commands["undo"].trigger()
    assert quick.window.model.editor.experiment.title.startswith("Rings")


def test_a_dismissed_hint_stays_away_in_the_next_lab_until_all_are_wanted(
    quick: Lab, qtbot: QtBot, fake_engine: SharedEngine
) -> None:
    quick.run_through("First", steps=300)
    quick.until(strip(quick).isVisible)
    quick.press(strip(quick).close_button)
    assert strip(quick).sentence.text() == "Another seed is as good."
    quick.close()
    again = Lab(qtbot, fake_engine)
    again.run_through("Second", steps=300)
    again.until(strip(again).isVisible)
    assert strip(again).sentence.text() == "Another seed is as good." and not strip(again).next.isVisible()
    again.window.commands["all_hints"].trigger()
    assert [hint.rule for hint in again.window.model.hints.shown] == ["short", "seed"]
    again.close()
