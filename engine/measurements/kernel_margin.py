"""Margins of the tangent kernel: its largest, the network's beside it, and whether theta is its own kernel's answer.

At a KKT point of the margin problem theta/||theta|| is the max-margin direction of the kernel at that very point, and
conversely. So both ratios below reach 1 exactly there. Source: Lyu & Li 2020, Corollary 4.5.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from ..kernels import (
    LARGEST_PAIRS,
    exact_kernel,
    kernel_signs,
    kernel_solutions,
    kernel_subset,
    pair_kernel,
    pair_max_margin,
)
from ..references import CERTIFIED, Reference, ReferenceUnavailable
from ..run.problem import Problem
from .base import Measurement, References, estimate, pass_work
from .kernel_now import KernelNow, kernel_work
from .record_point import RecordPoint
from .solvers import machines

SOLVING = 120.0
"""Times n^3: multiply-adds of an exact maximum margin late in a run, where most samples bear it; early a tenth."""
OWN = ("ntk_own_margin_ratio", "ntk_own_cosine")


def own_margin(now: KernelNow) -> list[Measurement]:
    """Measure the maximum margin of the tangent kernel as it stands, and how near theta is to its answer."""
    problem = now.problem
    why_not = _why_not_own(problem)
    if problem.network.outputs_count == 1:
        return [_margin(now, own=not why_not, note=why_not)]
    joint = [] if why_not else [_joint(problem)]
    return [_margin(now, own=False, note=why_not), *joint]


def _why_not_own(problem: Problem) -> str:
    """Say why θ is not compared with its own kernel's answer, '' where it is."""
    outputs = problem.network.outputs_count
    pairs = problem.samples * max(1, outputs - 1)
    if problem.structure.weights:
        return "θ is not compared with it: layers of different λ have no one kernel"
    if kernel_subset(problem, 0) is not None:
        return "θ is not compared with it: the kernel knows a subset of the samples alone"
    if outputs > 1 and pairs > LARGEST_PAIRS:
        return (
            f"θ is not compared with it: {pairs:,} pairs of a sample and another class are more than "
            f"{LARGEST_PAIRS}"
        )
    return ""


def _margin(now: KernelNow, *, own: bool, note: str) -> Measurement:
    """Measure the kernel's margin by the same exact solver as the initial one's."""
    problem = now.problem
    signs = kernel_signs(problem)

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        kernels = now.exactly_at(point)
        margins, duals = machines(point.solvers, kernels, signs, point.rows)
        for row in point.rows:
            if np.isnan(margins[row]).any() and margins[row].all():  # 0: it does not separate the data
                for s, each in enumerate(_solved(problem, kernels[row], row % problem.replicas)):
                    margins[row, s], duals[row, s] = each.value, each.dual
        margins[margins == 0] = math.nan
        values = {"ntk_margin": torch.as_tensor(margins.min(1)).to(point.theta)}
        return values | (_own(point, margins[:, 0], duals[:, 0]) if own else {})

    solving = SOLVING * problem.replicas * problem.network.outputs_count * now.count**3
    work = now.work + estimate(400 * problem.replicas, solving + 3 * pass_work(problem) * now.count)
    remark = "; ".join(words for words in (now.note, note) if words)
    return Measurement(("ntk_margin", *(OWN if own else ())), measure, work, few=True, note=remark)


def _solved(problem: Problem, kernel: np.ndarray, r: int) -> tuple[Reference, ...]:
    """Return a kernel's solutions, () where it does not separate the data or one of them is not certified."""
    with contextlib.suppress(ReferenceUnavailable):
        solved = kernel_solutions(problem, kernel, r)
        return solved if all(each.gap <= CERTIFIED for each in solved) else ()
    return ()


def _joint(problem: Problem) -> Measurement:
    """Compare theta with the maximum margin of its own kernel over all pairs of a sample and another class."""
    outputs = problem.network.outputs_count
    pairs = problem.samples * (outputs - 1)

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        own = point.problem
        full = torch.as_tensor(exact_kernel(own, point.theta, own.x, "full"))
        kernels = pair_kernel(own, full).numpy()
        margins, duals = machines(point.solvers, kernels, np.ones((1, 1, pairs)), point.rows)
        for row in point.rows:
            if np.isnan(margins[row, 0]):
                with contextlib.suppress(ReferenceUnavailable):
                    solved = pair_max_margin(kernels[row])
                    if solved.gap <= CERTIFIED:
                        margins[row, 0], duals[row, 0] = solved.value, solved.dual
        margins[margins == 0] = math.nan
        return _own(point, margins[:, 0], duals[:, 0])

    kernel = outputs * kernel_work(problem, problem.samples, problem.samples)
    solving = SOLVING * problem.replicas * pairs**3
    work = estimate(400 * problem.replicas + 100 * outputs**2, kernel + solving)
    note = "over every pair of a sample and another class"
    return Measurement(OWN, measure, work, few=True, note=note)


def _own(point: RecordPoint, margins: np.ndarray, duals: np.ndarray) -> dict[str, Tensor]:
    """Return min_k <theta, g_k>/(||theta|| gamma) and sum_k p_k <theta, g_k>/(||theta|| gamma), both (R,).

    g_k are the gradients of the margins q_n, or s_nj; w = sum_k p_k g_k is the max-margin weight vector, of norm gamma.

    Args:
        point: the records.
        margins: gamma (R,); NaN: none.
        duals: p (R, K).
    """
    radial = torch.stack(point.radial, 2).flatten(1)  # (R, K), samples slowest
    length = point.norm * torch.as_tensor(margins).to(radial)
    return {
        "ntk_own_margin_ratio": radial.amin(1) / length,
        "ntk_own_cosine": (torch.as_tensor(duals).to(radial) * radial).sum(1) / length,
    }


def over_initial_margin(problem: Problem, references: References) -> Measurement:
    """Measure the network's normalized margin over the initial kernel's maximum margin."""
    exponent = problem.structure.exponent
    assert exponent is not None
    smallest = [min((s.value for s in each), default=math.nan) for each in references.kernel]
    initial = torch.tensor(smallest, dtype=problem.dtype, device=problem.device)

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        return {
            "margin_over_ntk": point.evaluation.q.amin(1) / point.norm.pow(exponent) / point.each(initial)
        }

    return Measurement(("margin_over_ntk",), measure)
