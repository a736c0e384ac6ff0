"""Steps of the linearised twin on a graphics card, many in one graph."""

from __future__ import annotations

import torch
from torch import Tensor

from ..run.problem import Problem
from .graphs import Graph, Graphs

LENGTHS = 32, 8
"""Steps in a graph; fewer are taken one by one."""


class CapturedTwinSteps:
    """Steps of a twin on a problem's data, which change its coefficients alone."""

    def __init__(self, problem: Problem, graphs: Graphs) -> None:
        self._loss, self._outputs, self._graphs = problem.loss, problem.network.outputs_count, graphs
        self._size = torch.zeros(problem.replicas, 1, dtype=problem.dtype, device=problem.device)
        self._captured: dict[int, Graph] = {}
        self._of: tuple[Tensor, Tensor] | None = None
        """The kernel and the coefficients that the graphs are of."""

    def take(self, kernel: Tensor, size: Tensor, coefficients: Tensor, count: int) -> None:
        """Take as many, with kernels (R, N C, N C) and steps (R, 1), from coefficients (R, N C) on."""
        if self._of is None or self._of[0] is not kernel or self._of[1] is not coefficients:
            self._of, self._captured = (kernel, coefficients), {}
        self._size.copy_(size)
        for length in LENGTHS:
            for _ in range(count // length):
                self._graph(kernel, coefficients, length).replay()
            count %= length
        self._single(kernel, coefficients, count)

    def _graph(self, kernel: Tensor, coefficients: Tensor, length: int) -> Graph:
        if length not in self._captured:
            if not self._captured:
                standing = coefficients.clone()
                self._graphs.warm(lambda: self._single(kernel, coefficients, 1))
                coefficients.copy_(standing)
            self._captured[length] = self._graphs.captured(lambda: self._single(kernel, coefficients, length))
        return self._captured[length]

    def _single(self, kernel: Tensor, coefficients: Tensor, count: int) -> None:
        for _ in range(count):
            outputs = torch.bmm(kernel, coefficients.unsqueeze(2)).view(len(kernel), -1, self._outputs)
            coefficients.addcmul_(self._size, self._loss.cotangent(outputs).flatten(1))
