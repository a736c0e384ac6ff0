"""Numbers of about twice float64's digits: the unevaluated sums of two, as engine.references.twofold has them."""

from __future__ import annotations

from .jit import exact
from .plan import Array

SPLITTER = 2.0**27 + 1.0
"""Splits the 53 bits of a float64 into two halves whose products are exact."""


@exact
def two_sum(a: float, b: float) -> tuple[float, float]:
    """Return a + b rounded, and what the rounding lost."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


@exact
def two_product(a: float, b: float) -> tuple[float, float]:
    """Return a b rounded, and what the rounding lost."""
    product = a * b
    a_scaled, b_scaled = SPLITTER * a, SPLITTER * b
    a_high, b_high = a_scaled - (a_scaled - a), b_scaled - (b_scaled - b)
    a_low, b_low = a - a_high, b - b_high
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


@exact
def heights(matrix: Array, chosen: Array, count: int, amounts: Array, room: Array) -> None:
    """Write the sum of so many chosen rows (n,) of a matrix, each times its amount.

    Args:
        matrix: (m, n).
        chosen: which rows.
        count: how many.
        amounts: of all rows (2, m), high parts and low parts.
        room: the sum (2, n), high parts and low parts.
    """
    high, low = room[0], room[1]
    for i in range(high.size):
        high[i] = 0.0
        low[i] = 0.0
    for c in range(count):
        row, amount, rest = matrix[chosen[c]], amounts[0, chosen[c]], amounts[1, chosen[c]]
        for i in range(high.size):
            term, lost = two_product(row[i], amount)
            total, error = two_sum(high[i], term)
            high[i] = total
            low[i] += (lost + row[i] * rest) + error
    for i in range(high.size):
        high[i], low[i] = two_sum(high[i], low[i])


@exact
def added_up(chosen: Array, count: int, amounts: Array, factors: Array) -> float:
    """Return the sum of the products of chosen numbers (2, n) with numbers (2, n), rounded once."""
    high, low = 0.0, 0.0
    for c in range(count):
        k = chosen[c]
        term, lost = two_product(amounts[0, k], factors[0, k])
        high, error = two_sum(high, term)
        low += (lost + (amounts[0, k] * factors[1, k] + amounts[1, k] * factors[0, k])) + error
    return high + low


@exact
def corrected(amounts: Array, k: int, change: float) -> None:
    """Add to a number of amounts (2, n)."""
    total, error = two_sum(amounts[0, k], change)
    amounts[0, k], amounts[1, k] = two_sum(total, error + amounts[1, k])
