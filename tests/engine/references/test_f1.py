"""The variation-norm margin: closed forms, certificates, invariances, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray
from scipy.stats import ortho_group

from engine.references import NotApplicable, NotSeparable, Reference, f1_margin, fixed_directions_margin
from engine.references.directions import extreme_directions
from tests.engine.references.samples import preset

Array = NDArray[np.float64]


def circle(count: int = 24, turn: float = 0.13) -> tuple[Array, Array]:
    """Return points on the unit circle with the sign of x1 x2."""
    angles = 2.0 * np.pi * np.arange(count) / count + turn
    x = np.column_stack([np.cos(angles), np.sin(angles)])
    return x, np.where(x[:, 0] * x[:, 1] > 0.0, 1.0, -1.0)


def disc(seed: int, count: int = 25) -> tuple[Array, Array]:
    """Return points inside and outside a circle, a constant appended: three dimensions."""
    x = np.random.default_rng(seed).uniform(-1.0, 1.0, size=(count, 2))
    return np.column_stack([x, np.ones(count)]), np.where(np.hypot(*x.T) < 0.75, 1.0, -1.0)


def outputs(answer: Reference, x: Array) -> Array:
    """Return the network's outputs, sum_k nu_k relu(u_k . x)."""
    assert answer.directions is not None
    assert answer.solution is not None
    return np.maximum(x @ answer.directions.T, 0.0) @ answer.solution


def check_certificate(answer: Reference, x: Array, labels: Array) -> None:
    """Check that the stored measure and dual weights prove the stored bounds."""
    assert answer.directions is not None
    assert answer.solution is not None
    np.testing.assert_allclose(np.linalg.norm(answer.directions, axis=1), 1.0, rtol=1e-12)
    assert np.abs(answer.solution).sum() == pytest.approx(1.0, abs=1e-12)
    assert (labels * outputs(answer, x)).min() == pytest.approx(answer.lower, rel=1e-10)
    assert (answer.dual >= 0.0).all()
    assert answer.dual.sum() == pytest.approx(1.0, abs=1e-12)
    assert answer.lower == answer.value <= answer.upper
    # No direction, found by chance or used, exceeds the upper bound for the dual weights.
    tried = np.random.default_rng(0).normal(size=(4000, x.shape[1]))
    tried /= np.linalg.norm(tried, axis=1)[:, None]
    heights = np.maximum(np.vstack([tried, answer.directions]) @ x.T, 0.0) @ (answer.dual * labels)
    assert np.abs(heights).max() <= answer.upper * (1.0 + 1e-10)


def test_the_circle_of_the_presets() -> None:
    x, labels = circle()
    answer = f1_margin(x, labels)
    assert answer.value == pytest.approx(0.0461480, abs=1e-7)
    assert answer.gap <= 1e-9
    check_certificate(answer, x, labels)


def test_the_clusters_of_the_presets() -> None:
    # A linear programme on a grid of 40,000 directions reaches 0.03272 from below.
    x, labels = preset("p17-clusters")
    x = np.column_stack([x, np.ones(len(x))])
    answer = f1_margin(x, labels)
    assert answer.value == pytest.approx(0.0328420, abs=1e-7)
    assert answer.gap <= 1e-9
    assert answer.directions is not None
    again = fixed_directions_margin(x, labels, answer.directions)
    assert again.value == pytest.approx(answer.value, rel=1e-9)
    check_certificate(answer, x, labels)


@pytest.mark.parametrize("angle", [0.05, 0.7, 1.5])
def test_two_points_with_different_labels(angle: float) -> None:
    # p = (1/2, 1/2): largest where the other point's kink begins, at height sin(angle) / 2.
    answer = f1_margin([[1.0, 0.0], [np.cos(angle), np.sin(angle)]], [1.0, -1.0])
    assert answer.value == pytest.approx(np.sin(angle) / 2.0, rel=1e-9)
    assert answer.gap <= 1e-9


def test_four_points_of_the_exclusive_or() -> None:
    # Four units of weight 1/4, one a point; with p = 1/4, |u . a| - |u . b| <= 1.
    x = np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]]) / np.sqrt(2.0)
    answer = f1_margin(x, [1.0, 1.0, -1.0, -1.0])
    assert answer.value == pytest.approx(0.25, rel=1e-9)
    assert answer.gap <= 1e-9


def test_six_points_on_the_axes_of_space() -> None:
    # h(u) = a (|u1| + |u3|) - b |u2| has maximum max(sqrt 2 a, b); 4 a + 2 b = 1 makes it 1 / (2 + 2 sqrt 2).
    x = np.vstack([np.eye(3), -np.eye(3)])
    answer = f1_margin(x, [1.0, -1.0, 1.0] * 2)
    assert answer.value == pytest.approx(1.0 / (2.0 + 2.0 * np.sqrt(2.0)), rel=1e-9)
    assert answer.gap <= 1e-9


def test_points_on_a_line_share_the_variation() -> None:
    # Weights m- / (m+ + m-) and m+ / (m+ + m-) on the two directions, m the shortest point of each side.
    answer = f1_margin([[2.0], [0.5], [-3.0], [-1.5]], [1.0, 1.0, -1.0, -1.0])
    assert answer.value == pytest.approx(0.5 * 1.5 / 2.0, rel=1e-12)
    assert answer.gap <= 1e-12


@pytest.mark.parametrize("seed", range(3))
def test_three_dimensions_are_certified(seed: int) -> None:
    x, labels = disc(seed)
    answer = f1_margin(x, labels)
    assert answer.gap <= 1e-9
    check_certificate(answer, x, labels)


def test_points_on_a_grid_with_many_kinks_through_one_direction() -> None:
    ticks = np.array([-1.0, -0.5, 0.5, 1.0])
    x = np.array([[a, b, 1.0] for a in ticks for b in ticks])
    labels = np.sign(x[:, 0] * x[:, 1])
    answer = f1_margin(x, labels)
    assert answer.gap <= 1e-9
    check_certificate(answer, x, labels)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10**6), count=st.integers(2, 12))
def test_random_plane_data_are_certified(seed: int, count: int) -> None:
    generator = np.random.default_rng(seed)
    angles = np.sort(generator.uniform(0.0, np.pi, size=count)) + np.arange(count) * 0.02
    x = np.column_stack([np.cos(angles), np.sin(angles)]) * generator.uniform(0.3, 2.0, size=(count, 1))
    labels = np.where(np.arange(count) % 2 == 0, 1.0, -1.0)
    answer = f1_margin(x, labels)
    assert answer.gap <= 1e-6
    check_certificate(answer, x, labels)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), count=st.integers(3, 14), dimension=st.integers(1, 3))
def test_no_direction_exceeds_the_extreme_ones(seed: int, count: int, dimension: int) -> None:
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(count, dimension))
    if seed % 3 == 0:
        points = np.round(points) + 0.5 * (dimension == 1)
        points[(points == 0.0).all(axis=1), 0] = 1.0
    coefficients = generator.normal(size=count)
    directions, values = extreme_directions(points, coefficients)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(values, np.maximum(directions @ points.T, 0.0) @ coefficients, atol=1e-12)
    best = np.abs(values).max()
    tried = generator.normal(size=(3000, dimension))
    # From the highest of many, climb: h is linear in its cell, so its gradient points to the top.
    for _ in range(20):
        tried /= np.linalg.norm(tried, axis=1)[:, None]
        heights = np.maximum(tried @ points.T, 0.0) @ coefficients
        assert np.abs(heights).max() <= best * (1.0 + 1e-12)
        slopes = (tried @ points.T > 0.0) @ (coefficients[:, None] * points)
        tried = tried + 0.3 * np.sign(heights)[:, None] * slopes / (
            1e-9 + np.linalg.norm(slopes, axis=1)[:, None]
        )


@pytest.mark.parametrize("data", [circle(10), disc(7, 14)], ids=["plane", "space"])
def test_order_rotation_scale_and_embedding_do_not_matter(data: tuple[Array, Array]) -> None:
    x, labels = data
    order = np.random.default_rng(3).permutation(len(x))
    axes = ortho_group.rvs(6, random_state=2)[: x.shape[1]]
    answer, moved = f1_margin(x, labels), f1_margin(7.0 * x[order] @ axes, labels[order])
    assert moved.value == pytest.approx(7.0 * answer.value, rel=1e-8)
    np.testing.assert_allclose(outputs(moved, 7.0 * x @ axes), 7.0 * outputs(answer, x), atol=1e-4)
    assert moved.directions is not None
    assert moved.directions.shape[1] == 6


def test_opposite_labels_have_the_same_margin() -> None:
    x, labels = disc(2, 15)
    assert f1_margin(x, -labels).value == pytest.approx(f1_margin(x, labels).value, rel=1e-8)


def test_repetition_gives_the_same_bits() -> None:
    x, labels = disc(5, 15)
    first, second = f1_margin(x, labels), f1_margin(x, labels)
    assert (first.value, first.upper) == (second.value, second.upper)
    np.testing.assert_array_equal(first.directions, second.directions)


@pytest.mark.parametrize(
    ("x", "labels"),
    [
        ([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]], [1.0, -1.0, 1.0]),
        ([[1.0, 0.0, 1.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0]], [1.0, -1.0, 1.0]),
        ([[1.0], [2.0]], [1.0, -1.0]),
    ],
)
def test_contradicting_samples_are_refused(x: ArrayLike, labels: list[float]) -> None:
    with pytest.raises(NotSeparable, match="cannot be separated"):
        f1_margin(x, labels)


def test_an_odd_pattern_that_is_not_linear_is_refused_on_opposite_pairs() -> None:
    # f(x) - f(-x) is linear in x for every such network, and sin(3 angle) is not.
    angles = 2.0 * np.pi * np.arange(9) / 18.0 + 0.1
    half, labels = np.column_stack([np.cos(angles), np.sin(angles)]), np.sign(np.sin(3.0 * angles))
    with pytest.raises(NotSeparable, match="opposite pairs"):
        f1_margin(np.vstack([half, -half]), np.append(labels, -labels))


def test_a_sample_at_the_origin_is_refused() -> None:
    with pytest.raises(NotSeparable, match="Sample 1 is zero"):
        f1_margin([[1.0, 0.0], [0.0, 0.0]], [1.0, -1.0])


def test_more_than_three_dimensions_are_refused() -> None:
    x = np.random.default_rng(0).normal(size=(10, 4))
    with pytest.raises(NotApplicable, match="these span 4"):
        f1_margin(x, np.tile([1.0, -1.0], 5))


def test_too_many_samples_are_refused() -> None:
    x = np.random.default_rng(0).normal(size=(1001, 3))
    with pytest.raises(NotApplicable, match="at most 1000 samples"):
        f1_margin(x, np.sign(x[:, 0]))


def test_its_own_directions_give_the_margin_again_and_others_less() -> None:
    x, labels = circle()
    free = f1_margin(x, labels)
    assert free.directions is not None
    again = fixed_directions_margin(x, labels, 3.0 * free.directions)
    assert again.value == pytest.approx(free.value, rel=1e-9)
    assert again.gap <= 1e-9
    angles = 2.0 * np.pi * np.arange(60) / 60.0
    grid = np.column_stack([np.cos(angles), np.sin(angles)])
    coarse = fixed_directions_margin(x, labels, grid)
    assert 0.9 * free.value <= coarse.value < free.value
    assert coarse.gap <= 1e-9
    heights = np.maximum(grid @ x.T, 0.0) @ (coarse.dual * labels)
    assert np.abs(heights).max() == pytest.approx(coarse.upper, rel=1e-10)


def test_orthogonal_fixed_directions_share_the_variation() -> None:
    # Each sample has a direction of its own, so nu_n is proportional to 1 / |x_n|.
    answer = fixed_directions_margin(np.diag([2.0, 6.0, 3.0]), [1.0, -1.0, 1.0], np.eye(3))
    assert answer.value == pytest.approx(1.0 / (1.0 / 2.0 + 1.0 / 6.0 + 1.0 / 3.0), rel=1e-12)
    with pytest.raises(NotSeparable, match="fixed directions"):
        fixed_directions_margin(np.eye(2), [1.0, -1.0], [[1.0, 1.0]])


@pytest.mark.parametrize(
    ("directions", "sentence"),
    [([[1.0]], "2 columns are needed"), ([[1.0, 0.0], [0.0, 0.0]], "row 1 is zero")],
)
def test_directions_that_are_none_are_refused(directions: list[list[float]], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        fixed_directions_margin(np.eye(2), [1.0, -1.0], directions)
