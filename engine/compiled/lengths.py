"""Lengths of vectors whose squares may overflow or vanish, as engine.networks.lengths has them."""

from __future__ import annotations

import math

from .jit import compiled
from .plan import Array
from .products import inner
from .sums import turn
from .vectors import address


@compiled
def power_of_two(vector: Array) -> float:
    """Return the power of two next below the largest entry of a vector; 1 where that is 0 or not finite."""
    largest = 0.0
    for value in vector:
        size = abs(value)
        if not size <= largest:
            largest = size
    if not (largest > 0 and largest < math.inf):
        return 1.0
    return 2.0 ** (math.frexp(largest)[1] - 1)


@compiled
def length(vector: Array) -> float:
    """Return the Euclidean norm of a vector."""
    total = inner(vector, vector)
    if vector.itemsize == 8:
        least, most = 1e-138, math.inf
    else:
        least, most = 1e-12, 1e18  # squares of float32 are added up in double precision
    plain = math.sqrt(total)
    if least < plain < most:
        return plain
    scale = power_of_two(vector)
    total = 0.0
    for value in vector:
        part = value / scale
        total += part * part
    return math.sqrt(total) * scale


@compiled
def power_length(vector: Array, p: float) -> float:
    """Return the lp norm of a vector, the largest entry taken out before any power is."""
    most = 0.0
    for value in vector:
        if not abs(value) <= most:
            most = abs(value)
    if most == 0:
        return 0.0
    total = 0.0
    for value in vector:
        total += (abs(value) / most) ** p
    norm: float = float(most) * total ** (1 / p)
    return norm


@compiled
def conjugate(p: float) -> float:
    """Return q of 1/p + 1/q = 1."""
    return p / (p - 1)


@compiled
def turn_to(vector: Array, size: float, direction: Array) -> float:
    """Write a vector's direction (P,), `size` being its length, over that of before; return how far apart they are."""
    return math.sqrt(turn(vector, address(vector), size, address(direction), vector.size))


@compiled
def log_add(a: float, b: float) -> float:
    """Return log(e^a + e^b)."""
    if a == b and abs(a) == math.inf:
        return a
    return max(a, b) + math.log1p(math.exp(-abs(a - b)))


@compiled
def largest(vector: Array) -> int:
    """Return the place of the first largest absolute value."""
    place, size = 0, -1.0
    for i in range(vector.size):
        here = abs(vector[i])
        if here > size:
            place, size = i, here
    return place


@compiled
def sum_of_sizes(vector: Array) -> float:
    """Return the sum of absolute values."""
    total = 0.0
    for value in vector:
        total += abs(value)
    return total
