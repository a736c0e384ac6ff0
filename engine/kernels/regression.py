"""Ridgeless kernel regression: the predictor of least norm among those that fit the targets best."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ..run.problem import Problem
from .empirical import tangent_kernel
from .samples import kernel_inputs, kernel_subset


@dataclass(frozen=True)
class Regression:
    """f(x) = sum_n K(x, x_n) c_n with c = K^+ Y, one a replica.

    coefficients (R, n, K) for K targets; rank (R,): eigenvalues that are not 0 to rounding; condition (R,): the largest
    of them over the smallest.
    """

    coefficients: Tensor
    rank: Tensor
    condition: Tensor

    def predict(self, kernel: Tensor) -> Tensor:
        """Return f (R, G, K) from the kernel (R, G, n) between points and samples."""
        return torch.bmm(kernel, self.coefficients)


def kernel_regression(kernel: Tensor, targets: Tensor) -> Regression:
    """Return the limit of gradient descent on the squares ||K c - Y||^2 from c = 0, Y (R, n, K), K (R, n, n).

    Eigenvalues up to n eps times the largest are taken as 0. Source: Jacot et al. 2018, section 5.
    """
    values, vectors = torch.linalg.eigh((kernel + kernel.mT) / 2)
    largest = values[:, -1:]
    kept = values > kernel.shape[1] * torch.finfo(values.dtype).eps * largest
    inverse = torch.where(kept, 1 / values, 0.0)
    coefficients = vectors @ (inverse.unsqueeze(2) * (vectors.mT @ targets))
    smallest = torch.where(kept, values, torch.inf).amin(1)
    return Regression(coefficients, kept.sum(1), largest.squeeze(1) / smallest)


def regression_targets(problem: Problem) -> Tensor:
    """Return Y (R, n, C) of the samples that kernels are taken on: -1 and 1, of several classes for each one."""
    labels = problem.labels
    rows = [kernel_subset(problem, r) for r in range(len(problem.datasets))]
    chosen = [torch.as_tensor(row, device=problem.device) for row in rows if row is not None]
    if chosen:
        labels = labels.gather(1, torch.stack(chosen).expand(problem.replicas, -1))
    if problem.network.outputs_count == 1:
        return labels.unsqueeze(2)
    return 2 * functional.one_hot(labels.long(), problem.network.outputs_count).to(problem.dtype) - 1


def regression_prediction(problem: Problem, points: Tensor, only: int | None = None) -> Tensor:
    """Return the regression of the initial kernel, traced over outputs, on the labels (R, G, C) at points (R, G, d).

    R = 1 for `only` one replica.
    """
    chosen = slice(None) if only is None else slice(only, only + 1)
    network = problem.network if only is None else problem.network.one(only)
    initial, inputs = problem.initial[chosen], kernel_inputs(problem)[chosen]
    regression = kernel_regression(
        tangent_kernel(network, initial, inputs), regression_targets(problem)[chosen]
    )
    parts = [
        regression.predict(tangent_kernel(network, initial, part, inputs))
        for part in points.split(network.rows_at_once(len(initial)), dim=1)
    ]
    return torch.cat(parts, 1)
