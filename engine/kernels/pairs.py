"""Kernels between margins: what the full tangent kernel says of samples against each of their other classes."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..references import Ask, NotApplicable, Reference, answered, asked_anew, gram_max_margin, solve_each
from ..run.problem import Problem
from .max_margin import exact_initial_kernel, solve_kernel_references
from .samples import kernel_subset

LARGEST_PAIRS = 400
"""Pairs of a sample and another class up to which their joint maximum margin is solved."""


def pair_kernel(problem: Problem, full: Tensor) -> Tensor:
    """Return <grad s_nj, grad s_mk> (R, N (C - 1), N (C - 1)) from the full kernel (R, N C, N C); binary: of q_n.

    s_nj is the margin of sample n over class j, in the order of `Loss.pair_cotangents`, samples slowest.
    """
    loss, outputs = problem.loss.of(problem.labels.cpu()), problem.loss.outputs
    blocks = full.unflatten(1, (-1, outputs)).unflatten(3, (-1, outputs))  # (R, N, C, M, C)
    start = full.new_zeros(*blocks.shape[:3])
    pairs = torch.stack(loss.pair_cotangents(start), 2)  # (R, N, C - 1, C)
    half = torch.einsum("rnpc,rncme->rnpme", pairs, blocks)
    return torch.einsum("rnpme,rmqe->rnpmq", half, pairs).flatten(3, 4).flatten(1, 2)


def pair_max_margin(kernel: np.ndarray, ask: Ask = asked_anew) -> Reference:
    """Solve max_{||w|| <= 1} min_{n,j} <w, grad s_nj> for a replica's pair kernel (K, K).

    Its dual p (K,) gives the maximiser: w = sum p_nj grad s_nj / gamma. `ask` gives the solver's answer.

    Raises:
        ReferenceUnavailable: where no w gives every pair a positive margin, or the kernel is not finite.
    """
    if not np.isfinite(kernel).all():
        raise NotApplicable("the tangent kernel is not finite; take a smaller initial scale")
    return ask(gram_max_margin, kernel)


def initial_pair_kernels(problem: Problem) -> np.ndarray | None:
    """Return the pair kernels (R, K, K) of the initial kernels; None of one output, whose kernels say it all.

    Raises:
        NotApplicable: where there are too many samples.
    """
    outputs = problem.network.outputs_count
    if outputs == 1:
        if kernel_subset(problem, 0) is not None:
            raise NotApplicable(f"{problem.samples:,} samples are too many for the kernel's exact margin")
        return None
    pairs = problem.samples * (outputs - 1)
    if pairs > LARGEST_PAIRS:
        raise NotApplicable(
            f"{pairs:,} pairs of a sample and another class are more than the {LARGEST_PAIRS} whose joint margin is "
            "solved"
        )
    full = torch.as_tensor(exact_initial_kernel(problem, problem.x, "full"))
    return pair_kernel(problem, full).numpy()


def solve_twin_references(
    problem: Problem, kernels: np.ndarray | None, pairs: np.ndarray | None, ask: Ask = answered
) -> tuple[tuple[Reference | None, ...], str]:
    """Solve the max-margin problem of every replica's full initial kernel, which a linearised network tends to.

    Args:
        problem: the run's.
        kernels: the initial kernels (R, n, n); by default they are computed where they are needed.
        pairs: what `initial_pair_kernels` returned.
        ask: what gives a solver's answer.

    Returns:
        one reference a replica, None where its kernel does not separate the data; and which these are, and why.

    Raises:
        ReferenceUnavailable: where no replica's kernel does.
    """
    if pairs is None:
        solutions, why = solve_kernel_references(problem, kernels, ask)
        return tuple(each[0] if each else None for each in solutions), why
    each, why = solve_each(lambda r: pair_max_margin(pairs[r], ask), len(pairs))
    return tuple(each), why
