"""Diverged runs beside others: axes hold the others, and say so; one click lets them hold all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.figures.draw import FigureRequest, FigureTrace, draw
from engine.protocol.messages import RunStatus
from engine.protocol.records import RecordBatch, Records
from engine.protocol.run_history import DIVERGED, RunHistory
from gui.model.run_table.arrangement import Arrangement
from gui.model.run_table.column import ColumnBook, TableColumn
from gui.plots.plots_view import PlotsView
from gui.run_table.scatter_plot import ScatterPlot
from gui.run_table.shown import TableShown
from gui.run_table.table_pictures import scatter_of
from tests.gui.lab import on_screen
from tests.gui.model.run_table_rows import PlainRow

from .test_plots import shown, trace

STEPS = np.arange(1, 101)


def told(lost: tuple[int, ...] = (), of: int = 1, last: int = 100) -> RunHistory:
    """Return what a run told, some of whose replicas grew without bounds."""
    grown = np.where([r in lost for r in range(of)], np.geomspace(1.0, 1e40, 100)[:, None], 1.0)
    norm = np.linspace(1.0, 2.0, 100)[:, None] * grown
    history = RunHistory(Records(of), events={DIVERGED: [100 if r in lost else None for r in range(of)]})
    history.records.extend(RecordBatch(STEPS[:last], {"param_norm": norm[:last], "log_loss": -norm[:last]}))
    history.status = RunStatus.DIVERGED if len(lost) == of else RunStatus.DONE
    return history


def top(view: PlotsView, id: str = "norms") -> float:
    view.refresh()
    return view.plots[id].canvas.y_range()[1]


def test_axes_hold_the_runs_that_did_not_diverge_until_all_are_wanted(view: PlotsView, qtbot: QtBot) -> None:
    shown(view, trace(told()))
    alone = top(view)
    shown(view, trace(told()), trace(told((0,)), "b", 1))
    assert top(view) == alone and ("b", "param_norm") in view.plots["norms"].series
    line = view.left_out.diverged
    assert line.isVisible() and line.words.text() == "Beyond the axes: 1 diverged run."
    with qtbot.waitSignal(view.state_changed):
        qtbot.mouseClick(line.button, Qt.MouseButton.LeftButton)
    assert top(view) > 30 and line.words.text() == "The axes hold 1 diverged run, too."
    assert view.state()["diverged"] and view.figure_state("norms")["diverged"]
    kept = view.state()
    qtbot.mouseClick(line.button, Qt.MouseButton.LeftButton)
    assert top(view) == alone and "diverged" not in view.state()
    view.restore(kept)
    assert top(view) > 30


def test_a_diverged_run_alone_is_seen_whole(view: PlotsView) -> None:
    shown(view, trace(told((0,))))
    assert top(view) > 30 and not view.left_out.diverged.isVisible()


def test_replicas_that_diverged_leave_the_axes_to_the_others(view: PlotsView) -> None:
    shown(view, trace(told((1,), of=3)))
    assert top(view) < 10
    assert view.left_out.diverged.words.text() == "Beyond the axes: 1 diverged replica."


def test_axes_that_have_room_for_diverged_runs_hold_them(view: PlotsView) -> None:
    near = told((0,))
    near.records = told().records
    shown(view, trace(told()), trace(near, "b", 1))
    assert not view.left_out.diverged.isVisible()


def test_an_axis_of_losses_is_held_by_what_did_not_diverge_but_one_of_steps_by_all(view: PlotsView) -> None:
    short = told(last=50)
    shown(view, trace(short), trace(told((0,)), "b", 1))
    steps = view.plots["norms"].canvas.x_range()
    assert steps[1] >= 2.0
    view.set_horizontal("log_inverse_loss")
    view.refresh()
    assert max(map(abs, view.plots["norms"].canvas.x_range())) < 1e3


def test_a_figure_follows_the_same_rule_and_its_legend_says_so() -> None:
    both = (FigureTrace("one", "#0072B2", told()), FigureTrace("two", "#D55E00", told((0,))))
    held, whole = draw(FigureRequest("norms", both)), draw(FigureRequest("norms", both, diverged=True))
    assert held.axes[0].get_ylim()[1] < 10 < 30 < whole.axes[0].get_ylim()[1]
    words = "beyond the axes: 1 diverged run"
    said = [[text.get_text() for text in figure.findobj(match=_is_text)] for figure in (held, whole)]
    assert words in said[0] and words not in said[1]


def test_a_scatter_plot_of_runs_holds_those_that_did_not_diverge_until_all_are_wanted(qtbot: QtBot) -> None:
    book = ColumnBook([TableColumn("a", "rate", "field"), TableColumn("b", "norm", "measurement")])
    values = ((1.0, 2.0, "done"), (2.0, 3.0, "done"), (9.0, 1e30, "diverged"), (1.5, 2.5, "diverged"))
    rows = [
        PlainRow(f"run {k}", dict(zip(("a", "b", "status"), each, strict=True)))
        for k, each in enumerate(values)
    ]
    shown = TableShown(rows=rows, book=book, arrangement=Arrangement(across="a", up="b"))
    plot = on_screen(qtbot, ScatterPlot(), 500, 400)
    plot.show_table(shown)
    assert plot.canvas.y_range()[1] < 4 and len(plot.points.points()) == 4
    assert plot.diverged.words.text() == "Beyond the axes: 1 diverged run."
    picture = scatter_of(shown)
    assert picture.held == (True, True, False, True) and picture.beyond == "1 diverged run"
    with qtbot.waitSignal(plot.hold_chosen) as chosen:
        qtbot.mouseClick(plot.diverged.button, Qt.MouseButton.LeftButton)
    assert chosen.args == [True]
    whole = replace(shown, arrangement=replace(shown.arrangement, diverged=True))
    plot.show_table(whole)
    assert plot.canvas.y_range()[1] > 29, "as a logarithm"
    assert scatter_of(whole).held == () and Arrangement.read(whole.arrangement.stored()) == whole.arrangement


def _is_text(artist: object) -> bool:
    return hasattr(artist, "get_text")
