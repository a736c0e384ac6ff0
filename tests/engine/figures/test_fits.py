"""Lines of least squares: exact laws are found, errors are those of the textbook, gaps are left out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import linregress

from engine.figures.fits import Fit, Law, fit, with_error

T = np.arange(1.0, 40.0)


def straight(x: np.ndarray, y: np.ndarray, across: bool, up: bool) -> Fit:
    found = fit(x, y, -np.inf, np.inf, log_across=across, log_up=up)
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


def test_only_what_lies_between_the_ends_and_is_finite_counts() -> None:
    y = np.where(T <= 10, 2 * T, -5 * T)
    y[3] = np.nan
    found = fit(T, y, 10, 2, log_across=False, log_up=False)
    assert found is not None and found.count == 8 and found.across == (2, 10)
    assert found.rate == pytest.approx(2, rel=1e-12)


def test_losses_that_no_float_holds_have_a_law_too() -> None:
    x = np.log10(T)
    found = straight(x, -1000 - 3 * x, True, True)
    assert found.rate == pytest.approx(-3, rel=1e-9)
    assert found.words("t") == "1.000e−1000·t^−3"


def test_too_few_points_have_no_line_and_two_no_error() -> None:
    at = np.array([2.0])
    assert fit(at, at, 0, 9, log_across=False, log_up=False) is None
    assert fit(np.array([2.0, 2.0]), np.array([1.0, 5.0]), 0, 9, log_across=False, log_up=False) is None
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
