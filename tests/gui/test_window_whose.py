"""Whose claims, runs and words are on screen: of the experiment at hand, or of a run of it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gui.main_window import MainWindow
from gui.views.help_dialogs import AboutDialog
from gui.views.run_rows import EYE, HEADING

from .lab import Lab

pytestmark = pytest.mark.one_window


def test_another_preset_takes_the_last_one_s_claims_runs_and_references_off_the_screen(
    quick: Lab, window: MainWindow
) -> None:
    first = quick.run_through("first")
    side = window.parts.side
    assert "Claims of Run 1" in side.judged.tabText(0) + side.judged.tabToolTip(0)
    window.files.open_preset("rings-ntk")
    assert set(quick.verdicts) == {"not yet"} and len(quick.verdicts) == len(
        window.model.editor.document.claims
    )
    assert "Claims of this experiment" in side.judged.tabText(0) + side.judged.tabToolTip(0)
    quick.until(lambda: not side.runs.model.rows[0].visible)
    assert "F1 margin" not in side.references.lines()[0] and side.runs.chosen() == []
    quick.until(lambda: window.parts.plots.plots["margins"].canvas.message.startswith("Press Run"))
    window.commands["undo"].trigger()
    assert first.visible and quick.verdicts == ["holds", "fails"]


def test_runs_stand_under_the_title_of_their_experiment(qtbot: QtBot, quick: Lab, window: MainWindow) -> None:
    for title in ("first", "second", "first"):
        quick.run_through(title, steps=100)
    rows = window.parts.side.runs.model.rows
    assert [(row.heading, row.name, row.visible) for row in rows] == [
        ("first", "Run 1", True),
        ("", "Run 3", True),
        ("second", "Run 2", False),
    ]
    view = window.parts.side.runs.view
    corner = view.visualRect(view.model().index(2)).topLeft()
    qtbot.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, pos=corner + EYE.center() + QPoint(0, HEADING)
    )
    assert window.model.run_list.runs[1].visible
    window.parts.side.runs.grab()


def test_a_preset_edited_into_another_experiment_no_longer_speaks_for_it(
    quick: Lab, window: MainWindow
) -> None:
    editor, side = window.model.editor, window.parts.side
    title = editor.document.base.title
    editor.edit("data.kind", "digits")
    assert editor.document.base.title == f"based on: {title}" and window.windowTitle().startswith(
        "based on: "
    )
    assert not side.claims.rows and title in side.claims._empty.text()
    assert not window.parts.experiment.panel.about.isVisible()
    editor.edit("data.n", 40)
    editor.edit("data.kind", "circle")
    assert editor.document.base.title == title
    quick.until(lambda: len(quick.verdicts) == 5)
    assert window.parts.experiment.panel.about.isVisible()
    editor.edit("data.kind", "digits")
    window.commands["new"].trigger()
    assert editor.document.base.title == title and editor.experiment.data.kind == "circle"
    quick.until(lambda: len(quick.verdicts) == 5)


def test_a_run_that_fails_before_its_first_record_says_so(quick: Lab, window: MainWindow) -> None:
    quick.run_through("fail")
    assert quick.verdicts == ["void", "void"]
    first, second = (row._reason for row in window.parts.side.claims.rows)
    assert "broke off before its first record" in first.text() and not first.isHidden()
    assert second.text() == first.text() and not second.isHidden()
    message = window.parts.plots.plots["margins"].canvas
    quick.until(lambda: message.message == "The run failed before its first record")


def test_theory_speaks_of_the_experiment_on_the_left_without_waiting_for_a_run(
    quick: Lab, window: MainWindow
) -> None:
    theory, editor = window.parts.side.theory, window.model.editor
    assert (
        window.parts.side.judged.tabText(1)
        == f"Theory ({sum(f.holds is True and f.standing == 'proved' for f in theory.facts)})"
    )
    assert any(fact.holds for fact in theory.facts)
    window.files.open_preset("digits-two-step-rules")
    assert "homogeneous of degree L = 2" in " ".join(theory.lines)  # sizes are known before pictures are
    window.files.open_preset("soudry-log-direction")  # a file: known once it has been read
    quick.until(lambda: "homogeneous of degree L = 1" in " ".join(theory.lines))
    before = theory.facts
    editor.edit("optimizer.kind", "adam")
    assert theory.facts != before


def test_about_names_every_package_once(window: MainWindow) -> None:
    dialog = AboutDialog({"python": "3.11", "torch": "2.9", "NumPy": "1"}, window)
    text = dialog.findChild(QLabel).text().lower()
    assert [text.count(f"<td>{name}&nbsp;") for name in ("python", "numpy", "torch")] == [1, 1, 1]
    dialog.reject()
