"""Plots that people made, fits and limits, in files: figures and tables."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from engine.figures.curves import Shown
from engine.figures.draw import DETAIL, draw, table_of
from engine.figures.drawn_curve import CurveDrawing
from engine.figures.fits import Between
from engine.figures.own_plots import AxisLimits, OwnPlot, named, read_all
from engine.figures.plots import horizontal
from engine.figures.positions import positions
from engine.figures.request import FigureRequest, FigureTrace
from engine.figures.style import dressed, style
from tests.engine.figures.material import log_of

STEPS = np.arange(1, 101)
T = STEPS[:, None] * np.ones(2)
HISTORY = log_of({"param_norm": T**0.5, "kkt_delta": 3 / T, "log_loss": -2 * np.log(T)}, STEPS, [None] * 2)
TRACE = FigureTrace("one", "#0072B2", HISTORY)


def request(own: OwnPlot, **said: object) -> FigureRequest:
    return FigureRequest(own.id, (TRACE,), own=own, **said)  # type: ignore[arg-type]


OWN = OwnPlot("own-1", "mine", ("kkt_delta", "log_loss"), "log_column:param_norm", log=True)


def test_a_column_over_a_column_has_its_power_law_in_the_legend() -> None:
    with dressed(style("paper", 85)):
        figure = draw(request(OWN, fitted=Between(10, 50)))
        figure.canvas.draw()
        texts = [
            t.get_text()
            for legend in figure.findobj(lambda a: hasattr(a, "get_texts"))
            for t in legend.get_texts()
        ]
    axes = figure.axes[0]
    assert axes.get_xlabel() == "parameter norm (l2)"
    assert any("^{-2" in text and r"\propto" in text for text in texts)
    assert any("^{-4" in text for text in texts)


def test_the_table_says_what_was_fitted_and_over_what() -> None:
    rows = list(csv.DictReader(io.StringIO(table_of(request(OWN, fitted=Between(50, 10, ("kkt_delta",)))))))
    assert list(rows[0]) == [
        "step",
        "replica",
        "param_norm",
        "kkt_delta",
        "fit.kkt_delta",
        "fit_rate.kkt_delta",
        "fit_error.kkt_delta",
        "log_loss",
    ]
    inside = [row for row in rows if row["fit.kkt_delta"]]
    assert {int(row["step"]) for row in inside} == set(range(10, 51))
    assert float(inside[7]["fit.kkt_delta"]) == pytest.approx(float(inside[7]["kkt_delta"]), rel=1e-9)
    assert float(inside[0]["fit_rate.kkt_delta"]) == pytest.approx(-2, rel=1e-9)


def test_a_fitted_loss_is_its_natural_logarithm_in_the_table() -> None:
    rows = list(csv.DictReader(io.StringIO(table_of(request(OWN, fitted=Between(10, 50))))))
    row = next(row for row in rows if row["step"] == "20")
    assert float(row["fit.log_loss"]) == pytest.approx(float(row["log_loss"]), rel=1e-9)


def test_limits_are_those_of_the_figure() -> None:
    with dressed(style("paper", 85)):
        axes = draw(request(OWN, limits=AxisLimits((0.2, None), (-3.0, 1.0)))).axes[0]
    assert axes.get_xlim()[0] == 0.2 and axes.get_xlim()[1] > 0.9
    assert axes.get_ylim() == (-3.0, 1.0)


def test_values_of_zero_or_below_have_no_place_on_a_logarithmic_axis_and_are_counted() -> None:
    values = np.array([-1.0, 0.0, 1.0, 10.0, np.nan])[:, None]
    records = log_of({"margin": values}, np.arange(5), [None]).records
    places = positions(records, horizontal("log_column:margin"))
    assert places.below == 2
    assert places.middle == pytest.approx([np.nan, np.nan, 0, 1, np.nan], nan_ok=True)
    assert positions(records, horizontal("column:margin")).below == 0


def test_a_line_over_a_column_measured_less_often_joins_the_records_where_it_was() -> None:
    x = np.where(STEPS % 4 == 0, STEPS, np.nan).astype(float)[:, None]
    records = log_of({"stationarity": x, "margin": T[:, :1]}, STEPS, [None]).records
    drawn = CurveDrawing().of(
        records.column("margin"), positions(records, horizontal("column:stationarity")), Shown.VALUE, DETAIL
    )
    assert np.isfinite(drawn.line[1]).all() and len(drawn.line[0]) == 25 and not drawn.lone[0].size


def test_time_is_the_sum_of_the_learning_rates() -> None:
    records = log_of({"log_time": np.log(np.array([[0.5], [2.0]]))}, np.arange(2), [None]).records
    assert horizontal("time").values(records)[:, 0] == pytest.approx([0.5, 2.0])
    with pytest.raises(KeyError):
        horizontal("colour")


def test_what_a_session_kept_is_read_leniently() -> None:
    kept = [OWN.stored(), OWN.stored(), {"id": "own-2"}, 7, {**OWN.stored(), "id": "margins"}]
    strange = {
        **OWN.stored(),
        "id": "own-3",
        "horizontal": "colour",
        "title": " \n",
        "columns": ["a", 3, "a"],
    }
    read = read_all([*kept, strange])
    assert read[0] == OWN and len(read) == 2
    assert read[1].horizontal == "" and read[1].columns == ("a",) and read[1].title
    assert read_all("nothing") == []
    assert AxisLimits.read({"x": [1, 0], "y": [None, 3]}) == AxisLimits((None, None), (None, 3.0))


def test_no_two_plots_have_one_name() -> None:
    second = named(replace(OWN, id=""), [OWN])
    assert second.id == "own-2" and second.title != OWN.title
    assert named(OWN, [OWN]) == OWN
