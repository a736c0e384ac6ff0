"""Norms, steps and time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ..networks.lengths import length
from ..optimizers import Optimizer
from ..run.problem import Problem
from .base import Measurement, References, estimate, pass_work
from .record_point import RecordPoint


def norms(problem: Problem, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure the parameters' norms, the normalised gradient's, and the step that led here."""
    slices = problem.network.layer_slices()

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        values = {
            "param_norm": point.norm,
            "norm_l1": torch.linalg.vector_norm(point.theta, ord=1, dim=1),
            "norm_linf": torch.linalg.vector_norm(point.theta, ord=math.inf, dim=1),
            "gradient_norm": length(point.gradient),
            "step_size": point.step_size,
        }
        for name, part in slices.items():
            values[f"layer_norm.{name}"] = length(point.theta[:, part])
        return values

    columns = (
        "param_norm",
        "norm_l1",
        "norm_linf",
        "gradient_norm",
        "step_size",
        *(f"layer_norm.{n}" for n in slices),
    )
    measurements = [Measurement(columns, measure)]
    if optimizer.gradient_like:

        def measure_time(point: RecordPoint) -> Mapping[str, Tensor]:
            undefined = torch.where(point.log_time == -math.inf, math.nan, point.log_time)
            return {"log_learning_rate": point.log_learning_rate, "log_time": undefined}

        measurements.append(Measurement(("log_learning_rate", "log_time"), measure_time))
        if problem.structure.degree is not None:
            measurements.append(_rates(problem.structure.degree))
    if optimizer.geometry.name == "conditioned":
        measurements.append(Measurement(("conditioner_spread",), _spread))
    if optimizer.full_batch:
        measurements.append(_step_bound(problem, optimizer))
    return measurements


def _rates(degree: float) -> Measurement:
    """Measure what Lyu & Li's Theorem 4.3 bounds: log Loss + log T + (2 - 2/L) log log T, and rho^L / log T."""

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        log_time = point.log_time
        late = torch.where(log_time > 0, log_time, math.nan)
        rate = point.evaluation.log_loss + late
        return {
            "log_rate": rate + (2 - 2 / degree) * late.log(),
            "norm_growth": point.norm.pow(degree) / late,
        }

    return Measurement(("log_rate", "norm_growth"), measure)


def _spread(point: RecordPoint) -> Mapping[str, Tensor]:
    conditioner = point.conditioner
    assert conditioner is not None, "an optimizer that makes its own metric has one"
    least = torch.where(conditioner > 0, conditioner, math.inf).amin(1)
    return {"conditioner_spread": least / conditioner.amax(1)}


def _step_bound(problem: Problem, optimizer: Optimizer) -> Measurement:
    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        return {"step_bound": point.curvature_in(optimizer.geometry)}

    pairs = max(1, problem.network.outputs_count - 1)
    work = pairs * problem.samples * pass_work(problem)
    return Measurement(("step_bound",), measure, estimate(pairs * 12 * len(problem.network.layers), work))
