"""The asymptote of gradient flow: closed forms, integrated flows and descents, what is not determined."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from engine.references import NotApplicable, NotSeparable, asymptote
from tests.engine.references.samples import preset_points

Array = NDArray[np.float64]
DEPENDENT = np.array([[1.0, 1.0], [1.0, -1.0], [1.0, 0.3], [2.0, 5.0], [3.0, -1.0]])


def descended(points: Array, rate: float, steps: int) -> Array:
    """Return the weights after gradient descent on the exponential sum loss from zero."""
    w = np.zeros(points.shape[1])
    for _ in range(steps):
        w += rate * np.exp(-points @ w) @ points
    return w


def flowed(points: Array, log_time: float, start: Array) -> Array:
    """Return the weights of gradient flow at a time, integrated in T up to 1 and in log T from there."""

    def slope(_: float, w: Array) -> Array:
        return np.exp(-points @ w) @ points

    options = {"method": "Radau", "rtol": 1e-9, "atol": 1e-10}
    first = solve_ivp(slope, (0.0, 1.0), start, **options).y[:, -1]
    rest = solve_ivp(lambda s, w: np.exp(s) * slope(s, w), (0.0, log_time), first, **options)
    return rest.y[:, -1]


def test_the_classical_six_points() -> None:
    # Two support vectors at (1/2, 3/2) and (3/2, 1/2): alpha = 1/4 each, and z . (a, a) = 2 a = log 4.
    answer = asymptote(preset_points("p1-soudry"))
    np.testing.assert_allclose(answer.w_hat, [0.5, 0.5], rtol=1e-14)
    np.testing.assert_allclose(answer.w_tilde, [np.log(2.0), np.log(2.0)], rtol=1e-13)
    np.testing.assert_allclose(answer.alpha, [0.25, 0.25, 0.0, 0.0, 0.0, 0.0], rtol=1e-13)
    assert answer.support.tolist() == [0, 1]


def test_gradient_descent_comes_as_near_as_the_preset_says() -> None:
    points = preset_points("p1-soudry")
    rate = 1.0 / np.linalg.norm(points, 2) ** 2
    w = descended(points, rate, 100_000)
    answer = asymptote(points)
    assert np.linalg.norm(w - answer.at(np.log(rate * 1e5))) == pytest.approx(0.0034, abs=5e-5)
    loss = np.exp(-points @ w).sum()
    assert loss * 1e5 * rate / answer.alpha.sum() == pytest.approx(0.996, abs=5e-4)


def test_the_rate_enters_through_the_time_alone() -> None:
    # One sample of length 1: w' = e^-w, so w = log(1 + T) -> log T, whatever the rate.
    answer = asymptote([[1.0]])
    assert (answer.w_hat[0], answer.w_tilde[0]) == (1.0, 0.0)
    for rate in (0.1, 0.4):
        w = descended(np.ones((1, 1)), rate, 20_000)
        assert w[0] == pytest.approx(answer.at(np.log(rate * 20_000))[0], abs=3e-3)


@pytest.mark.parametrize(
    "points",
    [
        preset_points("p1-soudry"),
        DEPENDENT,
        DEPENDENT @ np.array([[0.8, 0.6], [-0.6, 0.8]]) * 0.3,
        np.array([[1.0, 1.0, 0.0], [1.0, -1.0, 0.2], [1.0, 0.1, 1.0], [1.0, 0.0, -1.5], [1.0, 0.4, 0.3]]),
    ],
    ids=["independent", "three in a plane", "three, turned and small", "five in space"],
)
def test_gradient_flow_arrives_from_any_start(points: Array) -> None:
    answer = asymptote(points)
    np.testing.assert_allclose(points.T @ answer.alpha, answer.w_hat, atol=1e-12 * np.abs(answer.w_hat).max())
    dimension = points.shape[1]
    curvature = (points * answer.alpha[:, None]).T @ points
    others = np.delete(points @ answer.w_hat, answer.support)
    rate = min(np.linalg.eigvalsh(curvature)[0], others.min(initial=np.inf) - 1.0)
    for start in (np.zeros(dimension), np.random.default_rng(0).normal(size=dimension)):
        far, farther = (
            np.linalg.norm(flowed(points, time, start) - answer.at(time)) / np.linalg.norm(answer.w_hat)
            for time in (15.0, 25.0)
        )
        assert far < 0.05
        # The remainder falls like T^-rate, down to what the integrator leaves.
        assert farther <= max(1.5 * far * np.exp(-10.0 * rate), 1e-8)


def test_a_part_of_the_space_without_points_stays_as_it_starts() -> None:
    flat = preset_points("p1-soudry")
    answer = asymptote(np.column_stack([flat, np.zeros(6)]))
    np.testing.assert_allclose(answer.w_tilde, [np.log(2.0), np.log(2.0), 0.0], atol=1e-13)


def test_scale_and_repetition() -> None:
    # Points c z have w_hat / c, and n copies of a loss are one loss of n times the rate.
    points = preset_points("p1-soudry")
    one, scaled = asymptote(points), asymptote(100.0 * points)
    np.testing.assert_allclose(scaled.w_hat, one.w_hat / 100.0, rtol=1e-13)
    np.testing.assert_allclose(scaled.alpha, one.alpha / 1e4, rtol=1e-12)
    thrice = asymptote(np.repeat(points, 3, axis=0))
    np.testing.assert_allclose(thrice.w_tilde, one.at(np.log(3.0)), rtol=1e-12)
    assert thrice.support.tolist() == [0, 1, 2, 3, 4, 5]


def test_support_vectors_that_do_not_span_say_what_they_leave_open() -> None:
    points = np.array([[1.0, 0.0], [2.0, 3.0]])
    with pytest.raises(NotApplicable, match=r"\(1\) span 1 of the 2 dimensions .* depends on the start"):
        asymptote(points)
    # So it is: along (1, 0) all arrive at log T, beside it each where its own path led.
    ends = [flowed(points, 20.0, np.array([0.0, start])) for start in (0.0, 1.0)]
    np.testing.assert_allclose([end[0] for end in ends], 20.0, atol=1e-3)
    assert ends[1][1] - ends[0][1] > 0.1


def test_a_support_vector_without_weight_is_refused() -> None:
    with pytest.raises(NotApplicable, match="log log T"):
        asymptote([[1.0, 0.0], [1.0, 1.0]])
    with pytest.raises(NotApplicable, match="log log T"):
        asymptote([[1.0, 1.0, 0.0], [1.0, -1.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 1.0]])


def test_data_that_no_hyperplane_separates_are_refused() -> None:
    with pytest.raises(NotSeparable):
        asymptote([[1.0, 0.0], [-1.0, 0.0]])
