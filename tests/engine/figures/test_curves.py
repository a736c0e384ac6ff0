"""What is drawn of records: logarithms, medians and bands, thinned lines, ticks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.figures.curves import Shown, below_axis, connected_rows, heights, readings, shown_as
from engine.figures.growing_spread import GrowingSpread
from engine.figures.plots import horizontal, plot
from engine.figures.positions import event_step, first_on_axis, positions
from engine.figures.spread import median, spread
from engine.figures.ticks import log_ticks
from engine.protocol.run_history import RunHistory
from tests.engine.figures.material import log_of
from tests.rounding import assert_close


def test_logarithms_have_gaps_where_there_is_none() -> None:
    values = np.array([100.0, 0.0, -1.0, np.nan, np.inf, 0.5, 1e-300])
    histories = [2, *[np.nan] * 4, np.log10(0.5), -300]
    assert heights(values, Shown.LOG10) == pytest.approx(histories, nan_ok=True)
    assert below_axis(values, Shown.LOG10).tolist() == [False, True, True, *[False] * 4]
    assert below_axis(np.array([-np.inf, -9.0, np.nan]), Shown.VALUE).tolist() == [True, False, False]
    distances = readings(np.array([0.99, 1.0, 1.5, -1.0]), Shown.ONE_MINUS)
    assert distances == pytest.approx([0.01, 0, -0.5, 2])
    assert heights(distances, Shown.ONE_MINUS) == pytest.approx([-2, *[np.nan] * 2, np.log10(2)], nan_ok=True)
    loss = readings(np.array([-1000 * np.log(10)]), Shown.NATURAL_LOG)
    assert heights(loss, Shown.NATURAL_LOG) == pytest.approx(-1000)


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


def test_a_measurement_that_comes_to_every_record_later_is_one_line() -> None:
    measured = [0, 1, 2, 40, 46, 51, 55, 58, 61, 63, 65, 67, 68, 70, *range(71, 120), *range(160, 200)]
    values = np.full((200, 1), np.nan)
    values[measured] = 1.0
    assert len(connected_rows(values)) == 200  # nobody says that it is thinned
    assert connected_rows(values, thinned=True).tolist() == sorted(
        [*measured, 120]
    )  # not defined from there on


def event_position(history: RunHistory, event: str, axis: str) -> float:
    return positions(history.records, horizontal(axis)).of_step(event_step(history, event), history.records)


def test_an_event_lies_where_its_step_does() -> None:
    values = {"log_loss": -np.arange(0.0, 30.0, 10.0)[:, None]}
    history = log_of(values, np.array([0, 10, 20]), [15])
    assert event_position(history, "separated_step", "log_inverse_loss") == pytest.approx(15 / np.log(10))
    assert np.isnan(event_position(history, "separated_step", "norm"))
    assert np.isnan(event_position(history, "fitted_step", "step"))
    assert np.isnan(event_position(log_of(values, np.array([0, 1, 2]), [15]), "separated_step", "step"))


def test_the_first_record_from_the_separation_on_is_one_with_others_after_it() -> None:
    values = {"margin": np.ones((3, 2))}
    for steps, first in (([None, None], 0), ([5, None], 1), ([3, 5], 1), ([15, 15], 0)):
        assert first_on_axis(log_of(values, np.array([0, 10, 20]), steps)) == first


def test_without_separation_an_axis_of_margins_need_not_hold_those_over_tiny_norms() -> None:
    norms = np.array([[1e-12, 1.0], [0.02, 1.1], [0.5, 1.2], [3.0, 1.0]])
    steps = np.array([0, 10, 20, 30])
    assert first_on_axis(log_of({"param_norm": norms}, steps, [None, None])) == 2
    assert first_on_axis(log_of({"param_norm": norms[:, 1:]}, steps, [None])) == 0
    assert first_on_axis(log_of({"param_norm": norms * np.nan}, steps, [None, None])) == 0


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
        assert [low, middle, high] == pytest.approx(expected, abs=1e-9, nan_ok=True)  # of values up to 1e6


def test_a_value_without_a_logarithm_is_below_all_others() -> None:
    for replicas, middle in (([0, 1, 10], 0.0), ([-1, -2, 100], np.nan), ([0, 1], np.log10(0.5))):
        values = np.array([replicas], float)
        assert heights(spread(values), Shown.LOG10)[1, 0] == pytest.approx(middle, nan_ok=True)
        assert median(values[0]) == np.median(replicas)  # what the read-out says
        drawn = GrowingSpread().of(1 - values, None, Shown.ONE_MINUS)
        assert drawn[1, 0] == pytest.approx(middle, nan_ok=True)


def test_bands_worked_out_record_by_record_are_the_same_as_all_at_once() -> None:
    values = np.random.default_rng(1).standard_normal((50, 8))
    growing = GrowingSpread()
    for size in (3, 10, 11, 50, 50, 20):  # the last one: records were taken back
        assert_close(growing.of(values[:size])[:, :size], spread(values[:size]))
    changed = values.copy()
    changed[4] += 1
    assert_close(growing.of(changed), spread(changed))
    x = np.ones_like(values)
    x[0] = np.nan
    histories = GrowingSpread()
    for size in (5, 50):
        low, middle, _ = histories.of(values[:size], x[:size], Shown.LOG10)
        assert histories.below == (values[1:size] <= 0).sum()
    assert np.isnan([low[0], middle[0]]).all()


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


def test_an_axis_may_be_next_to_nothing_wide() -> None:
    assert 0.0 in log_ticks(-1e-290, 1e-290, 5).places
