"""Kernel support vector machines: the linear case, other solvers, optimality, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.svm import SVC

from engine.references import (
    NotApplicable,
    NotSeparable,
    hard_margin_svm,
    kernel_max_margin,
    kernel_one_versus_rest,
)

Array = NDArray[np.float64]


def gaussian(x: Array, width: float = 1.0) -> Array:
    """Return the Gaussian kernel of the rows of x."""
    return np.exp(-((x[:, None] - x[None, :]) ** 2).sum(-1) / (2.0 * width**2))


def exclusive_or(seed: int, count: int = 40) -> tuple[Array, Array]:
    """Return plane points with the sign of x1 x2."""
    x = np.random.default_rng(seed).uniform(-1.0, 1.0, size=(count, 2))
    return x, np.where(x[:, 0] * x[:, 1] > 0.0, 1.0, -1.0)


def test_orthogonal_features_share_the_margin() -> None:
    # K = diag(a): gamma^2 = min_p sum a_n p_n^2 = 1 / sum 1 / a_n.
    sizes = np.array([1.0, 4.0, 0.25])
    answer = kernel_max_margin(np.diag(sizes), [1.0, -1.0, 1.0])
    assert answer.value == pytest.approx((1.0 / sizes).sum() ** -0.5, rel=1e-13)
    np.testing.assert_allclose(answer.dual, (1.0 / sizes) / (1.0 / sizes).sum(), rtol=1e-12)


def test_the_linear_kernel_gives_the_linear_machine() -> None:
    generator = np.random.default_rng(2)
    x = generator.normal(size=(30, 3))
    labels = np.where(x[:, 0] > 0.0, 1.0, -1.0)
    x[:, 0] += 0.1 * labels
    linear = hard_margin_svm(labels[:, None] * x)
    answer = kernel_max_margin(x @ x.T, labels)
    assert answer.value == pytest.approx(linear.value, rel=1e-9)
    assert answer.solution is not None
    np.testing.assert_allclose(x.T @ answer.solution / answer.value, linear.solution, atol=1e-8)
    assert len(answer.notes) == 1
    assert "27 of 30 eigenvalues" in answer.notes[0]


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6))
def test_the_solution_is_optimal_and_certified(seed: int) -> None:
    x, labels = exclusive_or(seed)
    # Narrow, so that the kernel's smallest eigenvalue stays far above rounding.
    kernel = gaussian(x, 0.2) + 1e-3 * np.eye(len(x))
    answer = kernel_max_margin(kernel, labels)
    assert answer.solution is not None
    margins = labels * (kernel @ answer.solution)
    assert answer.value == pytest.approx(np.sqrt(answer.solution @ kernel @ answer.solution), rel=1e-10)
    assert answer.gap <= 1e-10
    assert (answer.dual >= 0.0).all()
    assert answer.dual.sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(answer.solution, answer.dual * labels)
    assert margins.min() >= answer.value**2 * (1.0 - 1e-8)
    assert np.abs(answer.dual * (margins - answer.value**2)).max() <= 1e-8 * answer.value**2
    mixtures = np.random.default_rng(seed).dirichlet(np.full(len(x), 0.3), size=100) * labels
    assert np.sqrt(np.einsum("kn,nm,km->k", mixtures, kernel, mixtures)).min() >= answer.lower * (1.0 - 1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_scikit_learn_agrees_where_symmetry_removes_its_intercept(seed: int) -> None:
    x, labels = exclusive_or(seed)
    kernel = gaussian(x, 0.3)
    answer = kernel_max_margin(kernel, labels)
    machine = SVC(kernel="precomputed", C=1e8, tol=1e-12)
    machine.fit(np.block([[kernel, -kernel], [-kernel, kernel]]), np.concatenate([labels, -labels]))
    full = np.zeros(2 * len(x))
    full[machine.support_] = machine.dual_coef_[0]
    coefficients = full[: len(x)] - full[len(x) :]
    margin = 1.0 / np.sqrt(coefficients @ kernel @ coefficients)
    assert margin == pytest.approx(answer.value, rel=1e-6)
    assert answer.solution is not None
    np.testing.assert_allclose(
        kernel @ coefficients * margin, kernel @ answer.solution / answer.value, atol=1e-6 * margin
    )


def test_order_and_scale_do_not_matter() -> None:
    x, labels = exclusive_or(5)
    kernel = gaussian(x, 0.3)
    order = np.random.default_rng(0).permutation(len(x))
    answer = kernel_max_margin(kernel, labels)
    moved = kernel_max_margin(9.0 * kernel[np.ix_(order, order)], labels[order])
    assert moved.value == pytest.approx(3.0 * answer.value, rel=1e-9)
    np.testing.assert_allclose(moved.dual, answer.dual[order], atol=1e-7)


def test_one_versus_rest_solves_each_class_by_itself() -> None:
    generator = np.random.default_rng(4)
    labels = np.arange(24) % 3
    x = np.array([[1.0, 0.0], [-0.5, 0.9], [-0.5, -0.9]])[labels] + 0.2 * generator.normal(size=(24, 2))
    kernel = gaussian(x, 0.5)
    answers = kernel_one_versus_rest(kernel, labels, 3)
    assert [answer.title for answer in answers] == [
        f"kernel SVM, class {c} against the rest" for c in range(3)
    ]
    for own, answer in enumerate(answers):
        alone = kernel_max_margin(kernel, np.where(labels == own, 1.0, -1.0))
        assert answer.value == pytest.approx(alone.value, rel=1e-12)
    scores = np.array([kernel @ answer.solution / answer.value for answer in answers])
    assert (scores.argmax(axis=0) == labels).all()


def test_samples_that_coincide_with_different_labels_are_refused() -> None:
    x, labels = exclusive_or(1)
    kernel = gaussian(np.vstack([x, x[:1]]), 0.3)
    with pytest.raises(NotSeparable, match="does not separate"):
        kernel_max_margin(kernel, np.append(labels, -labels[0]))
    with pytest.raises(NotSeparable, match="zero on these samples"):
        kernel_max_margin(np.zeros((2, 2)), [1.0, -1.0])


def test_what_is_no_kernel_is_refused() -> None:
    with pytest.raises(NotApplicable, match="positive semi-definite"):
        kernel_max_margin([[1.0, 2.0], [2.0, 1.0]], [1.0, -1.0])
    with pytest.raises(NotApplicable, match="symmetric"):
        kernel_max_margin([[1.0, 0.5], [0.0, 1.0]], [1.0, -1.0])
    with pytest.raises(ValueError, match="square"):
        kernel_max_margin([[1.0, 0.5]], [1.0])


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [([1.0, 1.0], "both classes"), ([0.0, 1.0], "written -1 and"), ([1.0], "2 samples need 2 labels")],
)
def test_labels_that_do_not_fit_are_refused(labels: list[float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        kernel_max_margin(np.eye(2), labels)


def test_a_class_without_samples_is_named() -> None:
    with pytest.raises(ValueError, match="class 1 has no sample"):
        kernel_one_versus_rest(np.eye(2), [0, 2], 3)
