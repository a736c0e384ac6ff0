"""How far the direction is from stationarity of the margin problem min ||theta||^2/2 s.t. q_n >= 1."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from ..networks.lengths import length
from ..optimizers import Optimizer
from ..protocol.records import Array
from ..references.inputs import power_of_two
from ..references.minimum_norm import minimum_norm_weights
from ..run.problem import Problem
from .base import Measurement, References, estimate
from .record_point import RecordPoint
from .vectors import distance

TOLERANCE = 0.05
"""Samples (of several classes: samples and other classes) with s <= q_min (1 + this) may carry a multiplier."""
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
        near = q < q.amin(1, keepdim=True) + math.log(100)
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


class _Near:
    """The gradients of the margins near the smallest, made once a record for all that is measured of them."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._last: tuple[RecordPoint, list[tuple[Array, Array] | None]] | None = None

    def at(self, point: RecordPoint) -> list[tuple[Array, Array] | None]:
        """Return them as `_near_gradients` does."""
        if self._last is None or self._last[0] is not point:
            self._last = point, _near_gradients(point)
        return self._last[1]


def _near_gradients(point: RecordPoint) -> list[tuple[Array, Array] | None]:
    """Return per replica the gradients (K, P) of the margins near the smallest, and the direction (P,).

    Of several classes every pair s_nj counts: where a sample is as close to two of them, the gradient of its margin
    is any mixture of theirs. None where the smallest margin is not positive. Computed on the processor in float64 for
    the solvers.
    """
    problem, rows, least = point.problem, point.rows, point.evaluation.q.amin(1)
    parts: dict[int, list[Array]] = {row: [] for row in rows}
    for pair in problem.loss.pairs(point.evaluation):
        # copied whole and chosen from here: a graphics card would be waited for once a replica
        near = (pair.margin <= (least * (1 + TOLERANCE)).unsqueeze(1)).cpu().numpy()
        gradients = problem.network.sample_gradients(point.weights, point.tape, pair.cotangent).cpu().numpy()
        for row in rows:
            parts[row].append(gradients[row, near[row]])
    direction = (point.theta / point.norm.unsqueeze(1)).cpu().double().numpy()
    positive = (least > 0).cpu().numpy()
    nearest: list[tuple[Array, Array] | None] = [None] * problem.replicas
    for row in rows:
        if positive[row]:
            nearest[row] = np.concatenate(parts[row]).astype(np.float64), direction[row]
    return nearest


def _tangential(near: _Near) -> Measurement:
    """Measure min ||(I - uu^T) sum_n lambda_n grad q_n(u)|| over mixtures of samples near the margin, u = theta/rho.

    0 at a critical point of the smallest margin on the sphere. Source: Schechtman & Schreuder 2025; theory section 4.
    """
    problem = near.problem
    power = (problem.structure.exponent or 1.0) - 1

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        residuals = np.full(point.problem.replicas, np.nan)
        scale = point.norm.pow(power).cpu().double().numpy()
        for r, nearest in enumerate(near.at(point)):
            if nearest is not None:
                gradients, direction = nearest
                tangential = (gradients - np.outer(gradients @ direction, direction)) / scale[r]
                unit = power_of_two(tangential)
                residuals[r] = np.linalg.norm(minimum_norm_weights(tangential) @ (tangential / unit)) * unit
        return {"tangential_residual": torch.as_tensor(residuals).to(point.theta)}

    work = 6.0 * _work(problem)
    return Measurement(("tangential_residual",), measure, estimate(200 * problem.replicas, work))


def _residual(near: _Near) -> Measurement:
    """Measure min_{lambda >= 0} ||theta_hat - sum_n lambda_n grad q_n|| over samples near the margin."""
    problem = near.problem

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        from scipy.optimize import nnls

        residuals = np.full(point.problem.replicas, np.nan)
        for r, nearest in enumerate(near.at(point)):
            if nearest is not None:
                gradients, direction = nearest
                # scaling the columns leaves the cone, and the solver's tolerance, alone
                columns = gradients / power_of_two(gradients)
                columns = columns / np.linalg.norm(columns, axis=1, keepdims=True)
                with contextlib.suppress(RuntimeError):  # it gave up: not defined here
                    residuals[r] = nnls(columns.T, direction, maxiter=30 * len(gradients))[1]
        return {"stationarity": torch.as_tensor(residuals).to(point.theta)}

    work = 6.0 * _work(problem)
    return Measurement(("stationarity",), measure, estimate(60 * problem.replicas, work))
