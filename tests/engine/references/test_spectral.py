"""The largest multi-class margin in the spectral norm: certificates, closed forms, invariances, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import ortho_group

from engine.references import (
    NotApplicable,
    NotSeparable,
    Reference,
    hard_margin_svm,
    linear_reference,
    multiclass_points,
    multiclass_svm,
    spectral_margin,
)
from engine.references import spectral_corner as corner_module
from engine.references.spectral_corner import corrected, evaluated
from engine.references.spectral_programme import least_nuclear_norm
from tests.engine.references.samples import around_centres, preset

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]


def check_certificate(answer: Reference, x: Array, labels: Numbers, classes: int, gap: float = 1e-11) -> None:
    """Check that the stored predictor and dual weights prove the stored bounds, and how close they are."""
    assert answer.solution is not None
    points = multiclass_points(x, labels, classes)
    predictor = answer.solution.reshape(classes, -1)
    assert np.linalg.norm(predictor, 2) == pytest.approx(1.0, abs=1e-13)
    assert (answer.dual >= 0.0).all()
    assert answer.dual.sum() == pytest.approx(1.0, abs=1e-13)
    assert answer.support.tolist() == np.flatnonzero(answer.dual).tolist()
    assert (points @ answer.solution).min() == pytest.approx(answer.lower, rel=1e-12)
    mixture = (answer.dual @ points).reshape(classes, -1)
    assert np.linalg.norm(mixture, "nuc") == pytest.approx(answer.upper, rel=1e-12)
    assert 0.0 < answer.lower <= answer.value <= answer.upper
    assert answer.gap <= gap


def test_the_four_classes_of_the_preset() -> None:
    x, labels = preset("p18-four-classes")
    answer = spectral_margin(x, labels, 4)
    assert answer.value == pytest.approx(0.473888196411894, rel=1e-12)
    check_certificate(answer, x, labels.astype(int), 4, gap=1e-13)
    # Two of the three singular values are 1: the optimum leaves the third direction slack.
    assert answer.solution is not None
    sizes = np.linalg.svd(answer.solution.reshape(4, -1), compute_uv=False)
    np.testing.assert_allclose(sizes[:2], 1.0, rtol=1e-13)
    assert 0.1 < sizes[2] < 0.9


def test_orthogonal_samples_of_three_classes() -> None:
    # x_n = e_n: by symmetry W = c (I - J / 3), of norm c, with margins W_nn - W_jn = c.
    answer = spectral_margin(np.eye(3), [0, 1, 2], 3)
    assert answer.value == pytest.approx(1.0, rel=1e-13)
    assert answer.solution is not None
    np.testing.assert_allclose(answer.solution.reshape(3, 3), np.eye(3) - 1.0 / 3.0, atol=1e-12)


@pytest.mark.parametrize(
    ("classes", "width", "count"), [(3, 10, 60), (3, 4, 300), (4, 3, 60), (5, 20, 100), (6, 30, 40)]
)
def test_the_bounds_meet(classes: int, width: int, count: int) -> None:
    spread = 0.4 if width >= classes else 0.1
    x, labels = around_centres(count, count, max(width, classes), classes, spread)
    x = x @ ortho_group.rvs(x.shape[1], random_state=0)[:, :width]
    check_certificate(spectral_margin(x, labels, classes), x, labels, classes)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10**6), classes=st.integers(3, 5), width=st.integers(2, 8))
def test_no_predictor_beats_it_and_no_mixture_undercuts_it(seed: int, classes: int, width: int) -> None:
    generator = np.random.default_rng(seed)
    labels = np.arange(4 * classes) % classes
    centres = generator.normal(size=(classes, width))
    x = 3.0 * centres[labels] / np.linalg.norm(centres, axis=1)[labels, None]
    x = x + 0.1 * generator.normal(size=x.shape)
    try:
        answer = spectral_margin(x, labels, classes)
    except NotSeparable:
        with pytest.raises(NotSeparable):
            multiclass_svm(x, labels, classes)
        return
    check_certificate(answer, x, labels, classes, gap=1e-8)
    points = multiclass_points(x, labels, classes)
    assert answer.solution is not None
    for size in (1.0, 1e-2, 1e-4):
        tried = answer.solution + size * generator.normal(size=(50, classes * width))
        norms = np.linalg.norm(tried.reshape(50, classes, width), 2, axis=(1, 2))
        assert ((tried @ points.T).min(axis=1) / norms).max() <= answer.upper * (1.0 + 1e-12)
    mixtures = generator.dirichlet(np.full(len(points), 0.3), size=100) @ points
    nuclear = np.linalg.svd(mixtures.reshape(100, classes, width), compute_uv=False).sum(axis=1)
    assert nuclear.min() >= answer.lower * (1.0 - 1e-12)


def test_it_stands_between_the_frobenius_margin_and_root_rank_times_it() -> None:
    x, labels = around_centres(3, 40, 6, 4)
    frobenius, spectral = multiclass_svm(x, labels, 4).value, spectral_margin(x, labels, 4).value
    assert frobenius <= spectral <= np.sqrt(3.0) * frobenius


def test_scale_order_rotation_and_repetition_do_not_matter() -> None:
    x, labels = around_centres(4, 200, 5, 3)
    answer = spectral_margin(x, labels, 3)
    order = np.random.default_rng(0).permutation(200)
    axes = ortho_group.rvs(8, random_state=1)[:5]
    moved = spectral_margin(1e6 * x[order] @ axes, labels[order], 3)
    assert moved.value == pytest.approx(1e6 * answer.value, rel=1e-11)
    assert answer.solution is not None and moved.solution is not None
    np.testing.assert_allclose(
        moved.solution.reshape(3, 8) @ axes.T, answer.solution.reshape(3, 5), atol=1e-9
    )
    twice = spectral_margin(np.repeat(x, 2, axis=0), np.repeat(labels, 2), 3)
    assert twice.value == pytest.approx(answer.value, rel=1e-11)


def test_the_names_of_the_classes_do_not_matter() -> None:
    x, labels = around_centres(5, 30, 5, 4)
    renamed = np.array([2, 0, 3, 1])[labels]
    expected = spectral_margin(x, labels, 4).value
    assert spectral_margin(x, renamed, 4).value == pytest.approx(expected, rel=1e-11)


def test_one_direction_makes_it_the_l2_margin() -> None:
    # Inputs on a line leave one column, two classes one row: a single singular value, its length.
    x, labels = around_centres(6, 20, 3, 2)
    signs = np.where(labels == 1, 1.0, -1.0)[:, None]
    expected = np.sqrt(2.0) * hard_margin_svm(signs * x).value
    assert spectral_margin(x, labels, 2).value == pytest.approx(expected, rel=1e-12)
    line = [[1.0, 2.0], [-2.0, -4.0]]
    assert spectral_margin(line, [0, 2], 3).value == pytest.approx(
        multiclass_svm(line, [0, 2], 3).value, rel=1e-12
    )


def test_many_samples_rest_on_few() -> None:
    x, labels = around_centres(7, 3000, 6, 3, spread=0.3)
    answer = spectral_margin(x, labels, 3)
    check_certificate(answer, x, labels, 3)
    kept = np.unique(answer.support // 2)
    assert kept.size < 40
    some = np.union1d(kept, [0, 1, 2])
    assert spectral_margin(x[some], labels[some], 3).value == pytest.approx(answer.value, rel=1e-11)


def test_newton_squares_the_error_of_the_programme(monkeypatch: pytest.MonkeyPatch) -> None:
    x, labels = preset("p18-four-classes")
    points = multiclass_points(x / np.abs(x).max(), labels, 4).reshape(-1, 4, 24)
    contrasts = np.linalg.svd(np.eye(4) - 0.25)[0][:, :3]
    points = np.einsum("ncd,ck->nkd", points, contrasts)
    start = evaluated(points, *least_nuclear_norm(points))
    assert 1e-13 < start.gap < 1e-6
    monkeypatch.setattr(corner_module, "STEPS", 2)
    assert corrected(points, start).gap < 1e-13


def test_both_shapes_of_the_programme_agree() -> None:
    points = multiclass_points(*around_centres(8, 12, 4, 3), 3).reshape(-1, 3, 4)[:, :2] + 0.0
    wide, tall = least_nuclear_norm(points), least_nuclear_norm(points.transpose(0, 2, 1))
    np.testing.assert_allclose(wide[0], tall[0], atol=1e-6)
    np.testing.assert_allclose(wide[1], tall[1].T, atol=1e-5)


def test_what_cannot_be_solved_is_refused() -> None:
    x, labels = around_centres(9, 18, 4, 3)
    with pytest.raises(NotSeparable, match="cannot be separated"):
        spectral_margin(np.vstack([x, x[:1]]), np.append(labels, 2), 3)
    with pytest.raises(NotSeparable):
        spectral_margin(np.zeros((3, 2)), [0, 1, 2], 3)
    with pytest.raises(ValueError, match="numbered 0 to 1"):
        spectral_margin(x, labels, 2)
    wide = np.random.default_rng(0).normal(size=(160, 400))
    with pytest.raises(NotApplicable, match="certifies itself"):
        linear_reference(wide, np.arange(160) % 40, 40, "spectral")
