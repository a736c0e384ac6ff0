"""The largest linear margin in l1 and l-infinity: closed forms, certificates, invariances, refusals."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray
from scipy.stats import ortho_group

from engine.references import (
    NotApplicable,
    NotSeparable,
    Reference,
    hard_margin_svm,
    linear_margin,
    linear_reference,
    multiclass_points,
    multiclass_svm,
)
from engine.references.linear_margin import Norm, PredictorNorm
from tests.engine.references.samples import around_centres, preset_points, separable

Array = NDArray[np.float64]
ORDER = {"l1": 1, "l2": 2, "linf": np.inf}
DUAL = {"l1": np.inf, "l2": 2, "linf": 1}
NORMS: tuple[Norm, ...] = get_args(Norm)
PATTERNS = [(2, 2), (5, 3), (30, 2), (40, 50), (500, 20), (200, 100)]


def check_certificate(answer: Reference, points: Array, norm: str, gap: float = 1e-12) -> None:
    """Check that the stored predictor and dual weights prove the stored bounds, and how close they are."""
    assert answer.solution is not None
    assert np.linalg.norm(answer.solution, ORDER[norm]) == pytest.approx(1.0, abs=1e-14)
    assert (answer.dual >= 0.0).all()
    assert answer.dual.sum() == pytest.approx(1.0, abs=1e-14)
    assert answer.support.tolist() == np.flatnonzero(answer.dual).tolist()
    margins = points @ answer.solution
    assert margins.min() == pytest.approx(answer.lower, rel=1e-13, abs=1e-14 * np.abs(points).max())
    upper = np.linalg.norm(points.T @ answer.dual, DUAL[norm])
    assert upper == pytest.approx(answer.upper, rel=1e-12)
    assert 0.0 < answer.lower <= answer.value <= answer.upper
    assert answer.gap <= gap


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(("count", "dimension"), PATTERNS)
def test_the_bounds_meet(count: int, dimension: int, norm: Norm) -> None:
    points = separable(count, count, dimension)
    check_certificate(linear_margin(points, norm), points, norm)


@pytest.mark.parametrize(
    ("norm", "value", "solution"),
    # g = 3 w_1 = 4 w_2 with w_1 + w_2 = 1; the lesser entry with w = (1, 1).
    [("l1", 12.0 / 7.0, [4.0 / 7.0, 3.0 / 7.0]), ("linf", 3.0, None), ("l2", 2.4, [0.8, 0.6])],
)
def test_points_on_the_axes(norm: Norm, value: float, solution: list[float] | None) -> None:
    answer = linear_margin([[3.0, 0.0], [0.0, 4.0]], norm)
    assert answer.value == pytest.approx(value, rel=1e-14)
    if solution is not None:
        np.testing.assert_allclose(answer.solution, solution, rtol=1e-13)


@pytest.mark.parametrize(("norm", "dual"), [("l1", 4.0), ("l2", 5.0), ("linf", 7.0)])
def test_one_point_has_its_dual_norm_for_margin(norm: Norm, dual: float) -> None:
    answer = linear_margin([[3.0, -4.0]], norm)
    assert answer.value == pytest.approx(dual, rel=1e-14)


def test_the_support_vector_of_the_flavours_decides_in_every_norm() -> None:
    # z_0 = (1/2, 1): its largest entry along (0, 1), its length, the sum of its entries along (1, 1).
    points = preset_points("p2-flavours")
    assert linear_margin(points, "l1").value == pytest.approx(1.0, rel=1e-14)
    assert linear_margin(points, "l2").value == pytest.approx(np.sqrt(1.25), rel=1e-14)
    answer = linear_margin(points, "linf")
    assert answer.value == pytest.approx(1.5, rel=1e-14)
    np.testing.assert_allclose(answer.solution, [1.0, 1.0], rtol=1e-14)


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    count=st.integers(2, 40),
    dimension=st.integers(1, 8),
    norm=st.sampled_from(NORMS),
)
def test_every_direction_is_below_and_every_mixture_above(
    seed: int, count: int, dimension: int, norm: Norm
) -> None:
    points = separable(seed, count, dimension)
    answer = linear_margin(points, norm)
    check_certificate(answer, points, norm)
    generator = np.random.default_rng(seed + 1)
    assert answer.solution is not None
    tried = np.vstack(
        [
            generator.normal(size=(100, dimension)),
            answer.solution + 1e-3 * generator.normal(size=(100, dimension)),
        ]
    )
    tried /= np.linalg.norm(tried, ORDER[norm], axis=1)[:, None]
    assert (tried @ points.T).min(axis=1).max() <= answer.upper * (1.0 + 1e-12)
    mixtures = generator.dirichlet(np.full(count, 0.3), size=200) @ points
    assert np.linalg.norm(mixtures, DUAL[norm], axis=1).min() >= answer.lower * (1.0 - 1e-12)


@pytest.mark.parametrize("norm", NORMS)
def test_order_scale_and_repetition_do_not_matter(norm: Norm) -> None:
    points = separable(4, 40, 6)
    answer = linear_margin(points, norm)
    order = np.random.default_rng(0).permutation(40)
    moved = linear_margin(3e7 * points[order], norm)
    assert moved.value == pytest.approx(3e7 * answer.value, rel=1e-12)
    np.testing.assert_allclose(moved.dual, answer.dual[order], atol=1e-11)
    np.testing.assert_allclose(moved.solution, answer.solution, atol=1e-11)
    assert linear_margin(np.repeat(points, 3, axis=0), norm).value == pytest.approx(answer.value, rel=1e-12)


@pytest.mark.parametrize("norm", ["l1", "linf"])
def test_signs_and_order_of_the_inputs_turn_the_solution(norm: Norm) -> None:
    points = separable(5, 30, 7)
    answer = linear_margin(points, norm)
    generator = np.random.default_rng(1)
    signs, order = generator.choice([-1.0, 1.0], size=7), generator.permutation(7)
    moved = linear_margin((points * signs)[:, order], norm)
    assert answer.solution is not None
    assert moved.value == pytest.approx(answer.value, rel=1e-12)
    np.testing.assert_allclose(moved.solution, (signs * answer.solution)[order], atol=1e-11)


def test_rotation_turns_the_solution_of_l2_alone() -> None:
    points = separable(6, 30, 5)
    axes = ortho_group.rvs(5, random_state=0)
    for norm in NORMS:
        answer, moved = linear_margin(points, norm), linear_margin(points @ axes, norm)
        assert (abs(moved.value / answer.value - 1.0) <= 1e-12) is (norm == "l2")


def test_the_norms_stand_in_the_order_of_their_balls() -> None:
    points = separable(7, 60, 9)
    one, two, most = (linear_margin(points, norm).value for norm in ("l1", "l2", "linf"))
    assert one <= two <= most
    assert two <= 3.0 * one
    assert most <= 3.0 * two


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("scale", [1e-150, 1e-30, 1e30, 1e150])
def test_scales_far_from_one(norm: Norm, scale: float) -> None:
    points = separable(8, 25, 4)
    expected = linear_margin(points, norm).value
    assert linear_margin(scale * points, norm).value / scale == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("height", [1e-3, 1e-6, 1e-8])
def test_a_margin_far_below_the_size_of_the_data(norm: Norm, height: float) -> None:
    generator = np.random.default_rng(8)
    points = np.column_stack([generator.normal(size=(40, 3)), height * generator.uniform(1.0, 2.0, size=40)])
    check_certificate(linear_margin(points, norm), points, norm, gap=1e-14 / height)


@pytest.mark.parametrize("norm", NORMS)
def test_samples_of_very_different_lengths_are_told_from_contradictions(norm: Norm) -> None:
    points = separable(9, 40, 5) * np.logspace(-6.0, 6.0, 40)[:, None]
    check_certificate(linear_margin(points, norm), points, norm, gap=1e-6)


CUBE = np.array([[1.0, b, c] for b in (-1.0, 1.0) for c in (-1.0, 1.0)])
LATTICE = np.array([[a, b, c] for a in (1.0, 2.0, 3.0) for b in range(-3, 4) for c in (-1.0, 1.0)])


@pytest.mark.parametrize("norm", ["l1", "linf"])
@pytest.mark.parametrize(
    "points",
    [
        CUBE,
        LATTICE,
        np.hstack([separable(2, 30, 4), separable(2, 30, 4), -separable(2, 30, 4)]),
        np.vstack([separable(3, 30, 4), separable(3, 30, 4) * (1.0 + 1e-11)]),
        np.sign(separable(1, 40, 30)),
    ],
    ids=["cube", "lattice", "repeated inputs", "nearly repeated samples", "signs"],
)
def test_many_optima_and_many_tight_samples(points: Array, norm: Norm) -> None:
    check_certificate(linear_margin(points, norm), points, norm)


def test_a_cube_rests_on_its_first_input() -> None:
    for norm in NORMS:
        assert linear_margin(CUBE, norm).value == pytest.approx(1.0, rel=1e-14)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(
    "points",
    [
        [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]],
        [[1.0, 0.0], [-0.5, 0.8], [-0.5, -0.8]],
        [[0.0, 0.0], [1.0, 1.0]],
        [[0.0, 0.0]],
        np.random.default_rng(0).normal(size=(200, 4)),
    ],
)
def test_data_that_no_hyperplane_separates_are_refused(points: ArrayLike, norm: Norm) -> None:
    with pytest.raises(NotSeparable, match="cannot be separated"):
        linear_margin(points, norm)


@pytest.mark.parametrize("norm", NORMS)
def test_a_table_that_is_none_is_refused(norm: Norm) -> None:
    with pytest.raises(ValueError, match="row 1 holds"):
        linear_margin([[1.0], [np.inf]], norm)


def test_a_programme_of_minutes_is_refused_and_says_what_stands_in() -> None:
    with pytest.raises(NotApplicable, match="certifies itself"):
        linear_margin(np.ones((3000, 3000)), "l1")
    with pytest.raises(NotApplicable, match="certifies itself"):
        linear_reference(np.ones((2000, 2000)), np.arange(2000) % 10, 10, "linf")


@pytest.mark.parametrize("norm", NORMS)
def test_multi_class_margins_are_certified(norm: Norm) -> None:
    x, labels = around_centres(1, count=60, width=6, classes=4, spread=0.3)
    answer = linear_reference(x, labels, 4, norm)
    check_certificate(answer, multiclass_points(x, labels, 4), norm)
    assert answer.title.startswith("multi-class")


@pytest.mark.parametrize(
    ("norm", "factor"), [("l1", 1.0), ("l2", np.sqrt(2.0)), ("linf", 2.0), ("spectral", np.sqrt(2.0))]
)
def test_two_classes_are_the_binary_margin_times_a_constant(norm: PredictorNorm, factor: float) -> None:
    # (w_1 - w_0) . x is largest at w_1 = -w_0, or, for l1, at any split of one norm among the two.
    points = separable(3, 30, 3)
    labels = np.arange(30) % 2
    x = points * np.where(labels == 1, 1.0, -1.0)[:, None]
    binary = linear_reference(x, 2.0 * labels - 1.0, 1, norm)
    assert linear_reference(x, labels, 2, norm).value == pytest.approx(factor * binary.value, rel=1e-12)


def test_one_entry_point_gives_each_norm_its_solver() -> None:
    x, labels = around_centres(2)
    assert linear_reference(x, labels, 3, "l2").value == multiclass_svm(x, labels, 3).value
    points = separable(1, 12, 3)
    targets = np.where(np.arange(12) % 2, 1.0, -1.0)
    x = points * targets[:, None]
    expected = hard_margin_svm(points).value
    for norm in ("l2", "spectral"):
        assert linear_reference(x, targets, 1, norm).value == pytest.approx(expected, rel=1e-14)
    kinds = [linear_reference(x, targets, 1, norm).kind for norm in ("l1", "linf")]
    assert kinds == ["l1-margin", "linf-margin"]
    with pytest.raises(ValueError, match="written -1 and"):
        linear_reference(x, np.arange(12) % 2, 1, "l1")
