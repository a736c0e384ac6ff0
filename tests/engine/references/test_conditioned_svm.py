"""The hard-margin machine in a conditioner's norm: closed forms, certificates, scales, speed, refusals."""

from __future__ import annotations

from typing import Any

import clarabel
import numpy as np
import pytest
import scipy.linalg
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize

from engine.references import NotSeparable, Reference, conditioned_svm, hard_margin_svm
from tests.engine.references.samples import preset_points, separable

Array = NDArray[np.float64]


def check_certificate(answer: Reference, points: Array, conditioner: Array, gap: float = 1e-12) -> None:
    """Check the norm of the solution, both bounds and how close they are."""
    assert answer.solution is not None
    assert np.linalg.norm(answer.solution / np.sqrt(conditioner)) == pytest.approx(1.0, abs=1e-13)
    assert answer.lower <= answer.value <= answer.upper
    assert answer.gap <= gap
    mixture = np.sqrt(conditioner) * (points.T @ answer.dual)
    assert np.linalg.norm(mixture) == pytest.approx(answer.upper, rel=1e-9)
    assert (answer.dual >= 0.0).all()
    assert answer.dual.sum() == pytest.approx(1.0, abs=1e-13)


def test_equal_entries_are_the_l2_machine() -> None:
    points = separable(0, 30, 4)
    answer, expected = conditioned_svm(points, np.full(4, 9.0)), hard_margin_svm(points)
    assert answer.value == pytest.approx(3.0 * expected.value, rel=1e-14)
    assert answer.solution is not None and expected.solution is not None
    np.testing.assert_allclose(answer.solution, 3.0 * expected.solution, rtol=1e-12)


def test_one_support_vector_points_along_the_conditioned_sample() -> None:
    # min w_1^2 / h_1 + w_2^2 / h_2 with w_1 / 2 + w_2 = 1 is w along h o z_0.
    points = preset_points("p2-flavours")
    conditioner = np.array([0.7, 0.2])
    answer = conditioned_svm(points, conditioner)
    expected = conditioner * np.array([0.5, 1.0])
    assert answer.solution is not None
    np.testing.assert_allclose(
        answer.solution / np.linalg.norm(answer.solution), expected / np.linalg.norm(expected), rtol=1e-13
    )
    assert answer.value == pytest.approx(np.sqrt(conditioner @ [0.25, 1.0]), rel=1e-14)
    assert answer.kind == "conditioned-svm"


@pytest.mark.parametrize("seed", range(3))
def test_a_general_optimiser_agrees(seed: int) -> None:
    points = separable(seed, 20, 4)
    conditioner = np.random.default_rng(seed).uniform(0.2, 5.0, size=4)
    found = minimize(
        lambda w: 0.5 * (w**2 / conditioner).sum(),
        hard_margin_svm(points).solution,
        jac=lambda w: w / conditioner,
        constraints={"type": "ineq", "fun": lambda w: points @ w - 1.0},
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
    )
    answer = conditioned_svm(points, conditioner)
    assert answer.value == pytest.approx(1.0 / np.sqrt((found.x**2 / conditioner).sum()), rel=1e-7)
    check_certificate(answer, points, conditioner)


@settings(deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 10**6),
    count=st.integers(2, 40),
    width=st.integers(1, 8),
    decades=st.floats(0.0, 10.0),
)
def test_ten_orders_of_magnitude_cost_no_digits(seed: int, count: int, width: int, decades: float) -> None:
    points = separable(seed, count, width)
    conditioner = 10.0 ** np.random.default_rng(seed).uniform(-decades, 0.0, size=width)
    check_certificate(conditioned_svm(points, conditioner), points, conditioner)


def test_a_scale_of_the_conditioner_does_not_turn_the_direction() -> None:
    points, conditioner = separable(3, 25, 3), np.array([1.0, 1e-4, 30.0])
    one, other = conditioned_svm(points, conditioner), conditioned_svm(points, 1e12 * conditioner)
    assert other.value == pytest.approx(1e6 * one.value, rel=1e-12)
    assert one.solution is not None and other.solution is not None
    np.testing.assert_allclose(other.solution, 1e6 * one.solution, rtol=1e-11)


def test_a_record_costs_a_handful_of_small_least_squares(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is solved at every record: no cone programme, and nothing that iterates long."""
    solved: list[int] = []

    def counting(solve: Any) -> Any:
        def counted(matrix: Array, *more: Any, **options: Any) -> Any:
            solved.append(matrix.size)
            return solve(matrix, *more, **options)

        return counted

    def refuse(*_: object) -> None:
        raise AssertionError("a cone programme")

    monkeypatch.setattr(scipy.linalg, "lstsq", counting(scipy.linalg.lstsq))
    monkeypatch.setattr(scipy.optimize, "nnls", counting(scipy.optimize.nnls))
    monkeypatch.setattr(clarabel, "DefaultSolver", refuse)
    points, conditioner = preset_points("p2-flavours"), np.array([1e-3, 2.0])
    conditioned_svm(points, conditioner)
    assert 0 < len(solved) <= 8
    assert max(solved) <= points.size + len(points)  # the points with one more coordinate


@pytest.mark.parametrize(
    ("conditioner", "sentence"),
    [([1.0], "2 columns need 2 numbers"), ([1.0, 0.0], "entry 1 is not"), ([np.inf, 1.0], "entry 0 is not")],
)
def test_what_is_no_conditioner_is_refused(conditioner: list[float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        conditioned_svm(np.eye(2), conditioner)


def test_data_that_no_hyperplane_separates_are_refused() -> None:
    with pytest.raises(NotSeparable):
        conditioned_svm([[1.0, 0.0], [-1.0, 0.0]], [1e-5, 1.0])
