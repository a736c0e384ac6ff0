"""Cosines of the parameters with their start, their gradient and the exact answer; the path of their direction."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ..optimizers import Optimizer
from ..run.problem import Problem
from .base import Measurement, RecordPoint, References
from .linear_models import linear_models, stacked_solutions
from .predictor import is_linear, linear_predictor
from .vectors import cosine


def directions(problem: Problem, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure where the direction of the parameters points and how far it has travelled."""
    own = optimizer.geometry.name != "l2"

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        alignment = cosine(point.theta, point.gradient)
        undefined = torch.full_like(point.norm, math.nan)
        values = {
            "cos_initial": cosine(point.theta, problem.initial),
            "cos_previous": undefined if point.previous is None else cosine(point.theta, point.previous),
            "cos_gradient": alignment,
            "cos_gradient_own": alignment,
            "direction_path": point.state.direction_path,
        }
        if own:
            product = (point.theta * point.gradient).sum(1)
            norm = optimizer.geometry.norm(point.theta, point.state.conditioner)
            values["cos_gradient_own"] = product / (
                norm * optimizer.geometry.dual_norm(point.gradient, point.state.conditioner)
            )
        else:
            norm = point.norm
        # 1 - beta^2 = (1 - beta)(1 + beta), exact near 1 where beta is
        beta = values["cos_gradient_own"]
        values["bregman_gap"] = norm.square() * (1 - beta) * (1 + beta) / 2
        return values

    columns = (
        "cos_initial",
        "cos_previous",
        "cos_gradient",
        "cos_gradient_own",
        "bregman_gap",
        "direction_path",
    )
    measurements = [Measurement(columns, measure)]
    if optimizer.full_batch:

        def measure_mean(point: RecordPoint) -> Mapping[str, Tensor]:
            mean = point.mean_gradient()
            undefined = torch.full_like(point.norm, math.nan)
            return {"cos_gradient_mean": undefined if mean is None else cosine(point.theta, mean)}

        measurements.append(Measurement(("cos_gradient_mean",), measure_mean))
    if references.predictor and is_linear(problem):
        target = stacked_solutions([None if r is None else r.solution for r in references.predictor], problem)

        def measure_reference(point: RecordPoint) -> Mapping[str, Tensor]:
            return {"cos_reference": cosine(linear_predictor(problem, point.theta).flatten(1), target)}

        measurements.append(Measurement(("cos_reference",), measure_reference))
    return [*measurements, *linear_models(problem, optimizer, references)]
