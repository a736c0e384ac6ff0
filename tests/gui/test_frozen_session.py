"""The window opens a session of the first lab, and keeps what it does not know when it stores it again."""

from __future__ import annotations

import shutil
from pathlib import Path

from pytestqt.qtbot import QtBot

from engine.experiment.edits import LiveEdit
from engine.session import Session
from gui.main_window import MainWindow

FROZEN = Path(__file__).parents[1] / "engine" / "session" / "frozen" / "three.mlab"

SINCE = {
    "path": "direction_path",
    "kernel_to_margin": "ntk_prediction_cosine",
    "edge": "edge",
    "robustness": "robust_accuracy",
    "components": "component.*",
    "margin_distribution": "margin_percentile.*",
    "path_left": "path_left",
}
"""Plots of labs since, and what they show first."""


def test_a_frozen_session_is_shown_as_it_was_and_unknown_views_stay(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    copy = tmp_path / "three.mlab"
    shutil.copyfile(FROZEN, copy)
    with Session.read(copy) as session:
        before = session.views
    window.files.open_anything(str(copy))
    rows = window.parts.side.runs.model
    qtbot.waitUntil(lambda: len(rows.rows) == 3)
    assert [(row.name, row.visible, row.status) for row in rows.rows] == [
        ("Adam", True, "stopped"),
        ("batches, hidden", False, "stopped"),
        ("line search", True, "stopped"),
    ]
    run_list = window.model.run_list
    assert run_list.selected is not None and run_list.selected.name == "Adam"
    assert run_list.selected.history.edits == [LiveEdit(31, "optimizer.step.eta", None, 0.02)]
    assert [run.history.resumable_step for run in run_list.runs] == [68, 68, 68]
    assert before["tab"] == 0 and window.parts.tabs.front.name == "plots"
    window.parts.tabs.bring("kernel")
    window.model.save()
    with Session.read(copy) as session:
        before["tab"] = "kernel"
        for origin in before["runs"].values():
            origin.pop("edits")  # they stand with the runs themselves
        views = session.views
        later = {id: views["plots"]["choices"].pop(id)["at_first"][0] for id in SINCE}
        assert later == SINCE
        assert views == before and "of a later lab" in before
        assert [run.edits for run in session.runs] == [tuple(run_list.selected.history.edits), (), ()]
        assert [run.notes for run in session.runs] == ["Watch the twin.", "", ""]


def test_values_of_another_definition_are_said_to_be_left_out(window: MainWindow, tmp_path: Path) -> None:
    copy = tmp_path / "three.mlab"
    shutil.copyfile(FROZEN, copy)
    assert window.files.open_path(copy)
    sentences = window.parts.info.sentences()
    assert [words for words in sentences if "bregman_gap" in words and "another quantity" in words]
