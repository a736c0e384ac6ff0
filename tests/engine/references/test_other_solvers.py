"""CVXPY states each problem as a textbook does and gets the same margins."""

from __future__ import annotations

from collections.abc import Callable

import cvxpy
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.references import conditioned_svm, linear_margin, linear_reference
from engine.references.linear_margin import Norm, PredictorNorm
from tests.engine.references.samples import around_centres, preset, preset_points, separable

Array = NDArray[np.float64]
CLARABEL = {"solver": "CLARABEL", "tol_gap_abs": 1e-10, "tol_gap_rel": 1e-10, "tol_feas": 1e-10}
SOLVERS = {"l1": {"solver": "HIGHS"}, "linf": {"solver": "HIGHS"}, "l2": CLARABEL, "spectral": CLARABEL}
SIZES: dict[str, Callable[[cvxpy.Expression], cvxpy.Expression]] = {
    "l1": lambda w: cvxpy.sum(cvxpy.abs(w)),
    "l2": lambda w: cvxpy.norm(cvxpy.vec(w, order="C"), 2),
    "linf": lambda w: cvxpy.max(cvxpy.abs(w)),
    "spectral": lambda w: cvxpy.sigma_max(w),
}


def largest_margin(w: cvxpy.Variable, margins: cvxpy.Expression, norm: str) -> float:
    """Return max g subject to margins of at least g and ||w|| <= 1."""
    margin = cvxpy.Variable()
    problem = cvxpy.Problem(cvxpy.Maximize(margin), [margins >= margin, SIZES[norm](w) <= 1.0])
    return float(problem.solve(**SOLVERS[norm]))


@pytest.mark.parametrize("norm", ["l1", "l2", "linf"])
@pytest.mark.parametrize(
    "points",
    [separable(0, 2, 2), separable(1, 30, 3), separable(2, 25, 40), separable(3, 500, 6)],
    ids=["2 x 2", "30 x 3", "25 x 40", "500 x 6"],
)
def test_linear_margins(points: Array, norm: Norm) -> None:
    w = cvxpy.Variable(points.shape[1])
    assert linear_margin(points, norm).value == pytest.approx(largest_margin(w, points @ w, norm), rel=1e-8)


@pytest.mark.parametrize("name", ["p2-flavours", "p3-hyperplane-50", "p6-hyperplane-10"])
@pytest.mark.parametrize("norm", ["l1", "linf"])
def test_margins_of_the_presets(name: str, norm: Norm) -> None:
    points = preset_points(name)
    w = cvxpy.Variable(points.shape[1])
    assert linear_margin(points, norm).value == pytest.approx(largest_margin(w, points @ w, norm), rel=1e-8)


@pytest.mark.filterwarnings("ignore:Solution may be inaccurate")  # to 1e-10, of a semidefinite programme
@pytest.mark.parametrize("norm", ["l1", "l2", "linf", "spectral"])
@pytest.mark.parametrize("case", ["preset", "three classes", "five classes in three dimensions"])
def test_multi_class_margins(case: str, norm: PredictorNorm) -> None:
    if case == "preset":
        x, labels = preset("p18-four-classes")
    elif case == "three classes":
        x, labels = around_centres(1, 40, 6, 3)
    else:
        labels = np.arange(15) % 5
        angles = 2.0 * np.pi * labels / 5.0
        x = np.column_stack([np.cos(angles), np.sin(angles), np.ones(15)])
        x = x + 0.05 * np.random.default_rng(0).normal(size=x.shape)
    numbers = labels.astype(int)
    classes = int(numbers.max()) + 1
    w = cvxpy.Variable((classes, x.shape[1]))
    own = np.eye(classes)[numbers]
    scores = x @ w.T
    margins = cvxpy.sum(cvxpy.multiply(own, scores), axis=1, keepdims=True) - scores
    # A sample's own class would have margin 0 with itself; this lifts it out of the way.
    expected = largest_margin(w, margins + 100.0 * own, norm)
    # The semidefinite programme stops a little above 1e-8; the certificate says more.
    near = 5e-8 if norm == "spectral" else 1e-8
    assert linear_reference(x, numbers, classes, norm).value == pytest.approx(expected, rel=near)


@pytest.mark.parametrize("decades", [0.0, 2.0, 4.0])
def test_margins_in_a_conditioner(decades: float) -> None:
    points = separable(5, 40, 6)
    conditioner = np.logspace(-decades / 2.0, decades / 2.0, 6)
    w = cvxpy.Variable(6)
    scaled = cvxpy.multiply(w, conditioner**-0.5)
    problem = cvxpy.Problem(cvxpy.Minimize(cvxpy.norm(scaled, 2)), [points @ w >= 1.0])
    expected = 1.0 / float(problem.solve(**CLARABEL))
    assert conditioned_svm(points, conditioner).value == pytest.approx(expected, rel=1e-8)
