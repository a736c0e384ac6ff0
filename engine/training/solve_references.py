"""Solve the exact references that apply to a run, before its first step."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TypeVar

from ..kernels import solve_kernel_references, solve_twin_references
from ..measurements import References, chosen_groups
from ..measurements.predictor import induced_norm, is_linear, is_one_matrix, reference_inputs
from ..references import (
    ENTRYWISE_NORMS,
    Asymptote,
    GammaNorm,
    Reference,
    ReferenceName,
    ReferenceUnavailable,
    asymptote,
    f1_margin,
    fixed_directions_margin,
    linear_reference,
    solve_each,
)
from ..run.problem import Problem

T = TypeVar("T")
PREDICTOR_GROUPS = {"margins", "directions"}
SMALL = 50_000
"""Numbers in the points up to which linear models are compared in further norms than their own."""


def solve_references(problem: Problem) -> References:
    """Solve what the run's measurements compare with; what has no exact answer says why."""
    groups = set(chosen_groups(problem))
    why: dict[ReferenceName, str] = {}
    why_not_all: dict[ReferenceName, str] = {}
    predictor: tuple[Reference | None, ...] = ()
    linear: dict[GammaNorm, tuple[Reference | None, ...]] = {}
    asymptotes: tuple[Asymptote | None, ...] = ()
    induced = induced_norm(problem)
    if groups & PREDICTOR_GROUPS:
        if induced.norm is None:
            why[ReferenceName.MARGIN] = induced.reason
        else:
            solve = _predictor(problem, induced.norm)
            per_replica = problem.structure.constants > 0  # drawn with each replica's own seed
            predictor = _all(problem, solve, ReferenceName.MARGIN, why, why_not_all, per_replica)
        linear = _linear(problem, induced.norm, predictor)
    if "directions" in groups and _has_asymptote(problem):
        asymptotes = _all(problem, _asymptote(problem), ReferenceName.ASYMPTOTE, why, why_not_all)
    kernel: tuple[tuple[Reference, ...], ...] = ()
    if "kernel" in groups:
        try:
            kernel, why_not_all[ReferenceName.KERNEL] = solve_kernel_references(problem)
        except ReferenceUnavailable as error:
            why[ReferenceName.KERNEL] = str(error)
    twin: tuple[Reference | None, ...] = ()
    if problem.experiment.measure.twin:
        try:
            twin, why_not_all[ReferenceName.TWIN] = solve_twin_references(problem, kernel)
        except ReferenceUnavailable as error:
            why[ReferenceName.TWIN] = str(error)
    return References(
        predictor=predictor,
        norm=induced.norm,
        factor=induced.factor,
        linear=linear,
        asymptotes=asymptotes,
        kernel=kernel,
        twin=twin,
        why_none=why,
        why_not_all={name: missing for name, missing in why_not_all.items() if missing},
    )


def _all(
    problem: Problem,
    solve: Callable[[int], T],
    name: ReferenceName,
    why: dict[ReferenceName, str],
    why_not_all: dict[ReferenceName, str],
    per_replica: bool = False,
) -> tuple[T | None, ...]:
    """Solve for every replica; note why there is none, or who has none."""
    try:
        solved, why_not_all[name] = _solved(problem, solve, per_replica)
    except ReferenceUnavailable as error:
        why[name] = str(error)
        return ()
    return solved


def _solved(
    problem: Problem, solve: Callable[[int], T], per_replica: bool = False
) -> tuple[tuple[T | None, ...], str]:
    """Solve for every data set, or every replica; return one value a replica, and who has none.

    Raises:
        ReferenceUnavailable: where none has one.
    """
    solved, missing = solve_each(solve, problem.replicas if per_replica else len(problem.datasets))
    return (tuple(solved) if len(solved) > 1 else (solved[0],) * problem.replicas), missing


def _predictor(problem: Problem, norm: GammaNorm) -> Callable[[int], Reference]:
    """Return what solves the margin reference of a replica."""

    def solve(r: int) -> Reference:
        x, labels = reference_inputs(problem, r), problem.dataset(r).labels
        if norm != "variation":
            return linear_reference(x, labels, problem.network.outputs_count, norm)
        directions = problem.network.fixed_directions
        if directions is not None:
            return fixed_directions_margin(x, labels, directions[r].cpu().double().numpy())
        return f1_margin(x, labels)

    return solve


def _linear(
    problem: Problem, own: GammaNorm | None, predictor: tuple[Reference | None, ...]
) -> dict[GammaNorm, tuple[Reference | None, ...]]:
    """Solve the entrywise norms of a linear model, for what its predictor is in each of them."""
    if (
        not is_linear(problem)
        or not problem.structure.generalises
        or any(layer.bias for layer in problem.structure.layers[1:])
    ):
        return {}
    linear: dict[GammaNorm, tuple[Reference | None, ...]] = {}
    outputs = problem.network.outputs_count
    for norm in ENTRYWISE_NORMS:
        if norm == own and predictor:
            linear[norm] = predictor
        elif problem.samples * problem.x.shape[2] * outputs**2 <= SMALL:
            with contextlib.suppress(ReferenceUnavailable):
                linear[norm], _ = _solved(problem, _predictor(problem, norm))
    return linear


def _has_asymptote(problem: Problem) -> bool:
    """Say whether this is gradient descent of a linear model with one output and the exponential loss."""
    optimizer = problem.experiment.optimizer
    descent = optimizer.descends and optimizer.geometry == "l2"
    plain = (
        problem.experiment.network.output_scale == 1 and "network.output_scale" not in problem.experiment.vary
    )
    return (
        is_one_matrix(problem)
        and problem.network.outputs_count == 1
        and problem.loss.exponential
        and descent
        and plain
        and problem.structure.all_train
    )


def _asymptote(problem: Problem) -> Callable[[int], Asymptote]:
    def solve(r: int) -> Asymptote:
        return asymptote(problem.dataset(r).labels[:, None] * reference_inputs(problem, r))

    return solve
