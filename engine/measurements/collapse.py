"""Neural collapse: what the last layer's inputs and weights tend to (Papyan, Han & Donoho 2020; theory section 7)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from ..networks.lengths import length, power_of_two, unit
from ..optimizers import Optimizer
from ..run.problem import Problem
from .attention import is_attention
from .base import Measurement, References, estimate
from .record_point import RecordPoint

LARGEST = 2000
"""Features above which the pseudo-inverse of their covariance would cost more than the run."""


def collapse(problem: Problem, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure NC1 to NC4 on the training set, for networks whose last layer is a matrix on features.

    Its biases decide with it (NC4), and are no part of what is compared with the class means (NC3).
    """
    last = problem.network.layers[-1]
    few = last.columns <= LARGEST
    if len(problem.network.layers) < 2 or last.by_element or not few or is_attention(problem):
        return []
    classes = max(2, problem.network.outputs_count)
    numbers = problem.labels if problem.network.outputs_count > 1 else (problem.labels + 1) / 2
    members = functional.one_hot(numbers.long(), classes).to(problem.dtype)
    counts = members.sum(1)

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        seen = point.tape.inputs[-1]
        assert seen is not None
        largest: Tensor = torch.linalg.vector_norm(seen, ord=math.inf, dim=(1, 2), keepdim=True)
        finite = torch.isfinite(largest)
        features = seen
        if not (seen.is_cpu and bool(finite.all())):
            features = torch.where(finite, seen, 0.0)  # decompositions take finite numbers only
        features = features / power_of_two(largest, (1, 2))  # nothing here depends on their scale
        own, count = point.each(members), point.each(counts)
        means = torch.bmm(own.mT, features) / count.unsqueeze(-1)
        centred = means - means.mean(1, keepdim=True)
        apart = features - torch.bmm(own, means)
        weights = point.weights[-1].weight
        if classes != weights.shape[1]:
            weights = torch.cat([-weights, weights], 1)  # f and -f are the two classes' outputs
        chosen = point.evaluation.outputs
        choice = chosen.argmax(-1) if chosen.shape[-1] > 1 else (chosen.squeeze(-1) > 0).long()
        nearest = _nearest(apart, centred, own)
        values = {
            "nc1": _within_over_between(apart, means),
            **_simplex(centred),
            "nc3": length(unit(weights, (1, 2)) - unit(centred, (1, 2)), (1, 2)),
            "nc4": (choice != nearest).to(features.dtype).mean(1),
        }
        known = finite.flatten()
        return {name: torch.where(known, value, math.nan) for name, value in values.items()}

    columns = ("nc1", "nc2_norm", "nc2_angle", "nc3", "nc4")
    f = last.columns
    work = problem.replicas * (2.0 * problem.samples * f * (f + 2 * classes) + 20.0 * f**3)
    return [Measurement(columns, measure, estimate(60, work))]


def _nearest(apart: Tensor, centred: Tensor, members: Tensor) -> Tensor:
    """Return the class (R, N) whose mean is nearest to each feature, m_own + apart (R, N, f).

    With centred means it is that of the least ||m_c||^2 - 2 <m_own, m_c> - 2 <apart, m_c>.
    """
    between = torch.bmm(centred, centred.mT)
    squares = between.diagonal(dim1=1, dim2=2).unsqueeze(1)
    beside = torch.bmm(members, between) + torch.bmm(apart, centred.mT)
    return (squares - 2 * beside).argmin(-1)


def _within_over_between(apart: Tensor, means: Tensor) -> Tensor:
    """Return tr(S_W S_B^+)/C (R,): S_W over samples around their class mean, S_B over class means around their own.

    It is NaN where all class means are the same point, but for what the rounding of N samples' sum leaves of them.

    S_B = M^T M / C of the centred means M (C, f), so that S_B^+ = C pinv(M) pinv(M)^T and no f x f matrix is inverted.
    M has rank C - 1 at most, and is taken in C - 1 coordinates: among C the rounding of nearly equal means would pass
    for one more direction, between which nothing lies.
    """
    between = torch.matmul(_contrasts(means.shape[1], means.dtype, means.device), means)
    size, samples = length(between, (1, 2)), apart.shape[1]
    if between.shape[1] == 1:  # divided twice: a small length has no square in float32
        inverse = between.mT / size[:, None, None] / size[:, None, None]
    else:
        inverse = torch.linalg.pinv(between)
    ratio = torch.bmm(apart, inverse).square().sum((1, 2)) / samples
    rounding = samples * torch.finfo(means.dtype).eps * length(means, (1, 2))
    return torch.where(size > rounding, ratio, math.nan)


@lru_cache(maxsize=16)
def _contrasts(classes: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return orthonormal rows (C - 1, C), each of sum 0: the k-th sets class k against those before it (Helmert)."""
    rows = torch.zeros(classes - 1, classes, dtype=dtype, device=device)
    for k in range(1, classes):
        rows[k - 1, :k], rows[k - 1, k] = 1 / k, -1.0
        rows[k - 1] /= math.sqrt(1 + 1 / k)
    return rows


def _simplex(centred: Tensor) -> dict[str, Tensor]:
    """Return how far the centred class means (R, C, f) are from equal norms and from equal angles."""
    norms = length(centred, -1)
    classes = centred.shape[1]
    directions = unit(centred, -1)
    cosines = torch.bmm(directions, directions.mT)
    itself = torch.eye(classes, dtype=torch.bool, device=centred.device)
    apart = (cosines + 1 / (classes - 1)).abs().masked_fill(itself, 0.0)
    return {
        "nc2_norm": norms.std(1, correction=0) / norms.mean(1),
        "nc2_angle": apart.amax((1, 2)),
    }
