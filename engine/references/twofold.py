"""Products with about twice float64's digits: a number is the unevaluated sum of two.

Source: Dekker 1971; Ogita, Rump & Oishi 2005, "Accurate sum and dot product" (Dot2, here with sums of pairs). Entries
must be of order 1: above 1e300 their halves overflow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.references.reference import Array

SPLITTER = 2.0**27 + 1.0
"""Splits the 53 bits of a float64 into two halves whose products are exact."""


@dataclass(frozen=True, eq=False)
class Twofold:
    """Numbers high + low (N,), low below half a unit in the last place of high."""

    high: Array
    low: Array

    @classmethod
    def of(cls, values: Array) -> Twofold:
        """Return float64 numbers as they are."""
        return cls(values, np.zeros_like(values))

    def plus(self, values: Array) -> Twofold:
        """Return the sum with float64 numbers."""
        high, rest = two_sum(self.high, values)
        return Twofold(*two_sum(high, rest + self.low))

    def over(self, divisor: Twofold) -> Twofold:
        """Return the quotient by one number, to about 30 digits."""
        first = self.high / divisor.high
        product, error = two_product(first, divisor.high)
        rest = ((self.high - product) - error + self.low - first * divisor.low) / divisor.high
        return Twofold(*two_sum(first, rest))

    def total(self) -> Twofold:
        """Return the sum of all numbers, as one."""
        return times(np.ones((1, len(self.high))), self)


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """Return a + b rounded, and what the rounding lost."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def two_product(a: Array, b: Array) -> tuple[Array, Array]:
    """Return a b rounded, and what the rounding lost."""
    product = a * b
    a_high, a_low = _halves(a)
    b_high, b_low = _halves(b)
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def times(matrix: Array, vector: Twofold) -> Twofold:
    """Return the product of a matrix (M, N) with a vector (N,), as if computed with twice the digits."""
    terms, lost = two_product(matrix, vector.high)
    low = (lost + matrix * vector.low).sum(axis=1)
    while terms.shape[1] > 1:  # sums of pairs, and sums of these
        half = terms.shape[1] // 2
        sums, errors = two_sum(terms[:, :half], terms[:, half : 2 * half])
        low += errors.sum(axis=1)
        terms = np.concatenate([sums, terms[:, 2 * half :]], axis=1)
    return Twofold(*two_sum(terms.sum(axis=1), low))


def _halves(values: Array) -> tuple[Array, Array]:
    scaled = SPLITTER * values
    high = scaled - (scaled - values)
    return high, values - high
