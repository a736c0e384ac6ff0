"""The tangent kernel at a record, made once for all that is measured of it."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..kernels import exact_kernel, kernel_inputs, kernel_subset, plan_kernel, tangent_kernel
from ..run.problem import Problem, repeated
from .base import estimate, pass_work
from .record_point import RecordPoint, first_at_once


class KernelNow:
    """K_t (R, n, n), traced over the outputs, on the samples that kernels are taken on."""

    def __init__(self, problem: Problem) -> None:
        """Plan it; no kernel is made before somebody asks.

        Raises:
            KernelTooLarge: where no plan stays within the memory there is.
        """
        self.problem = problem
        self.inputs = kernel_inputs(problem)
        self._at_once = first_at_once(problem)
        self._first = plan_kernel(
            problem.network,
            self.count,
            replicas=problem.replicas * self._at_once,
            dtype=problem.dtype,
            device=problem.device,
        )
        """How K_0 is made."""
        self._last: tuple[RecordPoint, Tensor] | None = None

    @property
    def count(self) -> int:
        """Return n."""
        return self.inputs.shape[1]

    @property
    def work(self) -> float:
        """Return the work of making it once."""
        operations = 30 * len(self.problem.network.layers) * self.problem.network.outputs_count
        return estimate(operations, kernel_work(self.problem, self.count, self.count))

    @property
    def note(self) -> str:
        """Say which samples and outputs the kernel knows, '' for all samples and one output."""
        subset = kernel_subset(self.problem, 0)
        words = ["traced over the outputs"] if self.problem.network.outputs_count > 1 else []
        if subset is not None:
            words.append(f"on a fixed class-balanced subset of {len(subset)} samples")
        return f"kernel {', '.join(words)}" if words else ""

    def initial(self) -> Tensor:
        """Return K_0 (R, n, n) as the first record has it, to the last bit."""
        problem, count = self.problem, self._at_once
        together, theta = problem.times(count), problem.initial.repeat(count, 1)
        kernels = tangent_kernel(together.network, theta, repeated(self.inputs, count), plan=self._first)
        return kernels[: problem.replicas].clone()

    def exactly_at(self, point: RecordPoint) -> np.ndarray:
        """Return K_t at a record in float64, as solvers need it."""
        if point.theta.dtype == torch.float64:
            return np.asarray(self.at(point).cpu())
        return exact_kernel(point.problem, point.theta, point.each(self.inputs))

    def at(self, point: RecordPoint) -> Tensor:
        """Return K_t at a record."""
        if self._last is None or self._last[0] is not point:
            self._last = point, tangent_kernel(point.problem.network, point.theta, point.each(self.inputs))
        return self._last[1]


def kernel_work(problem: Problem, points: int, others: int) -> float:
    """Return the multiply-adds of a kernel between points and others, of all replicas."""
    rows = sum(layer.rows + layer.columns for layer in problem.network.layers)
    outputs = problem.network.outputs_count
    passes = pass_work(problem) * (points + others) * (1 + outputs)
    return problem.replicas * points * others * rows * outputs + passes
