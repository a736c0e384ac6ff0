"""What a person does with the plots: legend, crosshair, menus, arrangement, sessions."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QApplication

from engine.figures.own_plots import AxisLimits
from gui.plots.header import SAMPLE, HeaderReading, room_for_values
from gui.plots.plots_view import AT_FIRST, PlotsView
from gui.theme import run_colour
from tests.benchmarks.plots_redraw import fake_log

from .test_plots import log_of, move, send, shown, trace

# --- legend, crosshair, marked step ---


def test_clicking_a_legend_entry_hides_and_shows_its_column(view: PlotsView, qtbot) -> None:
    plot = shown(view, trace(fake_log(300))).plots["margins"]
    place = plot.header.entry_rect("smoothed_margin").center()
    with qtbot.waitSignal(view.state_changed):
        qtbot.mouseClick(plot.header, Qt.MouseButton.LeftButton, pos=place)
    view.refresh()
    assert ("a", "smoothed_margin") not in plot.series
    assert [e.shown for e in plot.header.entries] == [True, False]
    assert view.figure_state("margins")["columns"] == ["normalized_margin"]
    qtbot.mouseClick(plot.header, Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: ("a", "smoothed_margin") in plot.series)  # without being told to refresh
    assert plot.series["a", "smoothed_margin"].line.isVisible()


def test_the_columns_menu_adds_and_removes_what_was_recorded(view: PlotsView) -> None:
    plot = shown(view, trace(fake_log(300))).plots["margins"]
    plot.menu.aboutToShow.emit()
    ticked = {action.data(): action.isChecked() for action in plot.menu.actions()}
    assert ticked == {"normalized_margin": True, "smoothed_margin": True, "margin_ratio": False}
    next(a for a in plot.menu.actions() if a.data() == "margin_ratio").trigger()
    view.refresh()
    assert ("a", "margin_ratio") in plot.series
    assert view.figure_state("margins")["columns"][-1] == "margin_ratio"


def test_a_column_keeps_its_line_style_whichever_others_are_shown(view: PlotsView) -> None:
    plot = shown(view, trace(fake_log(300))).plots["margins"]
    pattern = plot.series["a", "smoothed_margin"].line.opts["pen"].dashPattern()
    plot.toggle("normalized_margin")
    view.refresh()
    assert plot.series["a", "smoothed_margin"].line.opts["pen"].dashPattern() == pattern


def test_the_first_column_shown_has_the_solid_line(view: PlotsView) -> None:
    view.present(["smoothed_margin"])
    plot = shown(view, trace(fake_log(300))).plots["margins"]
    assert plot.series["a", "smoothed_margin"].line.opts["pen"].dashPattern() == []
    assert view.figure_state("margins")["strokes"] == {"smoothed_margin": 0}
    plot.choose("normalized_margin", True)
    view.refresh()
    styles = {n: plot.series["a", n].line.opts["pen"].dashPattern() for n in plot.choices.columns()}
    assert styles["smoothed_margin"] == [] and styles["normalized_margin"] != []


def test_values_that_have_no_room_are_counted_and_the_selected_run_comes_first(view: PlotsView) -> None:
    logs = [fake_log(300, seed=k) for k in range(5)]
    runs = [replace(trace(log, str(k), k), selected=k == 4) for k, log in enumerate(logs)]
    view.resize(560, 620)
    header = shown(view, *runs).plots["directions"].header
    metrics = QFontMetrics(header._font)
    for entry in header.entries:
        rect, told = header.entry_rect(entry.name), header.reading_text(entry.name).split()
        assert 2 <= len(told) <= 4 and told[-1] == f"+{6 - len(told)}"
        last = logs[4].records.column(entry.name)[-1, 0]
        assert float(told[0].replace("−", "-")) == pytest.approx(last, rel=1e-3)
        needed = SAMPLE + metrics.horizontalAdvance(entry.title) + 8
        needed += room_for_values(metrics, 5, len(told) - 1)
        assert needed <= rect.width() and rect.right() <= header.width()


def test_a_legend_with_room_stays_in_one_line_and_the_step_is_told_beside_it(view: PlotsView) -> None:
    view.plots["loss"].choose("test_accuracy", False)
    view.resize(720, 620)
    header = shown(view, trace(fake_log(300))).plots["loss"].header
    assert len(header.entries) == 2 and header.lines == 1
    move(view.plots["loss"], 1.0)
    header.grab()
    last = header.entry_rect(header.entries[-1].name)
    assert header._step_rect.left() > last.right() and header._step_rect.right() < header.width()


def test_a_title_longer_than_its_axis_is_cut_and_told_in_full(view: PlotsView) -> None:
    view.present(["homogeneity_defect"])
    log = log_of({"homogeneity_defect": [1e-1, 1e-2, 1e-3]}, [1, 10, 100])
    canvas = shown(view, trace(log)).plots["homogeneity"].canvas
    view.resize(900, 420)
    view.grab()
    axis = canvas.left_axis
    assert axis.labelText.endswith("…") and "distance from homogeneous" in axis.label.toolTip()
    assert QFontMetrics(canvas.small).horizontalAdvance(axis.labelText) <= canvas.view.height()
    view.resize(900, 1400)
    view.grab()
    assert axis.labelText == "distance from homogeneous" and axis.label.toolTip() == ""
    canvas.set_bottom_title("a word " * 40, log=False, shown=True)
    below = canvas.bottom_axis
    assert below.labelText.endswith("…") and "a word a word" in below.label.toolTip()
    assert QFontMetrics(canvas.small).horizontalAdvance(below.labelText) <= canvas.view.width()


def test_the_crosshair_is_the_same_moment_in_every_plot(view: PlotsView, qtbot) -> None:
    one, two = fake_log(3000, seed=1), fake_log(500, 4, seed=2)
    shown(view, trace(one), trace(two, "b", 1))
    last = view.plots["norms"].header.reading_text("param_norm")
    with qtbot.waitSignal(view.step_hovered, check_params_cb=lambda step: step is not None):
        move(view.plots["directions"], 2.003)
    step = view.crosshair.step
    assert abs(step - 10**2.003) < 2
    for id in view.on_screen():
        plot = view.plots[id]
        assert plot.cross.isVisible()
        assert plot.cross.value() == pytest.approx(np.log10(step))
        assert plot.header.step_text() == f"step {step:,}"
    at = int(np.searchsorted(one.records.steps, step))
    norms = [one.records.column("param_norm")[at, 0], np.median(two.records.column("param_norm")[at])]
    told = view.plots["norms"].header.readings["param_norm"]
    assert told == [
        HeaderReading("run a", run_colour(0), pytest.approx(norms[0])),
        HeaderReading("run b", run_colour(1), pytest.approx(norms[1])),
    ]
    assert view.plots["norms"].header.reading_text("param_norm").split() == [f"{n:#.4g}" for n in norms]
    with qtbot.waitSignal(view.step_hovered, check_params_cb=lambda step: step is None):
        QApplication.sendEvent(view.plots["directions"].canvas, QEvent(QEvent.Type.Leave))
    assert not view.plots["norms"].cross.isVisible()
    assert view.plots["norms"].header.reading_text("param_norm") == last


def test_the_mouse_is_listened_to_once_a_frame(view: PlotsView, qtbot) -> None:
    shown(view, trace(fake_log(3000)))
    steps: list[object] = []
    view.step_hovered.connect(steps.append)
    for x in np.linspace(0.5, 3, 200):
        view.plots["norms"].hovered.emit(float(x), 0.0)
    qtbot.waitUntil(lambda: view.crosshair.step == 1000)
    assert len(steps) < 20


def test_clicking_in_a_plot_chooses_the_nearest_recorded_step(view: PlotsView, qtbot) -> None:
    shown(view, trace(log_of({"param_norm": [1, 2, 3]}, [1, 100, 10000])))
    with qtbot.waitSignal(view.step_clicked) as caught:
        move(view.plots["norms"], 2.4, QEvent.Type.MouseButtonPress)
        move(view.plots["norms"], 2.4, QEvent.Type.MouseButtonRelease)
    assert caught.args == [100]


def test_the_timeline_s_step_is_marked_on_every_axis(view: PlotsView) -> None:
    shown(view, trace(log_of({"param_norm": [1, 2, 3]}, [1, 100, 10000])))
    view.set_marked_step(1000)
    assert {view.plots[id].marked.value() for id in view.on_screen()} == {3.0}
    view.set_horizontal("step")
    assert view.plots["norms"].marked.value() == pytest.approx(1000)
    view.set_marked_step(None)
    assert not any(view.plots[id].marked.isVisible() for id in view.on_screen())


def test_the_legend_tells_the_values_of_the_step_looked_at(view: PlotsView, qtbot) -> None:
    looked_at = log_of({"param_norm": [1, 2, 3], "layer_norm.1": [4, np.nan, 6]}, [1, 26, 15000])
    shorter = log_of({"param_norm": [7, 8]}, [1, 30])
    shown(view, trace(shorter, "b", 1), replace(trace(looked_at), selected=True))
    header = view.plots["norms"].header
    assert (header.step_text(), header.reading_text("param_norm")) == ("", "3.000  8.000")
    view.set_marked_step(26)
    assert (header.step_text(), header.reading_text("param_norm")) == ("step 26", "2.000  8.000")
    assert header.reading_text("layer_norm.1") == "4.000"  # measured less often: the last by then
    view.set_horizontal("step")  # it stays so while other things change
    assert (header.step_text(), header.reading_text("param_norm")) == ("step 26", "2.000  8.000")
    move(view.plots["norms"], 15000.0)
    qtbot.waitUntil(lambda: header.step_text() == "step 15,000")
    assert header.reading_text("param_norm") == "3.000  –"  # the other run has nothing there
    QApplication.sendEvent(view.plots["norms"].canvas, QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: header.step_text() == "step 26")
    assert header.reading_text("param_norm") == "2.000  8.000"
    view.set_marked_step(None)
    assert (header.step_text(), header.reading_text("param_norm")) == ("", "3.000  8.000")


# --- arrangement, sessions, menus ---


def test_plots_stand_two_a_row_with_the_loss_across_the_bottom(view: PlotsView, qtbot) -> None:
    shown(view)
    assert view.area.rows == [["margins", "norms"], ["directions", "kernel"], ["loss"]]
    view.grab()
    plots = {id: view.plots[id].geometry() for id in AT_FIRST}
    assert plots["loss"].width() > 1.9 * plots["kernel"].width()
    assert plots["loss"].height() < plots["kernel"].height()
    assert plots["margins"].bottom() < plots["directions"].top() < plots["loss"].top()
    next(a for a in view.plots_menu.actions() if a.data() == "stationarity").trigger()
    assert view.area.rows[-2:] == [["stationarity"], ["loss"]]


def test_double_clicking_a_title_shows_the_plot_alone_and_then_all(view: PlotsView, qtbot) -> None:
    shown(view)
    header = view.plots["norms"].header
    for expected in (["norms"], list(AT_FIRST)):
        qtbot.mouseDClick(header, Qt.MouseButton.LeftButton, pos=QPoint(10, 8))
        assert view.on_screen() == expected
        assert [id for id, plot in view.plots.items() if plot.isVisible()] == expected


def test_a_session_keeps_what_was_chosen(view: PlotsView, qtbot) -> None:
    at_first = view.state()
    assert at_first["plots"] == list(AT_FIRST)
    shown(view, trace(fake_log(100)))
    view.set_horizontal("step")
    view.set_shown(["margins", "loss", "layers"])
    view.plots["margins"].choose("margin_ratio", True)
    view.plots["margins"].toggle("smoothed_margin")
    view.plots["directions"].set_one_minus(True)
    view.set_maximised("loss")
    kept = json.loads(json.dumps(view.state()))
    other = PlotsView()
    qtbot.addWidget(other)
    other.restore(kept)
    assert other.state() == kept
    assert other.line.horizontal_box.currentData() == "step"
    assert other.plots["directions"].one_minus_button.isChecked()
    for strange in (None, [], {"plots": 3, "choices": {"margins": []}, "horizontal": None, "maximised": 7}):
        other.restore(strange)
        assert other.state() == at_first


def test_the_context_menu_exports_copies_and_fits(view: PlotsView, qtbot) -> None:
    plot = shown(view, trace(fake_log(100))).plots["kernel"]
    actions = {a.data(): a for a in plot.context_menu.actions() if a.data()}
    for kind in ("figure", "csv"):
        with qtbot.waitSignal(view.export_requested) as caught:
            actions[kind].trigger()
        assert caught.args == ["kernel", kind]
    actions["picture"].trigger()
    picture = QGuiApplication.clipboard().image()
    assert picture.width() == 2 * plot.width()
    assert plot.columns_button.isVisible()
    plot.canvas.limits = AxisLimits((0.0, 1.0), (0.0, 1.0))
    actions["fit"].trigger()
    assert plot.canvas.following
    assert view.figure_state("kernel") == {
        "plot": "kernel",
        "own": None,
        "limits": {"x": [None, None], "y": [None, None]},
        "fitted": None,
        "horizontal": "log_step",
        "one_minus": False,
        "diverged": False,
        "columns": ["ntk_prediction_cosine", "ntk_agreement", "ntk_alignment"],
        "strokes": {"ntk_prediction_cosine": 0, "ntk_agreement": 1, "ntk_alignment": 2},
    }


def test_a_right_click_opens_the_menu_once_and_leaves_right_drags_alone(view: PlotsView, qtbot) -> None:
    plot = shown(view, trace(fake_log(100))).plots["norms"]
    centre = QPointF(plot.canvas.viewport().rect().center())
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, centre.toPoint(), plot.canvas.mapToGlobal(centre).toPoint()
    )
    QApplication.sendEvent(plot.canvas.viewport(), event)
    assert not plot.context_menu.isVisible()
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        send(plot.canvas, centre, kind, Qt.MouseButton.RightButton)
    qtbot.waitUntil(plot.context_menu.isVisible)
    plot.context_menu.close()


# --- what a preset shows ---


def test_a_preset_s_columns_are_shown_with_the_plots_that_have_them(view: PlotsView) -> None:
    view.present(["margin_ratio", "kkt_epsilon"])
    shown(view, trace(fake_log(300)))
    assert {"margins", "stationarity"} <= {id for id, plot in view.plots.items() if not plot.isHidden()}
    assert "margin_ratio" in view.plots["margins"].choices.columns()
    view.present(["margin_ratio", "accuracy"], {"margins", "kernel"})
    assert {id for id, plot in view.plots.items() if not plot.isHidden()} == {
        "margins",
        "kernel",
        "kernel_to_margin",
        "loss",
    }
    assert "log_loss" in view.plots["loss"].choices.columns()  # beside what is asked for
    view.present([])
    assert {id for id, plot in view.plots.items() if not plot.isHidden()} == set(AT_FIRST)
    assert "margin_ratio" not in view.plots["margins"].choices.columns()


def test_plots_are_made_when_they_are_asked_for(view: PlotsView) -> None:
    other = "stationarity"
    assert set(view.plots.made) == set(AT_FIRST)
    kept = view.state()
    kept["choices"][other] |= {"chosen": {"bregman_gap": False}, "one_minus": False}
    view.restore(kept)
    assert other not in view.plots.made
    assert view.state()["choices"][other]["chosen"] == {"bregman_gap": False}
    view.set_shown([*AT_FIRST, other])
    assert set(view.plots.made) == {*AT_FIRST, other}
    assert view.plots[other].choices.chosen == {"bregman_gap": False}
    assert view.plots[other].isVisibleTo(view)
