"""The largest margin of a linear predictor in the norm that an optimizer's geometry bounds."""

from __future__ import annotations

import time
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from engine.references.inputs import finite_matrix, power_of_two, signs
from engine.references.linear_programme import PolyhedralNorm, exact_weights
from engine.references.minimum_norm import separation
from engine.references.power_norm import largest_power_margin, power_norm
from engine.references.reference import (
    Array,
    Kind,
    NotApplicable,
    Reference,
    support_of,
)
from engine.references.separability import refuse_without_margin
from engine.references.spectral import spectral_margin
from engine.references.svm import hard_margin_svm, multiclass_points, multiclass_svm

Norm = Literal["l1", "l2", "linf"]
ENTRYWISE_NORMS: tuple[Norm, ...] = get_args(Norm)
PredictorNorm = Literal["l1", "l2", "linf", "lp", "spectral"]

MOST_WORK = 1e10
"""Numbers other than zero, times rows or columns, whichever are fewer, that a linear programme may have:
one to two minutes. 1,000 samples of 784 inputs take 5 s, 500 of 64 in ten classes 1 s."""
FAINT_WEIGHT = 1e-9
"""Dual weight in lp, relative to the largest, that counts as zero."""
MOST_OF_POWER = 2e9
"""The same of a margin in lp: samples times weights times samples, or weights for p above 2 where there are fewer."""


def linear_reference(
    x: ArrayLike, labels: ArrayLike, outputs: int, norm: PredictorNorm, exponent: float = 2.0
) -> Reference:
    """Solve the largest margin of a linear predictor without a bias, in any of the optimizers' norms.

    One output: max_{||w|| <= 1} min_n y_n w . x_n. Several: max_{||W|| <= 1} min_n min_{j != y_n}
    (w_{y_n} - w_j) . x_n, where l1, l2 and linf are taken over the entries of W (l2 is the Frobenius
    norm) and the spectral norm is its largest singular value; of one row that is the l2 norm.
    The module `induced_norm` says which of them a network and an optimizer lead to.

    Args:
        x: (N, d) inputs; a bias is a constant column.
        labels: (N,) in {-1, +1} for one output, class numbers 0..outputs-1 for several.
        outputs: the network's outputs: 1, or the number of classes.
        norm: "l1", "l2", "linf", "lp" or "spectral".
        exponent: p >= 1 of "lp", taken over the entries of W too.

    Returns:
        A reference with solution w (d,), or W flattened row by row (outputs d,), of norm 1, and dual and
        support over the samples, or over the N (C - 1) rows of `multiclass_points`.

    Raises:
        NotSeparable: no such predictor gives every sample a positive margin.
        NotApplicable: the problem is too large for an exact answer.
        NotSolved: the solver failed, or the margin is too small to be certified.
        ValueError: x is no finite table, or labels do not fit it.
    """
    inputs = finite_matrix(x, "x")
    if outputs == 1:
        signed_points = signs(labels, len(inputs))[:, None] * inputs
        if norm == "lp":
            return power_margin(signed_points, exponent)
        return linear_margin(signed_points, "l2" if norm == "spectral" else norm)
    if norm == "spectral":
        return spectral_margin(x, labels, outputs)
    if norm == "l2":
        return multiclass_svm(x, labels, outputs)
    if norm == "lp":
        points = multiclass_points(inputs, labels, outputs)
        return power_margin(points, exponent, "multi-class ", points[:, : -inputs.shape[1]])
    rivals = outputs - 1
    numbers = 2 * rivals * int(np.count_nonzero(inputs))
    _refuse_large(numbers, rivals * len(inputs), outputs * inputs.shape[1])
    points = multiclass_points(inputs, labels, outputs)
    return _by_linear_programme(points, norm, "multi-class ", points[:, : -inputs.shape[1]])


def linear_margin(signed_points: ArrayLike, norm: Norm) -> Reference:
    """Solve gamma = max_{||w|| <= 1} min_n z_n . w for signed points z_n = y_n x_n.

    What steepest descent in the same norm approaches (Gunasekar et al. 2018): gradient descent for l2,
    sign descent for linf, coordinate descent for l1. By duality gamma = min_{p on the simplex} ||Z^T p||_*,
    so min_n z_n . w / ||w|| <= gamma <= ||Z^T p||_* certifies any w and p. For l1 and linf the relative gap
    is normally below 1e-12: 1e-13, and 1e-15 over gamma relative to the largest entry of Z. Their
    maximisers need not be unique; the one returned is a corner.

    Args:
        signed_points: (N, D) float64, row n is y_n x_n, in the units of the data.
        norm: "l1", "l2" or "linf".

    Returns:
        A reference with solution w (D,), ||w|| = 1, and dual p (N,).

    Raises:
        NotSeparable: the origin lies in the convex hull of the rows.
        NotApplicable: the linear programme would take minutes or more.
        NotSolved: the solver failed, or the margin is too small to be certified.
        ValueError: the points are no finite table.
    """
    if norm == "l2":
        return hard_margin_svm(signed_points)
    points = finite_matrix(signed_points, "signed points")
    _refuse_large(int(np.count_nonzero(points)), *points.shape)
    return _by_linear_programme(points, norm, "", points)


def power_margin(
    signed_points: ArrayLike, exponent: float, prefix: str = "", determining: Array | None = None
) -> Reference:
    """Solve gamma = max_{||w||_p <= 1} min_n z_n . w for signed points z_n = y_n x_n and p >= 1.

    What mirror descent with the potential ||w||_p^p / p turns to (Sun et al. 2022), and steepest descent in lp
    (Gunasekar et al. 2018). The certificate is min_n z_n . w / ||w||_p <= gamma <= ||Z^T lambda||_q, 1/p + 1/q = 1,
    for lambda on the simplex; its relative gap is normally below 1e-13. p = 1 is a linear programme.

    Args:
        signed_points: (N, D) float64, row n is y_n x_n, in the units of the data.
        exponent: p.
        prefix: what its title says first.
        determining: (N, K); the origin is in the hull of the points exactly where it is in that of these.

    Returns:
        A reference with solution w (D,), ||w||_p = 1, the only one for p > 1, and dual lambda (N,).

    Raises:
        NotSeparable: the origin lies in the convex hull of the rows.
        NotApplicable: p is below 1, or the problem would take minutes or more.
        NotSolved: no solution was certified.
        ValueError: the points are no finite table.
    """
    points = finite_matrix(signed_points, "signed points")
    if exponent < 1.0:
        raise NotApplicable(
            f"The ball of the l{exponent:g} quasi-norm is not convex: its margin is not solved here."
        )
    if exponent == 1.0:
        _refuse_large(int(np.count_nonzero(points)), *points.shape)
        return _by_linear_programme(points, "l1", prefix, points if determining is None else determining)
    started = time.perf_counter()
    count, width = points.shape
    _refuse_large(
        count * width, min(width, count) if exponent > 2.0 else count, max(width, count), MOST_OF_POWER
    )
    separated = separation(points)
    unit = power_of_two(points)
    lengths = power_norm(points / unit, 2.0, axis=1) * unit
    refuse_without_margin(
        points @ separated.direction,
        lengths,
        separated.dual,
        separated.upper,
        points if determining is None else determining,
    )
    solved = largest_power_margin(points, exponent, separated)
    return Reference(
        kind="lp-margin",
        title=f"{prefix}l{exponent:g} margin",
        norm=f"l{exponent:g}",
        value=solved.upper,
        lower=solved.lower,
        upper=solved.upper,
        solution=solved.weights,
        dual=solved.dual,
        support=np.flatnonzero(solved.dual > FAINT_WEIGHT * solved.dual.max()).astype(np.int64),
        seconds=time.perf_counter() - started,
    )


def _refuse_large(numbers: int, rows: int, columns: int, most: float = MOST_WORK) -> None:
    """Raise where the linear programme, with so many numbers other than zero, would take minutes."""
    if numbers * min(rows, columns) > most:
        raise NotApplicable(
            f"The largest margin of {rows} constraints in {columns} weights would take minutes to solve. "
            "The run certifies itself: q_min/‖w‖ is a lower bound of it, the dual norm of the normalised "
            "gradient an upper one. Choose fewer samples for the exact value."
        )


def _by_linear_programme(points: Array, norm: PolyhedralNorm, prefix: str, determining: Array) -> Reference:
    """Return the certified solution for points (N, D), of which some coordinates determine all, as a reference."""
    started = time.perf_counter()
    name = "l1" if norm == "l1" else "l-infinity"
    scale = float(np.abs(points).max()) or 1.0
    gains = points / scale
    programme = exact_weights(gains, norm)
    lengths = np.abs(gains).max(axis=1) if norm == "l1" else np.abs(gains).sum(axis=1)
    refuse_without_margin(
        gains @ programme.weights, lengths, programme.dual, programme.upper, determining, scale
    )
    kind: Kind = "l1-margin" if norm == "l1" else "linf-margin"
    return Reference(
        kind=kind,
        title=f"{prefix}{name} margin",
        norm=norm,
        value=programme.upper * scale,
        # Rounding may put the two a few units in the last place the wrong way round.
        lower=min(programme.lower, programme.upper) * scale,
        upper=programme.upper * scale,
        solution=programme.weights,
        dual=programme.dual,
        support=support_of(programme.dual),
        seconds=time.perf_counter() - started,
    )
