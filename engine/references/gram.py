"""The point of a convex hull that is nearest to the origin, from the inner products of its corners, with 30 digits."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from engine.references.inputs import power_of_two
from engine.references.reference import Array
from engine.references.twofold import Twofold, times

CERTIFIED = 1e-12
"""Relative gap between the bounds up to which they certify a margin."""
CORRECTIONS = 30
ROUNDS = 100


@dataclass(frozen=True, eq=False)
class GramSolution:
    """Weights p on the simplex, and what they prove: min_n (G p)_n/gamma <= gamma* <= gamma = sqrt(p^T G p)."""

    dual: Array
    """p (N,), rounded to float64; the bounds are those of p before it was."""
    lower: float
    upper: float

    @property
    def gap(self) -> float:
        """Return the relative width of the bounds."""
        return (self.upper - self.lower) / self.upper


def refined(gram: Array, dual: Array) -> GramSolution:
    """Return the minimum of p^T G p over the simplex, from weights that are near it.

    What bears weight makes a linear system G_SS a = 1, p = a / sum a, which is solved by iterative refinement with
    residuals of twice the digits: a margin far below the vectors' lengths, whose square float64 knows to few digits
    of the Gram matrix's eigenvalues, is right all the same. The support changes by Wolfe's active-set steps. Weights
    that are certified already stay as they are; so do those whose system is singular to working precision, with the
    bounds that they prove.

    Args:
        gram: (N, N) symmetric positive semi-definite.
        dual: (N,) on the simplex, near the optimum.
    """
    unit = power_of_two(gram)
    scaled = gram / unit
    best = _bounds(scaled, Twofold.of(dual))
    weights, active = dual.copy(), dual > 0.0
    for _ in range(ROUNDS):
        if best.gap <= CERTIFIED:
            break
        solved = _settled(scaled, weights, active)
        if solved is None:
            break
        exact, weights, active = solved
        found = _bounds(scaled, exact)
        if found.gap >= best.gap:
            break
        best = found
        lowest = int(np.argmin(times(scaled[:, active], _chosen(exact, active)).high))
        if active[lowest]:
            break
        active[lowest] = True
    root = float(np.sqrt(unit))
    return GramSolution(best.dual, best.lower * root, best.upper * root)


def _settled(gram: Array, weights: Array, active: np.ndarray) -> tuple[Twofold, Array, np.ndarray] | None:
    """Return the optimal weights on a subset of the active points, in 30 digits and in float64, and that subset."""
    weights, active = weights.copy(), active.copy()
    while active.any():
        chosen = np.flatnonzero(active)
        amounts = _balanced(gram[np.ix_(chosen, chosen)])
        if amounts is None:
            return None
        total = amounts.total()
        if not total.high[0] > 0.0:
            return None
        wanted = amounts.over(total)
        if (wanted.high > 0.0).all():
            exact = Twofold(np.zeros_like(weights), np.zeros_like(weights))
            exact.high[chosen], exact.low[chosen] = wanted.high, wanted.low
            return exact, exact.high.copy(), active
        current = weights[chosen]
        falling = np.flatnonzero(wanted.high <= 0.0)
        fall = np.maximum(current[falling] - wanted.high[falling], np.finfo(np.float64).tiny)
        ratios = current[falling] / fall
        step = float(ratios.min())
        moved = np.maximum(current + step * (wanted.high - current), 0.0)
        moved[falling[ratios <= step]] = 0.0
        weights[chosen] = moved / moved.sum()
        active[chosen[moved == 0.0]] = False
    return None


def _balanced(gram: Array) -> Twofold | None:
    """Return a with G a = 1 as far as 30 digits allow, or None where G is singular to working precision."""
    from scipy.linalg import LinAlgWarning, lu_factor, lu_solve

    scales = np.sqrt(np.diag(gram))
    if not (scales > 0.0).all():
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LinAlgWarning)
        factors = lu_factor(gram / np.outer(scales, scales))
    if not np.diag(factors[0]).all():
        return None

    def solve(target: Array) -> Array:
        return np.asarray(lu_solve(factors, target / scales)) / scales

    ones = np.ones(len(gram))
    amounts, last = Twofold.of(solve(ones)), np.inf
    for _ in range(CORRECTIONS):
        residual = times(gram, amounts)
        change = solve((ones - residual.high) - residual.low)
        size = float(np.abs(change).max() / np.abs(amounts.high).max())
        if not size < last / 2.0:
            break
        amounts, last = amounts.plus(change), size
    return amounts if last <= CERTIFIED else None


def _bounds(gram: Array, weights: Twofold) -> GramSolution:
    """Return weights with what they prove."""
    bearing = weights.high != 0.0
    chosen = _chosen(weights, bearing)
    heights = times(gram[:, bearing], chosen)
    own = Twofold(heights.high[bearing], heights.low[bearing])
    square = times(own.high[None, :], chosen)
    norm = float(square.high[0] + float(own.low @ chosen.high))
    if not norm > 0.0:
        return GramSolution(weights.high, -np.inf, np.inf)
    total = chosen.total()
    # p is on the simplex to 30 digits only where it was solved for; as given it is divided by its sum
    mass = float(total.high[0])
    upper = float(np.sqrt(norm)) / mass
    lowest = float((heights.high + heights.low).min()) / mass
    # both are rounded once more here, by less than a unit in the last place each
    return GramSolution(weights.high, min(lowest / upper, upper), upper)


def _chosen(weights: Twofold, which: np.ndarray) -> Twofold:
    return Twofold(weights.high[which], weights.low[which])
