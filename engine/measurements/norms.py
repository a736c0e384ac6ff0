"""Norms, steps and time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ..optimizers import Optimizer
from ..optimizers.geometry import CONDITIONER
from ..setting import Setting
from .base import Measurement, Moment, References, estimate, pass_work


def norms(setting: Setting, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure the parameters' norms, the normalised gradient's, and the step that led here."""
    slices = setting.network.layer_slices()

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        values = {
            "param_norm": moment.norm,
            "norm_l1": torch.linalg.vector_norm(moment.theta, ord=1, dim=1),
            "norm_linf": torch.linalg.vector_norm(moment.theta, ord=math.inf, dim=1),
            "gradient_norm": torch.linalg.vector_norm(moment.gradient, dim=1),
            "step_size": moment.state["step_size"],
        }
        for name, part in slices.items():
            values[f"layer_norm.{name}"] = torch.linalg.vector_norm(moment.theta[:, part], dim=1)
        return values

    columns = (
        "param_norm",
        "norm_l1",
        "norm_linf",
        "gradient_norm",
        "step_size",
        *(f"layer_norm.{n}" for n in slices),
    )
    found = [Measurement(columns, measure)]
    if optimizer.gradient_like:

        def measure_time(moment: Moment) -> Mapping[str, Tensor]:
            undefined = torch.where(moment.state["log_time"] == -math.inf, math.nan, moment.state["log_time"])
            return {"log_learning_rate": moment.state["log_learning_rate"], "log_time": undefined}

        found.append(Measurement(("log_learning_rate", "log_time"), measure_time))
        if setting.structure.degree is not None:
            found.append(_rates(setting.structure.degree))
    if optimizer.geometry.name == "conditioned":
        found.append(Measurement(("conditioner_spread",), _spread))
    if optimizer.full_batch:
        found.append(_step_bound(setting, optimizer))
    return found


def _rates(degree: float) -> Measurement:
    """Measure what Lyu & Li's Theorem 4.3 bounds: log Loss + log T + (2 - 2/L) log log T, and rho^L / log T."""

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        log_time = moment.state["log_time"]
        late = torch.where(log_time > 0, log_time, math.nan)
        rate = moment.evaluation.log_loss + late
        return {
            "log_rate": rate + (2 - 2 / degree) * late.log(),
            "norm_growth": moment.norm.pow(degree) / late,
        }

    return Measurement(("log_rate", "norm_growth"), measure)


def _spread(moment: Moment) -> Mapping[str, Tensor]:
    conditioner = moment.state[CONDITIONER]
    least = torch.where(conditioner > 0, conditioner, math.inf).amin(1)
    return {"conditioner_spread": least / conditioner.amax(1)}


def _step_bound(setting: Setting, optimizer: Optimizer) -> Measurement:
    def measure(moment: Moment) -> Mapping[str, Tensor]:
        return {"step_bound": moment.position.curvature_in(optimizer.geometry)()}

    pairs = max(1, setting.network.outputs_count - 1)
    work = pairs * setting.samples * pass_work(setting)
    return Measurement(("step_bound",), measure, estimate(pairs * 12 * len(setting.network.layers), work))
