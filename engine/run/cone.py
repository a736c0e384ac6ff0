"""The element of Clarke's cone that is nearest to a direction: multipliers and selections, with what is left.

The cone of mixtures sum_k lambda_k h_k, h_k in the subdifferential of a margin near the smallest, is a set of
polyhedral shape: h_k = g_k + sum_j s_kj v_kj with 0 <= s_kj <= 1 for the kinks j of the pair's sample, g_k the gradient
with their masks at 0 and v_kj what a mask adds. With nu_kj = lambda_k s_kj it is a quadratic programme. Source: theory
section 12.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..protocol.records import Array

INSIDE = 1e-6
"""Relative to the largest multiplier: below it the solver's interior point says that one is at its bound."""
EXACT = 1e-12


@dataclass(frozen=True)
class ConeElement:
    """sum_k lambda_k g_k + sum_m nu_m v_m and its distance from a direction."""

    multipliers: Array
    """lambda (K,)."""
    selections: Array
    """nu (M,), each between 0 and the multiplier of its pair."""
    rest: Array
    """The direction less the element (P,)."""

    @property
    def residual(self) -> float:
        """Return the distance."""
        return float(np.linalg.norm(self.rest))


def nearest(
    direction: Array,
    gradients: Array,
    added: Array,
    owners: NDArray[np.int64],
    prices: Array | None = None,
) -> ConeElement:
    """Return the element of the cone that is nearest to a direction, in ||direction - element||^2/2.

    Args:
        direction: (P,).
        gradients: g (K, P).
        added: v (M, P).
        owners: which pair (M,) each of them belongs to.
        prices: (K + M,), what each lambda_k and nu_m costs besides; None: nothing.
    """
    count, kinks = len(gradients), len(added)
    columns = np.vstack([gradients, added]).T
    unit = float(np.abs(columns).max()) or 1.0
    columns = columns / unit
    solved = _by_interior_point(direction, columns, owners, count, None if prices is None else prices / unit)
    if prices is None:
        solved = _polished(direction, columns, owners, count, solved)
    rest = direction - columns @ solved
    return ConeElement(solved[:count] / unit, solved[count : count + kinks] / unit, rest)


def mixture(
    gradients: Array, added: Array, owners: NDArray[np.int64], prices: Array
) -> tuple[Array, Array, float]:
    """Return the element of least ||element||^2/2 and price of the hull: the multipliers' sum is 1.

    Args:
        gradients: g (K, P).
        added: v (M, P).
        owners: which pair (M,) each of them belongs to.
        prices: (K + M,), what each lambda_k and nu_m costs.

    Returns:
        The element (P,), lambda (K,), and what the multipliers cost together.
    """
    count = len(gradients)
    columns = np.vstack([gradients, added]).T
    unit = float(np.abs(columns).max()) or 1.0
    columns = columns / unit
    solved = _by_interior_point(np.zeros(len(columns)), columns, owners, count, prices / unit**2, whole=1.0)
    solved /= solved[:count].sum() or 1.0
    return unit * (columns @ solved), solved[:count], float(prices @ solved)


def _by_interior_point(
    direction: Array,
    columns: Array,
    owners: NDArray[np.int64],
    count: int,
    prices: Array | None,
    whole: float | None = None,
) -> Array:
    """Return (lambda, nu) of the quadratic programme, inside its bounds; whole: what the multipliers sum up to."""
    import clarabel
    from scipy import sparse

    size = columns.shape[1]
    kinks = size - count
    gram = columns.T @ columns
    rows = np.arange(kinks)
    bound = sparse.csc_matrix(
        (np.r_[np.ones(kinks), -np.ones(kinks)], (np.r_[rows, rows], np.r_[count + rows, owners])),
        shape=(kinks, size),
    )
    bounds = sparse.vstack([-sparse.identity(size, format="csc"), bound], format="csc")
    limits, cones = np.zeros(size + kinks), [clarabel.NonnegativeConeT(size + kinks)]
    if whole is not None:
        sums = sparse.csc_matrix(np.r_[np.ones(count), np.zeros(kinks)][None])
        bounds = sparse.vstack([sums, bounds], format="csc")
        limits, cones = np.r_[whole, limits], [clarabel.ZeroConeT(1), *cones]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-11
    solver = clarabel.DefaultSolver(
        sparse.triu(sparse.csc_matrix(gram), format="csc"),
        (0.0 if prices is None else prices) - columns.T @ direction,
        bounds,
        limits,
        cones,
        settings,
    )
    return _within(np.asarray(solver.solve().x, float), owners, count)


def _within(solved: Array, owners: NDArray[np.int64], count: int) -> Array:
    """Return it within its bounds to the last digit."""
    solved = np.nan_to_num(np.maximum(solved, 0.0))
    solved[count:] = np.minimum(solved[count:], solved[:count][owners])
    return solved


def _polished(
    direction: Array, columns: Array, owners: NDArray[np.int64], count: int, solved: Array
) -> Array:
    """Return it with full precision: least squares over what is strictly within its bounds, if that stays there."""
    largest = float(solved[:count].max(initial=0.0))
    if largest == 0.0:
        return solved
    tiny = INSIDE * largest
    carries = solved[:count] > tiny
    whole = solved[:count][owners]
    upper = carries[owners] & (solved[count:] > whole - tiny)
    free = carries[owners] & ~upper & (solved[count:] > tiny)
    basis = columns[:, :count].copy()
    np.add.at(basis.T, owners[upper], columns[:, count:].T[upper])
    chosen = np.hstack([basis[:, carries], columns[:, count:][:, free]])
    start = np.concatenate([solved[:count][carries], solved[count:][free]])
    found = start + np.linalg.lstsq(chosen, direction - chosen @ start, rcond=EXACT)[0]
    exact = np.zeros_like(solved)
    exact[:count][carries] = found[: int(carries.sum())]
    exact[count:][upper] = exact[:count][owners[upper]]
    exact[count:][free] = found[int(carries.sum()) :]
    if (_within(exact, owners, count) != exact).any():
        return solved
    before, after = (np.linalg.norm(direction - columns @ each) for each in (solved, exact))
    return exact if after <= before else solved
