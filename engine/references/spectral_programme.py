"""The least nuclear norm of a mixture of matrices, by semidefinite programming."""

from __future__ import annotations

import numpy as np

from engine.references.reference import Array, NotSolved

ROOT_2 = float(np.sqrt(2.0))
TOLERANCE = 1e-9
"""Of Clarabel; it stops short of it, at 1e-7 or below, on some problems, which the correction makes good."""


def least_nuclear_norm(points: Array) -> tuple[Array, Array]:
    """Solve min ||M||_*, M = sum_a p_a Z_a, over p on the simplex, by Clarabel.

    With c <= r, ||M||_* = min_A 1/2 (tr A + sum_k t_k), where t_k = m_k^T A^-1 m_k for the columns m_k
    of M: r cones [[A, m_k], [m_k^T, t_k]] >= 0 of size c + 1 instead of one of size c + r, and so the
    cost grows with r and not with its sixth power. The multipliers of the last columns of the cones are
    the columns of the W of largest margin, max_{||W||_2 <= 1} min_a <Z_a, W>.

    Args:
        points: Z (K, c, r) of order 1.

    Returns:
        p (K,) on the simplex and W (c, r) of ||W||_2 = 1, both to the solver's tolerance.

    Raises:
        NotSolved: Clarabel gave no numbers.
    """
    import clarabel
    from scipy import sparse

    count, rows, columns = points.shape
    if rows > columns:
        weights, predictor = least_nuclear_norm(points.transpose(0, 2, 1))
        return weights, predictor.T
    triangle = _triangle(rows + 1)
    size, inner = len(triangle), len(_triangle(rows))
    # A cone's vector holds its upper triangle by columns, so A comes first, then m_k, then t_k.
    scale = np.array([1.0 if i == j else ROOT_2 for i, j in triangle])
    mixing = np.zeros((columns, size, count))
    mixing[:, inner:-1, :] = ROOT_2 * points.transpose(2, 1, 0)
    shared = np.vstack([np.diag(scale[:inner]), np.zeros((size - inner, inner))])
    corner = np.zeros((size, 1))
    corner[-1] = 1.0
    cones = sparse.hstack(
        [
            sparse.coo_array(mixing.reshape(columns * size, count)),
            sparse.coo_array(np.tile(shared, (columns, 1))),
            sparse.kron(sparse.identity(columns), corner),
        ]
    )
    unknowns = count + inner + columns
    # Zeros that are stored join A to every p, so that the factorisation takes A after the cones. Else A,
    # in as many rows as there are cones, goes first where these are few, and joins all of them: 10 times slower.
    place = np.indices((count, inner)).reshape(2, -1)
    joined = sparse.coo_array((np.zeros(count * inner), place), shape=(count, inner))
    system = sparse.vstack(
        [
            sparse.coo_array(np.append(np.ones(count), np.zeros(inner + columns))[None, :]),
            sparse.hstack([-sparse.identity(count), joined, sparse.coo_array((count, columns))]),
            -cones,
        ],
        format="csc",
    )
    cost = np.zeros(unknowns)
    cost[count : count + inner] = [0.5 if i == j else 0.0 for i, j in _triangle(rows)]
    cost[count + inner :] = 0.5
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = TOLERANCE
    answer = clarabel.DefaultSolver(
        sparse.csc_matrix((unknowns, unknowns)),
        cost,
        sparse.csc_matrix(system),
        np.append(1.0, np.zeros(count + columns * size)),
        [clarabel.ZeroConeT(1), clarabel.NonnegativeConeT(count)]
        + [clarabel.PSDTriangleConeT(rows + 1)] * columns,
        settings,
    ).solve()
    weights = np.maximum(np.asarray(answer.x[:count], dtype=np.float64), 0.0)
    multipliers = np.asarray(answer.z[1 + count :], dtype=np.float64).reshape(columns, size)
    predictor = -multipliers[:, inner:-1].T
    total, length = float(weights.sum()), float(np.linalg.norm(predictor, 2))
    if not (np.isfinite(total) and np.isfinite(length) and total > 0.0 and length > 0.0):
        raise NotSolved(f"The semidefinite programme for the margin could not be solved: {answer.status}.")
    return weights / total, predictor / length


def _triangle(size: int) -> list[tuple[int, int]]:
    """Return the places of a symmetric matrix's upper triangle, column by column."""
    return [(i, j) for j in range(size) for i in range(j + 1)]
