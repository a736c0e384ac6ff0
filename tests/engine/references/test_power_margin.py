"""Margins in lp: against a slow solver, in closed form, at p = 2 and at both ends of p."""

from __future__ import annotations

import cvxpy
import numpy as np
import pytest

from engine.references import (
    NotApplicable,
    NotSeparable,
    Reference,
    hard_margin_svm,
    linear_margin,
    linear_reference,
    power_margin,
)
from tests.engine.references.samples import Array, around_centres, separable


def check_certificate(reference: Reference, points: Array, exponent: float) -> None:
    """Check that solution and dual weights are what they say, and prove the value."""
    assert reference.solution is not None
    w, p = reference.solution, reference.dual
    assert np.linalg.norm(w, exponent) == pytest.approx(1.0)
    assert (points @ w).min() == pytest.approx(reference.lower, rel=1e-12)
    assert (p >= 0).all()
    assert p.sum() == pytest.approx(1.0)
    dual = np.linalg.norm(points.T @ p, exponent / (exponent - 1))
    assert dual == pytest.approx(reference.upper, rel=1e-12)
    assert reference.gap < 1e-11


@pytest.mark.parametrize("exponent", [1.1, 1.5, 3.0, 10.0])
@pytest.mark.parametrize(("count", "dimension"), [(25, 6), (12, 30)])
def test_a_general_solver_finds_the_same_margin(count: int, dimension: int, exponent: float) -> None:
    points = separable(3, count, dimension)
    found = power_margin(points, exponent)
    check_certificate(found, points, exponent)
    w = cvxpy.Variable(dimension)
    problem = cvxpy.Problem(cvxpy.Maximize(cvxpy.min(points @ w)), [cvxpy.pnorm(w, exponent) <= 1])
    problem.solve(solver="CLARABEL")
    assert found.value == pytest.approx(float(problem.value), rel=1e-5)


@pytest.mark.parametrize("exponent", [1.01, 1.7, 2.0, 4.0, 10.0])
def test_two_samples_on_the_axes_have_a_closed_form(exponent: float) -> None:
    a, b = 3.0, 0.5
    found = power_margin([[a, 0.0], [0.0, b]], exponent)
    assert found.value == pytest.approx((a**-exponent + b**-exponent) ** (-1 / exponent), rel=1e-12)
    assert found.solution is not None
    assert found.solution[1] / found.solution[0] == pytest.approx(a / b, rel=1e-10)


def test_p_2_is_the_support_vector_machine() -> None:
    points = separable(5, 60, 12)
    found, machine = power_margin(points, 2.0), hard_margin_svm(points)
    assert found.solution is not None
    assert machine.solution is not None
    assert found.value == pytest.approx(machine.value, rel=1e-12)
    assert np.allclose(found.solution, machine.solution, rtol=0, atol=1e-10)


def test_both_ends_of_p_are_the_linear_programmes() -> None:
    points = separable(6, 30, 8)
    for exponent, norm, dual in ((1.01, "l1", 101.0), (100.0, "linf", 100.0)):
        found, end = power_margin(points, exponent), linear_margin(points, norm)  # type: ignore[arg-type]
        # norms whose exponents are so close differ by this factor at most
        apart = 8.0 ** (1 / dual)
        assert end.value / apart < found.value < end.value * apart
    assert power_margin(points, 1.0).value == linear_margin(points, "l1").value


@pytest.mark.parametrize("exponent", [1.3, 6.0])
def test_several_classes_are_their_pairs(exponent: float) -> None:
    x, labels = around_centres(1, 24, 5, 3)
    found = linear_reference(x, labels, 3, "lp", exponent)
    assert found.title == f"multi-class l{exponent:g} margin"
    assert found.solution is not None
    scores = x @ found.solution.reshape(3, 5).T
    own = scores[np.arange(24), labels]
    scores[np.arange(24), labels] = -np.inf
    assert (own - scores.max(1)).min() == pytest.approx(found.value, rel=1e-10)
    assert found.gap < 1e-11


def test_units_of_the_data_scale_the_margin_alone() -> None:
    points = separable(7, 15, 4)
    once = power_margin(points, 3.0)
    for unit in (1e-200, 1e200):
        scaled = power_margin(unit * points, 3.0)
        assert scaled.value == pytest.approx(unit * once.value, rel=1e-12)


def test_what_has_no_margin_says_why() -> None:
    with pytest.raises(NotSeparable):
        power_margin([[1.0, 2.0], [-1.0, -2.0]], 3.0)
    with pytest.raises(NotApplicable, match="not convex"):
        power_margin(separable(1, 5, 2), 0.5)
