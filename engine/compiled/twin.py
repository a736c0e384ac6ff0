"""Compiled steps of the linearised twin: as many as the network took, one replica after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..run.problem import Problem, distinct
from .jit import entry
from .losses import evaluate
from .plan import Array
from .views import matrix


@entry
def advance_twin(
    exponential: int,
    kernel: Array,
    size: Array,
    labels: Array,
    coefficients: Array,
    count: int,
    outputs: Array,
    cotangent: Array,
    smooth: Array,
    weight: Array,
) -> None:
    """Add `count` times size (R,) times the cotangent at K a to coefficients a (R, N C); the last four are room."""
    classes = outputs.size // smooth.size
    out, signal = matrix(outputs, 0, smooth.size, classes), matrix(cotangent, 0, smooth.size, classes)
    for r in range(coefficients.shape[0]):
        a = coefficients[r]
        for _ in range(count):
            for i in range(a.size):
                outputs[i] = 0.0
            for k in range(a.size):  # the kernel is symmetric: along rows many are added at once
                share, row = a[k], kernel[r, k]
                for i in range(a.size):
                    outputs[i] += share * row[i]
            evaluate(exponential, out, labels[r % labels.shape[0]], smooth, weight, signal)
            for i in range(a.size):
                a[i] += size[r] * cotangent[i]


class TwinSteps:
    """Steps of a twin on a problem's data."""

    def __init__(self, problem: Problem) -> None:
        of, flat = problem.initial.numpy().dtype, problem.samples * problem.network.outputs_count
        self._labels: NDArray[Any] = distinct(problem.labels).contiguous().numpy()
        self._exponential = int(problem.loss.exponential)
        self._room = (
            np.empty(flat, of),
            np.empty(flat, of),
            np.empty(problem.samples),
            np.empty(problem.samples),
        )

    def take(self, kernel: Tensor, size: Tensor, coefficients: Tensor, count: int) -> None:
        """Take as many, with kernels (R, N C, N C) and steps (R, 1), from coefficients (R, N C) on."""
        steps = size[:, 0].contiguous().numpy()
        kernels, a = kernel.contiguous().numpy(), coefficients.numpy()
        advance_twin(self._exponential, kernels, steps, self._labels, a, count, *self._room)
