"""The max-margin predictor of a kernel, by default of the initial tangent kernel: f(x) = sum_n c_n K(x, x_n)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from ..networks import build
from ..references import (
    Ask,
    NotApplicable,
    Reference,
    answered,
    asked_anew,
    certified_machine,
    kernel_max_margin,
    kernel_one_versus_rest,
    solve_each,
)
from ..run.problem import Problem
from .cost import Outputs
from .empirical import tangent_kernel
from .infinite import infinite_kernel
from .samples import kernel_inputs, kernel_labels

Solutions = tuple[tuple[Reference, ...], ...]
"""Per replica one binary solution, or one a class; () for a replica whose kernel does not separate the data."""
KernelFunction = Callable[[Tensor, Tensor], Tensor]
"""K(x, x') (R, N, M) between points (R, N, d) and (R, M, d)."""
Machines = Callable[[np.ndarray, np.ndarray, Sequence[int]], tuple[np.ndarray, np.ndarray]]
"""Solves some of many kernels (M, n, n) with signs (R, S, n): certified margins (M, S), else NaN or 0, and weights."""
SOLVED_TOGETHER = 100
"""Samples up to which machines are solved in compiled calls: as soon as an answer of before could be read."""
AT_A_TIME = 100
"""Machines of one call, about 20 ms, which cannot be broken off."""


def initial_kernel(problem: Problem, only: int | None = None) -> KernelFunction:
    """Return the tangent kernel at the start, of all replicas or `only` one."""
    network = problem.network if only is None else problem.network.one(only)
    initial = problem.initial[_chosen(only)]

    def between(points: Tensor, others: Tensor) -> Tensor:
        return tangent_kernel(network, initial, points, None if points is others else others)

    return between


def limit_kernel(problem: Problem, only: int | None = None) -> KernelFunction:
    """Return the infinite-width kernel of the network, of all replicas or `only` one.

    Raises:
        NotApplicable: where there is none in closed form; when it is called.
    """
    members = [member.network for member in problem.members[_chosen(only)]]

    def between(points: Tensor, others: Tensor) -> Tensor:
        return infinite_kernel(members, problem.network.ends, points, others)

    return between


def solve_kernel_references(
    problem: Problem, kernels: np.ndarray | None = None, ask: Ask = answered, machines: Machines | None = None
) -> tuple[Solutions, str]:
    """Solve the max-margin problem of every replica's kernel: one solution, or one a class.

    Args:
        problem: the run.
        kernels: (R, n, n) in float64 on `kernel_inputs`; by default the initial tangent kernels.
        ask: what gives a solver's answer.
        machines: what solves small kernels of many replicas at once, where there is such.

    Returns:
        the solutions, () for a replica whose kernel does not separate the data; and which these are, and why.

    Raises:
        ReferenceUnavailable: where no replica's kernel separates the data.
    """
    if kernels is None:
        kernels = exact_initial_kernel(problem, kernel_inputs(problem))
    certified = {} if machines is None else _certified(problem, kernels, machines)

    def solve(r: int) -> tuple[Reference, ...]:
        return certified[r] if r in certified else kernel_solutions(problem, kernels[r], r, ask)

    solutions, why_not_all = solve_each(solve, len(kernels))
    return tuple(each or () for each in solutions), why_not_all


def _certified(problem: Problem, kernels: np.ndarray, machines: Machines) -> dict[int, tuple[Reference, ...]]:
    """Return the solutions of the replicas all of whose margins are certified, where kernels are small."""
    if kernels.shape[1] > SOLVED_TOGETHER:
        return {}
    started = time.perf_counter()
    every = kernel_signs(problem)
    rows = max(1, AT_A_TIME // every.shape[1])
    solved = [
        machines(kernels[r : r + rows], every[r : r + rows], range(len(kernels[r : r + rows])))
        for r in range(0, len(kernels), rows)
    ]
    margins, duals = (np.concatenate(parts) for parts in zip(*solved, strict=True))
    seconds = (time.perf_counter() - started) / margins.size
    classes = range(every.shape[1]) if every.shape[1] > 1 else (None,)
    return {
        r: tuple(
            certified_machine(float(margins[r, s]), duals[r, s], every[r, s], of_class, seconds)
            for s, of_class in enumerate(classes)
        )
        for r in range(len(kernels))
        if (margins[r] > 0).all()
    }


def kernel_solutions(
    problem: Problem, kernel: np.ndarray, r: int, ask: Ask = asked_anew
) -> tuple[Reference, ...]:
    """Solve the max-margin problem of a kernel (n, n) on a replica's samples: one solution, or one a class.

    `ask` gives a solver's answer; a kernel that is met once, as at a record, is no answer to keep.

    Raises:
        ReferenceUnavailable: where the kernel does not separate them, or is not finite.
    """
    if not np.isfinite(kernel).all():
        raise NotApplicable("the tangent kernel is not finite; take a smaller initial scale")
    labels = kernel_labels(problem, r)
    if problem.network.outputs_count == 1:
        return (ask(kernel_max_margin, kernel, labels),)
    return tuple(ask(kernel_one_versus_rest, kernel, labels, problem.network.outputs_count))


def kernel_signs(problem: Problem) -> np.ndarray:
    """Return the signs (R, S, n) of a kernel's samples in the machines that `kernel_solutions` solves."""
    chosen = np.stack([kernel_labels(problem, r) for r in range(problem.replicas)])
    outputs = problem.network.outputs_count
    if outputs == 1:
        return chosen[:, None].astype(np.float64)
    return np.where(chosen[:, None] == np.arange(outputs)[:, None], 1.0, -1.0)


def exact_initial_kernel(
    problem: Problem, inputs: Tensor, outputs: Outputs = "trace", only: int | None = None
) -> np.ndarray:
    """Return K_0 (R, n, n) on inputs (R, n, d) in float64, as `exact_kernel` does; R = 1 for `only` one replica."""
    if problem.dtype == torch.float64:
        return exact_kernel(problem, problem.initial, inputs, outputs, only)
    members = problem.members[_chosen(only)]
    fields, seeds = [m.network for m in members], [m.seed for m in members]
    inputs = inputs[_chosen(only)].cpu().double()
    network, initial = build(fields, seeds, problem.network.ends, torch.float64, inputs.device)
    return np.asarray(tangent_kernel(network, initial, inputs, outputs=outputs))


def exact_kernel(
    problem: Problem, theta: Tensor, inputs: Tensor, outputs: Outputs = "trace", only: int | None = None
) -> np.ndarray:
    """Return K at theta (R, P) on inputs (R, n, d) in float64; R = 1 for `only` one replica.

    In float32 a kernel is not positive semi-definite to the solver's precision.
    """
    network = problem.network if only is None else problem.network.one(only)
    theta, inputs = theta[_chosen(only)], inputs[_chosen(only)]
    if theta.dtype != torch.float64:
        network, theta, inputs = network.in_float64(), theta.cpu().double(), inputs.cpu().double()
    return np.asarray(tangent_kernel(network, theta, inputs, outputs=outputs).cpu())


def kernel_coefficients(problem: Problem, solutions: Solutions) -> Tensor:
    """Return the c (R, n, C) with which a kernel predicts f(x) = sum_n c_n K(x, x_n); NaN: not at all.

    With several classes each predictor is divided by its norm, without which their outputs could not be compared.
    """
    several = problem.network.outputs_count > 1
    none = np.full((kernel_inputs(problem).shape[1], problem.network.outputs_count), np.nan)
    stacked = [
        np.stack([s.solution / (s.value if several else 1.0) for s in each if s.solution is not None], 1)
        if each
        else none
        for each in solutions
    ]
    return torch.as_tensor(np.stack(stacked), dtype=problem.dtype, device=problem.device)


def kernel_prediction(
    problem: Problem,
    solutions: Solutions,
    points: Tensor,
    only: int | None = None,
    kernel: KernelFunction | None = None,
) -> Tensor:
    """Return a kernel's max-margin predictor (R, G, C) at points (R, G, d); R = 1 for `only` one replica.

    `kernel` is the one that the solutions are of, for the same replicas; by default the initial tangent kernel.
    """
    chosen = _chosen(only)
    inputs, coefficients = kernel_inputs(problem)[chosen], kernel_coefficients(problem, solutions)[chosen]
    parts = points.split(problem.network.rows_at_once(len(inputs)), dim=1)
    if kernel is None and problem.network.outputs_count == 1:
        predict = _along_gradients(problem, inputs, coefficients, only)
    else:
        between = kernel or initial_kernel(problem, only)

        def predict(part: Tensor) -> Tensor:
            return torch.bmm(between(part, inputs), coefficients)

    return torch.cat([predict(part) for part in parts], 1)


def _along_gradients(
    problem: Problem, inputs: Tensor, coefficients: Tensor, only: int | None
) -> Callable[[Tensor], Tensor]:
    """Return x -> <grad f(x), v> (R, N, 1) with v = sum_n c_n grad f(x_n), which is sum_n c_n K(x, x_n).

    It takes a few passes, where the kernel between many points and the samples takes as many as there are samples.
    """
    network = problem.network if only is None else problem.network.one(only)
    initial = problem.initial[_chosen(only)]
    weights, direction = network.views(initial), torch.zeros_like(initial)
    along = network.views(direction)
    _, tape = network.forward(weights, inputs)
    network.backward(weights, tape, coefficients, along)

    def predict(part: Tensor) -> Tensor:
        outputs, reached = network.forward(weights, part)
        return network.derivative_along(weights, reached, torch.ones_like(outputs), along).unsqueeze(-1)

    return predict


def _chosen(only: int | None) -> slice:
    return slice(None) if only is None else slice(only, only + 1)
