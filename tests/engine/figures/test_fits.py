"""Lines of least squares: exact laws are found, errors are those of the textbook, gaps are left out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import linregress

from engine.figures.curves import Shown
from engine.figures.draw import DETAIL
from engine.figures.drawn_curve import CurveDrawing
from engine.figures.fits import Between, Fit, Law, fit, with_error
from engine.figures.plots import horizontal
from engine.figures.positions import positions
from tests.engine.figures.material import log_of

T = np.arange(1.0, 40.0)


def straight(x: np.ndarray, y: np.ndarray, across: bool, up: bool) -> Fit:
    found = fit(x, y, log_across=across, log_up=up)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("across", "up", "law", "rate", "values"),
    [
        (True, True, Law.POWER, -1.5, 3 * T**-1.5),
        (False, True, Law.EXPONENTIAL, -0.25, 7 * np.exp(-0.25 * T)),
        (True, False, Law.LOGARITHMIC, 0.4, 2 + 0.4 * np.log(T)),
        (False, False, Law.STRAIGHT, 0.125, 5 + 0.125 * T),
    ],
)
def test_exact_laws_are_found_on_their_axes(
    across: bool, up: bool, law: Law, rate: float, values: np.ndarray
) -> None:
    x, y = (np.log10(T) if across else T), (np.log10(values) if up else values)
    found = straight(x, y, across, up)
    assert found.law is law and found.count == len(T)
    assert found.rate == pytest.approx(rate, rel=1e-12)
    assert found.error == pytest.approx(0, abs=1e-13)
    assert found.heights(x) == pytest.approx(y, rel=1e-12)


def test_the_error_is_that_of_least_squares() -> None:
    rng = np.random.default_rng(3)
    y = 0.3 - 1.2 * T + rng.normal(size=len(T))
    found, known = straight(T, y, False, False), linregress(T, y)
    assert found.slope == pytest.approx(known.slope, rel=1e-12)
    assert found.slope_error == pytest.approx(known.stderr, rel=1e-12)
    assert found.offset == pytest.approx(known.intercept, rel=1e-12)


def test_what_is_not_finite_is_left_out() -> None:
    y = 2 * T
    y[3] = np.nan
    found = straight(T, y, False, False)
    assert found.count == len(T) - 1 and found.across == (1, 39)
    assert found.rate == pytest.approx(2, rel=1e-12)


@pytest.mark.parametrize("replica", [None, 0, 2])
def test_the_line_drawn_is_fitted_the_median_or_the_replica_chosen(replica: int | None) -> None:
    steps = np.arange(1, 201)
    exponents = np.array([-0.5, -1.0, -2.0])
    values = steps[:, None] ** exponents
    values[99:] = steps[99:, None] ** 3.0  # beyond what is fitted
    history = log_of({"kkt_delta": values}, steps, [None])
    places = positions(history.records, horizontal("log_step"))
    drawn = CurveDrawing().of(values, places, Shown.LOG10, DETAIL, replica=replica)
    found = Between(90, 10).fit(drawn, history.records.steps, True, Shown.LOG10)
    assert found is not None and found.count == 81 and found.law is Law.POWER
    assert found.rate == pytest.approx(exponents[1 if replica is None else replica], rel=1e-10)


def test_a_thinned_measurement_is_fitted_where_it_was_measured() -> None:
    steps = np.arange(1, 401)
    values = np.where(steps % 8 == 0, np.exp(-0.01 * steps), np.nan)[:, None]
    places = positions(log_of({"stationarity": values}, steps, [None]).records, horizontal("step"))
    drawn = CurveDrawing().of(values, places, Shown.LOG10, DETAIL)
    found = Between(1, 100).fit(drawn, steps, False, Shown.LOG10)
    assert found is not None and found.count == 12 and found.law is Law.EXPONENTIAL
    assert found.rate == pytest.approx(-0.01, rel=1e-10)


def test_losses_that_no_float_holds_have_a_law_too() -> None:
    x = np.log10(T)
    found = straight(x, -1000 - 3 * x, True, True)
    assert found.rate == pytest.approx(-3, rel=1e-9)
    assert found.words("t") == "1.000e−1000·t^−3"


def test_too_few_points_have_no_line_and_two_no_error() -> None:
    at = np.array([2.0])
    assert fit(at, at, log_across=False, log_up=False) is None
    assert fit(np.array([2.0, 2.0]), np.array([1.0, 5.0]), log_across=False, log_up=False) is None
    two = straight(np.array([1.0, 2.0]), np.array([1.0, 5.0]), False, False)
    assert np.isnan(two.error) and two.rate_words() == "4"


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (-0.98341, 0.0213, "−0.983 ± 0.021"),
        (12.3456, 3.2, "12.3 ± 3.2"),
        (3.21e-7, 4.5e-9, "(3.210 ± 0.045)e−7"),
        (2.0, 0.0, "2 ± 0"),
        (1234.5, 250.0, "1234 ± 250"),
        (0.0, 0.02, "0.000 ± 0.020"),
    ],
)
def test_values_and_errors_have_the_same_decimals(value: float, error: float, words: str) -> None:
    assert with_error(value, error) == words
