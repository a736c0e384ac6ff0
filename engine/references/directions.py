"""Where a sum of rectified linear functions is extreme on the unit circle or sphere, exactly.

For h(u) = sum_i c_i relu(u . x_i) the hyperplanes u . x_i = 0 cut the sphere into cells. Inside a
cell with active set A, h(u) = v . u with v = sum_{i in A} c_i x_i, so |h| is largest at u = +-v / |v|
where that lies in the cell, and otherwise on the cell's boundary, where the same holds one dimension
lower. In the plane the boundary is two kinks. On the sphere it consists of arcs of the great circles,
and each great circle is a plane problem for the points projected onto its plane.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.references.reference import Array

PARALLEL = 1e-12
"""Length, relative to the longest, below which a projected point counts as zero."""
ON_BOUNDARY = 1e-12
"""Cosine below which a direction counts as lying on a kink."""
CELLS_AT_ONCE = 10_000


@dataclass(frozen=True, eq=False)
class Arcs:
    """Hold the arcs between consecutive kinks of plane points: angles (A,), active points (A, N)."""

    start: Array
    end: Array
    active: NDArray[np.bool_]

    def middles(self) -> Array:
        """Return the unit vectors at the middle of each arc, (A, 2)."""
        return on_circle((self.start + self.end) / 2.0)


def extreme_directions(points: Array, coefficients: Array) -> tuple[Array, Array]:
    """Return candidate unit directions and h there; a global maximum of |h| is among them.

    The candidates are the maximum of |h| over each closed cell of the arrangement, for points in
    one, two or three dimensions. Cost O(M^2) in the plane and O(M^3) on the sphere for M points
    with a coefficient other than zero.

    Args:
        points: (N, r), r in {1, 2, 3}, no row zero.
        coefficients: (N,) c_i.

    Returns:
        directions (K, r) of norm 1 and values h(u_k) (K,).
    """
    used = coefficients != 0.0
    points, coefficients = points[used], coefficients[used]
    dimension = points.shape[1]
    if dimension == 1:
        directions = np.array([[1.0], [-1.0]])
    elif dimension == 2:
        directions = _in_plane(points, coefficients, plane_arcs(points))
    else:
        directions = _on_sphere(points, coefficients)
    return directions, np.maximum(directions @ points.T, 0.0) @ coefficients


def on_circle(angles: Array) -> Array:
    """Return unit vectors (K, 2) at angles (K,) in radians."""
    return np.column_stack([np.cos(angles), np.sin(angles)])


def plane_arcs(points: Array) -> Arcs:
    """Return the arcs on which each relu(u . x_i) is active or not throughout, points (N, 2)."""
    lengths = np.linalg.norm(points, axis=1)
    turning = points[lengths > 0.0]
    towards = np.arctan2(turning[:, 1], turning[:, 0])
    kinks = np.mod(np.concatenate([towards - np.pi / 2.0, towards + np.pi / 2.0]), 2.0 * np.pi)
    start = np.unique(kinks) if kinks.size else np.zeros(1)
    end = np.append(start[1:], start[0] + 2.0 * np.pi)
    middle = on_circle((start + end) / 2.0)
    return Arcs(start, end, middle @ points.T > 0.0)


def _in_plane(points: Array, coefficients: Array, arcs: Arcs) -> Array:
    """Return the kinks and the stationary directions inside the arcs, (K, 2)."""
    resultant = arcs.active @ (coefficients[:, None] * points)
    towards = np.arctan2(resultant[:, 1], resultant[:, 0])
    angles = [arcs.start]
    for angle in (towards, towards + np.pi):
        inside = np.mod(angle - arcs.start, 2.0 * np.pi) < arcs.end - arcs.start
        angles.append(angle[inside])
    return on_circle(np.concatenate(angles))


def _on_sphere(points: Array, coefficients: Array) -> Array:
    """Return the extreme directions on the great circles and inside the cells, (K, 3)."""
    units = points / np.linalg.norm(points, axis=1)[:, None]
    directions, cells = [], []
    done = np.zeros(len(points), dtype=bool)
    for index in range(len(points)):
        if done[index]:
            continue
        axis = units[index]
        parallel = np.linalg.norm(np.cross(units, axis), axis=1) <= PARALLEL
        done |= parallel
        plane = np.linalg.svd(axis[None, :])[2][1:]
        projected = np.where(parallel[:, None], 0.0, points @ plane.T)
        arcs = plane_arcs(projected)
        directions.append(_in_plane(projected, coefficients, arcs) @ plane)
        for side in (1.0, -1.0):
            beside = arcs.active.copy()
            beside[:, parallel] = side * (units[parallel] @ axis) > 0.0
            cells.append(np.packbits(beside, axis=1))
    distinct = np.unique(np.concatenate(cells), axis=0)
    weighted = coefficients[:, None] * points
    # In slices, because 400 points already make 160,000 cells.
    for first in range(0, len(distinct), CELLS_AT_ONCE):
        packed = distinct[first : first + CELLS_AT_ONCE]
        active = np.unpackbits(packed, axis=1, count=len(points)).astype(bool)
        directions.append(_inside_cells(units, active, active @ weighted))
    return np.concatenate(directions)


def _inside_cells(units: Array, active: NDArray[np.bool_], resultant: Array) -> Array:
    """Return the stationary directions +-v / |v| that lie in their own cell, (K, 3)."""
    lengths = np.linalg.norm(resultant, axis=1)
    active, towards = active[lengths > 0.0], resultant[lengths > 0.0] / lengths[lengths > 0.0, None]
    cosines = towards @ units.T
    kept = []
    for sign in (1.0, -1.0):
        inside = np.where(active, sign * cosines >= -ON_BOUNDARY, sign * cosines <= ON_BOUNDARY).all(axis=1)
        kept.append(sign * towards[inside])
    return np.concatenate(kept)
