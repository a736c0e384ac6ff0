"""A plot on screen and its exported figure draw the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyqtgraph as pg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.axes import Axes
from PySide6.QtWidgets import QApplication

from engine.figures.draw import FigureRequest, FigureTrace, draw
from engine.figures.plots import HORIZONTAL, horizontal, plot
from engine.figures.style import dressed, style
from engine.protocol.records import RecordBatch, Records
from engine.protocol.run_history import RunHistory
from gui.plots.choices import Choices
from gui.plots.curves import Series
from gui.plots.traces import Trace, TraceData

SHOWN = [
    ("norms", "param_norm", False),
    ("directions", "cos_gradient", False),
    ("directions", "cos_gradient", True),
    ("margins", "normalized_margin", False),
    ("loss", "log_loss", False),
    ("loss", "accuracy", False),
]
"""Plot, column, whether 1 - value is drawn: every way to show a value."""
VALUES = (
    st.sampled_from([np.nan, 0.0, -0.0, 1.0, -1.0, -2.0, 10.0, 100.0, np.inf, -np.inf])
    | st.floats(-1e3, 1e3)
    | st.floats(1e-300, 1e-290)
)


@st.composite
def logs(draw: st.DrawFn, name: str) -> RunHistory:
    """Return a short run of few or many replicas, as a real one may be: gaps, zeros, thinned measurements."""
    replicas = draw(st.sampled_from([1, 2, 3, 4, 5, 9, 40]))
    steps = np.unique(draw(st.lists(st.integers(0, 300), min_size=1, max_size=12)))
    columns = dict.fromkeys([name, "log_time", "log_loss", "param_norm"])
    values = {
        column: draw(arrays(float, (len(steps), replicas), elements=VALUES, fill=VALUES))
        for column in columns
    }
    if draw(st.booleans()):
        values[name][1::2] = np.nan
    separated = draw(st.none() | st.integers(0, 300))
    history = RunHistory(Records(replicas), events={"separated_step": [separated] * replicas})
    history.records.extend(RecordBatch(steps, values))
    return history


class Screen:
    """What a plot of the window draws of one column."""

    def __init__(
        self, history: RunHistory, spec: str, name: str, one_minus: bool, axis: str, replica: int | None
    ):
        choices = Choices(plot(spec))
        choices.one_minus = one_minus
        data = TraceData(Trace("a", "run", "#0072B2", True, history, replica=replica))
        data.update(horizontal(axis))
        self.view = pg.ViewBox(enableMenu=False)  # keeps the items alive
        self.series = Series(self.view, history.records.replicas > 1)
        since = data.first_on_axis() if spec == "margins" else 0
        self.drawn = self.series.set_data(data, name, choices.shown_as(name), (0.0, 3.0), 800, since)

    def line(self) -> np.ndarray:
        return finite(*self.series.line.getData())

    def lone(self) -> np.ndarray:
        return np.array([(point.x(), point.y()) for point in self.series.line.lone]).reshape(-1, 2)

    def singles(self) -> np.ndarray:
        return finite(*self.series.singles.getData()) if self.series.singles else np.empty((0, 2))

    def band(self) -> list[set[tuple[float, float]]]:
        parts = self.series.band.polygons if self.series.band else []
        return wide([(point.x(), point.y()) for point in part] for part in parts)


class File:
    """What an exported figure draws of the same column."""

    def __init__(
        self, history: RunHistory, spec: str, name: str, one_minus: bool, axis: str, replica: int | None
    ):
        trace = FigureTrace("run", "#0072B2", history, (name,), replica)
        wanted = FigureRequest(spec, (trace,), axis, one_minus)
        with dressed(style("paper", wanted.width_mm)):
            self.axes: list[Axes] = draw(wanted).axes
        self.lines = [
            line
            for axes in self.axes
            for line in axes.lines
            if line.get_transform().contains_branch(axes.transData)
        ]

    def line(self) -> np.ndarray:
        (line,) = [line for line in self.lines if line.get_alpha() is None and line.get_marker() != "o"]
        return finite(*line.get_data())

    def lone(self) -> np.ndarray:
        dots = [finite(*line.get_data()) for line in self.lines if line.get_marker() == "o"]
        return np.concatenate([*dots, np.empty((0, 2))])

    def singles(self) -> np.ndarray:
        faint = [finite(*line.get_data()) for line in self.lines if line.get_alpha() is not None]
        return np.concatenate([*faint, np.empty((0, 2))])

    def band(self) -> list[set[tuple[float, float]]]:
        paths = [path for axes in self.axes for band in axes.collections for path in band.get_paths()]
        return wide(path.vertices.tolist() for path in paths)


def finite(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the points that are drawn (N, 2)."""
    points = np.column_stack([np.asarray(x, float), np.asarray(y, float)])
    return points[np.isfinite(points).all(axis=1)]


def wide(parts: Iterable[Sequence[Sequence[float]]]) -> list[set[tuple[float, float]]]:
    """Return the corners of every part of a band that covers anything."""
    corners = [{(float(x), float(y)) for x, y in part} for part in parts]
    return [part for part in corners if len({x for x, _ in part}) > 1]


@pytest.mark.parametrize(("spec", "name", "one_minus"), SHOWN)
@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), axis=st.sampled_from([axis.id for axis in HORIZONTAL]))
def test_the_screen_and_the_file_draw_the_same(
    qapp: QApplication, spec: str, name: str, one_minus: bool, data: st.DataObject, axis: str
) -> None:
    history = data.draw(logs(name))
    replicas = history.records.replicas
    replica = data.draw(st.none() | st.integers(0, replicas - 1)) if replicas > 1 else None
    screen, file = (kind(history, spec, name, one_minus, axis, replica) for kind in (Screen, File))
    for what in ("line", "lone", "singles"):
        assert np.array_equal(getattr(screen, what)(), getattr(file, what)()), what
    assert screen.band() == file.band()
