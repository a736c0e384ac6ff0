"""One step of the margin flow: the smallest margin's own model, solved implicitly, within an arc of the sphere.

Beside a direction u the smallest margin m is the least of pieces that are smooth: every margin, with every side of the
units that are near their kink. A step of time h maximises the least of their linear parts less ||d||^2/(2 h), d across
u: an implicit step of Euler's, d = h v, v the minimum-norm mixture of what bears there. So what is about to bear counts
before it does, and v is the minimum-norm element of D_s where h or d is small. Source: Schechtman & Schreuder 2025;
theory section 12.1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .cone import mixture
from .pieces import Numbers, Pieces, PiecesSeen

Array = NDArray[np.float64]
Chosen = NDArray[np.bool_]
ROUNDS = 40
"""Programmes that are solved for a step, at most."""
SHARE = 0.1
"""Of the growth that the pieces promise, what a step must bring."""
STATIONARY = 1e-6
"""The minimum-norm element, relative to the radial part, that counts as 0."""
NEAR = 1e-4
"""Within which arc all that bears must lie, for that."""
SHORTEST = 1e-10
BESIDE = 1e-2
"""How far from their kinks, relative, units may be to be asked for both sides from the start."""
MOST = 600
"""Margins and sides of kinks that are solved for at once."""
FASTER = 5.0
"""Factor by which the time of a step may grow."""
AT_THE_KINK = 1e-12
"""What a side may lack, relative to the margins' size, where it counts as the same."""


@dataclass(frozen=True)
class Ascent:
    """Where a step leads."""

    direction: Array
    """u (P,), of length 1; where it stood, if nothing raises the margin."""
    arc: float
    """How far it moved."""
    size: float
    """The time h that the next step tries."""
    residual: float
    """||v|| over the radial part of the same mixture; below 0 of the margin: over the largest gradient."""
    stationary: bool
    solving: float
    """Cubes of the sizes of the programmes that were solved for it."""

    @property
    def goes_on(self) -> bool:
        """Say whether a step from there leads further."""
        return self.arc > 0 and not self.stationary


@dataclass(frozen=True)
class _Solved:
    move: Array
    """v (P,)."""
    promised: float
    """What the least piece grows by."""
    residual: float


def ascended(
    pieces: Pieces, direction: Array, size: float, arc: float, kept: Callable[[Array], Array]
) -> Ascent:
    """Take a step from a direction (P,) of length 1.

    Args:
        pieces: the margins.
        direction: u.
        size: the time that it tries; 0: as long as the arc allows.
        arc: how far it may lead.
        kept: what a run keeps of a direction, to its own precision.
    """
    seen = pieces.seen(direction)
    model = _Model(pieces, direction, seen, arc)
    size = size or arc / max(model.steepest, np.finfo(float).tiny)
    residual = np.inf
    for _ in range(ROUNDS):
        solved = model.solved(size)
        length = size * float(np.linalg.norm(solved.move))
        residual = solved.residual
        if not np.isfinite(length):
            break
        if length > 2 * arc:
            size *= arc / length
            continue
        reached = kept(_unit(direction + size * solved.move))
        after = pieces.seen(reached)
        grown = float(after.margins.min() - seen.margins.min())
        if residual <= STATIONARY and length <= NEAR:
            reached = reached if grown > 0 else direction
            arc_there = length if grown > 0 else 0.0
            return Ascent(reached, arc_there, size, residual, stationary=True, solving=model.solving)
        if grown > 0 and grown >= SHARE * solved.promised:
            size *= min(FASTER, arc / length)
            return Ascent(reached, length, size, residual, stationary=False, solving=model.solving)
        if length < SHORTEST:
            break
        if not model.knows_more(after, solved.promised):
            size /= 4
    return Ascent(direction, 0.0, size, residual, stationary=False, solving=model.solving)


class _Model:
    """The pieces beside a direction that are known to matter."""

    def __init__(self, pieces: Pieces, direction: Array, seen: PiecesSeen, arc: float) -> None:
        self._pieces, self._direction, self._seen = pieces, direction, seen
        self._least = float(seen.margins.min())
        self._sides = (seen.kinks > 0).astype(float)
        first = np.array([int(seen.margins.argmin())])
        self.steepest = float(
            np.linalg.norm(self._across(self._rows(first, self._sides[self._of(first)])[1]))
        )
        self._pairs: Chosen = seen.margins <= self._least + 4 * arc * self.steepest
        largest = np.abs(seen.kinks).max(0, initial=0.0)
        beside = BESIDE
        self._kinks: Chosen = np.abs(seen.kinks) <= beside * largest
        while self._columns > MOST and beside > AT_THE_KINK:
            beside /= 4
            self._kinks = np.abs(seen.kinks) <= beside * largest
        self.solving = 0.0
        self._made: tuple[Array, Array, Numbers, Array, Array] | None = None

    @property
    def _columns(self) -> int:
        chosen = np.flatnonzero(self._pairs)
        return len(chosen) + int(self._kinks[self._of(chosen)].sum())

    def solved(self, size: float) -> _Solved:
        """Return the step of a time."""
        gradients, added, owners, prices, values = self._made = self._made or self._columns_made()
        self.solving += float(len(gradients) + len(added)) ** 3
        move, weights, cost = mixture(gradients, added, owners, prices / size)
        length = float(np.linalg.norm(move))
        radial = self._pieces.degree * float(weights @ values)
        scale = radial if radial > 0 else float(np.linalg.norm(gradients, axis=1).max())
        return _Solved(move, size * (length**2 + cost), length / scale if scale > 0 else 0.0)

    def knows_more(self, after: PiecesSeen, promised: float) -> bool:
        """Take up what bore on a trial unforeseen; say whether there is any."""
        low = after.margins < self._least + promised
        crossed = np.zeros_like(self._kinks)
        samples = np.unique(self._of(np.flatnonzero(low)))
        crossed[samples] = ((after.kinks > 0) != (self._seen.kinks > 0))[samples]
        more = bool((low & ~self._pairs).any() or (crossed & ~self._kinks).any())
        before = self._pairs, self._kinks
        self._pairs, self._kinks = self._pairs | low, self._kinks | crossed
        if self._columns > MOST:
            self._pairs, self._kinks = before
            return False
        self._made = None if more else self._made
        return more

    def _columns_made(self) -> tuple[Array, Array, Numbers, Array, Array]:
        """Return gradients (K, P), what other sides add (M, P), whose they are (M,), prices (K + M,), margins (K,).

        Another side of a kink is a piece of the minimum where its value is no less: else the kink is one that a step
        leaves or crosses.
        """
        pairs = np.flatnonzero(self._pairs)
        own = self._sides[self._of(pairs)]
        owners, units = np.nonzero(self._kinks[self._of(pairs)])
        other = own[owners].copy()
        rows = np.arange(len(owners))
        other[rows, units] = 1 - other[rows, units]
        values, gradients = self._rows(np.concatenate([pairs, pairs[owners]]), np.concatenate([own, other]))
        count = len(pairs)
        margins, added = values[:count], values[count:] - values[:count][owners]
        bends = added >= -AT_THE_KINK * float(np.abs(values).max())
        gradients = self._across(gradients)
        sides = (gradients[count:] - gradients[:count][owners])[bends]
        prices = np.concatenate([margins - self._least, np.maximum(added[bends], 0.0)])
        return gradients[:count], sides, owners[bends], prices, margins

    def _rows(self, pairs: Numbers, masks: Array) -> tuple[Array, Array]:
        none: Numbers = np.empty(0, np.int64)
        below = np.empty((0, masks.shape[1]))
        values, _, gradients, _ = self._pieces.gradients(self._direction, pairs, masks, (none, none), below)
        return values, gradients

    def _of(self, pairs: Numbers) -> Numbers:
        return self._pieces.owners[pairs]

    def _across(self, gradients: Array) -> Array:
        return gradients - np.outer(gradients @ self._direction, self._direction)


def _unit(vector: Array) -> Array:
    return vector / np.linalg.norm(vector)
