"""From places on a slider to values of a field and back: bounds from its limits, or about the value it has."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .field_spec import Limits

DECADES = 2
"""About a positive value, to either side."""
WIDEST = 1e4
"""The ratio of two limits up to which a slider goes from one to the other."""
SEVERAL = 1000
"""Whole numbers from here on are counted in factors."""
LEAST_WHOLE = 20
"""The least span of a slider over whole numbers that begin at a bound."""
DIGITS = 3


@dataclass(frozen=True)
class SliderScale:
    """A slider's two ends, and whether equal ways along it are equal factors."""

    low: float
    high: float
    logarithmic: bool = False
    whole: bool = False

    def share_of(self, value: float) -> float:
        """Return how far along a value lies, from 0 to 1; what is beyond an end lies at it."""
        value = min(max(value, self.low), self.high)
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def value_at(self, share: float) -> float | int:
        """Return the value at a place, with few digits."""
        share = min(max(share, 0.0), 1.0)
        if self.logarithmic:
            value = self.low * (self.high / self.low) ** share
        else:
            value = self.low + share * (self.high - self.low)
        if self.whole:
            return round(value) if value < SEVERAL else round(float(f"{value:.{DIGITS}g}"))
        if share in (0.0, 1.0):
            return self.low if share == 0 else self.high
        if self.logarithmic:
            return float(f"{value:.{DIGITS}g}")
        # as many decimals as a hundredth of the way is worth
        return round(value, max(0, DIGITS - 1 - math.floor(math.log10(self.high - self.low))))

    def holds(self, value: float) -> bool:
        """Say whether a value lies between the ends."""
        return self.low <= value <= self.high

    def is_at_an_end(self, value: float) -> bool:
        """Say whether a value lies at an end, or all but."""
        return not 0.01 < self.share_of(value) < 0.99


def scale_about(value: float, limits: Limits, whole: bool) -> SliderScale:
    """Return a slider's scale for a field that has this value."""
    low, high = limits.least, limits.most
    if low is not None and high is not None and _is_narrow(low, high, whole):
        return _between(low, high, value, limits, whole)
    if low is None or (low < 0 and value <= 0):
        reach = _round_up(max(1.0, 2 * abs(value)))
        return _clipped(-reach, reach, limits, whole)
    offset = value - low
    positive = value > 0 and (low > 0 or limits.open_least)
    if positive and (not whole or value >= SEVERAL):
        decade = round(math.log10(value))
        return _clipped(
            10.0 ** (decade - DECADES), 10.0 ** (decade + DECADES), limits, whole, logarithmic=True
        )
    if whole:
        return _clipped(low, low + _round_up(max(LEAST_WHOLE, 2 * offset)), limits, whole)
    return _clipped(low, low + _round_up(2 * offset if offset > 0 else 1.0), limits, whole)


def _is_narrow(low: float, high: float, whole: bool) -> bool:
    """Say whether a slider can go from one limit to the other."""
    return high - low <= 100 if whole else low <= 0 or high / low <= WIDEST


def _between(low: float, high: float, value: float, limits: Limits, whole: bool) -> SliderScale:
    """Return the scale from limit to limit; a limit that is not allowed itself is all but reached."""
    logarithmic = not whole and low > 0 and high / low >= 100
    if limits.open_least:
        low = min(value, low + (high - low) * 1e-3)
    if limits.open_most:
        high = max(value, high - (high - low) * 1e-3)
    return SliderScale(low, high, logarithmic, whole)


def _clipped(
    low: float, high: float, limits: Limits, whole: bool, *, logarithmic: bool = False
) -> SliderScale:
    """Return a scale that the limits allow all of."""
    least, most = limits.least, limits.most
    if least is not None and (low < least or (low == least and limits.open_least)):
        low = least + (
            1e-3 * (high - least) if limits.open_least and not whole else whole * limits.open_least
        )
    if most is not None and (high > most or (high == most and limits.open_most)):
        high = most - (1e-3 * (most - low) if limits.open_most and not whole else whole * limits.open_most)
    return SliderScale(low, high, logarithmic and low > 0, whole)


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, ... from a positive number on."""
    decade = 10.0 ** math.floor(math.log10(value))
    return next(m * decade for m in (1, 2, 5, 10) if m * decade >= value * (1 - 1e-9))
