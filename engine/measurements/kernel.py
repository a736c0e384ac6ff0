"""The tangent kernel over time: how far it moved, and what it says of the labels and of its own limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import torch
from torch import Tensor

from ..kernels import KernelTooLarge, kernel_labels
from ..networks.lengths import length, unit
from ..optimizers import Optimizer
from ..run.problem import Problem
from .base import Measurement, References, estimate
from .kernel_margin import over_initial_margin, own_margin
from .kernel_now import KernelNow
from .kernel_spectrum import spectrum
from .predictions import predictions
from .record_point import RecordPoint
from .vector_history import VectorHistory
from .vectors import cosine_with


def kernel(problem: Problem, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure how far the tangent kernel moved, and compare predictions with its initial max-margin predictor."""
    try:
        return _measured(problem, references)
    except KernelTooLarge as error:
        return [Measurement(("ntk_drift",), lambda _moment: {}, note=f"not measured: {error}")]


def _measured(problem: Problem, references: References) -> list[Measurement]:
    now = KernelNow(problem)
    measurements = [_drift(now), spectrum(now), *own_margin(now)]
    if references.kernel:
        measurements.append(predictions(problem, references, now.note))
        # of several classes one against the rest is another margin, and of a subset another minimum
        if problem.structure.exponent is not None and not now.note:
            measurements.append(over_initial_margin(problem, references))
    return measurements


def _drift(now: KernelNow) -> Measurement:
    problem = now.problem
    target = unit(_centred(_label_kernel(problem)).flatten(1))
    kept = VectorHistory("ntk", lambda point: now.at(point).flatten(1))

    @cache
    def first() -> tuple[Tensor, Tensor, Tensor]:
        """Return K_0, its norm and its direction, made for the first record that has a kernel."""
        initial = now.initial().flatten(1)
        return initial, length(initial), unit(initial)

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        kernel, (initial, norm, direction) = now.at(point), first()
        flat, centred = kernel.flatten(1), _centred(kernel).flatten(1)
        return {
            "ntk_drift": length(flat - point.each(initial)) / point.each(norm),
            "ntk_alignment": cosine_with(point.each(direction), flat),
            "ntk_target_alignment": cosine_with(point.each(target), centred),
        }

    def follow(point: RecordPoint, place: int) -> Mapping[str, Tensor]:
        kept.take_up(point, place)
        return {}

    def finish() -> tuple[list[int], Mapping[str, Tensor]]:
        steps, cosines = kept.cosines_with_the_last()
        return steps, {"ntk_limit_alignment": cosines} if steps else {}

    work = now.work + estimate(20, 20.0 * problem.replicas * now.count**2)
    columns = ("ntk_drift", "ntk_alignment", "ntk_target_alignment")
    return Measurement(columns, measure, work, note=now.note, follow=follow, finish=finish, history=kept)


def _label_kernel(problem: Problem) -> Tensor:
    """Return y y^T (R, n, n) of the samples that the kernel is taken on; several classes: 1 for the same, else 0."""
    chosen = np.stack([kernel_labels(problem, r) for r in range(len(problem.datasets))])
    y = torch.as_tensor(chosen, dtype=problem.dtype, device=problem.device).expand(problem.replicas, -1)
    if problem.network.outputs_count == 1:
        return y.unsqueeze(2) * y.unsqueeze(1)
    return (y.unsqueeze(2) == y.unsqueeze(1)).to(problem.dtype)


def _centred(kernel: Tensor) -> Tensor:
    """Return H K H (R, n, n), H = I - 1 1^T/n."""
    rows = kernel - kernel.mean(2, keepdim=True)
    return rows - rows.mean(1, keepdim=True)
