"""How far hulls of tangential gradients are from the origin, as engine.references.minimum_norm knows it.

Weights come from exchanges on the Gram matrix and 1 1^T (non-negative least squares of [Z^T; 1^T] a = [0; 1]), which
knows the square of a small distance to few digits. So the nearest point of what bears weight is corrected as a vector,
until all heights are equal to their own rounding, and none of the others lies lower.
"""

from __future__ import annotations

import math

from .active_sets import EPSILON, SLACK, chosen_of, drop, lowered, solved
from .jit import compiled, entry
from .lengths import length
from .plan import Array
from .products import blended, inner, packed, times, times_vector
from .vectors import address
from .views import matrix

ORIGIN = 1e-13
"""Distance, relative to the longest vector, below which the hull contains the origin."""
ROUNDS, CORRECTIONS = 20, 10
LANES = 32
"""Numbers of a vector that are added up beside one another; as many units in the last place are a height's rounding."""
FLOATS = 7
"""Rows of numbers, one a point, that solving takes as room."""


@entry
def solve_hulls(
    gradients: Array,
    directions: Array,
    shapes: Array,
    distances: Array,
    points: Array,
    tables: Array,
    panels: Array,
    floats: Array,
    indices: Array,
    vector: Array,
) -> None:
    """Solve for the distances of hulls from the origin.

    Args:
        gradients: the numbers of (K, D), of one hull after those of the other.
        directions: the same of unit vectors (D,), along which the gradients lose what they have.
        shapes: K and D of each hull (M, 2).
        distances: written (M,); NaN: not certified.
        points: room for the largest K times the largest D.
        tables: room for 2 K^2.
        panels: room for (D, K), packed.
        floats: room for FLOATS K.
        indices: room for 2 K.
        vector: room for D.
    """
    start, at = 0, 0
    for m in range(shapes.shape[0]):
        count, width = shapes[m, 0], shapes[m, 1]
        given, own = matrix(gradients, start, count, width), matrix(points, 0, count, width)
        size = _tangential(given, directions[at : at + width], own, vector[:width])
        if count > 1 and 0.0 < size < math.inf:
            size *= _nearest(own, tables, panels, floats, indices, vector[:width])
        distances[m] = size
        start += count * width
        at += width


@compiled
def _tangential(gradients: Array, direction: Array, points: Array, whole: Array) -> float:
    """Write gradients without what lies along a unit vector, over the longest's length, which is returned."""
    longest = 0.0
    for n in range(points.shape[0]):
        along, point, gradient = inner(gradients[n], direction), points[n], gradients[n]
        for i in range(whole.size):
            whole[i] = gradient[i] - along * direction[i]
            point[i] = whole[i]
        size = length(whole)
        if not size < math.inf:
            return math.nan
        longest = max(longest, size)
    if longest > 0.0:
        for n in range(points.shape[0]):
            point = points[n]
            for i in range(whole.size):
                point[i] /= longest
    return longest


@compiled
def _nearest(
    points: Array, tables: Array, panels: Array, floats: Array, indices: Array, vector: Array
) -> float:
    """Return the distance of a hull of points, the longest of length 1, from the origin; NaN: not certified."""
    count = points.shape[0]
    table, gram = matrix(tables, 0, count, count), matrix(tables, count * count, count, count)
    rows, numbers = matrix(floats, 0, FLOATS, count), matrix(indices, 0, 2, count)
    sizes, amounts, slack, row = rows[0], rows[1], rows[2], rows[3]
    bearing = numbers[0]
    packed(panels, address(points), points.strides[1], points.strides[0], points.shape[1], count)
    times(points, panels, gram, 0.0)
    for i in range(count):
        for j in range(count):
            table[i, j] = gram[i, j] + 1.0
        sizes[i], amounts[i], slack[i], bearing[i] = gram[i, i] + 1.0, 0.0, 1.0, 0
    least = SLACK
    for _ in range(ROUNDS):
        if not lowered(table, sizes, amounts, slack, bearing, least, row):
            return math.nan
        square = _settled(points, table, rows, numbers, vector)
        if not square > ORIGIN * ORIGIN:
            return math.sqrt(square)
        rounding = (vector.size / LANES + LANES) * EPSILON * math.sqrt(square)
        heights, lowest = rows[4], 0
        for n in range(count):
            if not heights[n] >= heights[lowest]:
                lowest = n
        if square - heights[lowest] <= rounding:
            return math.sqrt(square)
        if bearing[lowest] == 1:
            return math.nan
        # a = p / (1 + gamma^2), and so b - G a = (gamma^2 - height) / (1 + gamma^2)
        least = rounding / (2.0 + 2.0 * square)
        for n in range(count):
            amounts[n] /= 1.0 + square
            slack[n] = 0.0 if bearing[n] == 1 else (square - heights[n]) / (1.0 + square)
    return math.nan


@compiled
def _settled(points: Array, table: Array, rows: Array, numbers: Array, nearest: Array) -> float:
    """Write the point of what bears weight that is nearest to the origin, with weights and all heights.

    Returns:
        the square of its distance; NaN: there is none.
    """
    amounts, slack, row, heights, change, even = rows[1], rows[2], rows[3], rows[4], rows[5], rows[6]
    bearing, chosen = numbers[0], numbers[1]
    count, last = _weighed(points, amounts, bearing, chosen, nearest), math.inf
    for _ in range(CORRECTIONS + bearing.size):
        times_vector(points, nearest, heights, 0.0)
        square, apart = inner(nearest, nearest), 0.0
        for c in range(count):
            apart = max(apart, abs(square - heights[chosen[c]]))
        if apart == 0.0 or not apart < last / 2.0 or not square > ORIGIN * ORIGIN:
            return square
        last = apart
        for n in range(bearing.size):
            row[n] = 1.0
        solved(table, chosen, count, heights, change)
        solved(table, chosen, count, row, even)
        total, shift = 0.0, 0.0
        for c in range(count):
            total += even[chosen[c]]
            shift += change[chosen[c]]
        smallest, least = math.inf, -1
        for n in range(bearing.size):
            change[n] = shift / total * even[n] - change[n] if bearing[n] == 1 else 0.0
            if bearing[n] == 1 and amounts[n] + change[n] < smallest:
                smallest, least = amounts[n] + change[n], n
        if smallest <= 0.0:
            drop(table, amounts, slack, bearing, least, row)
            count, last = _weighed(points, amounts, bearing, chosen, nearest), math.inf
            if count == 0:
                return math.nan
            continue
        for n in range(bearing.size):
            amounts[n] += change[n]
        # not anew from the weights, which are rounded beside 1
        blended(matrix(change, 0, change.size, 1), points, nearest, 1.0)
    return math.nan


@compiled
def _weighed(points: Array, amounts: Array, bearing: Array, chosen: Array, nearest: Array) -> int:
    """Bring weights to a sum of 1 and write the point that they make; return how many bear any."""
    total = 0.0
    for n in range(bearing.size):
        total += amounts[n]
    for n in range(bearing.size):
        amounts[n] /= total
    blended(matrix(amounts, 0, amounts.size, 1), points, nearest, 0.0)
    return chosen_of(bearing, chosen)
