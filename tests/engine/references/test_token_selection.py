"""The key-query matrix of least norm that selects tokens: beside cvxpy, and in closed form for two tokens."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.references import NotApplicable, NotSeparable, token_selection
from engine.references.attention import MatrixNorm
from engine.references.reference import Array

cvxpy: Any = pytest.importorskip("cvxpy")
NORMS: tuple[MatrixNorm, ...] = ("frobenius", "nuclear")


def constraints(samples: int, tokens: int, d: int, seed: int) -> tuple[Array, Array]:
    """Return differences and queries (K, d) of random sequences, whose first token is the query."""
    x = np.random.default_rng(seed).standard_normal((samples, tokens, d))
    apart = x[:, 1:2] - np.delete(x, 1, axis=1)
    return apart.reshape(-1, d), np.repeat(x[:, 0], tokens - 1, axis=0)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_least_matrix_is_cvxpys(norm: MatrixNorm, seed: int) -> None:
    a, z = constraints(4, 3, 5, seed)
    found = token_selection(a, z, norm)
    matrix = cvxpy.Variable((5, 5))
    size = cvxpy.normNuc(matrix) if norm == "nuclear" else cvxpy.norm(matrix, "fro")
    margins = cvxpy.sum(cvxpy.multiply(a @ matrix, z), axis=1)
    least = cvxpy.Problem(cvxpy.Minimize(size), [margins >= 1]).solve(solver=cvxpy.SCS, eps=1e-9)
    assert found.value == pytest.approx(1 / least, rel=1e-5)
    assert found.solution is not None and matrix.value is not None
    own = found.solution / found.value
    assert np.abs(own.reshape(5, 5) - matrix.value).max() < 1e-3 * np.abs(matrix.value).max()
    assert found.gap < 1e-8


@pytest.mark.parametrize("norm", NORMS)
def test_of_one_sample_and_two_tokens_it_is_one_outer_product(norm: MatrixNorm) -> None:
    """Of a single constraint a^T W z >= 1 the least W is a z^T over its squared length, in either norm."""
    a, z = np.array([[3.0, 0.0, 4.0]]), np.array([[1.0, 2.0, 2.0]])
    found = token_selection(a, z, norm)
    assert found.value == pytest.approx(15.0, rel=1e-9)
    assert found.solution == pytest.approx(np.outer(a[0], z[0]).ravel() / 15.0, abs=1e-9)


def test_the_bounds_are_those_of_matrix_and_weights() -> None:
    a, z = constraints(3, 4, 6, 5)
    found = token_selection(a, z, "nuclear")
    assert found.solution is not None
    matrix = found.solution.reshape(6, 6)
    assert np.linalg.norm(matrix, "nuc") == pytest.approx(1)
    assert np.einsum("ki,ij,kj->k", a, matrix, z).min() == pytest.approx(found.lower)
    assert np.linalg.norm(np.einsum("k,ki,kj->ij", found.dual, a, z), 2) == pytest.approx(found.upper)
    assert found.lower <= found.value <= found.upper


def test_tokens_that_contradict_each_other_are_refused() -> None:
    a, z = np.array([[1.0, 0.0], [-1.0, 0.0]]), np.array([[1.0, 1.0], [1.0, 1.0]])
    for norm in NORMS:
        with pytest.raises(NotSeparable, match="tokens of more numbers"):
            token_selection(a, z, norm)


def test_cones_that_would_take_minutes_are_refused() -> None:
    a, z = constraints(40, 2, 40, 0)
    with pytest.raises(NotApplicable, match="at most 32 numbers"):
        token_selection(a, z, "nuclear")
