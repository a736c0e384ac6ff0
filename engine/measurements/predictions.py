"""Predictions over the comparison grid, beside the initial kernel's max-margin predictor and the run's own end."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from ..kernels import kernel_prediction
from ..setting import Setting
from .base import Measurement, Moment, References, estimate, pass_work
from .grid import comparison_grid
from .kept import Kept
from .vectors import cosine

KERNEL = "kernel reference"
"""How remarks call the initial kernel's max-margin predictor."""


def predictions(setting: Setting, references: References, which: str = "") -> Measurement:
    """Measure cosine and agreement with the initial kernel's max-margin predictor, and the cosine with the end.

    `which` says which samples and outputs the kernel knows.
    """
    grid = comparison_grid(setting)
    target = kernel_prediction(setting, references.kernel, grid.points)
    choice = chosen(target)
    defined = ~target.flatten(1).isnan().any(1)
    kept = Kept()

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        now = setting.network.outputs(moment.theta, grid.points)
        kept.add(moment.step, now.flatten(1))
        return {
            "ntk_prediction_cosine": cosine(now.flatten(1), target.flatten(1)),
            "ntk_agreement": torch.where(defined, (chosen(now) == choice).to(now.dtype).mean(1), math.nan),
        }

    def finish() -> tuple[list[int], Mapping[str, Tensor]]:
        steps, cosines = kept.cosines_with_the_last()
        return steps, {"prediction_cosine_final": cosines} if steps else {}

    return Measurement(
        ("ntk_prediction_cosine", "ntk_agreement"),
        measure,
        estimate(30, grid_work(setting, grid.points)),
        note="; ".join(
            words for words in (grid.name, which, references.why_not_all.get(KERNEL, "")) if words
        ),
        finish=finish,
    )


def chosen(outputs: Tensor) -> Tensor:
    """Return the sign (R, G) of one output, or the class of several, from f (R, G, C)."""
    return outputs.argmax(-1) if outputs.shape[-1] > 1 else outputs.squeeze(-1) >= 0


def grid_work(setting: Setting, points: Tensor) -> float:
    """Return the multiply-adds of predictions at points (R, G, d) and of comparing them.

    Activations of many points leave the caches: measured at about four times the products' own time.
    """
    size = points.shape[1] * setting.network.outputs_count
    return 4 * (points.shape[1] * pass_work(setting) + 4.0 * setting.replicas * size)
