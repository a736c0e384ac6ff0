"""How far cones of vectors are from a point, min ||u - sum_n a_n c_n|| over a >= 0, and hulls from the origin.

The hull of z_n is as far as the cone of (z_n, 1) is from (0, 1): at that minimum a / sum a makes the nearest point, and
nothing of a small distance is lost. Exchanges know the Gram matrix, and so its square, to few digits. What is left of
u, r = u - sum_n a_n c_n, is therefore corrected as a vector, until it is square to all that bears weight, to rounding
of its own length, and none of the others has a positive product with it.

What that leaves of an error is bounded. ||r|| is no less than the distance. Where s >= 0 makes <c_n, r - s u> <= 0 for
every n, no point of the cone is nearer to u than <r - s u, u> / ||r - s u||, and <r, u> is ||r||^2 + sum a_n <c_n, r>.
So the distance is within (sum_n a_n |<c_n, r>| + s (1 + ||r||)) / ||r|| of ||r||, but for rounding. The least such s is
the largest <c_n, r> / <c_n, u> of positive products, and needs no weights of the minimum. Of a hull <c_n, u> is 1, and
its distance is within three times as much.
"""

from __future__ import annotations

import math

from .active_sets import EPSILON, SLACK, STEPS, chosen_of, drop, lowered, solved
from .jit import compiled, entry
from .lengths import length
from .plan import Array
from .products import blended, inner, packed, times, times_vector
from .vectors import address
from .views import matrix

THERE = 1e-13
"""Distance, relative to the longest vector, that is rounding alone."""
LANES = 32
"""Numbers of a vector that are added up beside one another; as many last places are a product's rounding."""
CERTIFIED = 1e-12
"""Error, relative to the distance, up to which it is certified, beside what is rounding alone."""
ROUNDS, CORRECTIONS = 20, 10
FLOATS = 6
"""Rows of numbers, one a vector, that solving takes as room."""


@entry
def solve_cones(
    across: bool,
    gradients: Array,
    directions: Array,
    shapes: Array,
    distances: Array,
    points: Array,
    tables: Array,
    panels: Array,
    floats: Array,
    indices: Array,
    vectors: Array,
) -> None:
    """Solve for the distances of unit vectors from the cones of gradients, or of hulls from the origin.

    Args:
        across: whether it is the hulls of what gradients have across the unit vector.
        gradients: the numbers of (K, D), of one cone after those of the other.
        directions: the same of the unit vectors (D,).
        shapes: K and D of each (M, 2).
        distances: written (M,); NaN: not certified.
        points: room for the largest K (D + 1).
        tables: room for 2 K^2.
        panels: room for (D + 1, K), packed.
        floats: room for FLOATS K.
        indices: room for 2 K.
        vectors: room for 2 D + 2.
    """
    start, at = 0, 0
    for m in range(shapes.shape[0]):
        count, width = shapes[m, 0], shapes[m, 1]
        given, direction = matrix(gradients, start, count, width), directions[at : at + width]
        wide = width + 1 if across else width
        own, target, rest = matrix(points, 0, count, wide), vectors[:wide], vectors[wide : 2 * wide]
        size = _across(given, direction, own, rest) if across else _along(given, own)
        for i in range(wide):
            target[i] = 0.0 if across else direction[i]
        if across:
            target[width] = 1.0
        if 0.0 < size < math.inf:
            distance = _left(own, target, tables, panels, floats, indices, rest)
            if across:  # the nearest point is what is left over what bears weight
                distance = length(rest[:width]) / (1.0 - rest[width]) if distance == distance else math.nan
            size *= distance
        elif not across:
            size = math.nan
        distances[m] = size
        start += count * width
        at += width


@compiled
def _along(gradients: Array, points: Array) -> float:
    """Write gradients over their lengths; return 1, or NaN where one has none."""
    for n in range(points.shape[0]):
        size, point, gradient = length(gradients[n]), points[n], gradients[n]
        if not 0.0 < size < math.inf:
            return math.nan
        for i in range(point.size):
            point[i] = gradient[i] / size
    return 1.0


@compiled
def _across(gradients: Array, direction: Array, points: Array, whole: Array) -> float:
    """Write gradients without what lies along a unit vector, over the longest's length, and 1; return that length."""
    longest, width = 0.0, direction.size
    for n in range(points.shape[0]):
        along, point, gradient = inner(gradients[n], direction), points[n], gradients[n]
        for i in range(width):
            point[i] = gradient[i] - along * direction[i]
        size = length(point[:width])
        if not size < math.inf:
            return math.nan
        longest = max(longest, size)
    for n in range(points.shape[0]):
        point = points[n]
        for i in range(width):
            point[i] = point[i] / longest if longest > 0.0 else 0.0
        point[width] = 1.0
    return longest


@compiled
def _left(
    points: Array, target: Array, tables: Array, panels: Array, floats: Array, indices: Array, rest: Array
) -> float:
    """Write what a cone leaves of a vector; return its length, or NaN where that is not certified."""
    count = points.shape[0]
    table, gram = matrix(tables, 0, count, count), matrix(tables, count * count, count, count)
    rows, numbers = matrix(floats, 0, FLOATS, count), matrix(indices, 0, 2, count)
    sizes, amounts, slack, row, products = rows[0], rows[1], rows[2], rows[3], rows[4]
    bearing, least, steps = numbers[0], SLACK, STEPS * (count + 1)
    packed(panels, address(points), points.strides[1], points.strides[0], points.shape[1], count)
    times(points, panels, gram, 0.0)
    times_vector(points, target, slack, 0.0)
    for i in range(count):
        for j in range(count):
            table[i, j] = gram[i, j]
        sizes[i], amounts[i], bearing[i] = gram[i, i], 0.0, 0
    for _ in range(ROUNDS):
        steps = lowered(table, sizes, amounts, slack, bearing, least, row, steps)
        if steps == 0:
            return math.nan
        distance = _corrected(points, target, table, rows, numbers, rest)
        if not distance > THERE:
            return distance
        rounding = (rest.size / LANES + LANES) * EPSILON * distance
        most, apart = 0.0, 0.0
        for n in range(count):
            most, apart = max(most, products[n]), max(apart, abs(products[n]) * bearing[n])
        if apart > rounding:
            return math.nan
        if most <= rounding:
            times_vector(points, target, row, 0.0)
            error = _error(products, row, amounts, distance)
            return distance if error <= CERTIFIED * distance + THERE else math.nan
        least = rounding / 2.0
        for n in range(count):
            slack[n] = 0.0 if bearing[n] == 1 else products[n]
    return math.nan


@compiled
def _error(products: Array, along: Array, amounts: Array, distance: float) -> float:
    """Return how far the distance may be from the length of what is left; infinite where that is not known.

    Args:
        products: of all vectors with what is left.
        along: those with the vector of which it is left.
        amounts: the vectors' weights.
        distance: the length of what is left.
    """
    share, total, mass = 0.0, 0.0, 1.0
    for n in range(products.size):
        if products[n] > 0.0:
            share = max(share, products[n] / along[n]) if along[n] > 0.0 else math.inf
        total += amounts[n] * abs(products[n])
        mass += amounts[n]
    for n in range(products.size):
        if along[n] < 0.0 and not products[n] <= share * along[n]:
            return math.inf
    return (total + share * (1.0 + distance)) / distance + EPSILON * mass


@compiled
def _corrected(points: Array, target: Array, table: Array, rows: Array, numbers: Array, rest: Array) -> float:
    """Write what is left of a vector beside all that bears weight, and its products with all; return its length."""
    amounts, slack, row, products, change = rows[1], rows[2], rows[3], rows[4], rows[5]
    bearing, chosen = numbers[0], numbers[1]
    count, last = _without(points, target, amounts, bearing, chosen, row, rest), math.inf
    distance = math.nan
    for _ in range(CORRECTIONS + bearing.size):
        times_vector(points, rest, products, 0.0)
        distance, apart = math.sqrt(inner(rest, rest)), 0.0
        for c in range(count):
            apart = max(apart, abs(products[chosen[c]]))
        if apart == 0.0 or not apart < last / 2.0 or not distance > THERE:
            return distance
        last = apart
        solved(table, chosen, count, products, change)
        smallest, least = math.inf, -1
        for n in range(bearing.size):
            change[n] = change[n] if bearing[n] == 1 else 0.0
            if bearing[n] == 1 and amounts[n] + change[n] < smallest:
                smallest, least = amounts[n] + change[n], n
        if smallest <= 0.0:
            drop(table, amounts, slack, bearing, least, row)
            count, last = _without(points, target, amounts, bearing, chosen, row, rest), math.inf
            continue
        for n in range(bearing.size):
            amounts[n] += change[n]
            row[n] = -change[n]
        # not anew from the weights, whose rounding is beside the vectors' lengths
        blended(matrix(row, 0, row.size, 1), points, rest, 1.0)
    return distance


@compiled
def _without(
    points: Array, target: Array, amounts: Array, bearing: Array, chosen: Array, row: Array, rest: Array
) -> int:
    """Write a vector without what weights make; return how many bear any."""
    for n in range(row.size):
        row[n] = -amounts[n]
    for i in range(rest.size):
        rest[i] = target[i]
    blended(matrix(row, 0, row.size, 1), points, rest, 1.0)
    return chosen_of(bearing, chosen)
