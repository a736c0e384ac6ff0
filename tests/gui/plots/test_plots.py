from __future__ import annotations

import gc
import sys

import numpy as np
import pyqtgraph
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from engine.experiment.columns import formula_of
from engine.experiment.edits import LiveEdit
from engine.figures.plots import HORIZONTAL, LN10
from engine.protocol.messages import RunStatus
from engine.protocol.records import RecordBatch, Records
from engine.protocol.run_history import RunHistory
from gui.plots.formulas import formulas
from gui.plots.lines import PlotLines
from gui.plots.name_places import GAP
from gui.plots.plots_view import AT_FIRST, PlotsView
from gui.plots.trace_plot import TracePlot
from gui.plots.traces import Trace
from gui.theme import DARK, LIGHT, apply_theme, on_screen, run_colour
from tests.benchmarks.plots_redraw import fake_columns, fake_log, part

pytestmark = pytest.mark.usefixtures("light_again")


def trace(log: RunHistory, run: str = "a", colour: int = 0, visible: bool = True) -> Trace:
    return Trace(run, f"run {run}", run_colour(colour), visible, log)


def log_of(columns: dict[str, object], steps: list[int], **events: int) -> RunHistory:
    """Return a finished run of one replica with these columns."""
    log = RunHistory(Records(1), events={f"{k}_step": [v] for k, v in events.items()}, status=RunStatus.DONE)
    values = {name: np.asarray(v, float).reshape(len(steps), -1) for name, v in columns.items()}
    log.records.extend(RecordBatch(np.array(steps), values))
    return log


def shown(view: PlotsView, *traces: Trace) -> PlotsView:
    view.set_traces(traces)
    view.refresh()
    view.grab()  # lays the scene out, and must not complain
    return view


def points(plot: TracePlot, name: str, run: str = "a") -> tuple[np.ndarray, np.ndarray]:
    x, y = plot.series[run, name].line.getData()
    return x, y


def move(plot: TracePlot, x: float, kind: QEvent.Type = QEvent.Type.MouseMove) -> None:
    """Send the mouse to a horizontal position in a plot, through Qt."""
    canvas = plot.canvas
    low, high = canvas.y_range()
    scene = canvas.view.mapViewToScene(QPointF(x, (low + high) / 2))
    send(canvas, QPointF(canvas.mapFromScene(scene)), kind)


def send(canvas, place: QPointF, kind: QEvent.Type, button=Qt.MouseButton.LeftButton) -> None:
    pressed = button if kind != QEvent.Type.MouseButtonRelease else Qt.MouseButton.NoButton
    if kind == QEvent.Type.MouseMove:
        button = pressed = Qt.MouseButton.NoButton
    viewport = canvas.viewport()
    event = QMouseEvent(kind, place, viewport.mapToGlobal(place), button, pressed, Qt.KeyboardModifier(0))
    QApplication.sendEvent(viewport, event)


# --- what is drawn ---


def test_before_any_run_every_plot_says_what_to_do(view: PlotsView) -> None:
    shown(view)
    assert view.on_screen() == list(AT_FIRST)
    assert {view.plots[id].canvas.message for id in AT_FIRST} == {"Press Run"}


def test_a_plot_without_its_columns_says_why(view: PlotsView) -> None:
    log = log_of({"margin": [1, 2], "normalized_margin": [1, 2]}, [1, 2])
    shown(view, trace(log))
    assert view.plots["kernel"].canvas.message == "No tangent kernel measured"
    assert view.plots["margins"].canvas.message == ""
    shown(view, trace(log, visible=False))
    assert view.plots["margins"].canvas.message == (
        "Press Run\nEarlier runs are hidden; the eye beside a run shows it"
    )
    shown(view, trace(RunHistory(Records())))
    assert view.plots["margins"].canvas.message == "Waiting for the first record"


def test_lines_run_over_the_logarithm_of_steps_and_leave_gaps(view: PlotsView) -> None:
    log = log_of({"param_norm": [1e9, 10, 0, np.nan, 100, 1, -1]}, [0, 1, 10, 100, 1000, 2000, 10000])
    plot = shown(view, trace(log)).plots["norms"]
    x, y = points(plot, "param_norm")
    assert x[1:] == pytest.approx([0, 1, 2, 3, np.log10(2000), 4])
    assert np.isnan(x[0])  # step 0 has no logarithm, and its value no place
    assert y[[1, 4, 5]] == pytest.approx([1, 2, 0])
    assert np.isnan(y[[2, 3, 6]]).all()
    assert plot.canvas.note == "2 values at 0 or below not shown"
    low, high = plot.canvas.y_range()
    assert -0.5 < low < 0
    assert 2 < high < 2.5
    view.grab()


def test_a_thinned_column_goes_on_between_its_measurements(view: PlotsView) -> None:
    nothing = np.nan
    log = log_of({"ntk_alignment": [1, nothing, nothing, 0.5, nothing]}, [1, 2, 3, 4, 5])
    plot = shown(view, trace(log)).plots["kernel"]
    assert points(plot, "ntk_alignment")[1].tolist() == [1, 0.5]
    assert plot.header.reading_text("ntk_alignment") == "0.5000"


def test_one_replica_is_a_line_and_several_are_median_band_and_faint_lines(view: PlotsView, qtbot) -> None:
    one, many = fake_log(300, 1), fake_log(300, 16)
    plot = shown(view, trace(one), trace(many, "b", 1)).plots["norms"]
    single, several = plot.series["a", "param_norm"], plot.series["b", "param_norm"]
    assert single.band is None
    assert several.band is not None
    assert several.singles is not None
    norms = many.records.column("param_norm")[1:]
    assert points(plot, "param_norm", "b")[1][1:] == pytest.approx(np.log10(np.median(norms, axis=1)))
    box = several.band.boundingRect()
    assert box.bottom() == pytest.approx(np.log10(np.percentile(norms, 90, axis=1)).max())
    faint = several.singles.getData()[1]
    assert np.isnan(faint).sum() == 16
    assert "10 to 90 %" in plot.header.tip("param_norm")
    qtbot.waitUntil(lambda: formulas().known(formula_of("param_norm")))
    view.grab()


def test_the_loss_is_log10_at_the_left_and_accuracies_are_fractions_at_the_right(view: PlotsView) -> None:
    log = log_of({"log_loss": [0, -100 * LN10], "accuracy": [0.5, 1]}, [1, 10])
    plot = shown(view, trace(log)).plots["loss"]
    assert points(plot, "log_loss")[1] == pytest.approx([0, -100])
    assert plot.series["a", "log_loss"].line.getViewBox() is plot.canvas.view
    assert plot.series["a", "accuracy"].line.getViewBox() is plot.right_view
    low, high = plot.right_view.viewRange()[1]
    assert low < 0 < 1 < high
    assert plot.right_view.viewRange()[0] == pytest.approx(plot.canvas.view.viewRange()[0])
    assert plot.header.reading_text("log_loss") == "−100.0"


def test_one_minus_shows_the_distance_from_one(view: PlotsView) -> None:
    log = log_of({"cos_gradient": [0.9, 0.999, 1.0]}, [1, 10, 100])
    plot = shown(view, trace(log)).plots["directions"]
    plot.one_minus_button.click()
    view.refresh()
    assert points(plot, "cos_gradient")[1][:2] == pytest.approx([-1, -3])
    assert plot.canvas.note == "1 value at 1 or above not shown"
    assert plot.header.entries[0].title == "1 − alignment"
    assert view.figure_state("directions")["one_minus"]
    assert plot.canvas.left_axis.log


def test_the_line_of_the_edge_says_where_it_comes_from(view: PlotsView) -> None:
    log = log_of({"edge": [0.1, 2.1, 2.0], "edge_line": [2.0, 2.0, 2.0]}, [1, 10, 100])
    log.remarks["edge_line"] = "line at 2: gradient descent (Cohen et al. 2021)"
    view.present(["edge"])
    plot = shown(view, trace(log)).plots["edge"]
    assert plot.canvas.note == "line at 2: gradient descent (Cohen et al. 2021)"
    assert points(plot, "edge_line")[1] == pytest.approx(np.log10([2, 2, 2]))


def test_one_column_of_a_family_brings_its_plot(view: PlotsView) -> None:
    names = [f"margin_percentile.{share}" for share in (10, 50, 90)]
    log = log_of({name: [0.1, 0.2] for name in names}, [1, 10])
    view.present([names[0], names[2]])
    plot = shown(view, trace(log)).plots["margin_distribution"]
    assert plot.isVisibleTo(view) and plot.choices.columns() == [names[0], names[2]]


@pytest.mark.parametrize("far", [1e3, 1e8, 1e22])
def test_a_line_is_seen_however_far_it_goes_beyond_its_plot(view: PlotsView, far: float) -> None:
    heights = [-far, -far, 0.1, 0.1]
    plot = shown(view, trace(log_of({"normalized_margin": heights}, [1, 10, 100, 1000]))).plots["margins"]
    canvas, line = plot.canvas, plot.series["a", "normalized_margin"].line
    canvas.view.setRange(xRange=(0, 3), yRange=(0, 0.2), padding=0)
    spot = canvas.mapFromScene(canvas.view.mapViewToScene(QPointF(2.5, 0.1)))
    around = QRect(spot - QPoint(2, 2), spot + QPoint(2, 2))
    with_line = canvas.grab(around).toImage()
    line.hide()
    assert canvas.grab(around).toImage() != with_line


def test_kernel_drift_is_no_distance_from_one(view: PlotsView) -> None:
    log = log_of({"ntk_drift": [0.01, 0.1], "ntk_alignment": [0.99, 0.9]}, [1, 10])
    view.present(["ntk_drift", "ntk_alignment"])
    plots = shown(view, trace(log)).plots
    for id in ("kernel", "kernel_drift"):
        plots[id].set_one_minus(True)
    view.refresh()
    assert points(plots["kernel_drift"], "ntk_drift")[1] == pytest.approx([-2, -1])
    assert points(plots["kernel"], "ntk_alignment")[1] == pytest.approx([-2, -1])


def test_separated_and_fitted_are_marked_at_their_exact_steps(view: PlotsView) -> None:
    log = log_of({"param_norm": [1, 2, 3]}, [1, 100, 10000], separated=1000, fitted=10)
    plot = shown(view, trace(log)).plots["norms"]
    places = {which: position for position, _, which in plot.moments.lines}
    assert places == pytest.approx({"separated": 3, "fitted": 1})
    view.set_horizontal("step")
    assert plot.moments.lines[1][0] == pytest.approx(1000)
    view.grab()


def test_edits_that_change_steps_are_marked_and_named(view: PlotsView) -> None:
    log = log_of({"param_norm": [1, 2, 3]}, [1, 100, 10000], separated=1000, fitted=10)
    log.edits = [LiveEdit(100, "optimizer.step.c", 0.5, 1.9), LiveEdit(120, "measure.every", None, 5)]
    plot = shown(view, trace(log)).plots["norms"]
    assert [(place, what) for place, _, what in plot.moments.lines[2:]] == [(2, "c 0.5 to 1.9 at 100")]
    log.edits = [*log.edits, *(LiveEdit(s, "optimizer.step.c", 1.9, 1 / s) for s in range(200, 220))]
    view.refresh()
    assert [what for _, _, what in plot.moments.lines[2:]] == ["edited"] * 21
    assert sorted(what for _, _, what in plot.moments.names.placed()) != []
    view.grab()


def test_margins_are_shown_from_the_separation_on_until_all_is_wanted(view: PlotsView) -> None:
    log = log_of({"normalized_margin": [-50, -1, 0.01, 0.02]}, [1, 10, 100, 1000], separated=100)
    canvas = shown(view, trace(log)).plots["margins"].canvas
    assert -1 < canvas.y_range()[0] < 0.01
    view.plots["margins"].context_menu.actions()[-1].trigger()
    view.refresh()
    assert canvas.y_range()[0] < -50
    canvas.fit()
    view.refresh()
    assert canvas.y_range()[0] > -1


def test_every_horizontal_axis_draws_and_reads_out(view: PlotsView, qtbot) -> None:
    for log in (fake_log(200, 1), fake_log(200, 5)):
        shown(view, trace(log))
        for k, axis in enumerate(HORIZONTAL):
            view.set_horizontal(axis.id)
            plot = view.plots["norms"]
            expected = np.median(axis.values(log.records), axis=1)
            assert points(plot, "param_norm")[0][1:] == pytest.approx(expected[1:])
            plot.hovered.emit(float(expected[7 + k]), 0.0)
            qtbot.waitUntil(lambda step=log.records.steps[7 + k]: view.crosshair.step == step)
            view.grab()


def test_an_axis_that_runs_back_is_followed(view: PlotsView) -> None:
    log = log_of({"param_norm": [1, 100, 10], "margin": [1, 2, 3]}, [1, 2, 3])
    view.set_horizontal("norm")
    plot = shown(view, trace(log)).plots["margins"]
    plot.choose("margin", True)
    view.refresh()
    assert points(plot, "margin")[0].tolist() == [0, 2, 1]
    view.set_horizontal("log_time")  # not recorded: nothing to draw, and no complaint
    assert np.isnan(points(plot, "margin")[0]).all()
    view.grab()


# --- ranges ---


def test_the_user_s_view_stays_until_a_double_click(view: PlotsView, qtbot) -> None:
    whole = fake_log(3000).records.all()
    log = RunHistory(Records())
    log.records.extend(part(whole, 0, 100))
    plot = shown(view, trace(log)).plots["loss"]
    canvas = plot.canvas
    before = canvas.x_range()
    centre = QPointF(canvas.viewport().rect().center())
    wheel = QWheelEvent(
        centre, canvas.viewport().mapToGlobal(centre), QPoint(), QPoint(0, 240), Qt.MouseButton(0),
        Qt.KeyboardModifier(0), Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas.viewport(), wheel)
    zoomed = canvas.x_range()
    assert zoomed[1] - zoomed[0] < before[1] - before[0]
    log.records.extend(part(whole, 100, len(whole.steps)))
    view.refresh()
    assert canvas.x_range() == zoomed
    assert view.plots["margins"].canvas.x_range()[1] >= np.log10(3000)
    for kind in (
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseButtonDblClick,
        QEvent.Type.MouseButtonRelease,
    ):
        send(canvas, centre, kind)
    qtbot.waitUntil(lambda: canvas.x_range()[1] >= np.log10(3000))
    assert canvas.following


def test_dragging_pans_the_plot_with_two_axes(view: PlotsView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        pyqtgraph.CONFIG_OPTIONS, "mouseRateLimit", 0
    )  # it leaves out moves that follow too soon
    canvas = shown(view, trace(fake_log(300))).plots["loss"].canvas
    before = canvas.x_range()
    start = QPointF(canvas.viewport().rect().center())
    send(canvas, start, QEvent.Type.MouseMove)
    send(canvas, start, QEvent.Type.MouseButtonPress)
    for shift in (20, 40, 60):
        place = start + QPointF(shift, 0)
        event = QMouseEvent(
            QEvent.Type.MouseMove, place, canvas.viewport().mapToGlobal(place), Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0),
        )  # fmt: skip
        QApplication.sendEvent(canvas.viewport(), event)
    send(canvas, start + QPointF(60, 0), QEvent.Type.MouseButtonRelease)
    assert canvas.x_range()[0] < before[0]
    assert not canvas.following


# --- theme ---


def test_a_new_theme_recolours_everything(view: PlotsView, qapp: QApplication, qtbot) -> None:
    shown(view, trace(fake_log(300, 4)))
    for mode, colours in (("dark", DARK), ("light", LIGHT)):
        apply_theme(qapp, mode)
        wanted = QColor(on_screen(run_colour(0)))
        plot = view.plots["norms"]
        qtbot.waitUntil(
            lambda plot=plot, wanted=wanted: plot.series["a", "param_norm"].line.opts["pen"].color() == wanted
        )
        for id in view.on_screen():
            canvas = view.plots[id].canvas
            assert canvas.backgroundBrush().color() == QColor(colours.background)
            assert canvas.left_axis.textPen().color() == QColor(colours.foreground)
            assert canvas.grid_lines.pen.color() == QColor(colours.grid)
            assert view.plots[id].cross.pen.color() == QColor(colours.faint)
        corner = plot.canvas.grab().toImage().pixelColor(1, 1)
        assert corner == QColor(colours.background)
        box = plot.canvas.mapFromScene(plot.canvas.view.sceneBoundingRect()).boundingRect()
        picture = plot.canvas.grab(box).toImage()
        seen = {
            picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())
        }
        assert wanted.name() in seen


# --- speed and memory ---


def test_nothing_is_made_anew_and_nothing_grows_while_a_run_goes_on(view: PlotsView, qapp) -> None:
    whole = fake_log(100_000, per_decade=300).records.all()
    log, second = RunHistory(Records()), fake_log(500, 3)
    log.records.extend(part(whole, 0, 100))
    view.set_shown(["norms", "loss"])
    shown(view, trace(log), trace(second, "b", 1))

    def redraw(start: int, stop: int) -> None:
        for row in range(start, stop):
            log.records.extend(part(whole, row, row + 1))
            view.refresh()
            if row % 10 == 0:
                view.plots["norms"].canvas.viewport().repaint()

    redraw(100, 150)
    items = {id: set(plot.canvas.scene().items()) for id, plot in view.plots.items()}
    gc.collect()
    nothing, objects = sys.getrefcount(None), len(gc.get_objects())
    redraw(150, 650)
    gc.collect()
    assert {id: set(plot.canvas.scene().items()) for id, plot in view.plots.items()} == items
    assert abs(sys.getrefcount(None) - nothing) < 200
    assert len(gc.get_objects()) - objects < 500


def test_items_of_runs_that_have_gone_are_used_again(view: PlotsView) -> None:
    plot = view.plots["norms"]
    shown(view, trace(fake_log(100), "a"))
    items = set(plot.canvas.scene().items())
    for k in range(5):
        shown(view, trace(fake_log(100, seed=k), f"run {k}"))
    assert set(plot.canvas.scene().items()) == items


def test_hidden_plots_are_not_drawn_and_catch_up_when_shown(view: PlotsView, qtbot) -> None:
    shown(view, trace(fake_log(100)))
    assert not view.plots["layers"].series
    view.set_shown(["layers"])
    qtbot.waitUntil(lambda: view.plots["layers"].series)
    view.hide()
    shown(view, trace(fake_log(100), "b"))
    assert ("a", "rank_one_defect") in view.plots["layers"].series
    view.show()
    qtbot.waitUntil(lambda: ("b", "rank_one_defect") in view.plots["layers"].series)


def test_nothing_is_drawn_where_nothing_changed(view: PlotsView, monkeypatch) -> None:
    log = fake_log(200)
    log.status = RunStatus.RUNNING
    shown(view, trace(log))
    view.refresh()
    drawn: list[bool] = []
    monkeypatch.setattr(PlotLines, "draw", lambda *a: drawn.append(True) or (0, None, False))
    view.refresh()
    view.set_traces([trace(log)])
    view.refresh()
    assert not drawn
    log.records.append(10_000, {name: v[-1] for name, v in fake_columns(log.records.steps, 1, 0).items()})
    view.refresh()
    assert len(drawn) == 5


# --- moments and lone records ---


def test_a_moment_s_name_stands_at_its_own_line_above_the_curves(view: PlotsView) -> None:
    steps = [1, 10, 100, 800, 1000]
    plot = shown(view, trace(log_of({"param_norm": [1, 2, 3, 4, 5]}, steps, fitted=10, separated=900))).plots[
        "norms"
    ]
    names = plot.moments.names
    places = {words: (left, right) for left, right, words in names.placed()}
    lines = {name: names.mapFromScene(QPointF(x, 0)).x() for x, _, name in names._marks}
    assert places["fitted"][0] - lines["fitted"] == pytest.approx(GAP)
    assert lines["separated"] - places["separated"][1] == pytest.approx(GAP)  # no room at its right
    strip, data = names.sceneBoundingRect(), plot.canvas.view.sceneBoundingRect()
    assert strip.bottom() <= data.top() + 0.5 and strip.left() == pytest.approx(data.left())


def test_a_record_that_no_line_reaches_is_a_dot(view: PlotsView) -> None:
    nan = np.nan
    log = log_of({"param_norm": [10, nan, 100, 100, 100, 100, nan, nan, 1000]}, list(range(1, 10)))
    plot = shown(view, trace(log)).plots["norms"]
    line = plot.series["a", "param_norm"].line
    assert [(p.x(), p.y()) for p in line.lone] == [(0, 1), (pytest.approx(np.log10(9)), 3)]
    place = plot.canvas.mapFromScene(plot.canvas.view.mapViewToScene(line.lone[0]))
    colour = QColor(on_screen(run_colour(0)))
    picture = plot.canvas.grab().toImage()
    seen = picture.pixelColor(place * picture.devicePixelRatio())
    assert abs(seen.red() - colour.red()) + abs(seen.blue() - colour.blue()) < 40
