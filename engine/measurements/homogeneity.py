"""How far a network is from homogeneous, and Cai et al.'s margins of near-homogeneous ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from ..networks import Tape, Weights
from ..optimizers import Optimizer
from ..run.problem import Problem
from .base import Measurement, References, estimate, pass_work
from .record_point import RecordPoint

RADII = (1.0, 2.0, 4.0, 8.0)
"""Multiples of theta at which the defect is taken for its order."""


def homogeneity(problem: Problem, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure Euler's identity, and for near-homogeneous networks defect, homogenization and modified margin."""
    exponent = problem.structure.exponent
    if exponent is None and not problem.structure.weights:
        return []
    measurements = [_defect(problem)]
    if problem.near is not None:
        measurements += [_order(problem), _homogenized(problem), _terms()]
        if optimizer.full_batch:
            names = ("modified_margin_decreases", "modified_margin_worst_drop")
            measurements.append(Measurement(names, lambda point: {n: point.counters[n] for n in names}))
    return measurements


def defect(problem: Problem, theta: Tensor) -> Tensor:
    """Return D (R,) = max over samples and outputs of |<grad f, theta> - M f| at parameters (R, P).

    Of a quasi-homogeneous network it is |<grad f, Lambda theta> - f|.
    """
    weights = problem.network.views(theta)
    return _defect_at(problem, weights, *problem.network.forward(weights, problem.x))


def _defect_at(problem: Problem, weights: list[Weights], outputs: Tensor, tape: Tape) -> Tensor:
    """Return D (R,) where a forward pass was."""
    order = problem.structure.exponent or 1.0
    defects = []
    for c in range(problem.network.outputs_count):
        unit = torch.zeros_like(outputs)
        unit[..., c] = 1
        radial = problem.network.radial_derivative(weights, tape, unit)
        defects.append((radial - order * outputs[..., c]).abs().amax(1))
    return torch.stack(defects).amax(0)


def _defect(problem: Problem) -> Measurement:
    order = problem.structure.exponent or 1.0

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        if problem.network.outputs_count == 1:  # y f in place of f
            largest = (point.radial[0] - order * point.evaluation.q).abs().amax(1)
        else:
            largest = _defect_at(point.problem, point.weights, point.evaluation.outputs, point.tape)
        return {"homogeneity_defect": largest}

    return Measurement(("homogeneity_defect",), measure, _cost(problem, 1))


def _order(problem: Problem) -> Measurement:
    """Measure the least-squares slope of log D(r) against log r."""
    logs = torch.tensor(np.log(RADII) - np.log(RADII).mean(), dtype=problem.dtype, device=problem.device)

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        defects = torch.stack([defect(point.problem, r * point.theta) for r in RADII]).log()
        slope = (logs.unsqueeze(1) * (defects - defects.mean(0))).sum(0) / logs.square().sum()
        return {"homogeneity_order": slope}

    return Measurement(("homogeneity_order",), measure, _cost(problem, len(RADII)))


def _homogenized(problem: Problem) -> Measurement:
    order = problem.structure.exponent
    assert order is not None

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        limit = point.problem.network.homogenized(point.theta, point.problem.x)
        gap = (point.evaluation.outputs - limit).abs().flatten(1).amax(1)
        margin = point.problem.loss.margins(limit).amin(1)
        return {"homogenization_gap": gap, "homogenized_margin": margin / point.norm.pow(order)}

    work = problem.samples * pass_work(problem)
    return Measurement(("homogenization_gap", "homogenized_margin"), measure, estimate(30, work))


def _terms() -> Measurement:
    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        near = point.problem.near
        assert near is not None, "only near-homogeneous networks have bounds"
        return {
            "defect_bound": near.defect_at(point.norm),
            "homogenization_bound": near.distance_at(point.norm),
            "modified_margin": near.modified_margin(point.evaluation.log_loss, point.norm),
        }

    return Measurement(("defect_bound", "homogenization_bound", "modified_margin"), measure)


def _cost(problem: Problem, times: int) -> float:
    outputs = problem.network.outputs_count
    work = times * problem.samples * pass_work(problem) * (1 + 2 * outputs)
    return estimate(times * outputs * 20 * len(problem.network.layers), work)
