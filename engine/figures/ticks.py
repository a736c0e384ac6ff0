"""Ticks of an axis that draws log10 of values: powers of ten, or plain numbers within a decade."""

from __future__ import annotations

import math
from dataclasses import dataclass

MOST_DECADES = 1e5
"""Beyond, single powers are neither listed nor looked at."""


@dataclass(frozen=True)
class Ticks:
    """Where ticks are, in what is drawn, and what the large ones say."""

    places: list[float]
    labels: list[str]
    small: list[float]


def log_ticks(low: float, high: float, most: float) -> Ticks:
    """Return the ticks between two logarithms, at most about so many with a label."""
    if high - low > MOST_DECADES:
        places = multiples(low, high, nice_step(high - low, most))
        return Ticks(places, [f"$10^{{{place:g}}}$" for place in places], [])
    powers = list(range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1))
    digits = [k + math.log10(d) for k in range(math.floor(low), math.ceil(high)) for d in range(2, 10)]
    if len(powers) >= 2:
        stride = max(1, round(nice_step(high - low, most)))
        large = [k for k in powers if k % stride == 0]
        if stride > 1:
            small = [float(k) for k in powers if k % stride] if high - low < 60 else []
        else:
            small = [place for place in digits if low <= place <= high] if high - low < 12 else []
        return Ticks([float(k) for k in large], [f"$10^{{{k}}}$" for k in large], small)
    if high - low > 0.7:
        numbers = [
            (k + math.log10(d), digit_label(d, k))
            for k in range(math.floor(low), math.ceil(high) + 1)
            for d in (1, 2, 5)
        ]
        inside = [(place, label) for place, label in numbers if low <= place <= high]
        places = [place for place, _ in inside]
        return Ticks(places, [label for _, label in inside], [p for p in digits if low <= p <= high])
    return _plain(low, high, most)


def _plain(low: float, high: float, most: float) -> Ticks:
    """Return ticks at round values; at round logarithms where values differ too little to be told apart."""
    exponent = math.floor(low)
    start, end = 10.0 ** (low - exponent), 10.0 ** (high - exponent)
    step = nice_step(end - start, most) if end > start else 0.0
    if step < 1e-6:
        places = multiples(low, high, nice_step(high - low, most))
        return Ticks(places, [f"$10^{{{place:.10g}}}$" for place in places], [])
    values = multiples(start, end, step)
    decimals = max(0, math.ceil(-math.log10(step) - 1e-9))
    labels = [number(value, decimals, exponent) for value in values]
    return Ticks([exponent + math.log10(value) for value in values], labels, [])


def digit_label(digit: int, exponent: int) -> str:
    """Write a digit times a power of ten."""
    return number(float(digit), 0, exponent)


def number(value: float, decimals: int, exponent: int) -> str:
    """Write value times a power of ten, as plain decimals where that is short."""
    if -3 <= exponent <= 4:
        return f"{value * 10.0**exponent:.{max(0, decimals - exponent)}f}"
    return rf"${value:.{decimals}f}\times10^{{{exponent}}}$"


def nice_step(span: float, most: float) -> float:
    """Return the least of 1, 2, 5 times a power of ten that divides a span into at most so many parts."""
    raw = span / max(most, 1.0)
    power = 10.0 ** math.floor(math.log10(raw))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= raw * (1 - 1e-9))


def multiples(low: float, high: float, step: float) -> list[float]:
    """Return the multiples of a step from low to high."""
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [k * step for k in range(first, last + 1)]
