"""The largest multi-class margin of a linear predictor per unit of its largest singular value."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from engine.references.inputs import class_numbers, finite_matrix
from engine.references.minimum_norm import Separation, separation
from engine.references.reference import Array, Indices, NotApplicable, NotSolved, Reference
from engine.references.separability import refuse_without_margin
from engine.references.spectral_corner import Corner, corrected, evaluated
from engine.references.spectral_programme import least_nuclear_norm
from engine.references.svm import multiclass_points

RANK_TOLERANCE = 1e-12
"""Singular value, relative to the largest, below which the inputs do not span a direction."""
TOLERANCE = 1e-9
"""Relative distance below the smallest margin at which a point left out is satisfied all the same."""
LEAST_ADDED = 40
ROUNDS = 20
MOST_WORK = 1e10
"""Of `_work`: about a minute."""


def spectral_margin(x: ArrayLike, labels: ArrayLike, classes: int) -> Reference:
    """Solve gamma = max_{||W||_2 <= 1} min_n min_{j != y_n} (w_{y_n} - w_j) . x_n.

    The limit of steepest descent in the spectral norm (of Muon with exact polar factors) on a linear
    network (Tsilivis et al. 2024). With Z_nj = (e_{y_n} - e_j) x_n^T, gamma = min_{p on the simplex}
    ||sum p_nj Z_nj||_*, the nuclear norm, so any W and p certify min margin / ||W||_2 <= gamma <=
    ||sum p_nj Z_nj||_*.

    Method: neither the mean of the rows of W nor what it does outside the span of the inputs changes a
    margin, and without them ||W||_2 is no larger; so W has C - 1 rows and as many columns as the inputs
    have dimensions. A semidefinite programme over the few (n, j) with the smallest margins, which grow
    until all others have larger ones, comes within 1e-8; Newton's method on what it finds tight does the
    rest, to a relative gap of normally 1e-12. Where sum p_nj Z_nj has less than full rank, W need not be
    unique.

    Args:
        x: (N, d) inputs.
        labels: (N,) class numbers 0..classes-1.
        classes: the number C of classes.

    Returns:
        A reference with solution W flattened row by row, (C d,), ||W||_2 = 1, and dual and support over
        the N (C - 1) rows of `multiclass_points`.

    Raises:
        NotSeparable: no linear predictor gives every sample a positive margin.
        NotApplicable: the semidefinite programme would take minutes or more.
        NotSolved: the solver failed, or the margin is too small to be certified.
        ValueError: x is no finite table, or labels do not fit it.
    """
    started = time.perf_counter()
    inputs = finite_matrix(x, "x")
    problem = _reduced(inputs, class_numbers(labels, classes, len(inputs)), classes)
    points = multiclass_points(inputs, labels, classes)
    # the last class's coordinates are minus the sum of the others
    corner = _solved(problem, points[:, : -inputs.shape[1]])
    solution = problem.class_axes.T @ corner.predictor @ problem.input_axes
    return Reference(
        kind="spectral-margin",
        title="multi-class spectral margin",
        norm="spectral",
        value=corner.upper * problem.scale,
        lower=min(corner.lower, corner.upper) * problem.scale,
        upper=corner.upper * problem.scale,
        solution=solution.ravel(),
        dual=corner.weights,
        support=np.flatnonzero(corner.weights > 0.0).astype(np.int64),
        seconds=time.perf_counter() - started,
    )


@dataclass(frozen=True, eq=False)
class _Problem:
    """Hold points Z_nj = differences_nj inputs_n^T of order 1 in C - 1 and r coordinates."""

    differences: Array
    """(N, C - 1, C - 1): e_{y_n} - e_j for each j != y_n, in the coordinates of class_axes."""
    inputs: Array
    """(N, r)."""
    class_axes: Array
    """(C - 1, C), orthonormal, orthogonal to (1, ..., 1)."""
    input_axes: Array
    """(r, d), orthonormal."""
    scale: float

    def points(self, rows: Indices) -> Array:
        """Return Z (K, C - 1, r) for places in the order of `multiclass_points`."""
        sample, rival = np.divmod(rows, self.differences.shape[1])
        chosen: Array = self.differences[sample, rival][:, :, None] * self.inputs[sample][:, None, :]
        return chosen

    def margins(self, predictor: Array) -> Array:
        """Return <Z_nj, W> for W (C - 1, r), (N (C - 1),)."""
        scores = self.inputs @ predictor.T
        return np.asarray(np.einsum("njc,nc->nj", self.differences, scores).ravel())

    def lengths(self) -> Array:
        """Return ||Z_nj||_*, which for rank one is the length, (N (C - 1),)."""
        own = np.linalg.norm(self.inputs, axis=1)
        return np.asarray((np.linalg.norm(self.differences, axis=2) * own[:, None]).ravel())


def _reduced(inputs: Array, numbers: Indices, classes: int) -> _Problem:
    """Return the problem for inputs (N, d) in as few coordinates as it has."""
    scale = float(np.abs(inputs).max()) or 1.0
    _, sizes, axes = np.linalg.svd(inputs / scale, full_matrices=False)
    input_axes = axes[: max(int((sizes > RANK_TOLERANCE * sizes[0]).sum()), 1)]
    # The Helmert contrasts: row k weighs the first k classes against the next.
    steps = np.arange(1.0, classes)
    contrasts = np.tril(np.ones((classes - 1, classes))) - np.eye(classes - 1, classes, 1) * steps[:, None]
    class_axes = contrasts / np.sqrt(steps * (steps + 1.0))[:, None]
    others = np.array([[j for j in range(classes) if j != own] for own in range(classes)])
    differences = (class_axes.T[:, None, :] - class_axes.T[others])[numbers]
    return _Problem(differences, inputs / scale @ input_axes.T, class_axes, input_axes, scale)


def _solved(problem: _Problem, given: Array) -> Corner:
    """Return p over all points and W, certified, or raise; the points are given as far as they determine all."""
    count, rows = problem.inputs.shape[0] * problem.differences.shape[1], problem.differences.shape[2]
    columns = problem.inputs.shape[1]
    if min(rows, columns) > 1:
        _refuse_large(rows + columns, rows, columns)
    everything = np.arange(count)
    frobenius = separation(problem.points(everything).reshape(count, rows * columns))
    refuse_without_margin(
        problem.margins(frobenius.direction.reshape(rows, columns)),
        problem.lengths(),
        frobenius.dual,
        frobenius.upper,
        given,
        problem.scale,
    )
    if min(rows, columns) == 1:
        # A single row or column has one singular value, its l2 norm.
        direction = frobenius.direction.reshape(rows, columns)
        return Corner(frobenius.dual, direction, frobenius.lower, frobenius.upper)
    chosen, corner = _tight_points(problem, frobenius)
    points = problem.points(chosen)
    corner = corrected(points, corner)
    weights = np.zeros(count)
    weights[chosen] = corner.weights
    margins = problem.margins(corner.predictor)
    refuse_without_margin(margins, problem.lengths(), weights, corner.upper, given, problem.scale)
    return replace(corner, weights=weights, lower=float(margins.min()))


def _tight_points(problem: _Problem, frobenius: Separation) -> tuple[Indices, Corner]:
    """Return places of points that determine the optimum, and the solution on them.

    The first are those of the smallest margins of the Frobenius norm's machine, with its support.
    """
    shape = problem.differences.shape[2], problem.inputs.shape[1]
    added = max(LEAST_ADDED, sum(shape))
    margins = problem.margins(frobenius.direction.reshape(shape))
    chosen = np.union1d(np.argsort(margins, kind="stable")[:added], frobenius.support)
    for _ in range(ROUNDS):
        _refuse_large(len(chosen), *shape)
        points = problem.points(chosen)
        # The spectral margin is between the Frobenius norm's and root r times it, so of order 1 here.
        corner = evaluated(points, *least_nuclear_norm(points / frobenius.upper))
        margins = problem.margins(corner.predictor)
        margins[chosen] = np.inf
        below = np.flatnonzero(margins < corner.lower * (1.0 - TOLERANCE))
        if not below.size:
            return chosen, corner
        lowest = below[np.argsort(margins[below], kind="stable")[:added]]
        chosen = np.union1d(chosen, lowest)
    raise NotSolved("The search for the samples that determine the spectral margin did not end.")


def _refuse_large(count: int, rows: int, columns: int) -> None:
    """Raise where the semidefinite programme would take minutes.

    An iteration factorises, for each of the longer dimension's cones, a block that meets p and A.
    """
    short, long = min(rows, columns), max(rows, columns)
    triangle = (short + 1) * (short + 2) / 2.0
    if long * triangle * (count + triangle) ** 2 > MOST_WORK:
        raise NotApplicable(
            f"The spectral margin of {rows + 1} classes in {columns} dimensions would take minutes to solve. "
            "The run certifies itself: q_min/‖W‖₂ is a lower bound of the largest margin, the nuclear norm "
            "of the normalised gradient an upper one. Choose fewer inputs, classes or samples for the exact value."
        )
