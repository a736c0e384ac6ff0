"""The tangent kernel at a record, made once for all that is measured of it."""

from __future__ import annotations

from dataclasses import replace
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor

from ..kernels import Plan, exact_kernel, kernel_inputs, kernel_subset, plan_kernel, tangent_kernel
from ..run.problem import Problem, repeated
from .base import estimate, pass_work
from .record_point import RecordPoint, first_at_once

WHOLE = 2**18
"""Entries of kernels up to which their symmetry saves less than it costs: a third of 200 x 200 took twice as long."""


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
        self._first = self._planned(problem.replicas * self._at_once)
        """How K_0 is made."""
        self._made: WeakKeyDictionary[RecordPoint, Tensor] = WeakKeyDictionary()
        """Those of records that are still there: what few records mean is measured between others and their turn."""

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
        if point not in self._made:
            plan = self._planned(point.problem.replicas)
            inputs = point.each(self.inputs)
            self._made[point] = tangent_kernel(point.problem.network, point.theta, inputs, plan=plan)
        return self._made[point]

    def _planned(self, replicas: int) -> Plan:
        """Return how kernels of so many replicas are made: small ones as a whole, since parts of them are copied."""
        problem, count = self.problem, self.count
        plan = plan_kernel(
            problem.network, count, replicas=replicas, dtype=problem.dtype, device=problem.device
        )
        return replace(plan, rows=count, columns=count) if replicas * count**2 <= WHOLE else plan


def kernel_work(problem: Problem, points: int, others: int) -> float:
    """Return the multiply-adds of a kernel between points and others, of all replicas."""
    rows = sum(layer.rows + layer.columns for layer in problem.network.layers)
    outputs = problem.network.outputs_count
    passes = pass_work(problem) * (points + others) * (1 + outputs)
    return problem.replicas * points * others * rows * outputs + passes
