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
"""Margins and sides of kinks that are solved for at once; of more the nearest."""
FIRST = -2.0
"""How far the smallest margin is: no other piece is taken before it."""
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


@dataclass(frozen=True)
class _Columns:
    """What a programme is made of: pairs (K,) of pieces that bear or may soon, and other sides (M,) of their kinks."""

    gradients: Array
    """(K, P), across u."""
    added: Array
    """What other sides add to them (M, P)."""
    owners: Numbers
    """Which of the K each of them belongs to (M,)."""
    prices: Array
    """(K + M,): what their values are above the smallest margin, or above their pair's."""
    margins: Array
    """(K,)."""
    known: frozenset[tuple[int, int]]
    """Which pairs these are, each with the unit at its kink; -1: the side that it is on."""
    cut: bool
    """Whether there are more, farther ones."""


def ascended(
    pieces: Pieces,
    direction: Array,
    size: float,
    arc: float,
    kept: Callable[[Array], Array],
    worth: float = np.inf,
) -> Ascent:
    """Take a step from a direction (P,) of length 1.

    Args:
        pieces: the margins.
        direction: u.
        size: the time that it tries; 0: as long as the arc allows.
        arc: how far it may lead.
        kept: what a run keeps of a direction, to its own precision.
        worth: what the cubes of its programmes' sizes may sum up to, but for the last.
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
        if length < SHORTEST or model.solving > worth:
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
        tiny = np.finfo(float).tiny
        # how far pieces are, where 1 is as far as they are asked; below 0 what a trial met
        self._pairs: Array = (seen.margins - self._least) / max(4 * arc * self.steepest, tiny)
        self._pairs[first] = FIRST
        largest = np.abs(seen.kinks).max(0, initial=0.0)
        self._kinks: Array = np.abs(seen.kinks) / np.maximum(BESIDE * largest, tiny)
        self._kinks[pieces.idle(direction, seen)] = np.inf
        self.solving = 0.0
        self._made: _Columns | None = None

    @property
    def _columns(self) -> _Columns:
        self._made = self._made or self._columns_made()
        return self._made

    def solved(self, size: float) -> _Solved:
        """Return the step of a time."""
        of = self._columns
        self.solving += float(len(of.prices)) ** 3
        move, weights, cost = mixture(of.gradients, of.added, of.owners, of.prices / size)
        length = float(np.linalg.norm(move))
        radial = self._pieces.degree * float(weights @ of.margins)
        scale = radial if radial > 0 else float(np.linalg.norm(of.gradients, axis=1).max())
        return _Solved(move, size * (length**2 + cost), length / scale if scale > 0 else 0.0)

    def knows_more(self, after: PiecesSeen, promised: float) -> bool:
        """Take up what bore on a trial unforeseen; say whether the next programme has any of it."""
        low = after.margins < self._least + promised
        crossed = np.zeros(self._kinks.shape, bool)
        samples = np.unique(self._of(np.flatnonzero(low)))
        crossed[samples] = ((after.kinks > 0) != (self._seen.kinks > 0))[samples]
        before = self._columns
        farther = bool((self._pairs[low] > 1).any() or (self._kinks[crossed] > 1).any())
        if not (farther or before.cut):
            return False
        self._pairs, self._kinks = _met(self._pairs, low), _met(self._kinks, crossed)
        self._made = None
        return bool(self._columns.known - before.known)

    def _columns_made(self) -> _Columns:
        """Return the nearest pieces; of other sides those that are pieces of the minimum there.

        They are where their value is no less: else the kink is one that a step leaves or crosses. A side that adds
        nothing is no other piece.
        """
        far = np.sort(self._pairs)[:MOST][-1]
        pairs = np.flatnonzero(self._pairs <= min(far, 1.0))
        pairs = pairs[np.argsort(self._pairs[pairs], kind="stable")][:MOST]
        own = self._sides[self._of(pairs)]
        margins, gradients = self._rows(pairs, own)
        gradients = self._across(gradients)
        places, units = np.nonzero(self._kinks[self._of(pairs)] <= 1)
        ranks = np.maximum(self._pairs[pairs[places]], self._kinks[self._of(pairs[places]), units])
        order = np.argsort(ranks, kind="stable")
        taken, prices, sides = [order[:0]], [np.empty(0)], [gradients[:0]]
        while len(order) and sum(map(len, taken)) < MOST:
            block, order = order[:MOST], order[MOST:]
            of = places[block]
            other = own[of].copy()
            rows = np.arange(len(block))
            other[rows, units[block]] = 1 - other[rows, units[block]]
            values, found = self._rows(pairs[of], other)
            added, side = values - margins[of], self._across(found) - gradients[of]
            same = AT_THE_KINK * float(np.abs(np.r_[values, margins]).max())
            differs = np.abs(side).max(1) > AT_THE_KINK * float(np.abs(gradients).max())
            bends = (added >= -same) & (differs | (added > same))
            taken.append(block[bends])
            prices.append(np.maximum(added[bends], 0.0))
            sides.append(side[bends])
        chosen = np.concatenate(taken)
        nearest = np.argsort(np.r_[self._pairs[pairs], ranks[chosen]], kind="stable")[:MOST]
        count = int(
            (nearest < len(pairs)).sum()
        )  # a side is no nearer than its pair: the first pairs are these
        kept = np.sort(nearest[nearest >= len(pairs)]) - len(pairs)
        chosen, owners = chosen[kept], places[chosen[kept]]
        of_pairs = [(int(pair), -1) for pair in pairs[:count]]
        of_sides = zip(pairs[owners].tolist(), units[chosen].tolist(), strict=True)
        return _Columns(
            gradients=gradients[:count],
            added=np.concatenate(sides)[kept],
            owners=owners,
            prices=np.r_[margins[:count] - self._least, np.concatenate(prices)[kept]],
            margins=margins[:count],
            known=frozenset([*of_pairs, *of_sides]),
            cut=len(nearest) == MOST,
        )

    def _rows(self, pairs: Numbers, masks: Array) -> tuple[Array, Array]:
        none: Numbers = np.empty(0, np.int64)
        below = np.empty((0, masks.shape[1]))
        values, _, gradients, _ = self._pieces.gradients(self._direction, pairs, masks, (none, none), below)
        return values, gradients

    def _of(self, pairs: Numbers) -> Numbers:
        return self._pieces.owners[pairs]

    def _across(self, gradients: Array) -> Array:
        return gradients - np.outer(gradients @ self._direction, self._direction)


def _met(ranks: Array, met: NDArray[np.bool_]) -> Array:
    """Return how far pieces are, where some were met: before all others, the nearest first."""
    return np.where(met & (ranks >= 0), -1 / (1 + np.abs(ranks)), ranks)


def _unit(vector: Array) -> Array:
    return vector / np.linalg.norm(vector)
