"""What a person does to measure: pins by mouse and by keys, slopes, laws drawn and exported, plots of one's own."""

from __future__ import annotations

import csv
import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox, QLineEdit, QWidget

from engine.figures.own_plots import AxisLimits, OwnPlot
from engine.figures.plots import PLOTS
from engine.protocol.messages import RunStatus
from engine.protocol.records import RecordBatch, Records
from engine.protocol.run_history import RunHistory
from gui.model.drawn_runs import left_out
from gui.model.figures import figure_content, wanted_from, write_figure
from gui.plots.plot_editor import PlotEditor
from gui.plots.plots_view import PlotsView
from gui.plots.trace_plot import TracePlot
from gui.plots.traces import Trace
from gui.theme import run_colour
from tests.gui.lab import Lab, on_screen, pointed_at

STEPS = np.arange(0, 1001)
T = np.maximum(STEPS, 1e-300)[:, None] * np.ones(3)


def history(**columns: np.ndarray) -> RunHistory:
    """Return a run of three replicas that has ended: the loss falls like 1/t^2, the norm grows like t^0.5."""
    log = RunHistory(Records(3), status=RunStatus.DONE)
    usual = {
        "log_loss": -2 * np.log(T) + np.log([0.5, 1, 2]),
        "param_norm": np.where(T < 1, np.nan, T**0.5),
        "normalized_margin": 1 - 1 / np.maximum(T, 1),
        "kkt_delta": np.where(STEPS[:, None] < 4, -1.0, 3 / T),
    }
    log.records.extend(RecordBatch(STEPS, usual | columns))
    return log


@pytest.fixture
def view(qtbot) -> PlotsView:  # type: ignore[no-untyped-def]
    shown = on_screen(qtbot, PlotsView(), 1000, 700)
    shown.set_shown(["norms"])
    shown.set_traces([Trace("a", "run 1", run_colour(0), True, history(), selected=True)])
    shown.refresh()
    return shown


def at(plot: TracePlot, position: float) -> QPoint:
    """Return the pixel of a position, in the middle of a plot's height."""
    low, high = plot.canvas.y_range()
    place = plot.canvas.view.mapViewToScene(QPointF(position, (low + high) / 2))
    return plot.canvas.mapFromScene(place)


def click(qtbot, plot: TracePlot, position: float) -> None:  # type: ignore[no-untyped-def]
    where = at(plot, position)
    qtbot.mouseMove(plot.canvas.viewport(), where)
    qtbot.mouseClick(plot.canvas.viewport(), Qt.MouseButton.LeftButton, pos=where)


def exponent(plot: TracePlot, column: str = "param_norm") -> float:
    fit = next(row.fit for row in plot.pins.rows if row.column == column)
    assert fit is not None
    return fit.rate


def measured_in(view: PlotsView, id: str) -> TracePlot:
    """Measure over the last half of a plot."""
    view.measuring.set_on(True)
    view.plots[id].pins.set_somewhere()
    return view.plots[id]


def test_two_clicks_measure_the_exponent_of_a_power_law(view: PlotsView, qtbot) -> None:  # type: ignore[no-untyped-def]
    plot = view.plots["norms"]
    view.line.measure_button.click()
    assert plot.choices.pins == [], "nobody clicked yet"
    clicked: list[int] = []
    view.step_clicked.connect(clicked.append)
    click(qtbot, plot, 1.0)
    click(qtbot, plot, 2.0)
    assert plot.choices.pins == pytest.approx([10, 100], rel=0.03) and clicked == []
    assert exponent(plot) == pytest.approx(0.5, rel=1e-9)
    table = view.measuring.panel.table
    assert table.item(0, 6).text().startswith("0.5")
    assert "y = c·x^a" in view.measuring.panel.words.text()
    click(qtbot, plot, 2.7)  # the nearer one moves
    assert plot.choices.pins == pytest.approx([10, 501], rel=0.03)


def test_pins_go_where_other_runs_are_than_the_one_looked_at(view: PlotsView, qtbot) -> None:  # type: ignore[no-untyped-def]
    short = RunHistory(Records(1), status=RunStatus.DIVERGED)
    early = STEPS[STEPS <= 20]
    short.records.extend(RecordBatch(early, {"param_norm": np.maximum(early, 1)[:, None].astype(float)}))
    view.set_traces(
        [
            Trace("a", "run 1", run_colour(0), True, history()),
            Trace("b", "run 2", run_colour(1), True, short, selected=True),
        ]
    )
    view.refresh()
    view.line.measure_button.click()
    plot = view.plots["norms"]
    click(qtbot, plot, 1.0)
    click(qtbot, plot, 2.0)
    assert plot.choices.pins == pytest.approx([10, 100], rel=0.03)
    assert plot.pins.lines[1].value() == pytest.approx(np.log10(plot.choices.pins[1]))


def test_a_pin_is_dragged_to_another_record(view: PlotsView, qtbot) -> None:  # type: ignore[no-untyped-def]
    plot = measured_in(view, "norms")
    pin = plot.pins.lines[0]
    pin.setPos(1.7)
    pin.sigDragged.emit(pin)
    assert plot.choices.pins[0] == 50
    pin.sigPositionChangeFinished.emit(pin)
    assert pin.value() == pytest.approx(np.log10(50))


def test_pins_are_set_moved_and_removed_with_the_keyboard_alone(view: PlotsView, qtbot) -> None:  # type: ignore[no-untyped-def]
    plot = view.plots["norms"]
    view.line.measure_button.setFocus()
    qtbot.keyClick(view.line.measure_button, Qt.Key.Key_Space)
    qtbot.keyClick(plot.canvas, Qt.Key.Key_B)
    first, last = plot.choices.pins
    assert last == 1000
    qtbot.keyClick(plot.canvas, Qt.Key.Key_Left)
    assert plot.choices.pins == [first, 999]
    qtbot.keyClick(plot.canvas, Qt.Key.Key_A)
    qtbot.keyClick(plot.canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert plot.choices.pins == [first + 100, 999]
    qtbot.keyClick(plot.canvas, Qt.Key.Key_Delete)
    assert plot.choices.pins == [] and plot.pins.rows == []


def test_measure_hides_the_pins_and_brings_them_back_where_they_were_set(view: PlotsView) -> None:
    view.set_shown(["margins", "norms"])
    view.refresh()
    plot, other = measured_in(view, "norms"), view.plots["margins"]
    pin, echo = plot.pins.lines[0], other.pins.lines[0]
    assert pin.isVisible() and pin.movable
    assert echo.isVisible() and not echo.movable and not other.pins.rows, "where, but no reading"
    assert view.figure_state("norms")["fitted"] is not None
    view.line.measure_button.click()
    assert not pin.isVisible() and not echo.isVisible() and not plot.pins.rows
    assert view.figure_state("norms")["fitted"] is None, "what is hidden is not exported"
    view.line.measure_button.click()
    assert pin.isVisible() and echo.isVisible() and view.measuring.panel.plot is plot


def test_fits_of_several_runs_have_their_colours_and_names(view: PlotsView) -> None:
    log = history()
    view.set_traces([Trace(str(k), f"run {k}", run_colour(k), True, log, selected=k == 1) for k in range(2)])
    view.set_shown(["norms"])
    view.refresh()
    fits = measured_in(view, "norms").pins.fits.shown()
    assert {colour: words.partition(":")[0] for colour, words in fits} == {
        run_colour(1): "run 1",
        run_colour(0): "run 0",
    }


def test_of_many_runs_the_one_looked_at_alone_has_lines_at_its_moments(view: PlotsView) -> None:
    log = history()
    log.events = {"fitted_step": [10, 10, 10]}
    for count, lines, ticks in ((6, 6, 0), (7, 1, 6)):
        view.set_traces([Trace(str(k), f"run {k}", run_colour(k), True, log, k == 3) for k in range(count)])
        view.refresh()
        moments = view.plots["norms"].moments
        assert (len(moments.lines), len(moments.ticks)) == (lines, ticks)


def test_the_table_calls_the_values_of_every_scale_what_they_are(view: PlotsView) -> None:
    view.set_shown(["loss", "norms"])
    view.refresh()
    (loss,) = measured_in(view, "loss").pins.rows
    steps = [STEPS[np.abs(STEPS - pin).argmin()] for pin in view.plots["loss"].choices.pins]
    assert loss.title == "loss (sum)", "not its logarithm"
    assert [float(10.0**height) for height in (loss.at_first, loss.at_last)] == pytest.approx(
        [step**-2.0 for step in steps], rel=1e-6
    )
    (norm,) = measured_in(view, "norms").pins.rows
    assert norm.title == view.plots["norms"].choices.title("param_norm")


def test_names_of_fits_do_not_lie_upon_each_other(view: PlotsView) -> None:
    runs = [Trace(str(k), f"a long name of run {k}", run_colour(k), True, history()) for k in range(4)]
    view.set_traces(runs)
    view.refresh()
    plot = measured_in(view, "norms")
    shown = [fit.label for fit in plot.pins.fits.lines if fit.label.isVisible()]
    boxes = [label.mapRectToScene(label.boundingRect()) for label in shown]
    assert len(boxes) > 1 and not any(a.intersects(b) for a, b in combinations(boxes, 2))
    area = plot.canvas.view.sceneBoundingRect().adjusted(-1, -1, 1, 1)
    assert all(area.contains(box) for box in boxes)


def test_a_column_that_is_unticked_is_not_fitted_and_the_table_is_copied(view: PlotsView) -> None:
    view.set_shown(["margins"])
    view.refresh()
    measured_in(view, "margins")
    panel = view.measuring.panel
    panel.copy()
    assert QGuiApplication.clipboard().text().splitlines()[1].split("\t")[0] == "run 1"
    panel.table.item(0, 0).setCheckState(Qt.CheckState.Unchecked)
    assert view.plots["margins"].choices.between().columns == ()  # type: ignore[union-attr]
    assert panel.table.item(0, 5).text() != "–" and panel.table.item(0, 6).text() == "–"


def test_the_chosen_replica_is_fitted_in_the_median_s_place(view: PlotsView) -> None:
    growth = np.where(T < 1, np.nan, T ** np.array([0.1, 0.5, 0.9]))
    log = history(param_norm=growth)
    for replica, wanted in ((None, 0.5), (2, 0.9)):
        view.set_traces([Trace("a", "run 1", run_colour(0), True, log, selected=True, replica=replica)])
        view.refresh()
        assert exponent(measured_in(view, "norms")) == pytest.approx(wanted, rel=1e-9)


def test_on_a_linear_axis_an_exponential_rate_is_told(view: PlotsView) -> None:
    view.set_traces(
        [Trace("a", "run 1", run_colour(0), True, history(param_norm=np.exp(-0.01 * T)), selected=True)]
    )
    view.set_horizontal("step")
    assert exponent(measured_in(view, "norms")) == pytest.approx(-0.01, rel=1e-9)
    assert "exp(a·x)" in view.measuring.panel.words.text()


def test_pins_and_limits_are_kept_in_the_session(view: PlotsView, qtbot) -> None:  # type: ignore[no-untyped-def]
    plot = measured_in(view, "norms")
    plot.canvas.view.setRange(xRange=(1, 2), yRange=(0, 1), padding=0)
    plot.canvas.view.sigRangeChangedManually.emit([True, True])
    kept = json.loads(json.dumps(view.state()))
    other = on_screen(qtbot, PlotsView(), 1000, 700)
    other.restore(kept)
    other.set_traces(view.traces)
    other.refresh()
    assert other.plots["norms"].choices.pins == plot.choices.pins
    assert other.plots["norms"].canvas.x_range() == (1, 2) and other.measuring.is_on
    other.fit()
    other.refresh()
    assert other.plots["norms"].canvas.x_range()[1] > 2.9


# --- plots of one's own ---


def editor_of(view: PlotsView) -> PlotEditor:
    found = view.window().findChildren(PlotEditor)
    return next(dialog for dialog in found if dialog.isVisible())


def tick(editor: PlotEditor, *names: str) -> None:
    for row in range(editor.columns.count()):
        item = editor.columns.item(row)
        if item.data(Qt.ItemDataRole.UserRole) in names:
            item.setCheckState(Qt.CheckState.Checked)


def press_ok(editor: PlotEditor) -> None:
    editor.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok).click()


def make_own(view: PlotsView) -> str:
    """Make a plot of the KKT delta over the parameter norm, both logarithmic, in the plot editor; return its id."""
    view.own.do("", "new")
    editor = editor_of(view)
    assert not editor.ok.isEnabled()
    editor.title.setText("delta over norm")
    tick(editor, "kkt_delta")
    editor.log_up.setChecked(True)
    editor.across.setCurrentIndex(editor.across.findData("column:param_norm"))
    editor.log_across.setChecked(True)
    press_ok(editor)
    view.refresh()
    return next(iter(view.plots.own))


def test_any_column_over_any_other_is_a_plot_of_its_own(view: PlotsView) -> None:
    plot = view.plots[make_own(view)]
    assert plot.axis.title == "log₁₀ parameter norm (l2)" and plot.canvas.left_axis.log
    view.line.measure_button.click()
    plot.pins.set_at(0.5)
    plot.pins.set_at(1.0)
    assert exponent(plot, "kkt_delta") == pytest.approx(-2, rel=1e-6)
    assert "9 values at 0 or below not shown" in plot.canvas.note  # of three replicas at steps 1 to 3


def test_the_crosshair_is_the_same_moment_in_a_plot_of_another_axis(view: PlotsView, qtbot) -> None:  # type: ignore[no-untyped-def]
    plot = view.plots[make_own(view)]
    qtbot.mouseMove(view.plots["norms"].canvas.viewport(), at(view.plots["norms"], 2.0))
    view.plots["norms"].hovered.emit(2.0, 0.0)
    qtbot.waitUntil(lambda: view.crosshair.step == 100)
    assert plot.cross.isVisible() and plot.cross.value() == pytest.approx(1.0)
    view.set_marked_step(400)
    assert plot.marked.value() == pytest.approx(np.log10(20))


def test_own_plots_of_a_session_come_back_whole(view: PlotsView) -> None:
    view.plots.set_own([OwnPlot("own-1", "Mine", ("param_norm", "normalized_margin"), "column:param_norm")])
    view.set_shown(["own-1"])
    view.refresh()
    state = view.state()
    view.restore(None)  # another session, and this one again
    assert "own-1" not in view.plots and "own-1" not in view.plots.made
    view.restore(state)
    view.refresh()
    plot = view.plots["own-1"]
    assert plot.choices is view.plots.choices["own-1"], "what is kept is what is shown"
    assert {column for _, column in plot.series} == {"param_norm", "normalized_margin"}


def test_own_plots_are_kept_renamed_duplicated_deleted_and_brought_back(view: PlotsView, qtbot) -> None:  # type: ignore[no-untyped-def]
    id = make_own(view)
    view.own.do(id, "edit")
    editor_of(view).title.setText("renamed")
    press_ok(editor_of(view))
    view.own.do(id, "copy")
    press_ok(editor_of(view))
    assert [plot.title for plot in view.plots.own.values()] == ["renamed", "renamed (2)"]
    other = on_screen(qtbot, PlotsView(), 1000, 700)
    other.restore(json.loads(json.dumps(view.state())))
    assert other.plots.own == view.plots.own and other.on_screen() == view.on_screen()
    view.plots.choices[id].pins = [10, 100]
    view.own.do(id, "delete")
    assert "renamed" not in [action.text() for action in view.plots_menu.actions()]
    assert view.line.bring_back.isVisible()
    view.own.do("", "bring back")
    assert sorted(plot.title for plot in view.plots.own.values()) == ["renamed", "renamed (2)"]
    view.refresh()
    assert view.plots[view.on_screen()[-1]].series
    assert view.plots.choices[view.on_screen()[-1]].pins == [10, 100]
    view.own.do(view.on_screen()[-1], "delete")
    view.restore({})
    assert not view.line.bring_back.isVisible()
    view.own.do("", "bring back")
    assert not view.plots.own, "it was of the session before"


def test_search_a_measurement_go_down_to_it_and_tick_it(view: PlotsView, qtbot) -> None:  # type: ignore[no-untyped-def]
    view.own.do("", "new")
    editor = editor_of(view)
    editor.search.setFocus()
    qtbot.keyClicks(editor.search, "no such thing")
    qtbot.keyClick(editor.search, Qt.Key.Key_Down)
    assert editor.focusWidget() is editor.search
    editor.search.setText("sharpness")
    qtbot.keyClick(editor.search, Qt.Key.Key_Down)
    qtbot.keyClick(editor.columns, Qt.Key.Key_Space)
    assert editor.focusWidget() is editor.columns and editor.chosen() == ["sharpness"]
    editor.reject()


def test_limits_are_typed_and_what_cannot_be_is_said(view: PlotsView) -> None:
    view.own.do("norms", "limits")
    editor = editor_of(view)
    editor.findChild(QLineEdit, "x_low").setText("-3")
    assert "logarithmic" in editor.problem.text() and not editor.ok.isEnabled()
    editor.findChild(QLineEdit, "x_low").setText("10")
    editor.findChild(QLineEdit, "y_high").setText("many")
    assert "no number" in editor.problem.text()
    editor.findChild(QLineEdit, "y_high").setText("15,000")
    assert "15000 or 15.000" in editor.problem.text()
    editor.findChild(QLineEdit, "y_high").setText("100")
    press_ok(editor)
    view.refresh()
    canvas = view.plots["norms"].canvas
    assert canvas.limits == AxisLimits((1.0, None), (None, 2.0))
    assert canvas.x_range()[0] == 1.0 and canvas.x_range()[1] > 2.9 and canvas.y_range()[1] == 2.0


def test_wrong_things_in_a_session_leave_the_plots_as_they_come_up(view: PlotsView) -> None:
    view.restore({"own": [{"id": "own-1", "columns": 3}, 5], "plots": ["own-1", "norms"], "choices": {"norms": {
        "pins": ["a", -4, 10], "limits": {"x": [2, 1], "y": "z"}, "unfitted": 3}}})  # fmt: skip
    assert view.on_screen() == ["norms"] and view.plots["norms"].canvas.following
    assert view.plots["norms"].choices.pins == [10] and view.plots["norms"].pins.between is None


# --- in the real window ---


def test_a_power_law_is_drawn_in_the_exported_figure_and_its_table(quick: Lab, tmp_path: Path) -> None:
    quick.run_through()
    plots = quick.window.parts.plots
    quick.press(plots.line.measure_button)
    plots.set_maximised("norms")
    quick.until(lambda: plots.plots["norms"].series)
    plots.refresh()
    plots.plots["norms"].pins.set_somewhere()
    id = make_own_in(quick)
    states = {name: plots.figure_state(name) for name in plots.plots}
    assert set(states) == {*(spec.id for spec in PLOTS), id}
    wanted = wanted_from("norms", quick.runs, states)
    assert b"<svg" in figure_content(wanted, ".svg")
    write_figure(tmp_path / "norms.csv", wanted)
    with (tmp_path / "norms.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert any(row["fit_rate.param_norm"] for row in rows)
    write_figure(tmp_path / "own.csv", wanted.sized(id, 85.0, "paper"))
    assert (tmp_path / "own.csv").read_text().startswith("step,replica,param_norm,normalized_margin")


def make_own_in(lab: Lab) -> str:
    plots = lab.window.parts.plots
    plots.own.do("", "new")
    editor = lab.dialog("plot_editor")
    tick(editor, "normalized_margin")
    editor.across.setCurrentIndex(editor.across.findData("column:param_norm"))
    press_ok(editor)
    return next(iter(plots.plots.own))


def test_measuring_begins_with_a_key_from_any_tab(quick: Lab) -> None:
    quick.run_through()
    quick.window.parts.tabs.bring("kernel")
    quick.window.commands["measure"].trigger()
    plots = quick.window.parts.plots
    assert plots.isVisible() and plots.measuring.is_on and plots.measuring.panel.isVisible()
    quick.window.commands["new_plot"].trigger()
    quick.dialog("plot_editor").reject()


def test_lines_that_tell_something_stand_above_what_is_measured(quick: Lab) -> None:
    quick.run_through()
    plots, info = quick.window.parts.plots, quick.window.parts.info
    measured_in(plots, "norms")
    pointed_at(info.parentWidget(), True)
    info.tell("bad", "Something is to be read.")
    panel = plots.measuring.panel
    quick.until(
        lambda: panel.isVisible() and bottom_of(info) <= panel.mapToGlobal(panel.rect().topLeft()).y()
    )
    pointed_at(info.parentWidget(), False)
    quick.until(lambda: bottom_of(panel) < info.mapToGlobal(info.rect().topLeft()).y())


def bottom_of(widget: QWidget) -> int:
    return widget.mapToGlobal(widget.rect().bottomLeft()).y()


def test_measuring_before_any_run_says_what_to_do(quick: Lab) -> None:
    quick.window.commands["measure"].trigger()
    panel = quick.window.parts.plots.measuring.panel
    assert "Click in a plot" in panel.words.text() and panel.table.isHidden()
    assert not panel.remove_button.isEnabled()


def test_fifty_visible_runs_are_all_drawn(view: PlotsView) -> None:
    log = history()
    view.set_traces([Trace(str(k), f"run {k}", run_colour(k), True, log) for k in range(50)])
    view.refresh()
    assert {run for run, _ in view.plots["norms"].series} == {str(k) for k in range(50)}
    assert left_out(50) == ""
