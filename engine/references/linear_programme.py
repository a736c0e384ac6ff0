"""The best measure on finitely many directions, by linear programming, with its dual."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.references.reference import Array, NotSolved

NO_WEIGHT = 1e-13
"""Dual weight that counts as zero."""


@dataclass(frozen=True, eq=False)
class Programme:
    """Hold the solution on K directions for N points: nu (K,), sum |nu| = 1 or nu = 0, and p (N,)."""

    weights: Array
    dual: Array
    lower: float
    heights: Array
    """|sum_i p_i y_i relu(u_k . x_i)|, (K,); their maximum bounds the margin on these directions."""

    @property
    def upper(self) -> float:
        """Return the bound that the dual weights prove for these directions."""
        return float(self.heights.max())


def best_weights(points: Array, targets: Array, directions: Array, expected: float = 0.0) -> Programme:
    """Solve max g, y_i sum_k nu_k relu(u_k . x_i) >= g, sum |nu_k| <= 1, by HiGHS (dual simplex).

    Both bounds are evaluated from the solution itself, so they hold whatever the solver's tolerance;
    `lower` is 0 with nu = 0 when these directions give no positive margin.

    Args:
        points: (N, r), lengths of order 1.
        targets: (N,) in {-1, +1}.
        directions: (K, r), unit rows.
        expected: a margin from an earlier solution; the solver's tolerance is relative to it.
    """
    from scipy.optimize import linprog

    outputs = targets[:, None] * np.maximum(points @ directions.T, 0.0)
    count, width = outputs.shape
    scaled = outputs / expected if expected > 0.0 else outputs
    rows = np.block([[-scaled, scaled, np.ones((count, 1))], [np.ones((1, 2 * width)), np.zeros((1, 1))]])
    answer = linprog(
        np.append(np.zeros(2 * width), -1.0),
        A_ub=rows,
        b_ub=np.append(np.zeros(count), 1.0),
        bounds=[(0.0, None)] * (2 * width) + [(None, None)],
        method="highs-ds",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if answer.x is None:
        raise NotSolved(f"The linear programme for the margin could not be solved: {answer.message}")
    weights = np.asarray(answer.x[:width] - answer.x[width : 2 * width], dtype=np.float64)
    total = float(np.abs(weights).sum())
    weights = weights / total if total > 0.0 else weights
    lower = float((outputs @ weights).min())
    if lower <= 0.0:
        weights, lower = np.zeros(width), 0.0
    dual = np.maximum(-np.asarray(answer.ineqlin.marginals[:count], dtype=np.float64), 0.0)
    dual[dual < NO_WEIGHT * dual.max()] = 0.0
    dual = dual / dual.sum()
    return Programme(weights, dual, lower, np.abs(dual @ outputs))
