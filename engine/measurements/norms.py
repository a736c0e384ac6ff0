"""Norms, steps and time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ..optimizers import Optimizer
from ..setting import Setting
from .base import Measurement, Moment, References


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
    if optimizer.gradient_units:

        def measure_time(moment: Moment) -> Mapping[str, Tensor]:
            undefined = torch.where(moment.state["log_time"] == -math.inf, math.nan, moment.state["log_time"])
            return {"log_learning_rate": moment.state["log_learning_rate"], "log_time": undefined}

        found.append(Measurement(("log_learning_rate", "log_time"), measure_time))
    return found
