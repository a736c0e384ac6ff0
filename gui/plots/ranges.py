"""Ranges of axes while data come in."""

from __future__ import annotations

from engine.figures.ranges import Range, roomy


def followed(current: Range | None, wanted: Range, final: bool, share: float = 0.04) -> Range:
    """Return the range to show: calm while data come in, exact once they are all there.

    A range that still holds the data well stays; one that they leave grows further than it must,
    so that axes are not redrawn at every record.
    """
    low, high = roomy(wanted, share)
    if final or current is None:
        return low, high
    if current[0] <= wanted[0] and wanted[1] <= current[1] and current[1] - current[0] < 1.6 * (high - low):
        return current
    ahead = 0.12 * (high - low)
    return (low - ahead if wanted[0] < current[0] else low, high + ahead if wanted[1] > current[1] else high)
