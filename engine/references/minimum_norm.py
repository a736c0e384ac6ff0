"""The point of a convex hull that is nearest to the origin, to working precision."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.references.inputs import power_of_two
from engine.references.reference import Array, Indices, support_of

Mask = NDArray[np.bool_]

FEWEST = 500
"""Points that least squares takes at once, or as many as there are coordinates. More of them are tried in
turn: 0.3 s instead of 1 for 4,000 points in 300 dimensions, 0.1 s instead of 7 for 20,000 in 100."""
SATISFIED = 1e-9
"""Relative distance below the optimum at which a point left out is satisfied all the same."""
ROUNDS = 200
ZERO_NORM = 1e-13
"""Norm, relative to the largest point, below which the hull contains the origin."""


@dataclass(frozen=True, eq=False)
class Separation:
    """Hold the direction of largest margin of N points in D dimensions, with its certificate.

    direction (D,) is a unit vector (zero if there is none), dual (N,) lies on the simplex, support
    are the indices where it is positive, and lower = min_n z_n . direction <= gamma <= ||Z^T dual|| = upper.
    """

    direction: Array
    dual: Array
    support: Indices
    lower: float
    upper: float


def separation(points: Array) -> Separation:
    """Solve gamma = max_{||w||_2 <= 1} min_n points_n . w = min_{p on the simplex} ||points^T p||_2.

    Theory.md 0.2. If the hull of the points (N, D) contains the origin, upper is zero to rounding
    (relative to the longest point) and lower says nothing.
    """
    dual = minimum_norm_weights(points)
    support = support_of(dual)
    unit = power_of_two(points)
    points = points / unit
    mixture = points.T @ dual
    upper = float(np.linalg.norm(mixture))
    best, lower = np.zeros(points.shape[1]), -np.inf
    for candidate in (mixture, equal_margins(points[support])):
        length = float(np.linalg.norm(candidate))
        if 0.0 < length < np.inf and float((points @ candidate).min()) / length > lower:
            best = candidate / length
            lower = float((points @ best).min())
    # Rounding may put the two a few units in the last place the wrong way round.
    return Separation(best, dual, support, min(lower, upper) * unit, upper * unit)


def minimum_norm_weights(points: Array) -> Array:
    """Return p (N,) on the simplex that minimises ||points^T p||_2, points (N, D) float64.

    The support comes from non-negative least squares, min_{a >= 0} ||[Z^T; 1^T] a - [0; 1]||,
    p = a / sum a, on a subset of the points that grows until all others lie beyond the optimum. It is
    then corrected by the active-set method of Wolfe (1976), "Finding the nearest point in a polytope",
    which ends at rounding error.
    """
    points = points / power_of_two(points)
    scale = float(np.linalg.norm(points, axis=1).max())
    if scale == 0.0:
        return np.full(len(points), 1.0 / len(points))
    scaled = _fewest_coordinates(points / scale)
    return improved_weights(scaled, _by_growing_subset(scaled))


def equal_margins(points: Array) -> Array:
    """Return the nearest point w (D,) to the origin of the affine hull of linearly independent points.

    All points have the same margin points w = ||w||^2, so w = v / ||v||^2 with points v = 1. In this
    form the margins are equal to rounding error relative to ||w||, where points^T p cancels terms of
    the size of the points.
    """
    direction = _least_squares(points, np.ones(len(points)))
    square = float(direction @ direction)
    return direction / square if square > 0.0 else direction


def _fewest_coordinates(points: Array) -> Array:
    """Return points with the same inner products and at most as many coordinates as points."""
    if points.shape[1] <= points.shape[0]:
        return points
    return np.ascontiguousarray(np.asarray(np.linalg.qr(points.T, mode="r")).T)


def _by_growing_subset(points: Array) -> Array:
    """Return simplex weights by least squares on the points that lie lowest, until none lies below.

    Each round keeps the points that bear weight and takes up the lowest of the others, so that the norm
    of the mixture falls and no subset comes twice.
    """
    at_once = max(FEWEST, points.shape[1])
    chosen = np.argsort(points @ points.mean(axis=0), kind="stable")[:at_once]
    weights = np.zeros(len(points))
    for _ in range(ROUNDS):
        solution = _by_nnls(points[chosen])
        weights = np.zeros(len(points))
        weights[chosen] = solution
        mixture = points.T @ weights
        square = float(mixture @ mixture)
        if square <= ZERO_NORM**2:
            break
        heights = points @ mixture
        heights[chosen] = np.inf
        below = np.flatnonzero(heights < square * (1.0 - SATISFIED))
        if not below.size:
            break
        lowest = below[np.argsort(heights[below], kind="stable")[:at_once]]
        chosen = np.union1d(chosen[solution > 0.0], lowest)
    return weights


def _by_nnls(points: Array) -> Array:
    """Return simplex weights by non-negative least squares, all on one point where it gives up."""
    from scipy.optimize import nnls

    system = np.vstack([points.T, np.ones(len(points))])
    target = np.zeros(len(system))
    target[-1] = 1.0
    try:
        amounts, _ = nnls(system, target, maxiter=30 * len(points))
    except RuntimeError:
        amounts = np.zeros(len(points))
    return _on_simplex(amounts, points)


def _on_simplex(amounts: Array, points: Array) -> Array:
    """Return non-negative amounts scaled to sum 1; all on the shortest point if there are none."""
    amounts = np.maximum(amounts, 0.0)
    total = float(amounts.sum())
    if total > 0.0:
        return amounts / total
    weights = np.zeros(len(points))
    weights[int(np.argmin(np.linalg.norm(points, axis=1)))] = 1.0
    return weights


def improved_weights(points: Array, weights: Array) -> Array:
    """Return simplex weights improved by Wolfe's active-set steps until no point lies below the optimum.

    Any start will do; from one point, on points with a norm of at most 1, it takes a few steps a dimension. A point
    lies below where its height is less than that of the optimum by more than the height's own rounding.
    """
    rounding = points.shape[1] * float(np.finfo(np.float64).eps)
    active = weights > 0.0
    best, best_ratio, last_square = weights, -np.inf, np.inf
    for _ in range(10 * sum(points.shape)):
        weights, active = _settled(points, weights, active)
        if float(np.linalg.norm(points.T @ weights)) <= ZERO_NORM:
            return weights
        nearest = equal_margins(points[active])
        square = float(nearest @ nearest)
        heights = points @ nearest
        lowest = int(np.argmin(heights))
        ratio = float(heights[lowest]) / square
        if ratio > best_ratio:
            best, best_ratio = weights, ratio
        below = square - float(heights[lowest])
        if below <= rounding * math.sqrt(square) or active[lowest] or square >= last_square:
            break
        last_square = square
        active = active.copy()
        active[lowest] = True
    return best


def _settled(points: Array, weights: Array, active: Mask) -> tuple[Array, Mask]:
    """Return the weights that are optimal on a subset of the active points, and that subset."""
    weights, active = weights.copy(), active.copy()
    while True:
        chosen = np.flatnonzero(active)
        current = weights[chosen]
        wanted = _affine_minimiser(points[chosen], current)
        if (wanted > 0.0).all():
            weights[chosen] = wanted
            return weights, active
        falling = np.flatnonzero(wanted <= 0.0)
        # A weight that is 0 and stays 0 can be dropped without moving: its ratio is 0 / 0.
        fall = np.maximum(current[falling] - wanted[falling], np.finfo(np.float64).tiny)
        ratios = current[falling] / fall
        step = float(ratios.min())
        moved = np.maximum(current + step * (wanted - current), 0.0)
        moved[falling[ratios <= step]] = 0.0
        weights[chosen] = moved / moved.sum()
        active[chosen[moved == 0.0]] = False


def _affine_minimiser(points: Array, weights: Array) -> Array:
    """Return weights, of any sign and sum 1, that minimise ||points^T weights||.

    What is solved for is a correction of the given weights: its rounding error is relative to the
    current norm and not to the size of the points, which matters when the margin is small.
    """
    if len(points) == 1:
        return np.ones(1)
    edges = (points[1:] - points[0]).T
    change = _least_squares(edges, -(points.T @ weights))
    moved: Array = weights + np.concatenate([[-change.sum()], change])
    return moved / float(moved.sum())


def _least_squares(system: Array, target: Array) -> Array:
    """Return the shortest x (N,) of least ||system x - target||, for a system (M, N), by LAPACK's gelsy.

    It is what `scipy.linalg.lstsq` calls, which takes several times as long for systems of a few rows.
    """
    from scipy.linalg.lapack import dgelsy, dgelsy_lwork

    rows, columns = system.shape
    padded = np.zeros(max(rows, columns))
    padded[:rows] = target
    resolution = float(np.finfo(np.float64).eps)
    work, _ = dgelsy_lwork(rows, columns, 1, resolution)
    pivots = np.zeros((columns, 1), dtype=np.int32)
    _, solution, _, _, info = dgelsy(system, padded, pivots, resolution, int(work))
    if info < 0:
        raise ValueError(f"gelsy refuses its argument {-info}.")
    return np.asarray(solution[:columns]).reshape(columns)
