"""Cosines of the parameters with their start, their gradient and the exact answer; the path of their direction."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ..optimizers import Optimizer
from ..run.problem import Problem
from .attention import attention
from .base import Measurement, References
from .linear_models import linear_models, stacked_solutions
from .path_left import path_left
from .predictor import is_linear, linear_predictor
from .record_point import RecordPoint
from .vectors import cosine, distance


def directions(problem: Problem, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure where the direction of the parameters points and how far it has travelled."""
    own = optimizer.geometry.name != "l2"
    degree = problem.structure.exponent

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        # 1 - beta by the distance of the directions, exact near 1
        short = distance(point.theta, point.gradient).square() / 2
        values = {
            "cos_initial": cosine(point.theta, point.problem.initial),
            "cos_previous": cosine(point.theta, point.previous),
            "cos_gradient": 1 - short,
            "cos_gradient_own": 1 - short,
            "direction_path": point.direction_path,
        }
        norm = point.norm
        if own:
            norm = optimizer.geometry.norm(point.theta, point.conditioner)
            values["cos_gradient_own"] = _own_alignment(point, point.gradient, optimizer, norm)
            short = 1 - values["cos_gradient_own"]
        if degree is not None:
            values["bregman_gap"] = gap_from_stationarity(short, point.evaluation.q.amin(1), norm, degree)
        return values

    columns = ["cos_initial", "cos_previous", "cos_gradient", "cos_gradient_own", "direction_path"]
    if degree is not None:
        columns.insert(-1, "bregman_gap")
    measurements = [Measurement(tuple(columns), measure)]
    if optimizer.full_batch:

        def measure_mean(point: RecordPoint) -> Mapping[str, Tensor]:
            mean = cosine(point.theta, point.mean_gradient)
            if not own:
                return {"cos_gradient_mean": mean, "cos_gradient_own_mean": mean}
            norm = optimizer.geometry.norm(point.theta, point.conditioner)
            of_own = _own_alignment(point, point.mean_gradient, optimizer, norm)
            return {"cos_gradient_mean": mean, "cos_gradient_own_mean": of_own}

        measurements.append(Measurement(("cos_gradient_mean", "cos_gradient_own_mean"), measure_mean))
    if references.predictor and is_linear(problem):
        target = stacked_solutions([None if r is None else r.solution for r in references.predictor], problem)

        def measure_reference(point: RecordPoint) -> Mapping[str, Tensor]:
            predictor = linear_predictor(point.problem, point.theta)
            return {"cos_reference": cosine(predictor.flatten(1), point.each(target))}

        measurements.append(Measurement(("cos_reference",), measure_reference))
    if degree is not None:
        measurements.append(path_left(problem))
    measurements += attention(problem, references)
    return [*measurements, *linear_models(problem, optimizer, references)]


def _own_alignment(point: RecordPoint, gradient: Tensor, optimizer: Optimizer, norm: Tensor) -> Tensor:
    """Return beta_* = <theta, ghat>/(||theta|| ||ghat||_*) (R,), ghat (R, P) the gradient, norm (R,) ||theta||."""
    product = (point.theta * gradient).sum(1)
    return product / (norm * optimizer.geometry.dual_norm(gradient, point.conditioner))


def gap_from_stationarity(short: Tensor, margin: Tensor, norm: Tensor, degree: float) -> Tensor:
    """Return D (R,) = (1 - max(beta_*, 0)^2)/(2 gbar^(2/L)), gbar = q_min/||theta||^L; NaN until q_min > 0.

    `short` (R,) is 1 - beta_*.

    It is the generalized Bregman distance of theta/q_min^(1/L), whose smallest margin is 1, from stationarity of
    min ||theta||^2/2 s.t. q_n >= 1, at its least over the gradient's scale s >= 0. Source: Tsilivis et al. 2024;
    theory section 5.
    """
    fitted = margin > 0
    scaled = norm / torch.where(fitted, margin, 1.0).pow(1 / degree)
    short = short.clamp(0, 1)
    # 1 - beta^2 = (1 - beta)(1 + beta), exact near 1 where 1 - beta is
    return torch.where(fitted, scaled.square() * short * (2 - short) / 2, math.nan)
