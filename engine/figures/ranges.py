"""Ranges of axes: from the data's bounds to what is shown of an axis."""

from __future__ import annotations

import numpy as np

from engine.protocol.records import Array

Range = tuple[float, float]


def bounds(*parts: Array) -> Range | None:
    """Return the least and the most finite value of several arrays; None where there is none."""
    low, high = np.inf, -np.inf
    for part in parts:
        finite = part[np.isfinite(part)]
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    return (low, high) if low <= high else None


def joined(*several: Range | None) -> Range | None:
    """Return the bounds of bounds; None where all are None."""
    there = [b for b in several if b is not None]
    return (min(b[0] for b in there), max(b[1] for b in there)) if there else None


def with_ends(data: Range, ends: tuple[float | None, float | None]) -> Range:
    """Return a range with the ends that somebody chose; where data then lie beyond, it has some width all the same."""
    low, high = (data[k] if end is None else end for k, end in enumerate(ends))
    if low < high:
        return low, high
    return (low, low + 1.0) if ends[0] is not None else (high - 1.0, high)


def roomy(wanted: Range, share: float = 0.04) -> Range:
    """Return bounds with a margin, and some width where they have none."""
    low, high = wanted
    least = 1e-9 * max(abs(low), abs(high)) or 1e-9
    if high - low < least:
        half = 0.05 * max(abs(low), abs(high)) or 0.5
        low, high = low - half, high + half
    room = share * (high - low)
    return low - room, high + room
