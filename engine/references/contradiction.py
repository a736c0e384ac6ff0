"""Proofs that no predictor of a family gives every sample a positive margin (Gordan 1873).

Either some w has z_n . w > 0 for every n, or some p >= 0 other than 0 has sum_n p_n z_n = 0, never both. A solver's
p leaves a small sum, and a small sum proves nothing: samples far from the origin have small margins too. So a proof
here ends in exact arithmetic, or in a bound of all rounding.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import gcd

import numpy as np

from engine.references.inputs import power_of_two
from engine.references.minimum_norm import minimum_norm_weights
from engine.references.reference import Array, Indices

EPSILON = float(np.finfo(np.float64).eps)
FAINT = 1e-7
"""Weight, relative to the largest, that a solver's inaccuracy may have left on a sample."""
BALANCING = 3
MOST_EXACT = 200_000
"""Multiplications of integers of any length that a proof may take: a few tenths of a second."""
Integers = list[list[int]]


def contradict(points: Array, *guesses: Array) -> bool:
    """Say whether the origin is proved to be in the convex hull of the points.

    Args:
        points: z_n, (N, D) float64, taken as exact. Coordinates that follow from the others are best left out:
            without them the proof by a bound applies to more.
        guesses: weights p (N,) >= 0 that nearly cancel the points; the nearest point of the hull is tried as well.

    Returns:
        True where it is proved; False where it is not, whether it is so or not.
    """
    if not points.any(axis=1).all() or _opposite(points):
        return True
    tried: set[bytes] = set()
    points, sizes = _balanced(points)
    for guess in _guesses(points, [guess * sizes for guess in guesses]):
        for support in _supports(guess):
            if support.size and support.tobytes() not in tried:
                tried.add(support.tobytes())
                if _cancel(points[support], guess[support]):
                    return True
    return False


def kernel_contradicts(gram: Array, guess: Array) -> bool:
    """Say whether p^T G p = 0 is proved for some p >= 0 other than 0, G (N, N) exact, symmetric, semi-definite.

    Then the functions of the samples cancel, and none has positive products with all of them.
    """
    sizes = np.diag(gram)
    if not sizes.all():
        return True
    for i, j in np.argwhere(np.triu(sizes[:, None] + 2.0 * gram + sizes[None, :] == 0.0, 1)):
        if Fraction(sizes[i]) + 2 * Fraction(gram[i, j]) + Fraction(sizes[j]) == 0:
            return True
    return any(_cancel_whole(_integers(gram[np.ix_(s, s)]), guess[s]) for s in _supports(guess))


def relu_networks_contradict(inputs: Array, labels: Array) -> bool:
    """Say whether it is proved that no two-layer ReLU network without an output bias separates the samples.

    sum_n p_n y_n relu(u . x_n) is zero for every u exactly where sum_n p_n y_n |u . x_n| and sum_n p_n y_n u . x_n
    both are. The first is the sum of one kink a line through the origin, so the weights on a line's two rays cancel:
    a ray has samples of both labels, or opposite rays have opposite labels, and the second says that the points
    y_n x_n of such pairs, one a line, have the origin in their hull. An input that is zero is such a sample too.
    """
    if not inputs.any(axis=1).all():
        return True
    rays: dict[tuple[int, ...], tuple[int, float]] = {}
    for n, (row, label) in enumerate(zip(_integers(inputs), labels, strict=True)):
        divisor = gcd(*row)
        _, known = rays.setdefault(tuple(value // divisor for value in row), (n, float(label)))
        if known != label:
            return True
    opposed = [
        n for ray, (n, label) in rays.items() if rays.get(tuple(-v for v in ray), (0, label))[1] != label
    ]
    return bool(opposed) and contradict(labels[opposed, None] * inputs[opposed])


def relu_features_contradict(inputs: Array, labels: Array, directions: Array, guess: Array) -> bool:
    """Say whether it is proved that no combination of relu(u_k . x), u_k (K, d) given, separates the samples."""
    for support in _supports(guess):
        work = len(support) * directions.size
        if work > MOST_EXACT:
            continue
        units = _integers(directions)
        rows = [
            [int(label) * max(sum(a * b for a, b in zip(row, unit, strict=True)), 0) for unit in units]
            for row, label in zip(_integers(inputs[support]), labels[support], strict=True)
        ]
        if _cancel_whole(rows, guess[support]):
            return True
    return False


def _supports(guess: Array) -> list[Indices]:
    """Return the samples that have weight, then those that have more than an inaccurate solver leaves."""
    return [np.flatnonzero(guess > least * float(guess.max(initial=0.0))) for least in (0.0, FAINT)]


def _guesses(points: Array, guesses: Iterable[Array]) -> Iterable[Array]:
    """Yield what is given, then the weights of the nearest point."""
    yield from guesses
    yield minimum_norm_weights(points)


def _balanced(points: Array) -> tuple[Array, Array]:
    """Return the points over powers of two, one a point and one a coordinate, near 1 in size, and those of the points.

    Neither changes whether the origin is in the hull. Numbers so far apart that one would vanish stay as they are.
    """
    balanced, sizes = points, np.ones(len(points))
    for _ in range(BALANCING):
        widths = np.array([power_of_two(column) for column in balanced.T])
        lengths = np.array([power_of_two(row) for row in balanced / widths])
        balanced, sizes = balanced / widths / lengths[:, None], sizes * lengths
    safe = np.abs(balanced[points != 0.0]).min() > np.finfo(np.float64).tiny
    return (balanced, sizes) if safe else (points, np.ones(len(points)))


def _opposite(points: Array) -> bool:
    """Say whether one row is another one's negative: samples that coincide, with different labels."""
    clean = points + 0.0  # no negative zeros
    seen = {row.tobytes() for row in clean}
    return any((0.0 - row).tobytes() in seen for row in clean)


def _cancel(points: Array, weights: Array) -> bool:
    """Say whether weights near those given are proved to cancel the points (K, D)."""
    points = points[:, points.any(axis=0)]
    return _cancel_within_rounding(points, weights) or _cancel_whole(_integers(points), weights)


def _cancel_within_rounding(points: Array, weights: Array) -> bool:
    """Say whether a correction that cancels the points leaves all weights positive, all rounding counted.

    A = points^T of full row rank has A (p - A^+ A p) = 0, and |A^+ A p| <= ||A p|| / sigma_min(A).
    """
    count, width = points.shape
    if count <= width:
        return False
    columns = (points / [power_of_two(column) for column in points.T]).T
    sizes = np.linalg.norm(columns, axis=0)
    if not sizes.all():
        return False
    # a sample's length changes nothing but its weight
    system, amounts = columns / sizes, weights * sizes
    amounts = amounts / amounts.sum()
    lost = (count + 8) * EPSILON * float(np.linalg.norm(np.abs(system) @ amounts))
    left = float(np.linalg.norm(system @ amounts)) + lost
    values = np.linalg.svd(system, compute_uv=False)
    least = float(values[-1]) - 8.0 * (count + width) * EPSILON * float(values[0])
    return bool(0.0 < 2.0 * left < least * float(amounts.min()))


def _cancel_whole(points: Integers, weights: Array) -> bool:
    """Say whether non-negative weights cancel the points (K, D), by elimination in whole numbers.

    Where more than one combination cancels, those that elimination leaves free have the weights given.
    """
    count, width = len(points), len(points[0])
    if count * min(count, width) * width > MOST_EXACT:
        return False
    rows = [list(column) for column in zip(*points, strict=True)]
    pivots = _eliminate(rows, count)
    free = [k for k in range(count) if k not in pivots]
    if not free:
        return False
    amounts = [Fraction(0)] * count
    for k in free:
        amounts[k] = Fraction(float(weights[k])) if len(free) > 1 else Fraction(1)
    for row, k in reversed(list(zip(rows, pivots, strict=False))):
        amounts[k] = -sum((row[j] * amounts[j] for j in range(k + 1, count) if row[j]), Fraction(0)) / row[k]
    return min(amounts) >= 0 and max(amounts) > 0


def _eliminate(rows: Integers, count: int) -> list[int]:
    """Bring rows of `count` integers to echelon form, without fractions (Bareiss 1968); return the pivot columns."""
    pivots: list[int] = []
    divisor = 1
    for k in range(count):
        top = len(pivots)
        chosen = next((i for i in range(top, len(rows)) if rows[i][k]), None)
        if chosen is None:
            continue
        rows[top], rows[chosen] = rows[chosen], rows[top]
        pivot = rows[top]
        for i in range(top + 1, len(rows)):
            head = rows[i][k]
            rows[i] = [(pivot[k] * a - head * b) // divisor for a, b in zip(rows[i], pivot, strict=True)]
        divisor = pivot[k]
        pivots.append(k)
    return pivots


def _integers(points: Array) -> Integers:
    """Return the points times one power of two that makes all of them whole numbers."""
    ratios = [[value.as_integer_ratio() for value in row] for row in points.tolist()]
    unit = max(below for row in ratios for _, below in row)
    return [[above * (unit // below) for above, below in row] for row in ratios]
