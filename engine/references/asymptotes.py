"""Where gradient flow on separable data goes, up to a vanishing remainder: w(T) = what log T + wtilde + o(1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from engine.references.inputs import finite_matrix
from engine.references.reference import Array, Indices, NotApplicable, NotSolved
from engine.references.svm import hard_margin_svm

TIGHT = 1e-9
"""Relative distance from the margin within which a point is a support vector."""
RANK_TOLERANCE = 1e-10
"""Singular value, relative to the largest, below which points do not span a direction."""
NEWTON_STEPS = 100
EXACT = 1e-13
"""Newton decrement, relative to sum alpha, at which wtilde is found."""


@dataclass(frozen=True, eq=False)
class Asymptote:
    """Hold w(T) = w_hat log T + w_tilde + o(1), T = sum of learning rates, and log L = log(sum alpha / T) + o(1).

    Attributes:
        w_hat: (D,) the vector of least length with every margin at least 1.
        w_tilde: (D,) in the span of the points; to it comes the part of w(0) orthogonal to all points,
            which no gradient moves.
        alpha: (N,) exp(-z_n . w_tilde) on the support vectors, else 0; w_hat = sum_n alpha_n z_n.
        support: indices of the support vectors, z_n . w_hat = 1, ascending, int64.
    """

    w_hat: Array
    w_tilde: Array
    alpha: Array
    support: Indices

    def at(self, log_time: float) -> Array:
        """Return w_hat log T + w_tilde, (D,)."""
        return self.w_hat * log_time + self.w_tilde


def asymptote(signed_points: ArrayLike) -> Asymptote:
    """Return the asymptote of gradient flow on the exponential sum loss of a linear predictor.

    Soudry et al. (2018), in the time T: with w = what log T + v the flow dw/dT = sum_n
    exp(-z_n . w) z_n becomes

        dv / d log T = sum_{support} exp(-z_n . v) z_n - what + O(T^-theta),

    for a support vector's exp(-z_n . what log T) is 1/T exactly and all others fall faster. So v follows
    the gradient flow, in log T, of the convex Phi(v) = sum_{support} exp(-z_n . v) + what . v, and ends at
    its minimiser wtilde, where what = sum alpha_n z_n with alpha_n = exp(-z_n . wtilde). Where the support
    vectors are linearly independent that is the paper's z_n . wtilde = -log alpha_n; where they are not, Phi
    still has one minimiser in their span if what is a positive combination of all of them, and it says
    which of the possible alpha holds. Gradient descent has the same limit, with T = eta t for a constant
    rate; in the paper's w = what log t + w', w' = wtilde + what log eta and so eta exp(-z_n . w') = alpha_n.
    The loss is sum alpha / T + o(1/T). What is left falls like T^-r, r the smaller of the smallest
    eigenvalue of sum alpha_n z_n z_n^T and of m - 1 for the least margin m of the other points.

    Args:
        signed_points: (N, D) float64, row n is y_n x_n.

    Raises:
        NotSeparable: no predictor gives every sample a positive margin, so nothing diverges.
        NotApplicable: the support vectors do not determine wtilde.
        NotSolved: the margin is too small to be certified.
        ValueError: the points are no finite table.
    """
    points = finite_matrix(signed_points, "signed points")
    answer = hard_margin_svm(points)
    assert answer.solution is not None
    w_hat = answer.solution / answer.lower
    support = np.flatnonzero(points @ w_hat <= 1.0 + TIGHT).astype(np.int64)
    resting = points[support]
    axes = _span(resting)
    dimensions = len(_span(points))
    if len(axes) < dimensions:
        raise NotApplicable(
            f"The support vectors ({len(support)}) span {len(axes)} of the {dimensions} dimensions of the data. "
            "Within that span w - what log T converges to what they determine; outside it also converges, but to "
            "a point that depends on the start and on the whole path. Compare directions and margins instead."
        )
    _refuse_without_weight(resting @ axes.T, w_hat @ axes.T)
    offset = _minimiser(resting @ axes.T, w_hat @ axes.T, answer.dual[support] / answer.value**2)
    alpha = np.zeros(len(points))
    alpha[support] = np.exp(-resting @ axes.T @ offset)
    return Asymptote(w_hat, offset @ axes, alpha, support)


def _span(points: Array) -> Array:
    """Return orthonormal axes (r, D) of the span of points."""
    _, sizes, axes = np.linalg.svd(points, full_matrices=False)
    return np.asarray(axes[sizes > RANK_TOLERANCE * sizes[0]])


def _refuse_without_weight(points: Array, target: Array) -> None:
    """Raise unless the target is a combination of all points (K, r) with positive weights.

    max g such that points^T a = target and a >= g; g <= 0 where one of the weights is zero in all of them.
    """
    from scipy.optimize import linprog

    count, rank = points.shape
    if count == rank:
        weights = np.linalg.solve(points.T, target)
    else:
        sums = np.column_stack([points.T, points.sum(axis=0)])
        solution = linprog(np.append(np.zeros(count), -1.0), A_eq=sums, b_eq=target, method="highs")
        weights = np.zeros(1) if solution.x is None else solution.x[:-1] + solution.x[-1]
    if weights.min() <= TIGHT * weights.max():
        raise NotApplicable(
            "A support vector bears no weight: it lies exactly on the margin, but the solution is the same without "
            "it. Then w - what log T grows without bound, like log log T. Move that sample, or compare directions."
        )


def _minimiser(points: Array, slope: Array, likely: Array) -> Array:
    """Return argmin_v sum_n exp(-points_n . v) + slope . v, (r,), by damped Newton steps.

    Args:
        points: (K, r) that span all r dimensions, slope a positive combination of them.
        slope: (r,).
        likely: (K,) guesses of exp(-points_n . v); zeros are taken for the mean.
    """
    guess = np.where(likely > TIGHT * likely.max(), likely, likely.mean())
    v = np.asarray(np.linalg.lstsq(points, -np.log(guess), rcond=None)[0], dtype=np.float64)
    for _ in range(NEWTON_STEPS):
        weights = np.exp(-points @ v)
        gradient = slope - points.T @ weights
        change = np.linalg.lstsq((points * weights[:, None]).T @ points, -gradient, rcond=None)[0]
        decrement = float(-gradient @ change)
        # A step that changes no exponent by more than 1 lowers Phi, which is as convex as its exponentials.
        v += change / max(1.0, float(np.abs(points @ change).max()))
        if decrement <= EXACT**2 * float(weights.sum()):
            return v
    raise NotSolved("Newton's method for the constant term of the asymptote did not converge.")
