"""A figure taken several times: its median, and how far it spreads."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Timed:
    """A figure over several runs: the median, the least and the most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Timed:
        """Return that of some runs."""
        return cls(statistics.median(values), min(values), max(values))

    @property
    def spread(self) -> float:
        """Return half of what lies between least and most, over the median."""
        return (self.most - self.least) / abs(2 * self.median) if self.median else 0.0

    def times(self, factor: float) -> Timed:
        """Return the figure in another unit."""
        return Timed(factor * self.median, factor * self.least, factor * self.most)
