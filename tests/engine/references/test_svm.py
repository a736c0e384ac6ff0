"""Hard-margin support vector machines: closed forms, optimality, other solvers, refusals."""

from __future__ import annotations

import clarabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.optimize import minimize
from scipy.stats import ortho_group
from sklearn.svm import SVC

from engine.references import NotSeparable, Reference, hard_margin_svm, multiclass_points, multiclass_svm
from engine.references.minimum_norm import improved_weights
from tests.engine.references.samples import around_centres, separable

Array = NDArray[np.float64]


def by_clarabel(points: Array) -> float:
    """Return 1 / min ||w|| subject to points w >= 1, another formulation of the margin."""
    options = clarabel.DefaultSettings()
    options.verbose = False
    options.tol_gap_abs = options.tol_gap_rel = options.tol_feas = 1e-12
    count, dimension = points.shape
    answer = clarabel.DefaultSolver(
        sparse.identity(dimension, format="csc"),
        np.zeros(dimension),
        sparse.csc_matrix(-points),
        -np.ones(count),
        [clarabel.NonnegativeConeT(count)],
        options,
    ).solve()
    return 1.0 / float(np.linalg.norm(answer.x))


def check_optimality(answer: Reference, points: Array) -> None:
    """Check the Karush-Kuhn-Tucker conditions of max min_n z_n . w, ||w|| <= 1, to 1e-8."""
    assert answer.solution is not None
    margins = points @ answer.solution
    assert np.linalg.norm(answer.solution) == pytest.approx(1.0, abs=1e-12)
    assert (answer.dual >= 0.0).all()
    assert answer.dual.sum() == pytest.approx(1.0, abs=1e-12)
    assert (margins >= answer.value * (1.0 - 1e-8)).all()
    assert np.abs(answer.dual * (margins - answer.value)).max() <= 1e-8 * answer.value
    assert np.abs(points.T @ answer.dual - answer.value * answer.solution).max() <= 1e-8 * answer.value
    assert set(np.flatnonzero(answer.dual)) == set(answer.support)


def test_two_points_meet_halfway() -> None:
    answer = hard_margin_svm([[1.0, 0.0], [0.0, 1.0]])
    assert answer.value == pytest.approx(np.sqrt(0.5), rel=1e-14)
    np.testing.assert_allclose(answer.solution, np.sqrt([0.5, 0.5]), rtol=1e-14)
    np.testing.assert_allclose(answer.dual, [0.5, 0.5], rtol=1e-14)


def test_one_point_is_its_own_direction() -> None:
    answer = hard_margin_svm([[3.0, 4.0]])
    assert answer.value == pytest.approx(5.0, rel=1e-14)
    np.testing.assert_allclose(answer.solution, [0.6, 0.8], rtol=1e-14)


def test_the_classical_six_points_rest_on_the_first_two() -> None:
    points = np.array([(0.5, 1.5), (1.5, 0.5), (2.0, 2.2), (2.5, 1.0), (1.2, 2.6), (1.8, 3.0)])
    answer = hard_margin_svm(points)
    assert answer.value == pytest.approx(np.sqrt(2.0), rel=1e-14)
    assert answer.support.tolist() == [0, 1]


def test_repeated_points_change_nothing() -> None:
    points = separable(1, 12, 3)
    once, thrice = hard_margin_svm(points), hard_margin_svm(np.repeat(points, 3, axis=0))
    assert thrice.value == pytest.approx(once.value, rel=1e-12)
    np.testing.assert_allclose(thrice.solution, once.solution, atol=1e-11)


@pytest.mark.parametrize(("count", "dimension"), [(30, 2), (60, 10), (400, 5), (40, 200), (1200, 8)])
def test_the_solution_is_optimal_and_certified(count: int, dimension: int) -> None:
    points = separable(count, count, dimension)
    answer = hard_margin_svm(points)
    check_optimality(answer, points)
    assert answer.lower <= answer.value <= answer.upper
    assert answer.gap <= 1e-12
    assert answer.value == pytest.approx(by_clarabel(points), rel=1e-8)


def test_many_points_are_taken_in_turn_and_stay_exact() -> None:
    points = separable(0, 6000, 6)
    answer = hard_margin_svm(points)
    check_optimality(answer, points)
    assert answer.gap <= 1e-10
    # The margin rests on few points, which are solved at once.
    assert hard_margin_svm(points[answer.support]).value == pytest.approx(answer.value, rel=1e-10)


def test_a_lattice_rests_on_no_more_points_than_dimensions() -> None:
    ticks = np.linspace(-1.0, 1.0, 80)
    x = np.array([[a, b, 1.0] for a in ticks for b in ticks])
    points = x * np.sign(x[:, :1])
    answer = hard_margin_svm(points)
    assert answer.value == pytest.approx(1.0 / 79.0, rel=1e-12)
    np.testing.assert_allclose(answer.solution, [1.0, 0.0, 0.0], atol=1e-10)
    assert answer.support.size <= 3


@pytest.mark.parametrize("height", [1e-3, 1e-5, 1e-8])
@pytest.mark.parametrize("count", [40, 6000])
def test_a_margin_far_below_the_size_of_the_data_is_exact(height: float, count: int) -> None:
    generator = np.random.default_rng(8)
    flat = generator.normal(size=(count, 3))
    answer = hard_margin_svm(np.column_stack([flat, height * generator.uniform(1.0, 2.0, size=count)]))
    assert height < answer.value < 2.0 * height
    assert answer.gap <= 1e-6 * 1e-8 / height
    close = hard_margin_svm([[1.0, height], [-1.0, height], [0.3, 5.0]])
    assert close.value == pytest.approx(height, rel=1e-12)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), count=st.integers(2, 60), dimension=st.integers(1, 10))
def test_the_correction_reaches_the_optimum_from_one_point(seed: int, count: int, dimension: int) -> None:
    points = separable(seed, count, dimension)
    weights = improved_weights(points, np.eye(count)[seed % count])
    assert (weights >= 0.0).all()
    assert np.linalg.norm(points.T @ weights) == pytest.approx(hard_margin_svm(points).value, rel=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_scikit_learn_agrees_where_symmetry_removes_its_intercept(seed: int) -> None:
    points = separable(seed, 40, 4)
    machine = SVC(kernel="linear", C=1e8, tol=1e-9)
    machine.fit(np.vstack([points, -points]), np.repeat([1, -1], len(points)))
    answer = hard_margin_svm(points)
    assert 1.0 / np.linalg.norm(machine.coef_) == pytest.approx(answer.value, rel=1e-5)
    direction = machine.coef_[0] / np.linalg.norm(machine.coef_)
    np.testing.assert_allclose(direction, answer.solution, atol=1e-4)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), count=st.integers(2, 40), dimension=st.integers(1, 8))
def test_every_direction_is_below_and_every_mixture_above(seed: int, count: int, dimension: int) -> None:
    points = separable(seed, count, dimension)
    answer = hard_margin_svm(points)
    generator = np.random.default_rng(seed + 1)
    directions = generator.normal(size=(200, dimension))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    mixtures = generator.dirichlet(np.full(count, 0.3), size=200)
    assert (directions @ points.T).min(axis=1).max() <= answer.upper * (1.0 + 1e-12)
    assert np.linalg.norm(mixtures @ points, axis=1).min() >= answer.lower * (1.0 - 1e-12)
    assert answer.gap <= 1e-10


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), scale=st.floats(1e-6, 1e6))
def test_order_rotation_and_scale_do_not_matter(seed: int, scale: float) -> None:
    points = separable(seed, 20, 3)
    order = np.random.default_rng(seed).permutation(20)
    rotation = ortho_group.rvs(3, random_state=seed)
    answer, moved = hard_margin_svm(points), hard_margin_svm(scale * points[order] @ rotation)
    assert moved.value == pytest.approx(scale * answer.value, rel=1e-10)
    assert moved.solution is not None
    np.testing.assert_allclose(moved.solution @ rotation.T, answer.solution, atol=1e-9)
    np.testing.assert_allclose(moved.dual, answer.dual[order], atol=1e-8)


@pytest.mark.parametrize(
    "points",
    [
        [[1.0, 0.0], [-1.0, 0.0]],
        [[1.0, 0.0], [-0.5, 0.8], [-0.5, -0.8]],
        [[0.0, 0.0], [1.0, 1.0]],
        [[0.0, 0.0], [0.0, 0.0]],
        np.random.default_rng(0).normal(size=(200, 4)),
        np.random.default_rng(0).normal(size=(6000, 4)),
    ],
)
def test_data_that_no_hyperplane_separates_are_refused(points: Array) -> None:
    with pytest.raises(NotSeparable, match="cannot be separated"):
        hard_margin_svm(points)


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        ([1.0, 2.0], "rows and columns"),
        (np.zeros((0, 2)), "rows and columns"),
        ([[1.0], [np.nan]], "row 1 holds"),
    ],
)
def test_a_table_that_is_none_is_refused(points: ArrayLike, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        hard_margin_svm(points)


def test_multi_class_points_reproduce_the_margins_of_a_linear_network() -> None:
    x, labels = around_centres(0, count=7)
    weights = np.random.default_rng(1).normal(size=(3, 4))
    scores = x @ weights.T
    margins = [scores[n, labels[n]] - scores[n, j] for n in range(7) for j in range(3) if j != labels[n]]
    np.testing.assert_allclose(multiclass_points(x, labels, 3) @ weights.ravel(), margins, atol=1e-13)


@pytest.mark.parametrize("seed", range(3))
def test_multi_class_agrees_with_a_general_optimiser(seed: int) -> None:
    x, labels = around_centres(seed)

    def margins(flat: Array) -> Array:
        scores = x @ flat.reshape(3, 4).T
        own = scores[np.arange(len(x)), labels][:, None]
        return (own - scores)[np.arange(3)[None, :] != labels[:, None]] - 1.0

    found = minimize(
        lambda flat: 0.5 * flat @ flat,
        np.eye(3, 4).ravel(),
        jac=lambda flat: flat,
        constraints={"type": "ineq", "fun": margins},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    answer = multiclass_svm(x, labels, 3)
    assert found.success
    assert answer.value == pytest.approx(1.0 / np.linalg.norm(found.x), rel=1e-7)
    np.testing.assert_allclose(answer.solution, found.x / np.linalg.norm(found.x), atol=1e-5)
    assert answer.gap <= 1e-10


def test_two_classes_give_the_binary_margin_times_the_root_of_two() -> None:
    # (w_1 - w_0) . x with ||w_0||^2 + ||w_1||^2 <= 1 is largest at w_1 = -w_0, of norm 1 / sqrt 2.
    points = separable(3, 30, 3)
    labels = np.arange(30) % 2
    x = points * np.where(labels == 1, 1.0, -1.0)[:, None]
    answer = multiclass_svm(x, labels, 2)
    assert answer.value == pytest.approx(np.sqrt(2.0) * hard_margin_svm(points).value, rel=1e-12)


def test_multi_class_names_what_it_cannot_use() -> None:
    x, labels = around_centres(0)
    with pytest.raises(ValueError, match="numbered 0 to 1"):
        multiclass_svm(x, labels, 2)
    with pytest.raises(ValueError, match="18 labels"):
        multiclass_svm(x, labels[:5], 3)
    with pytest.raises(NotSeparable):
        multiclass_svm(np.vstack([x, x[:1]]), np.append(labels, 2), 3)
