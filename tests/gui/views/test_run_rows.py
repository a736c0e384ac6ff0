"""What a row of the list of runs says in a column of any width."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QAbstractItemView, QApplication
from pytestqt.qtbot import QtBot

from engine.experiment.edits import LiveEdit
from engine.protocol.messages import RunStatus
from gui.controllers.run_row_book import final_words, run_row
from gui.model.run import Run
from gui.views.run_list_view import RunListView
from gui.views.run_rows import GAP, LINE, RunRow, edits_within, side_by_side
from tests.gui.lab import Lab, on_screen

ROW = RunRow("1", "Run 1", "#0072b2", True, RunStatus.DONE, "eta 0.1", "99.82 % of ½ F1 margin", "99.82 %")
EDITED = ROW._replace(
    edits="c 0.5 to 0.25 at 1,023, seed 1 to 2 at 1,500", edits_short="edited at 1,023, 1,500"
)


def test_an_edit_is_told_whole_or_else_when_it_was(qapp: QApplication) -> None:
    metrics = QFontMetrics(QFont())
    whole = metrics.horizontalAdvance(EDITED.edits)
    assert edits_within(EDITED, whole, metrics) == EDITED.edits
    assert edits_within(EDITED, whole - 1, metrics) == EDITED.edits_short


def test_what_differs_has_room_before_words_on_the_margin(qapp: QApplication) -> None:
    metrics = QFontMetrics(QFont())
    beside = metrics.horizontalAdvance(ROW.differs) + GAP + metrics.horizontalAdvance(ROW.final)
    assert side_by_side(ROW, beside, metrics) == (ROW.differs, ROW.final)
    differs, final = side_by_side(ROW, beside - 1, metrics)
    assert (differs, final) == (ROW.differs, "99.82 %")
    assert side_by_side(ROW._replace(differs=""), beside - 1, metrics) == ("", ROW.final)


def test_a_row_is_higher_once_its_run_is_edited(qtbot: QtBot) -> None:
    runs = on_screen(qtbot, RunListView(), 200, 300)
    runs.show_runs([ROW, ROW._replace(id="2")], "1")
    before = rects(runs.view)
    runs.show_runs([EDITED, ROW._replace(id="2")], "1")
    assert rects(runs.view) == [before[0] + LINE, before[1]]
    tip = runs.model.index(0).data(3)
    assert EDITED.edits in tip and ROW.final in tip


def test_a_row_that_is_seen_for_the_most_part_is_not_counted_among_those_out_of_sight(qtbot: QtBot) -> None:
    runs = on_screen(qtbot, RunListView(), 200, 300)
    runs.show_runs([ROW._replace(id=str(k)) for k in range(20)], "0")
    qtbot.waitUntil(runs.more.isVisible)
    height = rects(runs.view)[0]
    for cut, seen in ((height // 4, 4), (3 * height // 4, 3)):
        runs.view.setFixedHeight(4 * height - cut)
        runs.view.verticalScrollBar().setValue(0)
        qtbot.waitUntil(lambda: runs.view.viewport().height() == runs.view.height())
        runs._look_at_rows()
        assert runs.more.text().startswith(f"{20 - seen} more")


def rects(view: QAbstractItemView) -> list[int]:
    return [view.visualRect(view.model().index(row, 0)).height() for row in range(view.model().rowCount())]


@pytest.mark.parametrize("share", [-0.5445, 0.9982])
def test_the_list_tells_edits_and_has_minus_signs(
    quick: Lab, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = quick.run_through(steps=100)
    run.history.edits = [LiveEdit(1023, "optimizer.step.c", 0.5, -0.25)]
    monkeypatch.setattr(run, "finals", {"normalized_margin": np.array([share])}.get)
    row = run_row(run, None)
    assert row.edits == "c 0.5 to −0.25 at 1,023" and row.edits_short == "edited at 1,023"
    assert row.differs == ""
    assert row.final == (f"margin {share}" if share > 0 else "not fitted: margins are void")


@pytest.mark.parametrize(
    ("margins", "short"), [([0.5, -0.1, np.nan], "1 of 3 not fitted"), ([-0.5, 0.0], "not fitted")]
)
def test_a_run_is_not_fitted_only_where_all_its_replicas_are_not(margins: list[float], short: str) -> None:
    run = cast(Run, SimpleNamespace(finals={"normalized_margin": np.array(margins)}.get))
    assert final_words(run)[0] == short
