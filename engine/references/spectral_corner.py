"""Newton's method for the margin in the spectral norm, from near the optimum to rounding error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.references.reference import Array

Mask = NDArray[np.bool_]

STEPS = 5
REVISIONS = 6
SHARES = (1.0, 1e-2, 1e2)
"""Weight over relative slack from which a point is taken to bear weight, one after the other."""
EXACT = 1e-12
"""Relative gap at which the points that bear weight are not looked for again."""
SINGULAR = 1e-13
"""Relative size up to which a direction of Newton's system is rounding's: of weights that are not unique, the least
change is taken."""
EQUAL = 1e-12
"""Relative difference of margins that counts as none."""


@dataclass(frozen=True, eq=False)
class Corner:
    """Hold p (K,) on the simplex and W (c, r), ||W||_2 = 1, for points Z (K, c, r), and what they prove."""

    weights: Array
    predictor: Array
    lower: float
    """min_a <Z_a, W>."""
    upper: float
    """||sum_a p_a Z_a||_*."""

    @property
    def gap(self) -> float:
        """Return the relative distance of the bounds."""
        return (self.upper - self.lower) / self.upper if self.upper > 0.0 else 0.0


def evaluated(points: Array, weights: Array, predictor: Array) -> Corner:
    """Return weights and predictor, brought to the simplex and to norm 1, with the bounds they prove."""
    weights = np.maximum(weights, 0.0)
    weights = weights / weights.sum()
    predictor = predictor / np.linalg.norm(predictor, 2)
    return Corner(
        weights,
        predictor,
        float(np.tensordot(points, predictor, 2).min()),
        float(np.linalg.norm(np.tensordot(weights, points, 1), "nuc")),
    )


def corrected(points: Array, start: Corner) -> Corner:
    """Return the pair improved until rounding stops it.

    At the optimum the points that bear weight have equal margins, and M = sum p_a Z_a = U S V^T of some
    rank k determines W = U V^T + U' K V'^T up to a contraction K on the rest. Newton's method solves
    for p, K and the margin g

        <Z_a, W> = g  where p_a > 0,      U'^T M V' = 0,      sum p = 1

    linearised with the turn of the singular spaces, so that errors square with each step. Which points
    bear weight, and k, are read off the start; points with a smaller margin then join them, and points of
    negative weight leave.
    """
    if start.lower <= 0.0:
        return start
    slack = np.tensordot(points, start.predictor, 2) / start.lower - 1.0
    sizes = np.linalg.svd(np.tensordot(start.weights, points, 1), compute_uv=False)
    loose = 1.0 - np.linalg.svd(start.predictor, compute_uv=False)
    best = start
    for share in SHARES:
        bearing = start.weights > share * np.maximum(slack, 0.0)
        rank = int((sizes / sizes[0] > share * loose).sum())
        best = _revised(points, start, best, bearing, rank)
        if best.gap <= EXACT:
            break
    return best


def _revised(points: Array, start: Corner, best: Corner, bearing: Mask, rank: int) -> Corner:
    """Return the best pair met from a start, while points join and leave those that bear weight."""
    for _ in range(REVISIONS):
        weights, predictor = np.where(bearing, start.weights, 0.0), start.predictor
        for _ in range(STEPS):
            weights, predictor = _step(points, weights, predictor, bearing, rank)
            if not (np.isfinite(weights).all() and np.isfinite(predictor).all() and (weights > 0.0).any()):
                return best
            trial = evaluated(points, weights, predictor)
            # The first step may overshoot, so a worse pair is no reason to stop.
            best = trial if trial.gap < best.gap else best
        margins = np.tensordot(points, predictor, 2)
        missed = ~bearing & (margins < margins[bearing].min() * (1.0 - EQUAL))
        revised = (bearing | missed) & (weights >= 0.0)
        if best.gap <= EXACT or not (revised != bearing).any() or not revised.any():
            break
        bearing = revised
    return best


def _step(points: Array, weights: Array, predictor: Array, bearing: Mask, rank: int) -> tuple[Array, Array]:
    """Return p and W after one step of Newton's method, W a contraction built on the new M."""
    from scipy.linalg import lstsq

    bearers = points[bearing]
    mixture = np.tensordot(weights[bearing], bearers, 1)
    left, sizes, right = np.linalg.svd(mixture)
    turned = left.T @ bearers @ right.T
    kept = np.maximum(sizes[:rank], np.finfo(np.float64).tiny)
    contraction = (left.T @ predictor @ right.T)[rank:, rank:]
    current = left[:, :rank] @ right[:rank] + left[:, rank:] @ contraction @ right[rank:]
    margins = np.tensordot(bearers, current, 2)
    corner = turned[:, rank:, rank:].reshape(len(bearers), -1)
    residual = (left.T @ mixture @ right.T)[rank:, rank:].ravel()
    free = corner.shape[1]
    # [ H  corner  -1 ] [dp]   [ g - margins ]
    # [ corner^T      ] [dK] = [ -residual   ]
    # [ 1^T           ] [ g]   [ 1 - sum p   ], with g solved for itself.
    system = np.zeros((len(bearers) + free + 1, len(bearers) + free + 1))
    system[: len(bearers), : len(bearers)] = _curvature(turned, kept, contraction)
    system[: len(bearers), len(bearers) : -1] = corner
    system[: len(bearers), -1] = -1.0
    system[len(bearers) : -1, : len(bearers)] = corner.T
    system[-1, : len(bearers)] = 1.0
    target = np.concatenate([-margins, -residual, [1.0 - weights.sum()]])
    change = lstsq(system, target, cond=SINGULAR, lapack_driver="gelsy")[0]
    weights = weights.copy()
    weights[bearing] += change[: len(bearers)]
    contraction = contraction + change[len(bearers) : -1].reshape(contraction.shape)
    rest = left[:, rank:] @ contraction @ right[rank:]
    left, _, right = np.linalg.svd(np.tensordot(weights[bearing], bearers, 1))
    rest = left[:, rank:] @ (left[:, rank:].T @ rest @ right[rank:].T) @ right[rank:]
    return weights, left[:, :rank] @ right[:rank] + rest


def _curvature(turned: Array, sizes: Array, contraction: Array) -> Array:
    """Return <Z_a, dW/dp_b>, (K, K), from the points in the singular bases of M.

    A change E of M turns its singular spaces, which changes W by U F V^T + U' E_21 S^-1 V^T + U S^-1 E_12 V'^T
    - U S^-1 E_21^T K V'^T - U' K E_12^T S^-1 V^T, F_ij = (E_ij - E_ji) / (s_i + s_j).
    """
    rank, count = len(sizes), len(turned)
    inside = turned[:, :rank, :rank]
    turn = (inside - inside.transpose(0, 2, 1)) / np.sqrt(2.0 * (sizes[:, None] + sizes[None, :]))
    below = (turned[:, rank:, :rank] / np.sqrt(sizes)).reshape(count, -1)
    beside = turned[:, :rank, rank:] / np.sqrt(sizes)[:, None]
    mixed = (beside @ contraction.T).transpose(0, 2, 1).reshape(count, -1)
    turn, beside = turn.reshape(count, -1), beside.reshape(count, -1)
    cross = below @ mixed.T
    curvature: Array = turn @ turn.T + below @ below.T + beside @ beside.T - cross - cross.T
    return curvature
