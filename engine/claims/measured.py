"""What one check found on one replica of one column, and how far that is from what is claimed."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..words.formats import apart, number


@dataclass(frozen=True)
class Measured:
    """A value and by how much it misses its bounds."""

    value: float
    """NaN: not defined."""
    excess: float
    """At most 0 where the bounds hold, else the distance to the broken one; NaN: not defined."""
    phrase: str
    """What was found, as the start of a sentence."""
    miss: str = ""
    """The rest of that sentence where a bound is broken."""
    first_step: int | None = None
    """The first record that breaks a bound."""
    settled: bool = False
    """Whether a break stays one, however the run goes on."""
    replica: int = 0
    brief: str = ""
    """What was found in a few words, where the value alone would not say it."""

    @property
    def defined(self) -> bool:
        """Say whether there was anything to judge."""
        return not math.isnan(self.excess)

    @property
    def holds(self) -> bool:
        """Say whether the bounds hold."""
        return self.excess <= 0

    @property
    def badness(self) -> float:
        """Return what orders measurements from best to worst; one that is not defined is worse than all."""
        return self.excess if self.defined else math.inf


UNDEFINED = Measured(math.nan, math.nan, "")


def within(value: float, low: float, high: float, before: str, after: str = "") -> Measured:
    """Compare a value with the lowest and the highest allowed one; `before` and `after` tell what it is."""
    if math.isnan(value) or math.isnan(low) or math.isnan(high):
        return UNDEFINED
    excess = max(low - value, value - high)
    if excess <= 0:
        return Measured(value, excess, f"{before} {number(value)}{after}")
    limit, word = (low, "below") if low > value else (high, "above")
    shown, shown_limit = apart(value, limit)
    return Measured(value, excess, f"{before} {shown}{after}", f"{word} {shown_limit} by {number(excess)}")
