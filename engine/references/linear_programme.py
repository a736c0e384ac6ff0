"""The weights of largest margin in the l1 or l-infinity norm, by linear programming, with their dual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.references.reference import REMEDY, Array, NotSolved

PolyhedralNorm = Literal["l1", "linf"]
Method = Literal["highs-ds", "highs-ipm"]

NO_WEIGHT = 1e-13
"""Dual weight, relative to the largest, that counts as zero."""
ROUNDED = 4.0 * float(np.finfo(np.float64).eps)
"""Relative gap that is nothing but rounding."""
TIGHT = (0.0, 1e-9, 1e-6)
"""Relative distances from the optimum at which a margin or a height is taken for equal to it."""
EXACT = 1e-13
"""Relative gap, beside what rounding the gains costs, at which the programme is not solved again."""
FAINT = 1e-13
"""Margin, relative to gains of order 1, below which the origin lies in the hull of the gains."""


@dataclass(frozen=True, eq=False)
class Programme:
    """Hold the solution for N points with K gains: w (K,), ||w|| = 1 or w = 0, and p (N,) on the simplex.

    The bounds are evaluated from w and p themselves, so they hold whatever the solver's tolerance.
    """

    weights: Array
    dual: Array
    lower: float
    """min_n gains_n . w, or 0 with w = 0 where no positive margin was found."""
    upper: float
    """||gains^T p|| in the dual norm."""
    heights: Array
    """|gains^T p|, (K,); their maximum (l1) or sum (l-infinity) is `upper`."""

    @property
    def exact(self) -> bool:
        """Say whether the bounds agree as far as float64 allows, for gains of order 1."""
        return self.upper - self.lower <= EXACT * self.upper + ROUNDED


def best_weights(
    gains: Array, norm: PolyhedralNorm, expected: float = 0.0, method: Method = "highs-ds"
) -> Programme:
    """Solve max g, gains_n . w >= g for every n, ||w|| <= 1, by HiGHS.

    Args:
        gains: (N, K), of order 1: what one unit of w_k adds to the margin of point n.
        norm: "l1", sum_k |w_k| <= 1, or "linf", max_k |w_k| <= 1.
        expected: a margin from an earlier solution; the solver's tolerance is relative to it.
        method: the dual simplex method, or an interior-point method that ends in a corner as well:
            half to two fifths of the time where N and K are both in the hundreds.

    Raises:
        NotSolved: HiGHS gave up.
    """
    from scipy import sparse
    from scipy.optimize import linprog

    count, width = gains.shape
    scaled = sparse.csr_array(gains / expected if expected > 0.0 else gains)
    margin = sparse.csr_array(np.ones((count, 1)))
    if norm == "l1":
        unknowns = 2 * width
        size = sparse.csr_array(np.append(np.ones(unknowns), 0.0)[None, :])
        rows = sparse.vstack([sparse.hstack([-scaled, scaled, margin]), size], format="csr")
        limits, least, most = np.append(np.zeros(count), 1.0), 0.0, np.inf
    else:
        unknowns = width
        rows = sparse.hstack([-scaled, margin], format="csr")
        limits, least, most = np.zeros(count), -1.0, 1.0
    answer = linprog(
        np.append(np.zeros(unknowns), -1.0),
        A_ub=rows,
        b_ub=limits,
        bounds=[(least, most)] * unknowns + [(None, None)],
        method=method,
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if answer.x is None:
        raise NotSolved(f"The linear programme for the margin could not be solved: {answer.message} {REMEDY}")
    weights = np.asarray(answer.x[:width], dtype=np.float64)
    if norm == "l1":
        weights = weights - answer.x[width:unknowns]
    dual = np.maximum(-np.asarray(answer.ineqlin.marginals[:count], dtype=np.float64), 0.0)
    return _evaluated(gains, norm, weights, dual)


def exact_weights(gains: Array, norm: PolyhedralNorm) -> Programme:
    """Solve the programme of `best_weights` to the limit of float64.

    HiGHS finds the corner of the two polyhedra to 1e-10 of the gains. What is tight there makes a
    linear system for w and one for p, whose solution is exact to rounding (Shapley and Snow 1950: a
    corner of a matrix game is the solution of a square subsystem). Where the margin is far below the
    gains, the solver's tolerance is first made relative to it.
    """
    best = corrected(gains, norm, best_weights(gains, norm, method="highs-ipm"))
    if best.exact or best.upper <= FAINT:
        return best
    expected = best.lower if best.lower > 0.0 else best.upper
    try:
        again = best_weights(gains, norm, expected)
    except NotSolved:
        return best
    return _better(best, corrected(gains, norm, again))


def corrected(gains: Array, norm: PolyhedralNorm, programme: Programme) -> Programme:
    """Return the solution with equal margins where p_n > 0 and equal heights where w_k is free, to rounding."""
    best = programme
    for tolerance in TIGHT:
        if best.lower <= 0.0 or best.lower >= best.upper * (1.0 - ROUNDED):
            break
        weights, dual = _on_the_corner(gains, norm, programme, tolerance)
        best = _better(best, _evaluated(gains, norm, weights, dual))
    return best


def _on_the_corner(
    gains: Array, norm: PolyhedralNorm, programme: Programme, tolerance: float
) -> tuple[Array, Array]:
    """Return w and p, of any scale, from the equations that hold on the corner that was found.

    With u = w / g, the margins of the tight points are K u = 1, and with q = p / g the heights are
    K^T q. For l1, K holds the columns in use, of height sign(w). For l-infinity, the columns at w_k = +-1
    move as one, of height 1, and the others have height 0.
    """
    level, sign = programme.upper, np.sign(programme.weights)
    bearing = programme.dual > 0.0
    tight = bearing | (gains @ programme.weights <= level * (1.0 + tolerance))
    if norm == "l1":
        used = programme.weights != 0.0
        high = used | (programme.heights >= level * (1.0 - tolerance))
        columns, start = gains[:, used], programme.weights[used]
        rows, target = gains[:, high], np.sign(programme.dual @ gains)[high]
    else:
        free = np.abs(programme.weights) < 1.0
        flat = free | (programme.heights <= level * tolerance)
        together = gains[:, ~free] @ sign[~free]
        columns, start = np.column_stack([gains[:, free], together]), np.append(programme.weights[free], 1.0)
        rows = np.column_stack([gains[:, flat], together])
        target = np.append(np.zeros(int(flat.sum())), 1.0)
    amounts = _solved(columns[tight], np.ones(int(tight.sum())), start / level)
    if norm == "l1":
        weights = np.zeros_like(sign)
        weights[used] = amounts
    else:
        weights = sign * amounts[-1]
        weights[free] = amounts[:-1]
    dual = np.zeros_like(programme.dual)
    dual[bearing] = _solved(rows[bearing].T, target, programme.dual[bearing] / level)
    return weights, dual


def _solved(system: Array, target: Array, start: Array) -> Array:
    """Return the nearest solution to a start, by two corrections, each with its residual computed afresh."""
    from scipy.linalg import lstsq

    solution = start
    for _ in range(2):
        solution = solution + lstsq(system, target - system @ solution, lapack_driver="gelsy")[0]
    return solution


def _evaluated(gains: Array, norm: PolyhedralNorm, weights: Array, dual: Array) -> Programme:
    """Return w and p brought to norm 1 and onto the simplex, with the bounds that they prove."""
    size = float(np.abs(weights).sum() if norm == "l1" else np.abs(weights).max())
    weights = weights / size if size > 0.0 else weights
    lower = float((gains @ weights).min())
    if lower <= 0.0:
        weights, lower = np.zeros_like(weights), 0.0
    dual = np.maximum(dual, 0.0)
    dual[dual < NO_WEIGHT * dual.max()] = 0.0
    total = float(dual.sum())
    dual = dual / total if total > 0.0 else np.full(len(dual), 1.0 / len(dual))
    heights = np.abs(dual @ gains)
    upper = float(heights.max() if norm == "l1" else heights.sum())
    return Programme(weights, dual, lower, upper, heights)


def _better(one: Programme, other: Programme) -> Programme:
    """Return the weights of the larger lower bound with the dual of the smaller upper bound."""
    primal = other if other.lower > one.lower else one
    bound = other if other.upper < one.upper else one
    return Programme(primal.weights, bound.dual, primal.lower, bound.upper, bound.heights)
