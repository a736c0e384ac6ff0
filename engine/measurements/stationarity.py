"""How far the direction is from stationarity of the margin problem min ||theta||^2/2 s.t. q_n >= 1."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..networks.lengths import length
from ..optimizers import Optimizer
from ..protocol.records import Array
from ..protocol.samples import SUPPORT_RANGE
from ..references.inputs import power_of_two
from ..references.minimum_norm import minimum_norm_weights
from ..run.problem import Problem
from .base import Measurement, References, estimate
from .record_point import RecordPoint
from .solvers import cones, hulls
from .vectors import distance

TOLERANCE = 0.05
"""Samples (of several classes: samples and other classes) with s <= q_min (1 + this) may carry a multiplier."""
REDUCED = 4096
"""Numbers in gradients above which a basis of what they span costs less than it saves."""
LARGEST = 2e7
"""Numbers in the Jacobian of all margins above which the residual is not measured."""


def stationarity(problem: Problem, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure Lyu & Li's epsilon and delta with the gradient's own dual weights, and the support.

    At theta' = theta/q_min^(1/L) with lambda_nj = q_min^(1-2/L) rho p_nj/||ghat||: epsilon relative to ||theta'|| is
    ||theta_hat - ghat/||ghat||||, and delta = max_nj lambda_nj (s_nj/q_min - 1), over every other class j where there
    are several. Source: Lyu & Li 2020, C.6-C.8.
    """
    degree = problem.structure.exponent

    def measure_support(point: RecordPoint) -> Mapping[str, Tensor]:
        q = point.evaluation.q
        near = q < q.amin(1, keepdim=True) + SUPPORT_RANGE
        return {"support_count": near.sum(1).to(q.dtype)}

    measurements = [Measurement(("support_count",), measure_support)]
    if degree is None:
        return measurements

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        least = point.evaluation.q.amin(1)
        gradient_norm = length(point.gradient)
        positive = least.clamp(min=torch.finfo(least.dtype).tiny)
        unit = positive.pow(1 - 2 / degree) * point.norm / gradient_norm
        slacks = [
            (pair.weight * (pair.margin / positive.unsqueeze(1) - 1)).amax(1)
            for pair in point.problem.loss.pairs(point.evaluation)
        ]
        slack = unit * torch.stack(slacks).amax(0)
        fitted = least > 0
        return {
            "kkt_epsilon": torch.where(fitted, distance(point.theta, point.gradient), math.nan),
            "kkt_delta": torch.where(fitted, slack, math.nan),
        }

    measurements.append(Measurement(("kkt_epsilon", "kkt_delta"), measure))
    if _work(problem) <= LARGEST:
        near = _Near(problem)
        measurements += [_residual(near), _tangential(near)]
    return measurements


def _work(problem: Problem) -> float:
    """Return the numbers in the gradients of all pairs of a sample and another class."""
    pairs = problem.samples * max(1, problem.network.outputs_count - 1)
    return float(problem.replicas * pairs * problem.structure.parameters)


@dataclass(frozen=True)
class Nearest:
    """The gradients of the margins near the smallest and the direction, in an orthonormal basis of what they span.

    Few numbers stay as they are. Lengths and angles, and so the residuals below, are those among all parameters; there
    are as many coordinates as vectors at most. Householder's reflections make the basis: each vector keeps 16 digits of
    its own length.
    """

    gradients: Array
    """(K, D), times `unit`."""
    unit: float
    """A power of two."""
    direction: Array
    """(D,), of length 1."""

    @classmethod
    def of(cls, gradients: Array, direction: Array) -> Nearest:
        """Return it from gradients (K, P) and a direction (P,)."""
        unit = power_of_two(gradients)
        scaled = gradients / unit
        if scaled.size <= REDUCED or len(scaled) + 1 >= len(direction) or not np.isfinite(scaled).all():
            return cls(scaled, unit, direction)
        vectors = torch.from_numpy(np.vstack([scaled, direction]))
        reduced = torch.linalg.qr(vectors.mT, mode="r").R.mT.numpy()
        return cls(reduced[:-1], unit, reduced[-1])

    def residual(self) -> float:
        """Return the distance of the direction from the cone of the gradients.

        NaN where a gradient's length is 0 or not finite, and where the solver gives up.
        """
        from scipy.optimize import nnls

        lengths = np.linalg.norm(self.gradients, axis=1, keepdims=True)
        if not ((lengths > 0) & (lengths < math.inf)).all() or not np.isfinite(self.direction).all():
            return math.nan
        # scaling the columns leaves the cone, and the solver's tolerance, alone
        columns = self.gradients / lengths
        with contextlib.suppress(RuntimeError):
            return float(nnls(columns.T, self.direction, maxiter=30 * len(columns))[1])
        return math.nan

    def tangential_residual(self) -> float:
        """Return the distance from 0 of mixtures of the parts across the direction; NaN of what is not finite."""
        if not (np.isfinite(self.gradients).all() and np.isfinite(self.direction).all()):
            return math.nan
        tangential = self.gradients - np.outer(self.gradients @ self.direction, self.direction)
        return float(np.linalg.norm(minimum_norm_weights(tangential) @ tangential)) * self.unit


class _Near:
    """The gradients of the margins near the smallest, made once a record for all that is measured of them."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._last: tuple[RecordPoint, dict[int, Nearest]] | None = None

    def there(self, point: RecordPoint) -> dict[int, Nearest]:
        """Return them as `_nearest` does."""
        if self._last is None or self._last[0] is not point:
            self._last = point, _nearest(point)
        return self._last[1]


def _nearest(point: RecordPoint) -> dict[int, Nearest]:
    """Return the gradients of the margins near the smallest of every replica where that is positive.

    Of several classes every pair s_nj counts: where a sample is as close to two of them, the gradient of its margin
    is any mixture of theirs. Computed on the processor in float64 for the solvers.
    """
    problem, least = point.problem, point.evaluation.q.amin(1)
    positive = (least > 0).tolist()
    there = [row for row in point.rows if positive[row]]
    bound = torch.full_like(least, -math.inf)
    bound[there] = least[there] * (1 + TOLERANCE)
    parts: dict[int, list[Array]] = {row: [] for row in there}
    for pair in problem.loss.pairs(point.evaluation) if there else []:
        chosen = (pair.margin <= bound.unsqueeze(1)).nonzero()
        found = problem.network.chosen_gradients(point.weights, point.tape, pair.cotangent, chosen)
        gradients, owners = found.cpu().double().numpy(), chosen[:, 0].cpu().numpy()
        starts, ends = (np.searchsorted(owners, there, side) for side in ("left", "right"))
        for row, start, end in zip(there, starts.tolist(), ends.tolist(), strict=True):
            parts[row].append(gradients[start:end])
    directions = (point.theta / point.norm.unsqueeze(1)).cpu().double().numpy()
    return {
        row: Nearest.of(own[0] if len(own) == 1 else np.concatenate(own), directions[row])
        for row, own in parts.items()
    }


def _tangential(near: _Near) -> Measurement:
    """Measure min ||(I - uu^T) sum_n lambda_n grad q_n(u)|| over mixtures of samples near the margin, u = theta/rho.

    0 at a critical point of the smallest margin on the sphere. Source: Schechtman & Schreuder 2025; theory section 4.
    """
    problem = near.problem
    power = (problem.structure.exponent or 1.0) - 1

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        residuals = np.full(point.problem.replicas, np.nan)
        scale = point.norm.pow(power).cpu().double().numpy()
        found = near.there(point)
        solved = hulls(point.solvers, [(own.gradients, own.direction) for own in found.values()])
        for (r, own), shortest in zip(found.items(), solved.tolist(), strict=True):
            left = math.isnan(shortest)
            residuals[r] = (own.tangential_residual() if left else shortest * own.unit) / scale[r]
        return {"tangential_residual": torch.as_tensor(residuals).to(point.theta)}

    work = 6.0 * _work(problem)
    return Measurement(("tangential_residual",), measure, estimate(200 * problem.replicas, work))


def _residual(near: _Near) -> Measurement:
    """Measure min_{lambda >= 0} ||theta_hat - sum_n lambda_n grad q_n|| over samples near the margin."""
    problem = near.problem

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        residuals = np.full(point.problem.replicas, np.nan)
        found = near.there(point)
        solved = cones(point.solvers, [(own.gradients, own.direction) for own in found.values()])
        for (r, own), shortest in zip(found.items(), solved.tolist(), strict=True):
            residuals[r] = own.residual() if math.isnan(shortest) else shortest
        return {"stationarity": torch.as_tensor(residuals).to(point.theta)}

    work = 6.0 * _work(problem)
    return Measurement(("stationarity",), measure, estimate(60 * problem.replicas, work))
