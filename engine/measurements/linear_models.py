"""Where the predictor of a linear model points: its angle, the angles to exact separators, and its asymptote."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from ..networks.lengths import length
from ..optimizers import Optimizer
from ..references import ReferenceUnavailable, conditioned_svm
from ..run.problem import Problem
from .base import Measurement, References, estimate
from .predictor import is_linear, is_one_matrix, linear_predictor, reference_inputs
from .record_point import RecordPoint
from .vectors import degrees_between


def linear_models(problem: Problem, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure angles and asymptote of linear models with one output; nothing for other networks."""
    if not is_linear(problem) or not problem.structure.generalises:
        return []
    measurements = []
    one_output = problem.network.outputs_count == 1
    if one_output and problem.x.shape[2] == 2 and not problem.network.layers[0].bias:
        measurements.append(_angle(problem))
    if references.linear.get("l2"):
        measurements.append(_angle_to_reference(problem, references))
    if one_output and is_one_matrix(problem) and optimizer.geometry.name == "conditioned":
        measurements.append(_angle_conditioned(problem))
    if references.asymptotes:
        measurements.append(_asymptote(problem, references))
    return measurements


def _angle(problem: Problem) -> Measurement:
    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        w = linear_predictor(point.problem, point.theta)[:, 0]
        angle = torch.rad2deg(torch.atan2(w[:, 1], w[:, 0]))
        return {"predictor_angle": torch.where((w == 0).all(1), math.nan, angle)}

    return Measurement(("predictor_angle",), measure)


def _angle_to_reference(problem: Problem, references: References) -> Measurement:
    solutions = references.linear["l2"]
    target = stacked_solutions([None if s is None else s.solution for s in solutions], problem)

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        predictor = linear_predictor(point.problem, point.theta)
        return {"angle_reference": degrees_between(predictor.flatten(1), point.each(target))}

    return Measurement(("angle_reference",), measure)


def stacked_solutions(solutions: Sequence[np.ndarray | None], problem: Problem) -> Tensor:
    """Return predictors (R, K) on the run's device, NaN for a replica that has none."""
    size = next((s.size for s in solutions if s is not None), 1)
    rows = [np.full(size, np.nan) if s is None else np.asarray(s).ravel() for s in solutions]
    return torch.as_tensor(np.stack(rows), dtype=problem.dtype, device=problem.device)


def _angle_conditioned(problem: Problem) -> Measurement:
    """Measure the angle to min 1/2 ||h^(-1/2) o w||^2 s.t. z_n.w >= 1, h as the optimizer holds it now."""
    points = [
        problem.dataset(r).labels[:, None] * reference_inputs(problem, r) for r in range(problem.replicas)
    ]

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        assert point.conditioner is not None, "an optimizer that makes its own metric has one"
        conditioner = point.conditioner.cpu().double().numpy()
        solutions: list[np.ndarray | None] = [None] * len(conditioner)
        for row in point.rows:
            h, z = conditioner[row], points[row % problem.replicas]
            with contextlib.suppress(ReferenceUnavailable):
                solutions[row] = conditioned_svm(z, h).solution if (h > 0).all() else None
        target = stacked_solutions(solutions, problem)
        return {"angle_conditioned": degrees_between(point.theta, target.expand_as(point.theta))}

    n, d = points[0].shape
    return Measurement(("angle_conditioned",), measure, estimate(150 * problem.replicas, 50.0 * n * d * d))


def _asymptote(problem: Problem, references: References) -> Measurement:
    """Measure ||w - what log T - wtilde|| and Loss T / sum alpha (Soudry et al. 2018).

    What of the start is orthogonal to all points, no gradient moves: it belongs to the asymptote.
    """
    asymptotes = references.asymptotes
    like = problem.initial
    size = like.shape[1]
    nothing = np.full(size, np.nan)
    w_hat = stacked_solutions([nothing if a is None else a.w_hat for a in asymptotes], problem)
    w_tilde = stacked_solutions([nothing if a is None else a.w_tilde for a in asymptotes], problem)
    total = np.array([math.nan if a is None else math.log(a.alpha.sum()) for a in asymptotes])
    log_alpha = torch.as_tensor(total).to(like)
    kept = []
    for r in range(problem.replicas):
        x, start = reference_inputs(problem, r), like[r].cpu().double().numpy()
        kept.append(start - np.linalg.pinv(x) @ (x @ start))
    w_tilde = w_tilde + torch.as_tensor(np.stack(kept)).to(like)

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        log_time = point.log_time
        late = torch.where(log_time == -math.inf, math.nan, log_time)
        apart = point.theta - point.each(w_hat) * late.unsqueeze(1) - point.each(w_tilde)
        return {
            "asymptote_distance": length(apart),
            "asymptote_loss": (point.evaluation.log_loss + late - point.each(log_alpha)).exp(),
        }

    return Measurement(("asymptote_distance", "asymptote_loss"), measure)
