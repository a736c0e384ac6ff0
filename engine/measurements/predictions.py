"""Predictions over the comparison grid, beside the initial kernel's max-margin predictor and the run's own end."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from ..kernels import kernel_prediction
from ..networks.lengths import unit
from ..references import ReferenceName
from ..run.problem import Problem
from .base import Measurement, References, estimate, pass_work
from .grid import GridNow, comparison_grid
from .record_point import RecordPoint
from .vector_history import VectorHistory
from .vectors import cosine_with


def predictions(problem: Problem, references: References, which: str = "") -> Measurement:
    """Measure cosine and agreement with the initial kernel's max-margin predictor, and the cosine with the end.

    `which` says which samples and outputs the kernel knows.
    """
    grid, on_grid = comparison_grid(problem), GridNow(problem)
    target = kernel_prediction(problem, references.kernel, grid.points)
    choice, direction = chosen(target), unit(target.flatten(1))
    defined = ~target.flatten(1).isnan().any(1)
    seen = VectorHistory("prediction", lambda point: on_grid.at(point).flatten(1))
    missing = references.why_not_all.get(ReferenceName.KERNEL, "")

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        now = on_grid.at(point)
        alike = (chosen(now) == point.each(choice)).to(now.dtype).mean(1)
        return {
            "ntk_prediction_cosine": cosine_with(point.each(direction), now.flatten(1)),
            "ntk_agreement": torch.where(point.each(defined), alike, math.nan),
        }

    def follow(point: RecordPoint, place: int) -> Mapping[str, Tensor]:
        seen.take_up(point, place)
        return {}

    def finish() -> tuple[list[int], Mapping[str, Tensor]]:
        steps, cosines = seen.cosines_with_the_last()
        return steps, {"prediction_cosine_final": cosines} if steps else {}

    return Measurement(
        ("ntk_prediction_cosine", "ntk_agreement"),
        measure,
        estimate(30, grid_work(problem, grid.points)),
        note="; ".join(remark for remark in (grid.name, which, missing) if remark),
        follow=follow,
        finish=finish,
        history=seen,
    )


def chosen(outputs: Tensor) -> Tensor:
    """Return the sign (R, G) of one output, or the class of several, from f (R, G, C)."""
    return outputs.argmax(-1) if outputs.shape[-1] > 1 else outputs.squeeze(-1) >= 0


def grid_work(problem: Problem, points: Tensor) -> float:
    """Return the multiply-adds of predictions at points (R, G, d) and of comparing them.

    Activations of many points leave the caches: measured at about four times the products' own time.
    """
    size = points.shape[1] * problem.network.outputs_count
    return 4 * (points.shape[1] * pass_work(problem) + 4.0 * problem.replicas * size)
