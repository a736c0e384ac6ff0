"""What is drawn of records: logarithms, medians and bands, thinned lines, ticks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.figures.curves import (
    Shown,
    connected_rows,
    event_position,
    heights,
    shown_as,
    spread,
    thin,
    thin_band,
)
from engine.figures.plots import horizontal, plot
from engine.figures.ticks import log_ticks
from tests.engine.figures.material import log_of


def test_logarithms_have_gaps_where_there_is_none() -> None:
    values = np.array([[100.0], [0.0], [-1.0], [np.nan], [np.inf], [0.5]])
    assert heights(values, Shown.LOG10)[:, 0] == pytest.approx([2, *[np.nan] * 4, np.log10(0.5)], nan_ok=True)
    assert heights(values, Shown.ONE_MINUS)[[1, 2, 5], 0] == pytest.approx(np.log10([1, 2, 0.5]))
    assert heights(np.array([[np.log(1000)]]), Shown.NATURAL_LOG)[0, 0] == pytest.approx(3)


@pytest.mark.parametrize(
    ("spec", "name", "one_minus", "shown"),
    [
        ("margins", "normalized_margin", True, Shown.VALUE),
        ("norms", "param_norm", False, Shown.LOG10),
        ("loss", "log_loss", False, Shown.NATURAL_LOG),
        ("loss", "accuracy", False, Shown.FRACTION),
        ("directions", "cos_gradient", False, Shown.VALUE),
        ("directions", "cos_gradient", True, Shown.ONE_MINUS),
        ("kernel", "ntk_drift", True, Shown.LOG10),
    ],
)
def test_each_plot_draws_its_columns_in_its_way(spec: str, name: str, one_minus: bool, shown: Shown) -> None:
    assert shown_as(plot(spec), name, one_minus) is shown


@pytest.mark.parametrize("period", [2, 8])
def test_a_thinned_measurement_goes_on_between_its_records(period: int) -> None:
    values = np.full((40 * period, 2), np.nan)
    values[::period, 1] = 1.0
    rows = connected_rows(values)
    assert rows.tolist() == list(range(0, 40 * period, period))
    values[10 * period : 20 * period] = np.nan  # not defined there
    gap = np.isnan(values[connected_rows(values)]).all(axis=1)
    assert gap.sum() == 1


def test_a_measurement_of_every_record_keeps_its_gaps() -> None:
    values = np.where(np.arange(30)[:, None] % 5 == 3, np.nan, 1.0)
    assert len(connected_rows(values)) == 30
    assert len(connected_rows(np.full((4, 1), np.nan))) == 4


def test_an_event_lies_where_its_step_does() -> None:
    values = {"log_loss": -np.arange(0.0, 30.0, 10.0)[:, None]}
    log = log_of(values, np.array([0, 10, 20]), [15])
    assert event_position(log, "separated_step", horizontal("log_inverse_loss")) == pytest.approx(
        15 / np.log(10)
    )
    assert np.isnan(event_position(log, "separated_step", horizontal("norm")))
    assert np.isnan(event_position(log, "fitted_step", horizontal("step")))
    assert np.isnan(
        event_position(log_of(values, np.array([0, 1, 2]), [15]), "separated_step", horizontal("step"))
    )


@given(
    arrays(
        float,
        st.tuples(st.integers(1, 6), st.integers(1, 9)),
        elements=st.floats(-1e6, 1e6) | st.just(np.nan),
    )
)
def test_bands_are_quantiles_of_the_defined_replicas(values: np.ndarray) -> None:
    tail = 0.1 if values.shape[1] >= 5 else 0.0
    for row, low, middle, high in zip(values, *spread(values), strict=True):
        there = row[~np.isnan(row)]
        expected = np.quantile(there, [tail, 0.5, 1 - tail]) if there.size else [np.nan] * 3
        assert [low, middle, high] == pytest.approx(expected, nan_ok=True)


@given(
    st.integers(1, 3000),
    st.sampled_from(["rising", "log", "back and forth", "constant", "undefined"]),
    st.integers(0, 2**32 - 1),
)
def test_a_thinned_line_keeps_extremes_and_gaps(count: int, kind: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    x = {
        "rising": np.arange(count, dtype=float),
        "log": np.log10(np.arange(count), out=np.full(count, np.nan), where=np.arange(count) > 0),
        "back and forth": random.normal(size=count),
        "constant": np.zeros(count),
        "undefined": np.full(count, np.nan),
    }[kind]
    y = np.where(random.random(count) < 0.05, np.nan, random.normal(size=count))
    new_x, new_y = thin(x, y, most=120)
    assert len(new_x) == len(new_y) <= max(count if count <= 120 else 0, 120)
    if not np.isnan(y).all():
        assert np.nanmin(new_y) == np.nanmin(y)
        assert np.nanmax(new_y) == np.nanmax(y)
    band_x, low, high = thin_band(x, y, y + 1, most=120)
    assert len(band_x) <= 120
    if not np.isnan(y).all():
        assert (np.nanmin(low), np.nanmax(high)) == (np.nanmin(y), np.nanmax(y + 1))


def test_a_thinned_line_keeps_its_first_decades_and_its_gap() -> None:
    steps = np.arange(1, 1_000_001)
    x, y = np.log10(steps), np.sin(np.log10(steps) * 20)
    y[(steps > 1000) & (steps < 2000)] = np.nan
    new_x, new_y = thin(x, y)
    assert len(new_x) <= 4000
    assert (new_x < 2).sum() > 100
    inside = (new_x > 3.01) & (new_x < 3.29)
    assert np.isnan(new_y[inside]).all()


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (-0.1, 4.2, ["$10^{0}$", "$10^{1}$", "$10^{2}$", "$10^{3}$", "$10^{4}$"]),
        (-400.0, 3.0, ["$10^{-400}$", "$10^{-300}$", "$10^{-200}$", "$10^{-100}$", "$10^{0}$"]),
        (-0.15, 0.75, ["1", "2", "5"]),
        (-2.45, -1.55, ["0.005", "0.01", "0.02"]),
        (np.log10(1.4), np.log10(3.1), ["1.5", "2.0", "2.5", "3.0"]),
        (np.log10(0.0231), np.log10(0.0236), ["0.0231", "0.0232", "0.0233", "0.0234", "0.0235", "0.0236"]),
        (np.log10(3.1e8), np.log10(3.9e8), [rf"${d}\times10^{{8}}$" for d in ("3.2", "3.4", "3.6", "3.8")]),
    ],
)
def test_logarithmic_axes_say_values(low: float, high: float, labels: list[str]) -> None:
    ticks = log_ticks(low, high, 5)
    assert ticks.labels == labels


@given(st.floats(-2000, 2000), st.floats(1e-9, 2000), st.floats(1, 12))
def test_ticks_lie_within_their_axis(low: float, span: float, most: float) -> None:
    high = low + span
    ticks = log_ticks(low, high, most)
    assert len(ticks.places) == len(ticks.labels) <= 4 * most + 4
    room = 1e-9 * max(1.0, abs(low), abs(high))
    assert all(low - room <= place <= high + room for place in (*ticks.places, *ticks.small))
