"""The key-query matrix of least norm that selects tokens: Frobenius for a combined matrix, nuclear for two factors."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from engine.references.inputs import finite_matrix
from engine.references.reference import (
    Array,
    NotApplicable,
    NotSeparable,
    NotSolved,
    Reference,
    support_of,
)
from engine.references.svm import hard_margin_svm

MatrixNorm = Literal["frobenius", "nuclear"]
RANK_TOLERANCE = 1e-12
"""Singular value, relative to the largest, below which vectors do not span a direction."""
TOLERANCE = 1e-10
"""Of Clarabel."""
WIDEST = 1e-6
"""Relative gap between the bounds above which an answer of Clarabel is none."""
MOST_NUMBERS = 2e7
"""In all constraints as matrices, up to which they are posed."""
MOST_ROWS = 64
"""Of the semidefinite cone: about a minute."""


def token_selection(differences: ArrayLike, queries: ArrayLike, norm: MatrixNorm) -> Reference:
    """Solve gamma = max_{||W|| <= 1} min_k a_k^T W z_k: W/gamma is the least W with a_k^T W z_k >= 1 for all k.

    a_k = x_opt - x_t are the differences of a sample's optimal token from each other one, z_k is its query: the
    attention SVM of Ataee Tarzanagh, Li, Thrampoulidis & Oymak 2023 (Att-SVM, and with the nuclear norm Att-SVM*). With
    Z_k = a_k z_k^T, gamma = min_{p on the simplex} ||sum_k p_k Z_k|| in the dual norm, the Frobenius or the spectral
    one, so that any W and p certify min_k <Z_k, W>/||W|| <= gamma <= ||sum_k p_k Z_k||.

    Frobenius: a support vector machine on the Z_k as vectors. Nuclear: p by a semidefinite programme in coordinates of
    what the a_k and the z_k span, outside of which W only gets longer; W is its multiplier. Its gap is normally 1e-9;
    W need not be unique where sum p_k Z_k has equal largest singular values.

    Args:
        differences: a (K, d).
        queries: z (K, d).
        norm: of W.

    Returns:
        A reference with solution W flattened row by row (d d,), of norm 1, and dual and support over the K constraints.

    Raises:
        NotSeparable: no W selects all these tokens.
        NotApplicable: the problem would take minutes or more.
        NotSolved: the solver failed, or the margin is too small to be certified.
        ValueError: the arrays are no finite tables of one shape.
    """
    a, z = finite_matrix(differences, "differences"), finite_matrix(queries, "queries")
    if a.shape != z.shape:
        raise ValueError(f"differences and queries must have one shape, not {a.shape} and {z.shape}")
    if a.size * a.shape[1] > MOST_NUMBERS:
        raise NotApplicable(
            f"The selection of tokens by {len(a)} constraints on {a.shape[1]} x {a.shape[1]} numbers would take "
            "minutes to solve. Choose fewer samples, or tokens of fewer numbers."
        )
    started = time.perf_counter()
    matrices = a[:, :, None] * z[:, None, :]
    try:
        machine = hard_margin_svm(matrices.reshape(len(a), -1))
    except NotSeparable as error:
        raise NotSeparable(
            "No key-query matrix looks at the optimal token of every sample: the optimal tokens contradict each other, "
            "or one is a mixture of the others. Take tokens of more numbers, or fewer samples."
        ) from error
    if norm == "frobenius":
        return replace(
            machine, kind="attention-frobenius", title="token selection, Frobenius norm", norm="frobenius"
        )
    dual, matrix = _least_spectral_norm(a, z, machine.upper)
    lower = float(np.einsum("kij,ij->k", matrices, matrix).min())
    upper = float(np.linalg.norm(np.einsum("k,kij->ij", dual, matrices), 2))
    if not (upper - lower) <= WIDEST * upper:
        raise NotSolved(
            f"The selection of tokens in the nuclear norm was solved to bounds of {lower:.6g} and {upper:.6g} only."
        )
    return Reference(
        kind="attention-nuclear",
        title="token selection, nuclear norm",
        norm="nuclear",
        value=upper,
        lower=min(lower, upper),
        upper=upper,
        solution=matrix.ravel(),
        dual=dual,
        support=support_of(dual),
        seconds=time.perf_counter() - started,
    )


def _spanned(vectors: Array) -> Array:
    """Return orthonormal vectors (r, d) that span these (K, d)."""
    _, sizes, axes = np.linalg.svd(vectors, full_matrices=False)
    found: Array = axes[: max(int((sizes > RANK_TOLERANCE * sizes[0]).sum()), 1)]
    return found


def _least_spectral_norm(a: Array, z: Array, unit: float) -> tuple[Array, Array]:
    """Return p (K,) on the simplex of the least ||sum_k p_k a_k z_k^T||_2, and W (d, d) of nuclear norm 1.

    ||M||_2 <= t where [[t I, M], [M^T, t I]] >= 0, whose multiplier has -W/2 off its diagonal, in units of `unit`.
    """
    rows, columns = _spanned(a), _spanned(z)
    size = len(rows) + len(columns)
    if size > MOST_ROWS:
        raise NotApplicable(
            f"The selection of tokens in the nuclear norm takes a semidefinite cone of {size} rows, minutes to solve. "
            f"Choose tokens of at most {MOST_ROWS // 2} numbers."
        )
    points = (a @ rows.T)[:, :, None] * (z @ columns.T)[:, None, :] / unit
    weights, multiplier = _by_clarabel(points)
    matrix = rows.T @ multiplier @ columns
    length = float(np.linalg.norm(matrix, "nuc"))
    total = float(weights.sum())
    if not (np.isfinite(length) and length > 0.0 and np.isfinite(total) and total > 0.0):
        raise NotSolved("The semidefinite programme for the selection of tokens could not be solved.")
    return weights / total, matrix / length


def _by_clarabel(points: Array) -> tuple[Array, Array]:
    """Return p (K,) >= 0 and a matrix (r, c) along W, for points Z (K, r, c) of order 1."""
    import clarabel
    from scipy import sparse

    count, height, width = points.shape
    size = height + width
    triangle = [(i, j) for j in range(size) for i in range(j + 1)]  # the upper one, column by column
    across = [place for place, (i, j) in enumerate(triangle) if i < height <= j]
    root = float(np.sqrt(2.0))
    cone = np.zeros((len(triangle), count + 1))
    for place in across:
        i, j = triangle[place]
        cone[place, :count] = root * points[:, i, j - height]
    cone[[place for place, (i, j) in enumerate(triangle) if i == j], count] = 1.0
    system = np.vstack(
        [np.append(np.ones(count), 0.0)[None, :], -np.eye(count, count + 1), -cone],
    )
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = TOLERANCE
    answer = clarabel.DefaultSolver(
        sparse.csc_matrix((count + 1, count + 1)),
        np.append(np.zeros(count), 1.0),
        sparse.csc_matrix(system),
        np.append(1.0, np.zeros(len(system) - 1)),
        [clarabel.ZeroConeT(1), clarabel.NonnegativeConeT(count), clarabel.PSDTriangleConeT(size)],
        settings,
    ).solve()
    weights = np.maximum(np.asarray(answer.x[:count], dtype=np.float64), 0.0)
    multipliers = np.asarray(answer.z[1 + count :], dtype=np.float64)
    matrix = np.zeros((height, width))
    for place in across:
        i, j = triangle[place]
        matrix[i, j - height] = -multipliers[place]
    return weights, matrix
