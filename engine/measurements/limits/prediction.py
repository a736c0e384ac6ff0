"""The limit of a run's direction: extrapolated, refined, and how much of that to believe."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...experiment.edits import LiveEdit, with_edits
from ...experiment.experiment import Experiment
from ...experiment.structure import Structure
from ...protocol.records import Array
from ...run.pieces import Pieces, Unwanted
from ...run.problem import MOST_MARGINS, MOST_PARAMETERS, Problem
from .extrapolation import Extrapolation, extrapolated
from .following import followed
from .refinement import Refined, TooLarge, judged, refined

CURVED = 1000
"""Parameters of which linear systems take seconds; with more the margin flow is followed."""
SURE = math.sqrt(2e-4)
"""An error bar, as a distance between unit vectors, up to which the cosine with the limit is 0.9999."""
ROUGH = 0.1
ROUNDING = 1e-7
SAFETY = 2.0
"""What the extrapolation's distance and error are taken times: a power that is fitted changes slowly."""
AGREED = 1e-3
"""How near to each other refinements from different steps end where they mean the same point."""
SLOWEST = 0.15
"""Power of h, at least, by which a run nears a point that it goes to."""
EARLIER = 1.5
"""Ratio of h to the last one's from which a direction is another start."""
REACHES = (1.5, 3.0)
"""How many times as far from the point as the last direction earlier ones are that are refined, too: at least, and up
to how many times, where the run has been so far off."""
CERTIFIED = 1e-5
"""Residual up to which a point counts as stationary."""


@dataclass(frozen=True)
class LimitPrediction:
    """Where the direction of a replica goes, with its certificate and its error bar."""

    point: Refined
    now: float
    """Distance of the run's direction from it."""
    extrapolation: Extrapolation | None
    apart: float
    """Distance from the extrapolated direction; from the run's own where there is none."""
    margin_now: float
    """The normalized margin of the run's direction."""
    spread: float
    """Distance between what two starts are refined to: the run's own direction, and the extrapolated or an earlier
    one; infinite where there is but one."""
    approach: float
    """a of the law h^a by which the run came nearer to the point of late; NaN where there is no earlier direction."""
    tested: float = math.inf
    """How far the limit may be by what earlier, farther directions are refined to; infinite where that is not told."""
    follows_margins: bool = False
    """Whether the run moves by its margins alone: then a stationary point that it stands at is its end."""
    in_the_limit_alone: bool = False
    """Whether the network is homogeneous at infinite norm alone: until then the run goes by other margins."""

    @property
    def error(self) -> float:
        """Return how far the limit may be from the prediction, as a distance between unit vectors.

        It is about the way that the run still has to go, or that of the extrapolation with its own error: the less of
        the two where the extrapolation means this point, and else the more. Where the run comes nearer, and nothing
        that is extrapolated contradicts, what earlier directions are refined to may shorten it. Where refinements end
        in different points, their distance counts besides; a run that does not come nearer goes past the point, or
        elsewhere, and one that goes by other margins meanwhile may come to another point beside it.
        """
        way, agrees = self.now if self.comes else SAFETY * self.now, True
        if self.extrapolation is not None:
            agrees = self.apart <= self.extrapolation.error
            way = (min if agrees else max)(way, SAFETY * (self.apart + self.extrapolation.error))
        if self.comes and agrees and self.stationary:
            way = min(way, self.tested)
        return max(way, self.spread if math.isfinite(self.spread) else 0.0, self.point.residual)

    @property
    def nears(self) -> bool:
        """Say whether the run comes nearer to the point, as far as is known."""
        return not self.approach < SLOWEST

    @property
    def comes(self) -> bool:
        """Say whether that is all that the run does: it goes by no other margins meanwhile."""
        return self.nears and not self.in_the_limit_alone

    @property
    def stationary(self) -> bool:
        """Say whether the point is one of the margin problem."""
        return self.point.residual <= CERTIFIED

    @property
    def sure(self) -> bool:
        """Say whether the limit is told to four digits of its cosine: two starts end in it, or a flow stands at it."""
        stands = self.follows_margins and self.now <= AGREED
        return self.stationary and self.error <= SURE and (stands or self.spread <= AGREED)

    @property
    def rough(self) -> bool:
        """Say whether the limit is told at all."""
        return self.sure or (self.stationary and self.error <= ROUGH)


def why_no_limit(experiment: Experiment, structure: Structure, samples: int) -> str:
    """Say why the limit of a run is not predicted; '' where it is."""
    optimizer = experiment.optimizer
    if structure.exponent is None:
        reason = structure.why_not
        return f"the network has no degree of homogeneity, so no margin problem of its own: {reason}"
    if getattr(optimizer, "weight_decay", 0.0) > 0:
        return (
            "with weight decay the parameters stay bounded: the loss has a minimum, and that is where they go"
        )
    if optimizer.step.has_finite_sum():
        return (
            "the learning rates have a finite sum: the flow's time ends, and no limit is reached, however many steps "
            "are taken"
        )
    if not optimizer.says_its_geometry():
        return (
            f"the plug-in does not say in which norm {optimizer.kind} measures steps, so there is no telling which "
            "margin problem is its own"
        )
    if optimizer.geometry != "l2":
        return (
            "this optimizer measures steps in another norm than l2, and the stationary points of the margin problem in "
            "its norm are not solved for here; of a linear model its reference is the exact limit"
        )
    if structure.parameters > MOST_PARAMETERS:
        return f"{structure.parameters:,} parameters are more than the {MOST_PARAMETERS:,} that are solved for here"
    margins = samples * max(1, structure.outputs - 1)
    if margins > MOST_MARGINS:
        return f"{margins:,} margins are more than the {MOST_MARGINS:,} that are solved for here"
    return ""


def predicted(
    problem: Problem,
    replica: int,
    thetas: Array,
    edits: Sequence[LiveEdit] = (),
    is_wanted: Callable[[], bool] = lambda: True,
) -> LimitPrediction | str:
    """Predict the limit of a replica's direction, or say why there is no prediction.

    Args:
        problem: the run's.
        replica: which.
        thetas: its parameters (T, P) at stored steps, the last one last.
        edits: what the run took on its way up to then.
        is_wanted: whether it is still wanted; asked again and again.
    """
    experiment = with_edits(problem.members[replica], edits)
    why = why_no_limit(experiment, problem.structure, problem.samples)
    if why:
        return why
    pieces = Pieces(problem, replica, is_wanted)
    thetas = thetas[np.isfinite(thetas).all(1)].astype(float)
    alone = experiment.optimizer.of_directions  # no law of h is its own
    try:
        found = _of_steps(pieces, thetas[-1:] if alone else thetas, problem.near is not None)
        return found if isinstance(found, str) else replace(found, follows_margins=alone)
    except (TooLarge, Unwanted) as error:
        return str(error)


def _of_steps(pieces: Pieces, thetas: Array, in_the_limit_alone: bool) -> LimitPrediction | str:
    """Return the limit after parameters (T, P), or say that they do not fit the data."""
    least = np.array([pieces.seen(theta).margins.min() for theta in thetas])
    if not len(least) or not least[-1] > 0:
        return "the data are not fitted yet: the smallest margin is not positive, and no direction is a limit"
    after = len(least) - int(np.argmax(~(least > 0)[::-1])) if (least <= 0).any() else 0
    directions = thetas[after:] / np.linalg.norm(thetas[after:], axis=1, keepdims=True)
    return limit_of(pieces, directions, 1 / least[after:], in_the_limit_alone)


def limit_of(
    pieces: Pieces, directions: Array, h: Array, in_the_limit_alone: bool = False
) -> LimitPrediction:
    """Return the limit of directions (T, P), of length 1, at h (T,) = 1/q_min.

    Args:
        pieces: whose.
        directions: the last one last.
        h: falling.
        in_the_limit_alone: whether the network is homogeneous at infinite norm alone.
    """
    now = directions[-1]
    extrapolation = extrapolated(directions, h)
    if extrapolation is not None and extrapolation.error > float(
        np.linalg.norm(extrapolation.direction - now)
    ):
        extrapolation = None
    own = _refined(pieces, now) or judged(pieces, now)
    before = _before(h)
    earlier = None if before is None else directions[before]
    start = earlier if extrapolation is None else extrapolation.direction
    other = None if start is None else _refined(pieces, start)
    point = own
    if other is not None and extrapolation is not None and other.residual <= max(CERTIFIED, own.residual):
        point = other
    towards = now if extrapolation is None else extrapolation.direction
    approach = math.nan
    if before is not None:
        then = _apart(point.direction, directions[before])
        approach = _approach(then, _apart(point.direction, now), float(h[before] / h[-1]))
    found = LimitPrediction(
        point=point,
        now=_apart(point.direction, now),
        extrapolation=extrapolation,
        approach=approach,
        apart=_apart(point.direction, towards),
        margin_now=float(pieces.seen(now).margins.min()),
        spread=math.inf if other is None else _apart(own.direction, other.direction),
        in_the_limit_alone=in_the_limit_alone,
    )
    tells = found.stationary and found.comes and found.spread <= AGREED
    return replace(found, tested=_tested(pieces, directions, own, found)) if tells else found


def stationary_beside(pieces: Pieces, direction: Array) -> Array | None:
    """Return the stationary point (P,) that a direction (P,) is refined to; None where none is found."""
    found = _refined(pieces, direction)
    return None if found is None or found.residual > CERTIFIED else found.direction


def _refined(pieces: Pieces, start: Array) -> Refined | None:
    """Return the stationary point beside a direction (P,): of the active set, or else where the margin flow ends."""
    found = refined(pieces, start) if pieces.parameters <= CURVED else None
    if found is not None and found.residual <= CERTIFIED:
        return found
    ways = (found, followed(pieces, start))
    return min((way for way in ways if way is not None), key=lambda way: way.residual, default=None)


def _tested(pieces: Pieces, directions: Array, own: Refined, found: LimitPrediction) -> float:
    """Return how far the limit may be by what directions (T, P) before the last one are refined to.

    A direction at a distance d from the limit is refined to a point that is off by a multiple of d at most: what one at
    rho d is refined to is s from where the last one is, and so about s/(rho - 1) is left of it. And what held while the
    run came nearer rho times is taken to hold while it does so once more, not further: d/rho counts at least.
    """
    now, (near, far) = found.now, REACHES
    away = np.linalg.norm(directions[:-1] - found.point.direction, axis=1)
    farthest = float(away.max(initial=0.0))
    least, left = math.inf, 0.0
    if now <= ROUNDING or farthest < near * now:
        return least
    for reach in (near * now, min(far * now, farthest)):
        place = np.flatnonzero(away >= reach)[-1]
        ratio = float(away[place]) / now
        then = None if left >= least else stationary_beside(pieces, directions[place])
        if then is None:
            break
        left = max(left, SAFETY * _apart(then, own.direction) / (ratio - 1))
        least = min(least, max(left, now / min(ratio, far)))
    return least


def _before(h: Array) -> int | None:
    """Return the last place at which h is well above the last one; None where there is none."""
    earlier = np.flatnonzero(h >= EARLIER * h[-1])
    return int(earlier[-1]) if len(earlier) else None


def _approach(then: float, now: float, ratio: float) -> float:
    """Return a of h^a between two distances, for a ratio of h; one that is rounding's is as near as can be."""
    return math.inf if now <= ROUNDING else math.log(max(then, ROUNDING) / now) / math.log(ratio)


def _apart(first: Array, second: Array) -> float:
    return float(np.linalg.norm(first - second))
