"""From a direction to the stationary point of the margin problem beside it, by an active set that knows kinks.

min ||theta||^2/2 s.t. q_k >= 1. The face that a point lies on: which margins are 1, which units of which samples sit on
their kink, and on which side all others are. On a face everything is a polynomial, and Newton's method solves
theta = sum lambda_k grad q_k + sum mu_m grad z_m, q_k = 1, z_m = 0, by steps of least length, since stationary points
need not be isolated. The cone of multipliers and selections then says which to release, and the point itself which to
take up. Source: theory section 12.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...protocol.records import Array
from ...run.cone import ConeElement, nearest
from ...run.pieces import Numbers, Pieces, PiecesSeen

ROUNDS = 24
"""Faces that are tried, at most."""
NEWTON = 30
WORK, STEPS = 1.5e9, 15
"""Newton's steps times the cube of the parameters that a start is worth, and its steps at least."""
CONVERGED, NEARLY = 1e-12, 1e-8
PATIENCE = 4
"""Steps of Newton's method that may do nothing."""
STATIONARY = 1e-6
"""Residual at which a point counts as stationary."""
WIDE = 1.0
"""How far above the smallest margin others may be, relative, to be asked whether they bear."""
BESIDE = 0.05
"""How far from their kinks, relative, units may be to be asked for both sides."""
SHORTEST = 1e-4
BENT = 1e-6
"""Curvature below 0 that counts."""
GONE = 1e-4
"""What is left of a unit, relative to the run's, that is none."""
NUDGE = 1e-2
UNSEEN = 1e-6
"""What a run has along a direction that it may count as never having left."""
SAME = 1e-7
"""How near they are where a point is judged."""
FREE = 1e-3
"""Share of the largest multiplier, or of a whole selection, from which one bears on a direction that is not solved."""
AT_ONCE = 1000
"""Multipliers and selections that are solved for at once where nearer ones can be chosen."""
LARGEST = 2500
"""Of them at most: the time grows like their cube."""
SOLVING = 8e9
"""What their cubes may sum up to from one start."""
LONGEST = 0.2
"""Length of a step relative to the point's."""
SINGULAR = 1e-9
Mask = NDArray[np.bool_]


@dataclass
class Effort:
    """What is still spent on a start."""

    left: int
    """Steps of Newton's method."""
    solving: float = SOLVING
    """Cubes of sizes of quadratic programmes."""


class TooLarge(ValueError):
    """More bears at a point than is solved for."""


@dataclass(frozen=True)
class Face:
    """Margins that are active, units on their kinks, and the sides (N, U) of all others."""

    pairs: Numbers
    samples: Numbers
    """Of the kinks (M,)."""
    units: Numbers
    """Of the kinks (M,)."""
    masks: Array
    """(N, U); 0 at the kinks."""

    @property
    def kinks(self) -> tuple[Numbers, Numbers]:
        """Return samples and units of the kinks."""
        return self.samples, self.units

    @property
    def key(self) -> bytes:
        """Return what tells faces apart."""
        return b"|".join(each.tobytes() for each in (self.pairs, self.samples, self.units, self.masks))


@dataclass(frozen=True)
class Refined:
    """A point of the margin problem with what proves it, of length 1."""

    direction: Array
    """(P,)."""
    margin: float
    """q_min of the direction: the normalized margin."""
    residual: float
    """min ||u - sum lambda_k h_k||, h_k in the subdifferential of q_k."""
    multipliers: Array
    """lambda (K,) of the pairs, for the point with smallest margin 1."""
    pairs: Numbers
    """(K,)."""
    kinks: int
    """Units of samples that sit on their kink and bear on it."""
    rounds: int = field(default=0)


def refined(pieces: Pieces, start: Array) -> Refined | None:
    """Return the best point that is found from a direction (P,); None from one whose margin is not positive.

    Each round solves the quadratic programme of all margins and sides nearby, tries the face that bears its solution,
    and else goes towards the solution as far as the margin grows.
    """
    if not pieces.seen(start).margins.min() > 0:
        return None
    theta, seen = scaled(pieces, start)
    run = start / np.linalg.norm(start)
    best = judged(pieces, theta)
    tried: set[bytes] = set()
    effort = Effort(max(STEPS, int(WORK / pieces.parameters**3)))
    for round_ in range(1, ROUNDS + 1):
        if effort.solving <= 0:
            break
        face, towards = _bearing(pieces, theta, face_at(pieces, theta, seen, WIDE, BESIDE), effort)
        if face.key not in tried:
            tried.add(face.key)
            found = _on(pieces, theta, face, round_, effort)
            if found is not None and found.residual <= STATIONARY:
                escape = _escape(pieces, found, run, effort)
                if escape is None:
                    return found
                theta, seen = scaled(pieces, found.direction + escape)
                continue
            if found is not None and found.residual < best.residual:
                best = found
        moved = _ascended(pieces, theta, towards)
        if moved is None:
            break
        theta, seen = scaled(pieces, moved)
    last = judged(pieces, theta, SAME, ROUNDS)
    return last if last.residual < best.residual else best


def _on(pieces: Pieces, theta: Array, face: Face, round_: int, effort: Effort) -> Refined | None:
    """Return the stationary point on a face, where there is one of no smaller margin."""
    point = newton(pieces, theta, face, effort)
    if point is None:
        return None
    least = pieces.seen(point).margins.min() / np.linalg.norm(point) ** pieces.degree
    if not least >= (1 - SAME) * float(np.linalg.norm(theta)) ** -pieces.degree:
        return None
    return judged(pieces, point, SAME, round_, effort)


def _ascended(pieces: Pieces, theta: Array, towards: Array) -> Array | None:
    """Return a point on the way from one (P,) to another at which the normalized margin is larger; None for none."""
    before = float(np.linalg.norm(theta)) ** -pieces.degree
    share = 1.0
    while share > SHORTEST:
        point = theta + share * (towards - theta)
        length = float(np.linalg.norm(point))
        if length > 0 and pieces.seen(point).margins.min() / length**pieces.degree > before:
            return point
        share /= 2
    return None


def _escape(pieces: Pieces, found: Refined, run: Array, effort: Effort) -> Array | None:
    """Return a short step (P,) along which the margin grows to second order, as the run does; None for none.

    At a local maximum the Lagrangian's Hessian is nowhere negative across the active constraints.
    """
    theta, seen = scaled(pieces, found.direction)
    here = _with_the_dying(face_at(pieces, theta, seen, SAME, SAME), seen, scaled(pieces, run)[1])
    element, owners, kinks = _element(pieces, theta, here, effort)
    masks = here.masks[pieces.owners[here.pairs]], here.masks[here.samples]
    _, _, slopes, turns = pieces.gradients(theta, here.pairs, masks[0], here.kinks, masks[1])
    _, _, added = _gradients(pieces, theta, here, owners, kinks)
    forces = np.zeros(len(turns))
    np.add.at(forces, kinks, element.selections * (added * turns[kinks]).sum(1) / (turns[kinks] ** 2).sum(1))
    bent = pieces.curvature(theta, here.pairs, element.multipliers, here.kinks, forces, here.masks)
    bears = element.multipliers > SAME * element.multipliers.max()
    across = _Constraints.of(np.vstack([slopes[bears], turns])).across()
    hessian = across.T @ across - across.T @ bent @ across
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    falling = across @ vectors[:, values < -BENT]
    along = falling @ (falling.T @ run)
    length = float(np.linalg.norm(along))
    return NUDGE * along / length if length > UNSEEN else None


def _with_the_dying(face: Face, seen: PiecesSeen, run: PiecesSeen) -> Face:
    """Return a face on which units that a point does not have are where they are in the run: at 0 they have no side."""
    left, before = np.abs(seen.kinks).max(0, initial=0.0), np.abs(run.kinks).max(0, initial=0.0)
    dying = left <= GONE * before
    masks = np.where(dying, run.kinks > 0, face.masks)
    kept = ~dying[face.units]
    return Face(face.pairs, face.samples[kept], face.units[kept], masks)


def judged(
    pieces: Pieces, direction: Array, tolerance: float = SAME, rounds: int = 0, effort: Effort | None = None
) -> Refined:
    """Return a direction with the smallest residual that multipliers and selections leave.

    Raises:
        TooLarge: where there are too many of them.
    """
    theta, seen = scaled(pieces, direction)
    face = face_at(pieces, theta, seen, tolerance, tolerance)
    element = _element(pieces, theta, face, effort)[0]
    length = float(np.linalg.norm(theta))
    bearing = element.multipliers > 0
    return Refined(
        direction=theta / length,
        margin=length**-pieces.degree,
        residual=element.residual / length,
        multipliers=element.multipliers[bearing],
        pairs=face.pairs[bearing],
        kinks=len(face.samples),
        rounds=rounds,
    )


def scaled(pieces: Pieces, theta: Array) -> tuple[Array, PiecesSeen]:
    """Return the point (P,) on a ray with smallest margin 1, and what is seen there."""
    seen = pieces.seen(theta)
    factor = float(seen.margins.min()) ** (-1 / pieces.degree)
    theta = theta * factor
    return theta, pieces.seen(theta)


def face_at(pieces: Pieces, theta: Array, seen: PiecesSeen, above: float, beside: float) -> Face:
    """Return the margins and kinks that are near at a point with smallest margin 1; of too many the nearer ones.

    Args:
        pieces: whose.
        theta: (P,).
        seen: what is seen there.
        above: how far above 1 margins may be.
        beside: how far from its kink a unit may be, relative to the farthest sample's.
    """
    idle = pieces.idle(theta, seen)
    while True:
        face = _near(pieces, seen, idle, above, beside)
        if _columns(pieces, face) <= AT_ONCE or above <= SAME:
            return face
        above, beside = max(SAME, above / 2), beside / 2


def _columns(pieces: Pieces, face: Face) -> int:
    """Return how many multipliers and selections a face has."""
    shared = np.bincount(pieces.owners[face.pairs], minlength=len(face.masks))
    return len(face.pairs) + int(shared[face.samples].sum())


def _near(pieces: Pieces, seen: PiecesSeen, idle: Mask, above: float, beside: float) -> Face:
    pairs = np.flatnonzero(seen.margins <= 1 + above)
    masks = (seen.kinks > 0).astype(float)
    owners = np.unique(pieces.owners[pairs])
    largest = np.abs(seen.kinks).max(0, initial=0.0)
    near = (np.abs(seen.kinks) <= beside * largest) & (largest > 0) & ~idle
    rows, units = np.nonzero(near[owners])
    samples = owners[rows]
    masks[samples, units] = 0.0
    return Face(pairs, samples, units, masks)


def _element(
    pieces: Pieces, theta: Array, face: Face, effort: Effort | None, *, priced: bool = False
) -> tuple[ConeElement, Numbers, Numbers]:
    """Return the nearest element of a face's cone to a point, and which pair and kink each of its selections has.

    priced: a margin costs what it is above 1, on the side of its kinks that is taken, as in the quadratic programme
    min ||theta + d||^2/2 s.t. q_k + <h_k, d> >= 1 for all sides, whose dual that is.
    """
    columns = _columns(pieces, face)
    if columns > LARGEST:
        raise TooLarge(
            f"{columns:,} margins and sides of kinks meet in one point, more than the {LARGEST:,} that are solved for "
            "here"
        )
    if effort is not None:
        effort.solving -= columns**3
    owners, kinks = _joined(pieces, face)
    values, gradients, added = _gradients(pieces, theta, face, owners, kinks)
    prices = np.concatenate([values[: len(face.pairs)] - 1, values[len(face.pairs) :]]) if priced else None
    return nearest(theta, gradients, added, owners, prices), owners, kinks


def _joined(pieces: Pieces, face: Face) -> tuple[Numbers, Numbers]:
    """Return every pair with each kink of its sample."""
    owners, kinks = np.nonzero(pieces.owners[face.pairs][:, None] == face.samples[None, :])
    return owners, kinks


def _gradients(
    pieces: Pieces, theta: Array, face: Face, owners: Numbers, kinks: Numbers
) -> tuple[Array, Array, Array]:
    """Return the margins with kinks masked and what unmasking each adds (K + M,), and the same of their gradients."""
    base = face.masks[pieces.owners[face.pairs]]
    open_ = base[owners].copy()
    open_[np.arange(len(owners)), face.units[kinks]] = 1.0
    every = np.concatenate([face.pairs, face.pairs[owners]])
    none: Numbers = np.empty(0, np.int64)
    values, _, found, _ = pieces.gradients(
        theta, every, np.concatenate([base, open_]), (none, none), np.empty((0, base.shape[1]))
    )
    count = len(face.pairs)
    values[count:] -= values[:count][owners]
    return values, found[:count], found[count:] - found[:count][owners]


def _bearing(
    pieces: Pieces, theta: Array, face: Face, effort: Effort, share: float = FREE
) -> tuple[Face, Array]:
    """Return the part of a face that bears the solution (P,) of the quadratic programme there, and the solution.

    Margins that bear nothing are left out, and units stand on the side that bears where one does.
    """
    element, owners, kinks = _element(pieces, theta, face, effort, priced=True)
    largest = float(element.multipliers.max(initial=0.0))
    solution = theta - element.rest
    if largest == 0.0:
        return face, solution
    bears = element.multipliers > share * largest
    total, taken = np.zeros(len(face.samples)), np.zeros(len(face.samples))
    np.add.at(total, kinks, element.multipliers[owners])
    np.add.at(taken, kinks, element.selections)
    part = np.divide(taken, total, out=np.zeros_like(taken), where=total > 0)
    kept = (part > share) & (part < 1 - share)
    masks = face.masks.copy()
    masks[face.samples, face.units] = np.where(kept, 0.0, (part > 0.5).astype(float))
    alive = np.isin(face.samples, pieces.owners[face.pairs[bears]])
    kept &= alive
    return Face(face.pairs[bears], face.samples[kept], face.units[kept], masks), solution


def newton(pieces: Pieces, theta: Array, face: Face, effort: Effort) -> Array | None:
    """Return a stationary point on a face beside a point (P,); None where there is none.

    A step goes straight to the constraints and, across them, by Newton's method on the Lagrangian with multipliers by
    least squares. The curvature is damped by about what is missing: so steps go to the nearest of solutions that are
    not isolated, and still converge quadratically. Source: Yamashita & Fukushima 2001.
    """
    masks = face.masks[pieces.owners[face.pairs]], face.masks[face.samples]
    count = len(face.pairs)
    last, stuck = np.inf, 0
    for _ in range(NEWTON):
        if effort.left <= 0:
            break
        effort.left -= 1
        q, z, slopes, turns = pieces.gradients(theta, face.pairs, masks[0], face.kinks, masks[1])
        constraints = _Constraints.of(np.vstack([slopes, turns]))
        missing = np.concatenate([q - 1, z])
        lacking = (constraints.left.T @ missing) / constraints.sizes
        weights = constraints.weights(constraints.rows @ theta)
        size = float(np.linalg.norm(theta))
        rest = theta - constraints.rows.T @ (constraints.rows @ theta)
        wrong = float((np.linalg.norm(rest) + np.linalg.norm(lacking)) / size)
        if not np.isfinite(wrong):
            return None
        if wrong < CONVERGED or (wrong < 1e3 * CONVERGED and wrong > 0.5 * last):
            return theta
        stuck = stuck + 1 if wrong > 0.5 * last else 0
        if stuck > PATIENCE:
            break
        last = min(wrong, last)
        bent = pieces.curvature(theta, face.pairs, weights[:count], face.kinks, weights[count:], face.masks)
        step = _shortened(-constraints.rows.T @ lacking, LONGEST * size)
        across = constraints.across()
        pull = across.T @ (rest + step - bent @ step)
        values, vectors = np.linalg.eigh(across.T @ (across - (bent + bent.T) @ across / 2))
        damping = max(wrong, SINGULAR)
        part = vectors @ ((vectors.T @ pull) * values / (values**2 + damping**2))
        theta = theta + step - _shortened(across @ part, LONGEST * size)
    return theta if last < NEARLY else None


def _shortened(step: Array, longest: float) -> Array:
    length = float(np.linalg.norm(step))
    return step * (longest / length) if length > longest else step


@dataclass(frozen=True)
class _Constraints:
    """Gradients of constraints (M, P), by an orthonormal basis of what they span."""

    rows: Array
    """(r, P), orthonormal."""
    left: Array
    """(M, r): the constraints are left * sizes @ rows."""
    sizes: Array
    """(r,)."""

    @classmethod
    def of(cls, gradients: Array) -> _Constraints:
        left, sizes, rows = np.linalg.svd(gradients, full_matrices=False)
        kept = sizes > SINGULAR * sizes.max(initial=0.0)
        return cls(rows[kept], left[:, kept], sizes[kept])

    def weights(self, reduced: Array) -> Array:
        """Return the least multipliers (M,) of the constraints for ones (r,) of the basis."""
        return np.asarray(self.left @ (reduced / self.sizes))

    def across(self) -> Array:
        """Return an orthonormal basis (P, P - r) of what is orthogonal to all of them."""
        return np.asarray(np.linalg.qr(self.rows.T, mode="complete")[0][:, len(self.rows) :])
