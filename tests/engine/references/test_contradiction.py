"""Proofs that nothing separates: said of what is proved, never of samples that only lie far away."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from engine.references import (
    NotSeparable,
    NotSolved,
    Reference,
    ReferenceUnavailable,
    f1_margin,
    fixed_directions_margin,
    kernel_max_margin,
    linear_reference,
)
from engine.references.conditioned_svm import conditioned_svm
from engine.references.contradiction import contradict, kernel_contradicts, relu_networks_contradict
from engine.references.linear_margin import PredictorNorm
from tests.engine.references.samples import Array

NORMS: tuple[PredictorNorm, ...] = ("l2", "l1", "linf")
OFFSETS = {"1e6": (1e6, 1e6), "metres on a map": (5e5, 4.65e6), "1e7": (1e7, 1e7), "1e9": (1e9, -1e9)}


def clusters(gap: float = 1.0) -> tuple[Array, Array]:
    """Return 20 points in the plane, in multiples of 1/64, that a line separates, and their labels."""
    drawn = np.random.default_rng(3)
    labels = np.where(np.arange(20) % 2 == 0, 1.0, -1.0)
    points = np.round(drawn.normal(size=(20, 2)) * 64.0) / 64.0
    points[:, 0] = labels * (np.abs(points[:, 0]) + gap)
    return points, labels


def separates(points: Array, w: list[Fraction]) -> bool:
    return all(
        sum((Fraction(a) * b for a, b in zip(row, w, strict=True)), Fraction(0)) > 0
        for row in points.tolist()
    )


def attempt(solve: Callable[[], Reference]) -> Reference | ReferenceUnavailable:
    try:
        return solve()
    except ReferenceUnavailable as refusal:
        return refusal


@pytest.mark.parametrize("offset", OFFSETS.values(), ids=OFFSETS)
@pytest.mark.parametrize("gap", [1.0, 1e-2])
def test_samples_far_from_the_origin_are_never_said_to_be_inseparable(
    offset: tuple[float, float], gap: float
) -> None:
    """A plane separates them, exactly; whatever solver gives up must not say that none does."""
    near, labels = clusters(gap)
    x = np.column_stack([near + offset, np.ones(20)])
    plane = [Fraction(1), Fraction(0), -Fraction(offset[0])]
    assert separates(labels[:, None] * x, plane)
    solvers: list[Callable[[], Reference]] = [
        lambda: f1_margin(x, labels),
        lambda: kernel_max_margin(x @ x.T, labels),
        lambda: conditioned_svm(labels[:, None] * x, [1.0, 1.0, 1e-3]),
        lambda: fixed_directions_margin(x, labels, [[1.0, 0.0, -offset[0]], [-1.0, 0.0, offset[0]]]),
        *(lambda norm=norm: linear_reference(x, labels, 1, norm) for norm in NORMS),  # type: ignore[misc]
        *(lambda norm=norm: linear_reference(x, labels > 0, 2, norm) for norm in (*NORMS, "spectral")),  # type: ignore[misc]
    ]
    for solve in solvers:
        answer = attempt(solve)
        if isinstance(answer, ReferenceUnavailable):
            assert isinstance(answer, NotSolved) or "as float64 holds it" in str(answer)
            assert "center" in str(answer).lower()
        else:
            assert 0.0 < answer.lower <= answer.upper


def test_standardized_they_are_solved() -> None:
    near, labels = clusters()
    far = near + np.array([5e5, 4.65e6])
    x = np.column_stack([(far - far.mean(axis=0)) / far.std(axis=0), np.ones(20)])
    for norm in NORMS:
        assert linear_reference(x, labels, 1, norm).gap < 1e-12


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("offset", OFFSETS.values(), ids=OFFSETS)
def test_far_samples_that_do_contradict_are_still_said_to(
    norm: PredictorNorm, offset: tuple[float, float]
) -> None:
    near, labels = clusters()
    labels[7] = -labels[7]  # deep among the others
    x = np.column_stack([near + offset, np.ones(20)])
    with pytest.raises(NotSeparable, match="cannot be separated"):
        linear_reference(np.vstack([x, x[:1]]), np.append(labels, -labels[0]), 1, norm)


@given(st.integers(0, 10_000))
@settings(max_examples=150, deadline=None)
def test_a_proof_is_right_in_whole_numbers(seed: int) -> None:
    """Against a linear programme on small whole numbers, where it is exact enough to decide either way."""
    drawn = np.random.default_rng(seed)
    count, width = int(drawn.integers(1, 9)), int(drawn.integers(1, 5))
    points = drawn.integers(-3, 4, size=(count, width)).astype(float)
    scales = np.ldexp(1.0, drawn.integers(-40, 40, size=count))[:, None]
    best = linprog(np.zeros(width), A_ub=-points, b_ub=-np.ones(count), bounds=[(None, None)] * width)
    assert contradict(points * scales) == (best.status == 2)


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_a_proof_for_relu_networks_is_right_in_whole_numbers(seed: int) -> None:
    """Against the programme over all directions in which some set of samples begins to be active."""
    drawn = np.random.default_rng(seed)
    count = int(drawn.integers(2, 9))
    x = drawn.integers(-2, 3, size=(count, 2)).astype(float)
    labels = np.where(drawn.random(count) < 0.5, 1.0, -1.0)
    angles = np.linspace(0.0, 2.0 * np.pi, 720, endpoint=False) + 1e-3
    gains = labels[:, None] * np.maximum(x @ np.array([np.cos(angles), np.sin(angles)]), 0.0)
    best = linprog(np.zeros(720), A_ub=-gains, b_ub=-np.ones(count), bounds=[(None, None)] * 720)
    assert relu_networks_contradict(x, labels) == (best.status == 2)


def test_opposite_pairs_that_rounding_moved_are_too_small_to_certify() -> None:
    """cos(t + pi) is not -cos(t) in the last place, so that a network of any width separates them, barely."""
    angles = 2.0 * np.pi * np.arange(18) / 18.0 + 0.1
    x = np.column_stack([np.cos(angles), np.sin(angles)])
    with pytest.raises(NotSolved, match="nearly on one line"):
        f1_margin(x, np.sign(np.sin(3.0 * angles)))


def test_many_samples_in_many_dimensions_are_proved_by_a_bound() -> None:
    drawn = np.random.default_rng(0)
    assert contradict(drawn.normal(size=(400, 60)))
    assert contradict(drawn.normal(size=(400, 60)) * np.geomspace(1e-9, 1e9, 60))
    assert not contradict(drawn.normal(size=(40, 60)))


def test_a_kernel_is_proved_where_samples_coincide_only() -> None:
    drawn = np.random.default_rng(1)
    x = drawn.normal(size=(12, 3))
    labels = np.append(np.where(np.arange(12) % 2, 1.0, -1.0), 1.0)
    twice = np.vstack([x, x[:1]])
    kernel = np.exp(-((twice[:, None] - twice[None]) ** 2).sum(-1))
    with pytest.raises(NotSeparable, match="does not separate"):
        kernel_max_margin(kernel, labels)
    twice[12, 0] += 1e-7
    kernel = np.exp(-((twice[:, None] - twice[None]) ** 2).sum(-1))
    with pytest.raises(NotSolved, match="too small to certify"):
        kernel_max_margin(kernel, labels)
    weights = np.array([1.0, 2.0, 0.5])
    points = np.array([[2.0, 0.0], [-1.0, 1.0], [0.0, -4.0]])  # 1 z_0 + 2 z_1 + .5 z_2 = 0
    assert kernel_contradicts(points @ points.T, weights / weights.sum())
    assert not kernel_contradicts((points + 1.0) @ (points + 1.0).T, np.full(3, 1.0 / 3.0))


def test_a_sample_too_short_for_its_square_is_not_called_zero() -> None:
    x = np.array([[1e-200, 0.0], [0.0, 1e-200]])
    assert f1_margin(x, [1.0, -1.0]).value > 0.0


def test_fixed_directions_that_see_nothing_of_a_sample_prove_it() -> None:
    x, labels = np.array([[1.0, 0.0], [-1.0, 0.0]]), np.array([1.0, -1.0])
    with pytest.raises(NotSeparable, match="fixed directions"):
        fixed_directions_margin(x, labels, [[1.0, 0.0], [1.0, 1.0]])
