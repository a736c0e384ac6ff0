"""Margins over exactly known optima, and the certificate that needs no solver."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ..optimizers import Optimizer
from ..references import Reference
from ..run.problem import Problem
from .base import Measurement, References
from .predictor import is_linear, is_one_matrix, linear_predictor, predictor_norm
from .record_point import RecordPoint


def ratios(problem: Problem, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure the margin over the reference's, and for linear models over the best in every norm."""
    measurements = []
    if references.predictor:
        measurements.append(_over_reference(problem, references))
        if problem.experiment.optimizer.geometry == "l2" or references.norm == "variation":
            measurements.append(_best(problem, references))
    if references.linear:
        measurements.append(_over_linear(problem, references))
    if is_one_matrix(problem) and optimizer.full_batch:
        measurements.append(_certified(problem, optimizer))
    return measurements


def values_of(references: Sequence[Reference | None], like: Tensor) -> Tensor:
    """Return the optimum of every replica (R,), NaN where there is none."""
    values = [math.nan if r is None else r.value for r in references]
    return torch.tensor(values, dtype=like.dtype, device=like.device)


def _over_reference(problem: Problem, references: References) -> Measurement:
    """Measure the predictor's margin in the reference's norm; of ReLU networks q_min / rho^2 over gamma / 2.

    For 2 sum_j |a_j| ||v_j|| <= ||theta||^2, so that no parameters do better than gamma_F1 / 2.
    """
    values, norm = values_of(references.predictor, problem.initial), references.norm
    if is_linear(problem) and norm is not None:
        exponents = torch.tensor(references.exponents, dtype=values.dtype, device=values.device)

        def measure_linear(point: RecordPoint) -> Mapping[str, Tensor]:
            length = predictor_norm(linear_predictor(point.problem, point.theta), norm, exponents)
            return {"margin_ratio": point.evaluation.q.amin(1) / length / point.each(values)}

        return Measurement(("margin_ratio",), measure_linear)

    largest = _output_scale(problem) * values / 2

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        return {"margin_ratio": point.evaluation.q.amin(1) / point.norm.square() / point.each(largest)}

    return Measurement(("margin_ratio",), measure)


def _best(problem: Problem, references: References) -> Measurement:
    """Measure the largest q_min / ||theta||_2^L that any parameters of the network have: a line to reach."""
    best = _output_scale(problem) * references.factor * values_of(references.predictor, problem.initial)

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        return {"best_margin": point.each(best)}

    return Measurement(("best_margin",), measure)


def _output_scale(problem: Problem) -> Tensor:
    scales = [m.network.output_scale for m in problem.members]
    return torch.tensor(scales, dtype=problem.dtype, device=problem.device)


def _over_linear(problem: Problem, references: References) -> Measurement:
    values = {norm: values_of(solved, problem.initial) for norm, solved in references.linear.items()}

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        predictor, margin = linear_predictor(point.problem, point.theta), point.evaluation.q.amin(1)
        return {
            f"margin_ratio_{norm}": margin / predictor_norm(predictor, norm) / point.each(value)
            for norm, value in values.items()
        }

    return Measurement(tuple(f"margin_ratio_{norm}" for norm in values), measure)


def _certified(problem: Problem, optimizer: Optimizer) -> Measurement:
    """Measure (q_min / ||w||) / min ||ghat||_*, over the gradient now and its mean over the last steps.

    Weak duality: for dual variables p on the simplex the optimum is at most ||sum_n p_n grad q_n||_*, and a mean of
    normalised gradients is one with the mean of their p. Source: theory section 0.2.
    """
    geometry = optimizer.geometry

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        bound = geometry.dual_norm(point.gradient, point.conditioner)
        of_mean = geometry.dual_norm(point.mean_gradient, point.conditioner)
        bound = torch.where(of_mean < bound, of_mean, bound)  # NaN before the first step
        margin = point.evaluation.q.amin(1) / geometry.norm(point.theta, point.conditioner)
        return {"certified_ratio": margin / bound}

    return Measurement(("certified_ratio",), measure)
