"""Median and band over replicas: quantiles of the values, taken before any logarithm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.protocol.records import Array

BAND_REPLICAS = 5
"""From so many on the band runs from the 10th to the 90th percentile, below it from least to most."""


def spread(values: Array) -> Array:
    """Return low end, median and high end (3, T) over the replicas of (T, R) that are not NaN; NaN where all are."""
    replicas = values.shape[1]
    tail = 0.1 if replicas >= BAND_REPLICAS else 0.0
    ordered = np.sort(values, axis=1)  # NaN last
    count = replicas - np.isnan(ordered).sum(axis=1)
    rows = np.arange(len(ordered))
    result = np.empty((3, len(ordered)))
    for which, share in enumerate((tail, 0.5, 1.0 - tail)):
        place = share * np.maximum(count - 1, 0)
        below = np.floor(place).astype(int)
        weight = place - below
        first, second = ordered[rows, below], ordered[rows, np.minimum(below + 1, replicas - 1)]
        with np.errstate(invalid="ignore", over="ignore"):  # inf - inf
            between = first + weight * (second - first)
        result[which] = np.where(weight > 0, between, first)
    return result


def median(values: Array) -> float:
    """Return the median of the values (R,) that are not NaN; NaN where all are."""
    return float(values[0] if len(values) == 1 else spread(values[None])[1, 0])


def band_words(counts: Sequence[int]) -> str:
    """Say what the bands of runs with so many replicas cover."""
    words = {True: "10 to 90 %", False: "least to most"}
    return " or ".join(words[few] for few in sorted({count >= BAND_REPLICAS for count in counts}))
