"""Margins from Gram matrices in 30 digits, against every support tried in exact arithmetic."""

from __future__ import annotations

from itertools import combinations

import mpmath
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.kernels import exact_kernel
from engine.references import CERTIFIED, gram_max_margin, kernel_max_margin
from engine.references.gram import refined
from engine.references.twofold import Twofold, times
from tests.engine.cases import columns, trained

Array = NDArray[np.float64]


def exact_margin(gram: Array) -> float:
    """Return sqrt(min_p p^T G p) over the simplex by trying every support, in 60 digits.

    On its support p = a / sum a with G_SS a = 1, and no other point may lie lower than the optimum.
    """
    with mpmath.workdps(60):
        matrix, count = mpmath.matrix(gram.tolist()), len(gram)
        best = min(matrix[n, n] for n in range(count))
        for size in range(2, count + 1):
            for chosen in combinations(range(count), size):
                part = mpmath.matrix([[matrix[i, j] for j in chosen] for i in chosen])
                try:
                    amounts = mpmath.lu_solve(part, mpmath.ones(size, 1))
                except ZeroDivisionError:
                    continue
                total = mpmath.fsum(amounts)
                if total > 0 and min(amounts) >= 0:
                    best = min(best, 1 / total)
        return float(mpmath.sqrt(best))


def nearly_flat(seed: int, count: int, depth: float) -> Array:
    """Return the Gram matrix of vectors of length about 1 whose hull comes as near to the origin as `depth`."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((count, count - 1))
    vectors -= vectors.mean(0)  # the origin is in their hull
    lifted = np.column_stack([vectors, np.full(count, depth)])
    return lifted @ lifted.T


@pytest.mark.parametrize("depth", [1.0, 1e-3, 1e-5, 1e-6])
@pytest.mark.parametrize("seed", range(3))
def test_a_margin_far_below_the_vectors_is_right_to_twelve_digits(seed: int, depth: float) -> None:
    gram = nearly_flat(seed, 6, depth)
    answer = gram_max_margin(gram)
    assert answer.gap <= CERTIFIED
    assert answer.lower <= answer.value <= answer.upper
    assert answer.value == pytest.approx(exact_margin((gram + gram.T) / 2), rel=2e-12)


def test_bounds_are_those_of_the_weights() -> None:
    """Of any weights: too far off they certify nothing, and no better ones are needed where they do already."""
    gram = nearly_flat(4, 6, 1e-2)
    dual = gram_max_margin(gram).dual
    assert np.array_equal(refined(gram, dual).dual, dual)
    rough = refined(gram, np.full(6, 1 / 6))
    assert rough.gap <= CERTIFIED and rough.upper == pytest.approx(exact_margin(gram), rel=1e-12)
    # two copies of one point bear weight: their system is singular, and the weights stay as they are
    twice = np.kron(np.eye(2), np.ones((2, 2)))
    kept = refined(twice, np.array([0.3, 0.3, 0.2, 0.2]))
    assert kept.gap > CERTIFIED and kept.lower < np.sqrt(0.5) < kept.upper


@pytest.mark.parametrize("unit", [2.0**-1000, 2.0**-41, 2.0**500, 2.0**1001])
def test_the_certificate_holds_in_any_units(unit: float) -> None:
    gram = nearly_flat(2, 6, 1e-3)
    found, plain = refined(gram * unit, np.full(6, 1 / 6)), refined(gram, np.full(6, 1 / 6))
    assert found.gap <= CERTIFIED and found.upper == pytest.approx(plain.upper * unit**0.5, rel=1e-12)


def test_products_have_twice_the_digits() -> None:
    rng = np.random.default_rng(0)
    matrix, vector = rng.standard_normal((3, 50)), rng.standard_normal(50)
    matrix[:, 25:], vector[25:] = matrix[:, :25], -vector[:25] * (1 + 1e-14)  # all but a trace cancels
    found = times(matrix, Twofold.of(vector))
    with mpmath.workdps(60):
        for row, high, low in zip(matrix, found.high, found.low, strict=True):
            exact = mpmath.fsum(mpmath.mpf(a) * mpmath.mpf(b) for a, b in zip(row, vector, strict=True))
            assert float((mpmath.mpf(high) + mpmath.mpf(low)) / exact - 1) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_recorded_margin_is_the_kernels(classes: int) -> None:
    """Of a record: not rounded on its way there, and certified."""
    data = {"kind": "blobs", "n": 6, "classes": classes, "separation": 3.0}
    loss = "cross-entropy" if classes == 3 else "exponential"
    training = trained({"data": data, "loss.kind": loss, "run.steps": 3, "measure": {"groups": ["kernel"]}})
    problem = training.problem
    with torch.no_grad():
        kernel = exact_kernel(problem, training.state.theta, problem.x)[0]
    labels = problem.dataset(0).labels
    sides = [np.where(labels == c, 1.0, -1.0) for c in range(classes)] if classes == 3 else [labels * 1.0]
    wanted = min(exact_margin(kernel * np.outer(y, y)) for y in sides)
    assert columns(training)["ntk_margin"][-1, 0] == pytest.approx(wanted, rel=2e-12)
    assert all(kernel_max_margin(kernel, y).gap <= CERTIFIED for y in sides)
