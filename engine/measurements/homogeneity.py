"""How far a network is from homogeneous, and Cai et al.'s margins of near-homogeneous ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from ..near import NearTerms
from ..optimizers import Optimizer
from ..setting import Setting
from ..watch import counters
from .base import Measurement, Moment, References, estimate, pass_work

RADII = (1.0, 2.0, 4.0, 8.0)
"""Multiples of theta at which the defect is taken for its order."""


def homogeneity(setting: Setting, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure Euler's identity, and for near-homogeneous networks defect, homogenization and modified margin."""
    exponent = setting.structure.exponent
    if exponent is None and not setting.structure.weights:
        return []
    found = [_defect(setting)]
    near = setting.near
    if near is not None:
        found += [_order(setting), _homogenized(setting), _terms(near)]
        if optimizer.full_batch:
            names = ("modified_margin_decreases", "modified_margin_worst_drop")
            found.append(Measurement(names, lambda moment: {n: counters(moment.state)[n] for n in names}))
    return found


def defect(setting: Setting, theta: Tensor) -> Tensor:
    """Return D (R,) = max over samples and outputs of |<grad f, theta> - M f| at parameters (R, P).

    Of a quasi-homogeneous network it is |<grad f, Lambda theta> - f|.
    """
    network = setting.network
    weights = network.views(theta)
    outputs, tape = network.forward(weights, setting.x)
    order = setting.structure.exponent or 1.0
    largest = torch.zeros(len(theta), dtype=theta.dtype, device=theta.device)
    for c in range(network.outputs_count):
        unit = torch.zeros_like(outputs)
        unit[..., c] = 1
        radial = network.radial_derivative(weights, tape, unit)
        largest = torch.maximum(largest, (radial - order * outputs[..., c]).abs().amax(1))
    return largest


def _defect(setting: Setting) -> Measurement:
    def measure(moment: Moment) -> Mapping[str, Tensor]:
        return {"homogeneity_defect": defect(setting, moment.theta)}

    return Measurement(("homogeneity_defect",), measure, _cost(setting, 1))


def _order(setting: Setting) -> Measurement:
    """Measure the least-squares slope of log D(r) against log r."""
    logs = torch.tensor(np.log(RADII) - np.log(RADII).mean(), dtype=setting.dtype, device=setting.device)

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        defects = torch.stack([defect(setting, r * moment.theta) for r in RADII]).log()
        slope = (logs.unsqueeze(1) * (defects - defects.mean(0))).sum(0) / logs.square().sum()
        return {"homogeneity_order": slope}

    return Measurement(("homogeneity_order",), measure, _cost(setting, len(RADII)))


def _homogenized(setting: Setting) -> Measurement:
    network, order = setting.network, setting.structure.exponent
    assert order is not None

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        limit = network.homogenized(moment.theta, setting.x)
        gap = (moment.evaluation.outputs - limit).abs().flatten(1).amax(1)
        margin = setting.loss.margins(limit).amin(1)
        return {"homogenization_gap": gap, "homogenized_margin": margin / moment.norm.pow(order)}

    work = setting.samples * pass_work(setting)
    return Measurement(("homogenization_gap", "homogenized_margin"), measure, estimate(30, work))


def _terms(near: NearTerms) -> Measurement:
    def measure(moment: Moment) -> Mapping[str, Tensor]:
        return {
            "defect_bound": near.defect_at(moment.norm),
            "homogenization_bound": near.distance_at(moment.norm),
            "modified_margin": near.modified_margin(moment.evaluation.log_loss, moment.norm),
        }

    return Measurement(("defect_bound", "homogenization_bound", "modified_margin"), measure)


def _cost(setting: Setting, times: int) -> float:
    outputs = setting.network.outputs_count
    work = times * setting.samples * pass_work(setting) * (1 + 2 * outputs)
    return estimate(times * outputs * 20 * len(setting.network.layers), work)
