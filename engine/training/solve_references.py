"""The exact references that apply to a run: posed of its problem, solved or known from before."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ..kernels import (
    exact_initial_kernel,
    initial_pair_kernels,
    kernel_inputs,
    solve_kernel_references,
    solve_twin_references,
)
from ..measurements import References, chosen_groups
from ..measurements.attention import is_attention, own_norm, selection
from ..measurements.predictor import induced_norm, is_linear, is_one_matrix, reference_inputs
from ..measurements.solvers import Solvers
from ..references import (
    ENTRYWISE_NORMS,
    Ask,
    Asymptote,
    GammaNorm,
    Reference,
    ReferenceName,
    ReferenceUnavailable,
    answered,
    asymptote,
    f1_margin,
    fixed_directions_margin,
    linear_reference,
    solve_each,
    token_selection,
)
from ..run.problem import Problem

T = TypeVar("T")
PREDICTOR_GROUPS = {"margins", "directions"}
SMALL = 50_000
"""Numbers in the points up to which linear models are compared in further norms than their own."""


@dataclass(frozen=True)
class PosedReferences:
    """What a run is to be compared with, before it is solved: all that a device computes is computed."""

    problem: Problem
    kernels: np.ndarray | None
    """The initial tangent kernels (R, n, n); None where they are not asked about."""
    pairs: np.ndarray | None
    """The initial kernels between margins (R, K, K), for a linearised twin of several outputs."""
    why_none: Mapping[ReferenceName, str]

    @classmethod
    def of(cls, problem: Problem) -> PosedReferences:
        """Pose what the measurements of a run compare with."""
        why: dict[ReferenceName, str] = {}
        kernels: np.ndarray | None = None
        pairs: np.ndarray | None = None
        twin = problem.experiment.measure.twin
        if twin:
            try:
                pairs = initial_pair_kernels(problem)
            except ReferenceUnavailable as error:
                why[ReferenceName.TWIN] = str(error)
        if "kernel" in chosen_groups(problem) or (twin and pairs is None and not why):
            try:
                kernels = exact_initial_kernel(problem, kernel_inputs(problem))
            except ReferenceUnavailable as error:
                why[ReferenceName.KERNEL] = str(error)
                if twin and problem.network.outputs_count == 1:
                    why.setdefault(ReferenceName.TWIN, str(error))
        return cls(problem, kernels, pairs, why)

    def solved(self, ask: Ask = answered, solvers: Solvers | None = None) -> References:
        """Solve them; what has no exact answer says why.

        Args:
            ask: what gives a solver's answer.
            solvers: what solves for all replicas at once, where there is such.

        Raises:
            NotKept: where `ask` knows no answer.
        """
        problem, groups = self.problem, set(chosen_groups(self.problem))
        why, why_not_all = dict(self.why_none), dict[ReferenceName, str]()
        predictor: tuple[Reference | None, ...] = ()
        linear: dict[GammaNorm, tuple[Reference | None, ...]] = {}
        asymptotes: tuple[Asymptote | None, ...] = ()
        induced = induced_norm(problem)
        if groups & PREDICTOR_GROUPS:
            if induced.norm is None:
                why[ReferenceName.MARGIN] = induced.reason
            else:
                solve = _predictor(problem, induced.norm, ask)
                # constants are drawn with each replica's own seed
                per_replica = problem.structure.constants > 0 or "optimizer.p" in problem.experiment.vary
                predictor = _all(problem, solve, ReferenceName.MARGIN, why, why_not_all, per_replica)
            linear = _linear(problem, induced.norm, predictor, ask)
        if "directions" in groups and _has_asymptote(problem):
            solve_asymptote = _asymptote(problem, ask)
            asymptotes = _all(problem, solve_asymptote, ReferenceName.ASYMPTOTE, why, why_not_all)
        tokens: dict[str, tuple[Reference | None, ...]] = {}
        if "directions" in groups and is_attention(problem):
            tokens = _tokens(problem, ask, why, why_not_all)
        kernel: tuple[tuple[Reference, ...], ...] = ()
        if "kernel" in groups and self.kernels is not None:
            try:
                kernel, why_not_all[ReferenceName.KERNEL] = solve_kernel_references(
                    problem, self.kernels, ask, None if solvers is None else solvers.machines
                )
            except ReferenceUnavailable as error:
                why[ReferenceName.KERNEL] = str(error)
        twin: tuple[Reference | None, ...] = ()
        if problem.experiment.measure.twin and ReferenceName.TWIN not in why:
            try:
                twin, why_not_all[ReferenceName.TWIN] = solve_twin_references(
                    problem, self.kernels, self.pairs, ask
                )
            except ReferenceUnavailable as error:
                why[ReferenceName.TWIN] = str(error)
        return References(
            predictor=predictor,
            norm=induced.norm,
            exponents=_exponents(problem) if induced.norm == "lp" else (),
            factor=induced.factor,
            linear=linear,
            asymptotes=asymptotes,
            kernel=kernel,
            twin=twin,
            tokens=tokens,
            why_none=why,
            why_not_all={name: missing for name, missing in why_not_all.items() if missing},
        )


def _exponents(problem: Problem) -> tuple[float, ...]:
    """Return those of the predictor's lp norm, one a replica."""
    return tuple(induced_norm(problem, r).exponent for r in range(problem.replicas))


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


def _predictor(problem: Problem, norm: GammaNorm, ask: Ask) -> Callable[[int], Reference]:
    """Return what solves the margin reference of a replica."""

    def solve(r: int) -> Reference:
        x, labels = reference_inputs(problem, r), problem.dataset(r).labels
        if norm == "lp":
            exponent = induced_norm(problem, r).exponent
            return ask(linear_reference, x, labels, problem.network.outputs_count, norm, exponent)
        if norm != "variation":
            return ask(linear_reference, x, labels, problem.network.outputs_count, norm)
        directions = problem.network.fixed_directions
        if directions is not None:
            return ask(fixed_directions_margin, x, labels, directions[r].cpu().double().numpy())
        return ask(f1_margin, x, labels)

    return solve


def _tokens(
    problem: Problem,
    ask: Ask,
    why: dict[ReferenceName, str],
    why_not_all: dict[ReferenceName, str],
) -> dict[str, tuple[Reference | None, ...]]:
    """Solve the selection of tokens in both norms; of its own norm note why there is none, or who has none."""
    solved: dict[str, tuple[Reference | None, ...]] = {}
    per_replica = problem.network.fields.model_dump().get("head") == "random"
    for norm in sorted(("frobenius", "nuclear"), key=lambda norm: norm != own_norm(problem)):

        def solve(r: int, norm: str = norm) -> Reference:
            return ask(token_selection, *selection(problem, r), norm)

        if norm == own_norm(problem):
            found = _all(problem, solve, ReferenceName.TOKENS, why, why_not_all, per_replica)
        else:
            found = ()
            with contextlib.suppress(ReferenceUnavailable):
                found, _ = _solved(problem, solve, per_replica)
        if found:
            solved[norm] = found
    return solved


def _linear(
    problem: Problem, own: GammaNorm | None, predictor: tuple[Reference | None, ...], ask: Ask
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
                linear[norm], _ = _solved(problem, _predictor(problem, norm, ask))
    return linear


def _has_asymptote(problem: Problem) -> bool:
    """Say whether this is gradient descent of a linear model with one output and the exponential loss, without end.

    With weight decay, or learning rates of a finite sum, theta does not go on growing like log t.
    """
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
        and not any(m.optimizer.weight_decay or m.optimizer.step.has_finite_sum() for m in problem.members)
    )


def _asymptote(problem: Problem, ask: Ask) -> Callable[[int], Asymptote]:
    def solve(r: int) -> Asymptote:
        return ask(asymptote, problem.dataset(r).labels[:, None] * reference_inputs(problem, r))

    return solve
