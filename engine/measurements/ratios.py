"""Margins over exactly known optima, and the certificate that needs no solver."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ..optimizers import Optimizer
from ..references import Reference
from ..setting import Setting
from .base import Measurement, Moment, References
from .predictor import is_linear, is_one_matrix, linear_predictor, predictor_norm


def ratios(setting: Setting, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure the margin over the reference's, and for linear models over the best in every norm."""
    found = []
    if references.predictor:
        found.append(_over_reference(setting, references))
        if setting.experiment.optimizer.geometry == "l2" or references.norm == "variation":
            found.append(_best(setting, references))
    if references.linear:
        found.append(_over_linear(setting, references))
    if is_one_matrix(setting) and optimizer.full_batch:
        found.append(_certified(setting, optimizer))
    return found


def values_of(references: Sequence[Reference | None], like: Tensor) -> Tensor:
    """Return the optimum of every replica (R,), NaN where there is none."""
    found = [math.nan if r is None else r.value for r in references]
    return torch.tensor(found, dtype=like.dtype, device=like.device)


def _over_reference(setting: Setting, references: References) -> Measurement:
    """Measure the predictor's margin in the reference's norm; of ReLU networks q_min / rho^2 over gamma / 2.

    For 2 sum_j |a_j| ||v_j|| <= ||theta||^2, so that no parameters do better than gamma_F1 / 2.
    """
    values, norm = values_of(references.predictor, setting.initial), references.norm
    if is_linear(setting):

        def measure_linear(moment: Moment) -> Mapping[str, Tensor]:
            length = predictor_norm(linear_predictor(setting, moment.theta), norm)
            return {"margin_ratio": moment.evaluation.q.amin(1) / length / values}

        return Measurement(("margin_ratio",), measure_linear)

    scale = _output_scale(setting)

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        return {"margin_ratio": moment.evaluation.q.amin(1) / moment.norm.square() / (scale * values / 2)}

    return Measurement(("margin_ratio",), measure)


def _best(setting: Setting, references: References) -> Measurement:
    """Measure the largest q_min / ||theta||_2^L that any parameters of the network have: a line to reach."""
    best = _output_scale(setting) * references.factor * values_of(references.predictor, setting.initial)

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        return {"best_margin": best}

    return Measurement(("best_margin",), measure)


def _output_scale(setting: Setting) -> Tensor:
    scales = [m.network.output_scale for m in setting.members]
    return torch.tensor(scales, dtype=setting.dtype, device=setting.device)


def _over_linear(setting: Setting, references: References) -> Measurement:
    values = {norm: values_of(found, setting.initial) for norm, found in references.linear.items()}

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        predictor, margin = linear_predictor(setting, moment.theta), moment.evaluation.q.amin(1)
        return {
            f"margin_ratio_{norm}": margin / predictor_norm(predictor, norm) / value
            for norm, value in values.items()
        }

    return Measurement(tuple(f"margin_ratio_{norm}" for norm in values), measure)


def _certified(setting: Setting, optimizer: Optimizer) -> Measurement:
    """Measure (q_min / ||w||) / min ||ghat||_*, over the gradient now and its mean over the last steps.

    Weak duality: for dual variables p on the simplex the optimum is at most ||sum_n p_n grad q_n||_*, and a mean of
    normalised gradients is one with the mean of their p. Source: theory section 0.2.
    """
    geometry = optimizer.geometry

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        bound = geometry.dual_norm(moment.gradient, moment.state)
        mean = moment.mean_gradient()
        if mean is not None:
            bound = torch.minimum(bound, geometry.dual_norm(mean, moment.state))
        margin = moment.evaluation.q.amin(1) / geometry.norm(moment.theta, moment.state)
        return {"certified_ratio": margin / bound}

    return Measurement(("certified_ratio",), measure)
