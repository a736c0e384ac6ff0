"""The direction of a run, extrapolated from its last snapshots to an infinite norm.

While a run drives its loss down, the dual weights of the loss depend on the smallest margin alone, so that what the
direction still lacks falls with h = 1/q_min = 1/(gamma rho^L), at whatever speed the steps go: like h itself where the
face of the limit is reached, like a lower power h^a while units that the limit does not have die away. The power is
fitted with the rest: u(h) = u + c h^a. Source: theory section 12.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...protocol.records import Array

SPREAD = 1.15
"""Ratio of h between snapshots that are taken, at least."""
TAKEN = 8
"""Snapshots that are looked at, at most."""
FEWEST = 3
POWERS = np.geomspace(0.125, 2.0, 25)
AS_GOOD = 2.0
"""Powers count as possible whose misfit is at most so many times the least one."""


@dataclass(frozen=True)
class Extrapolation:
    """Where a direction tends to."""

    direction: Array
    """(P,), of length 1."""
    power: float
    """a."""
    error: float
    """How far the extrapolations differ with the other powers that fit, the next ones at least, and without the last
    snapshot."""
    taken: int
    """How many snapshots it is made of."""


def extrapolated(directions: Array, h: Array) -> Extrapolation | None:
    """Extrapolate directions (T, P), of length 1, at h (T,), falling, to h = 0; None where there are too few."""
    chosen = _spread(h)
    if len(chosen) < FEWEST:
        return None
    points, at = directions[chosen], h[chosen]
    fits = [_fitted(points, at, power) for power in POWERS]
    misfits = np.array([misfit for _, misfit in fits])
    best = int(misfits.argmin())
    value = fits[best][0]
    possible = {
        *np.flatnonzero(misfits <= AS_GOOD * misfits[best]),
        max(best - 1, 0),
        min(best + 1, len(fits) - 1),
    }
    others = [fits[i][0] for i in possible]
    if len(chosen) > FEWEST:
        others.append(_fitted(points[1:], at[1:], POWERS[best])[0])
    error = max(float(np.linalg.norm(other - value)) for other in others)
    return Extrapolation(value / np.linalg.norm(value), float(POWERS[best]), error, len(chosen))


def _spread(h: Array) -> list[int]:
    """Return snapshots from the last one back, with h of some ratio between them."""
    chosen = [len(h) - 1]
    for i in range(len(h) - 2, -1, -1):
        if h[i] >= SPREAD * h[chosen[-1]] and np.isfinite(h[i]) and len(chosen) < TAKEN:
            chosen.append(i)
    return chosen


def _fitted(points: Array, at: Array, power: float) -> tuple[Array, float]:
    """Return the value at h = 0 of the fit u + c h^power through points (T, P), and its misfit."""
    # the last points, where the law holds best, count most
    weight = 1 / at
    design = np.column_stack([np.ones_like(at), at**power]) * weight[:, None]
    solved, *_ = np.linalg.lstsq(design, points * weight[:, None], rcond=None)
    rest = design @ solved - points * weight[:, None]
    return solved[0], float(np.linalg.norm(rest))
