"""A redraw is divided over turns of the event loop: one plot each, bounded, none left behind."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QRegion
from pytestqt.qtbot import QtBot

from engine.figures.plots import horizontal
from engine.protocol.messages import RunStatus
from engine.protocol.records import RecordBatch
from engine.protocol.run_history import RunHistory
from gui.plots import plots_view
from gui.plots.boxes import box_near, ends_of
from gui.plots.choices import Stroke
from gui.plots.curves import Curve
from gui.plots.header import Entry, HeaderReading, PlotHeader
from gui.plots.lines import PlotLines
from gui.plots.plots_view import PlotsView
from gui.plots.trace_plot import TracePlot
from gui.plots.traces import Trace, TraceData
from gui.theme import run_colour
from tests.benchmarks.plots_redraw import fake_columns, fake_log
from tests.gui.lab import on_screen


class Turns(QObject):
    """Counts turns of the event loop, and notes in which of them plots draw lines."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.now = 0
        self.plots: list[tuple[int, str]] = []
        draw = PlotLines.draw

        def noted(lines: PlotLines, visible: list[TraceData], everything: bool, most: int | None) -> object:
            self.plots.append((self.now, lines.choices.spec.id))
            return draw(lines, visible, everything, most)

        monkeypatch.setattr(PlotLines, "draw", noted)
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._on_timeout)
        self._timer.start()

    def _on_timeout(self) -> None:
        self.now += 1

    def end(self) -> None:
        self._timer.stop()


def run(log: RunHistory, id: str = "a") -> Trace:
    return Trace(id, f"run {id}", run_colour(0), True, log)


def going_on(records: int) -> RunHistory:
    log = fake_log(records)
    log.status = RunStatus.RUNNING
    return log


def append(log: RunHistory, step: int) -> None:
    last = fake_columns(log.records.steps, 1, 0)
    log.records.extend(RecordBatch(np.array([step]), {name: v[-1:] for name, v in last.items()}))


def test_each_plot_is_drawn_in_a_turn_of_its_own(
    view: PlotsView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = going_on(300)
    view.set_shown(["margins", "norms", "directions", "layers", "loss"])
    view.set_traces([run(log)])
    view.refresh()
    turns = Turns(monkeypatch)
    append(log, 400)
    with qtbot.waitSignal(view.drawn):
        view.refresh_in_turns()
    turns.end()
    assert [plot for _, plot in turns.plots] == view.on_screen()
    assert len({turn for turn, _ in turns.plots}) == len(view.on_screen()) == 5
    drawn = [plot.series["a", name].line.getData()[0][-1] for plot, name in last_lines(view)]
    assert drawn == [pytest.approx(np.log10(400))] * 5


def last_lines(view: PlotsView) -> list[tuple[TracePlot, str]]:
    """Return every plot on screen with a column that is measured at every record."""
    names = {
        "margins": "normalized_margin",
        "norms": "param_norm",
        "directions": "cos_gradient",
        "layers": "rank_one_defect",
        "loss": "log_loss",
    }
    return [(view.plots[id], names[id]) for id in view.on_screen()]


def test_every_plot_has_its_turn_and_a_round_its_end_where_redraws_are_asked_for_all_the_time(
    view: PlotsView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = going_on(300)
    view.set_traces([run(log)])
    view.refresh()
    turns = Turns(monkeypatch)
    ends: list[bool] = []
    view.drawn.connect(lambda: ends.append(True))
    for step in range(400, 410):
        append(log, step)
        view.refresh_in_turns()
        drawn = len(turns.plots)
        qtbot.waitUntil(lambda drawn=drawn: len(turns.plots) > drawn)
    assert ends  # though there was always more to come
    turns.end()
    counts = {id: sum(plot == id for _, plot in turns.plots) for id in view.on_screen()}
    assert min(counts.values()) >= 2, counts
    view.refresh()


def test_a_plot_of_many_lines_takes_several_turns_and_shows_all_of_them(
    view: PlotsView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plots_view, "MOST_AT_ONCE", 4)
    view.set_shown(["norms"])
    plot = view.plots["norms"]
    turns = Turns(monkeypatch)
    view.set_traces([run(fake_log(300, seed=k), f"run {k}") for k in range(6)])
    with qtbot.waitSignal(view.drawn):
        pass
    turns.end()
    lines = len(plot.series)
    assert lines >= 6 and len({turn for turn, _ in turns.plots}) >= -(-lines // 4)
    assert all(series.line.getData()[0] is not None for series in plot.series.values())
    view.refresh()
    before = plot.canvas.y_range()
    fresh = on_screen(qtbot, PlotsView(), 900, 620)
    fresh.set_shown(["norms"])
    fresh.set_traces([run(fake_log(300, seed=k), f"run {k}") for k in range(6)])
    fresh.refresh()
    assert fresh.plots["norms"].canvas.y_range() == before


def test_hidden_plots_take_no_turns(view: PlotsView, qtbot: QtBot) -> None:
    view.set_traces([run(fake_log(100))])
    view.hide()
    view.refresh_in_turns()
    qtbot.waitUntil(lambda: not view._soon.isActive())
    assert not view.plots["norms"].series
    view.show()
    with qtbot.waitSignal(view.drawn):
        pass
    assert view.plots["norms"].series


def test_a_head_is_painted_anew_only_where_another_value_is_told(qtbot: QtBot) -> None:
    head = on_screen(qtbot, PlotHeader("Norms"), 500, 30)
    stroke = Stroke("solid")
    head.set_entries([Entry("a", "first", stroke, True, ""), Entry("b", "second", stroke, True, "")], 1)
    head.set_readings(None, {"a": [HeaderReading("r", "", 1.0)], "b": [HeaderReading("r", "", 2.0)]})
    head.repaint()
    asked: list[QRegion] = []
    update = head.update

    def noted(*area: object) -> None:
        asked.append(QRegion(*area) if area else QRegion(head.rect()))  # type: ignore[call-overload]
        update(*area)  # type: ignore[call-overload]

    head.update = noted  # type: ignore[method-assign,assignment]
    head.set_readings(None, {"a": [HeaderReading("r", "", 1.0)], "b": [HeaderReading("r", "", 2.5)]})
    region = QRegion()
    for part in asked:
        region = region.united(part)
    del head.update
    assert region.intersects(head.entry_rect("b")) and not region.intersects(head.entry_rect("a"))
    whole = head.grab().toImage()
    asked.clear()
    head.set_readings(None, {"a": [HeaderReading("r", "", 1.0)], "b": [HeaderReading("r", "", 2.5)]})
    assert not asked and head.grab().toImage() == whole


@pytest.mark.parametrize("x", [[0.0, 1.0, 2.0], [0.0, np.nan, 2.0], [np.nan, np.nan, np.nan], []])
def test_a_curve_s_box_holds_what_is_finite_of_it(x: list[float]) -> None:
    values = np.array(x)
    curve = Curve(1.0)
    curve.setData(values, 2 * values)
    box, whole = curve.boundingRect(), np.isfinite(values)
    assert box == box_near(ends_of(values, 2 * values), None)
    if whole.any():
        assert (box.left(), box.right()) == (values[whole].min(), values[whole].max())
        assert (box.top(), box.bottom()) == (2 * values[whole].min(), 2 * values[whole].max())
    else:
        assert box.isNull()
    curve.setData(values + 1, values)
    assert curve.boundingRect() == box_near(ends_of(values + 1, values), None)
    drawn = [curve.getPath().elementAt(k) for k in range(curve.getPath().elementCount())]
    expected = (values + 1)[whole] if whole.all() else []
    if len(expected):
        assert [element.x for element in drawn] == list(expected)


def test_a_curve_whose_points_are_joined_by_name_keeps_its_gaps() -> None:
    curve, x = Curve(1.0), np.arange(4.0)
    curve.setData(x, x, connect=np.array([True, False, True, False]))
    path = curve.getPath()
    assert [path.elementAt(k).isMoveTo() for k in range(4)] == [True, False, True, False]


def test_what_fills_in_earlier_records_is_seen_though_the_last_one_stays() -> None:
    data = TraceData(run(log := going_on(3)))
    axis = horizontal("step")
    assert data.update(axis) and not data.update(axis)
    steps = log.records.steps
    late = np.full((len(steps), log.records.replicas), np.nan)
    late[0] = 0.5  # what is known only at the end, of the first record
    log.records.extend(RecordBatch(steps.copy(), {log.records.names[0]: late}, closing=True))
    assert data.update(axis) and not data.update(axis)
    log.records.truncate(int(steps[-1]))
    assert data.update(axis) and not data.update(axis)


def test_what_one_more_run_is_drawn_with_is_made_before_it_begins(qtbot: QtBot) -> None:
    view = PlotsView()
    view._spares.timer.setInterval(0)
    on_screen(qtbot, view, 1000, 800)
    first, second = run(going_on(40)), run(going_on(40), "b")
    view.set_traces([first])
    plots = [view.plots[id] for id in view.on_screen()]

    def spare(plot: TracePlot) -> int:
        return sum(map(len, plot.lines.spare.values()))

    qtbot.waitUntil(lambda: all(0 < len(plot.series) <= spare(plot) for plot in plots))
    assert not any(series.shown for plot in plots for many in plot.lines.spare.values() for series in many)
    view._spares.timer.stop()
    made = [series for plot in plots for many in plot.lines.spare.values() for series in many]
    view.set_traces([first, second])
    view.refresh()
    assert {id(series) for plot in plots for key, series in plot.series.items() if key[0] == "b"} <= set(
        map(id, made)
    )
    view._spares.timer.stop()
