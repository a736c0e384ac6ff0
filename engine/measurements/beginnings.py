"""How units turn before they grow: the field that moves them near zero, and its extremal directions.

Two layers, one output, an activation phi of degree 1: near zero dw_j/dt = a_j D(w_j), da_j/dt = <w_j, D(w_j)> with
D(w) = sum_n y_n phi'(<w, x_n>) x_n / N (times the loss's slope at 0), whatever the scale. Source: theory section 14.

Shapes: R replicas, U units, N samples, D weights into a unit (its bias last), K extremal directions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..experiment.networks import MlpSpec
from ..experiment.structure.activations import DEGREE, pieces
from ..networks import Weights
from ..networks.activations import Activation, activation
from ..networks.lengths import unit
from ..protocol.records import Array
from ..run.problem import Problem
from .base import Measurement, estimate
from .record_point import RecordPoint
from .vectors import angle

CLIMBS = 30
"""Steps in which a unit climbs towards the direction that it turns to; each halves what is left, or nearly."""
SETTLED = 1e-3
"""Degrees by which a direction may move in a further step, to count as one that the field keeps."""
SLIDES = 160
"""Steps, ever shorter, in which one that does not settle finds its kink."""
ON_A_KINK = 1.0
"""Degrees between the means of the last two quarters of these, up to which it has found one."""
NEAR = 1e-9
"""Angles, and slopes beside the largest, that are rounding."""


AN_ANGLE = 60.0
"""Multiply-adds that take as long as the angle between two vectors."""


def has_early_field(problem: Problem) -> bool:
    """Say whether a network's units are moved by such a field near zero."""
    shape = problem.structure
    return (
        isinstance(problem.network.fields, MlpSpec)
        and len(shape.layers) == 2
        and shape.outputs == 1
        and shape.all_train
        and not shape.layers[1].bias
        and DEGREE[shape.activation] == 1
        and pieces(shape.activation) == 1
    )


AN_ANGLE = 60.0
"""Multiply-adds that take as long as the angle between two vectors."""


def beginnings(problem: Problem) -> list[Measurement]:
    """Measure how far units have turned to what draws them at first, where they are moved by such a field."""
    if not has_early_field(problem):
        return []
    return [_alignment(problem), _nearest(problem) if has_a_plane(problem) else _climbed(problem)]


def _alignment(problem: Problem) -> Measurement:
    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        weights, signs = incoming(point.weights[0]), outgoing_signs(point.weights[1])
        field = early_field(point.problem, weights)
        cosines = (unit(weights, dim=-1) * unit(field, dim=-1)).sum(-1)
        turned = torch.where(signs == 0, torch.nan, signs * cosines)
        return {"early_alignment": turned.nanmean(1)}

    return Measurement(("early_alignment",), measure, estimate(20, _pass_work(problem)))


def _nearest(problem: Problem) -> Measurement:
    """Measure the mean angle to the nearest extremal direction of a unit's sign, all of which are known."""
    extremes = extremes_in_the_plane(problem)

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        weights, signs = incoming(point.weights[0]), outgoing_signs(point.weights[1])
        directions, sides = point.each(extremes.directions), point.each(extremes.sides)
        return {"extremal_angle": nearest_angle(weights, signs, directions, sides).nanmean(1)}

    pairs = problem.replicas * problem.network.layers[0].rows * extremes.sides.shape[-1]
    return Measurement(("extremal_angle",), measure, estimate(12, AN_ANGLE * pairs))


def _climbed(problem: Problem) -> Measurement:
    """Measure the mean angle to the direction that a unit climbs to; those that come to none are left out."""

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        weights, signs = incoming(point.weights[0]), outgoing_signs(point.weights[1])
        reached = climbed(point.problem, weights, signs)
        return {"extremal_angle": angle(weights, reached).nanmean(1)}

    evaluations = CLIMBS + SLIDES + 3
    work = estimate(12 * evaluations, evaluations * _pass_work(problem))
    return Measurement(("extremal_angle",), measure, work)


# --- the field --------------------------------------------------------------------------------------------------


def incoming(layer: Weights) -> Tensor:
    """Return the weights w_j (R, U, D) into every unit, its bias last."""
    return layer.weight if layer.bias is None else torch.cat([layer.weight, layer.bias.unsqueeze(-1)], -1)


def outgoing_signs(layer: Weights) -> Tensor:
    """Return the signs (R, U) of the weights out of every unit."""
    return layer.weight[:, 0].sign()


def early_field(problem: Problem, vectors: Tensor) -> Tensor:
    """Return D(w) (R, U, D) at vectors w (R, U, D)."""
    x, phi = _inputs(problem), _activation(problem)
    z = x @ vectors.mT
    pull: Tensor = phi.backward(problem.labels.unsqueeze(-1).expand_as(z), z, phi.forward(z))
    return pull.mT @ x / x.shape[1]


def climbed(problem: Problem, vectors: Tensor, signs: Tensor) -> Tensor:
    """Return the directions (R, U, D) that units turn to, local maxima of s <u, D(u)>; NaN where none is met.

    Steps half of the way lead to fixed points of u <- s D(u)/||D(u)||, to rounding. On a kink, which the field points
    to from both of its sides, these go to and fro: shorter and shorter steps and their mean find it to about a degree.
    """
    sides = signs.unsqueeze(-1)
    at = unit(vectors, dim=-1)
    for _ in range(CLIMBS):
        at = unit(at + unit(sides * early_field(problem, at), dim=-1), dim=-1)
    there = unit(sides * early_field(problem, at), dim=-1)
    onward = unit(sides * early_field(problem, there), dim=-1)
    kept = angle(there, onward) < SETTLED
    if bool((kept | at.isnan().any(-1)).all()):
        return torch.where(kept.unsqueeze(-1), there, math.nan)
    return torch.where(kept.unsqueeze(-1), there, _on_a_kink(problem, at, sides))


def _on_a_kink(problem: Problem, at: Tensor, sides: Tensor) -> Tensor:
    """Return where shortening steps uphill from directions (R, U, D) lead, in the mean; NaN where they find no rest."""
    means = [torch.zeros_like(at), torch.zeros_like(at)]
    for k in range(SLIDES):
        at = unit(at + 2 / (k + 4) * unit(sides * early_field(problem, at), dim=-1), dim=-1)
        if 2 * k >= SLIDES:
            means[4 * k >= 3 * SLIDES] += at
    there = unit(means[0] + means[1], dim=-1)
    uphill = (there * sides * early_field(problem, there)).sum(-1) > 0
    rests = uphill & (angle(means[0], means[1]) < ON_A_KINK)
    return torch.where(rests.unsqueeze(-1), there, math.nan)


def _inputs(problem: Problem) -> Tensor:
    """Return what weights are applied to (R, N, D): with a constant where units have biases."""
    x = problem.x
    return torch.cat([x, torch.ones_like(x[..., :1])], -1) if problem.network.layers[0].bias else x


def has_a_plane(problem: Problem) -> bool:
    """Say whether units that such a field moves have two weights, so that all extremal directions are known."""
    return has_early_field(problem) and _numbers(problem) == 2


def _numbers(problem: Problem) -> int:
    """Return D."""
    return problem.x.shape[2] + problem.network.layers[0].bias


def _activation(problem: Problem) -> Activation:
    return activation(problem.structure.activation, problem.network.fields.slope())


def _pass_work(problem: Problem) -> float:
    """Return the multiply-adds of the field at every unit."""
    return 2.0 * problem.replicas * problem.samples * problem.network.layers[0].rows * _numbers(problem)


# --- extremal directions in the plane ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Extremes:
    """Where units of either sign turn to, of every replica; filled up with NaN where others have more."""

    directions: Tensor
    """Unit vectors (R, K, 2)."""
    sides: Tensor
    """The sign (R, K) of the output weights of units that they draw; 0 of none."""


def extremes_in_the_plane(problem: Problem) -> Extremes:
    """Return all extremal directions of units that have two weights: local maxima of s <u, D(u)> above 0, |u| = 1."""
    found = [maxima_of(problem, replica) for replica in range(len(problem.datasets))]
    most = max(1, *(len(sides) for _, sides in found))
    like = problem.initial
    directions = np.full((len(found), most, 2), np.nan)
    signs = np.zeros((len(found), most))
    for r, (angles, sides) in enumerate(found):
        directions[r, : len(sides)] = np.column_stack([np.cos(angles), np.sin(angles)])
        signs[r, : len(sides)] = sides
    shape = (problem.replicas, most)
    return Extremes(
        torch.as_tensor(directions).to(like).expand(*shape, 2), torch.as_tensor(signs).to(like).expand(shape)
    )


def maxima_of(problem: Problem, replica: int) -> tuple[Array, Array]:
    """Return the angles (K,) and signs (K,) of the extremal directions of a replica."""
    chosen = slice(replica, replica + 1)
    x, labels = (v[chosen][0].double().cpu().numpy() for v in (_inputs(problem), problem.labels))
    phi, one = _activation(problem), torch.ones((), dtype=torch.float64, device="cpu")
    below, above = (float(phi.backward(one, side * one, phi.forward(side * one))) for side in (-1.0, 1.0))
    return maxima(x, labels, (below, above))


def maxima(x: Array, labels: Array, slopes: tuple[float, float]) -> tuple[Array, Array]:
    """Return the angles (K,) and signs (K,) of the local maxima above 0 of s G(u), G(u) = sum_n y_n phi(<u, x_n>)/N.

    Between two angles at which a sample's <u, x_n> changes sign D is constant and G(u) = <u, D>: s G is largest where
    u = s D/||D||, if that lies there. At such an angle it is where s G climbs before it and falls after it.

    Args:
        x: (N, 2).
        labels: (N,), -1 or 1.
        slopes: of phi below 0 and above.
    """
    x, labels = x[(x != 0).any(1)], labels[(x != 0).any(1)]
    if not len(x):
        return np.empty(0), np.empty(0)
    pull = labels[:, None] * x
    towards = np.arctan2(x[:, 1], x[:, 0])
    turns = np.concatenate([towards - np.pi / 2, towards + np.pi / 2]) % (2 * np.pi)
    jumps = (slopes[1] - slopes[0]) * np.concatenate([pull, -pull])
    order = np.argsort(turns)
    turns, jumps = turns[order], jumps[order]
    first = np.flatnonzero(np.diff(turns, prepend=turns[-1] - 2 * np.pi) > NEAR)
    # those that cross zero together, over the start of the circle too, are one
    turns, jumps = np.roll(turns, -first[0]), np.roll(jumps, -first[0], axis=0)
    first -= first[0]
    starts, jumps = turns[first], np.add.reduceat(jumps, first)
    widths = np.diff(starts, append=starts[0] + 2 * np.pi) % (2 * np.pi)
    widths[widths == 0] = 2 * np.pi
    seen = x @ _unit(starts[-1] + widths[-1] / 2)
    last = np.where(seen > 0, slopes[1], slopes[0]) @ pull
    after = last + np.cumsum(jumps, axis=0)
    before = np.roll(after, 1, axis=0)
    scale = max(float(np.hypot(*after.T).max()), float(np.finfo(np.float64).tiny))
    across, along = _unit(starts + np.pi / 2), _unit(starts)
    angles, sides = [], []
    for side in (1.0, -1.0):
        climbs = side * (before * across).sum(1) > NEAR * scale
        falls = side * (after * across).sum(1) < -NEAR * scale
        above = side * (after * along).sum(1) > NEAR * scale
        inside = np.arctan2(side * after[:, 1], side * after[:, 0])
        beyond = (inside - starts + NEAR) % (2 * np.pi)
        there = (beyond <= widths + 2 * NEAR) & (np.hypot(*after.T) > NEAR * scale)
        mine = _apart(np.concatenate([starts[climbs & falls & above], inside[there]]))
        angles.append(mine)
        sides.append(np.full(len(mine), side))
    return np.concatenate(angles), np.concatenate(sides)


def _unit(angles: Array) -> Array:
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1)


def _apart(angles: Array) -> Array:
    """Return angles within -pi to pi in order, those that are one but for rounding once."""
    turned = np.sort((angles + np.pi) % (2 * np.pi) - np.pi)
    if len(turned) < 2:
        return turned
    return turned[np.diff(turned, prepend=turned[-1] - 2 * np.pi) > 1e3 * NEAR]


def nearest_angle(vectors: Tensor, signs: Tensor, directions: Tensor, sides: Tensor) -> Tensor:
    """Return the angles (R, U) in degrees of vectors (R, U, 2) to the nearest direction of their sign; NaN for none.

    Args:
        vectors: w_j.
        signs: of the weights out of the units (R, U).
        directions: (R, K, 2).
        sides: (R, K).
    """
    angles = angle(vectors.unsqueeze(2), directions.unsqueeze(1))
    other = (signs.unsqueeze(2) != sides.unsqueeze(1)) | angles.isnan()
    nearest = torch.where(other, math.inf, angles).amin(2)
    known = nearest.isfinite() & vectors.isfinite().all(-1)
    return torch.where(known, nearest, math.nan)
