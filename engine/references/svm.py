"""Hard-margin support vector machines in the Euclidean norm, without a bias."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import ArrayLike

from engine.references.inputs import class_numbers, finite_matrix, power_of_two
from engine.references.minimum_norm import separation
from engine.references.reference import Array, Kind, Reference
from engine.references.separability import refuse_without_margin


def hard_margin_svm(signed_points: ArrayLike) -> Reference:
    """Solve gamma = max_{||w||_2 <= 1} min_n z_n . w for signed points z_n = y_n x_n.

    By duality gamma = min_{p on the simplex} ||Z^T p||_2, attained at w = Z^T p / ||Z^T p||
    (theory.md 0.2; Soudry et al. 2018, the limit direction of gradient descent). The certificate
    is min_n z_n . w <= gamma <= ||Z^T p||_2; the gap is below 1e-10 for well-conditioned data.

    Args:
        signed_points: (N, D) float64, row n is y_n x_n, in the units of the data.

    Returns:
        A reference with solution w (D,), ||w||_2 = 1, and dual p (N,).

    Raises:
        NotSeparable: the origin lies in the convex hull of the rows.
        NotSolved: no direction with a positive margin was found although one may exist.
        ValueError: the points are no finite table.
    """
    points = finite_matrix(signed_points, "signed points")
    return solved_machine(points, "l2-svm", "hard-margin SVM", "l2", points)


def multiclass_points(x: ArrayLike, labels: ArrayLike, classes: int) -> Array:
    """Return the points whose linear margins are the multi-class margins of a linear network.

    For W (C, d), s_nj = (w_{y_n} - w_j) . x_n = <z_nj, W> with z_nj = (e_{y_n} - e_j) x_n^T
    (theory.md 0). Row n (C - 1) + i is z_nj flattened, j the i-th class other than y_n.

    Args:
        x: (N, d) inputs.
        labels: (N,) class numbers 0..classes-1.
        classes: the number C of classes.

    Returns:
        (N (C - 1), C d) float64.
    """
    inputs = finite_matrix(x, "x")
    count, width = inputs.shape
    numbers = class_numbers(labels, classes, count)
    others = np.array([[j for j in range(classes) if j != own] for own in range(classes)])[numbers]
    points = np.zeros((count, classes - 1, classes, width))
    sample, rival = np.arange(count)[:, None], np.arange(classes - 1)[None, :]
    points[sample, rival, numbers[:, None]] = inputs[:, None, :]
    points[sample, rival, others] = -inputs[:, None, :]
    return points.reshape(count * (classes - 1), classes * width)


def multiclass_svm(x: ArrayLike, labels: ArrayLike, classes: int) -> Reference:
    """Solve max_{||W||_F <= 1} min_n min_{j != y_n} (w_{y_n} - w_j) . x_n.

    The one-vector multi-class machine of Crammer and Singer (2001) with hard margins, which is
    what gradient descent on the cross-entropy of a linear network approaches (Lyu and Li 2020,
    homogeneous of degree 1). Bounds and errors as in `hard_margin_svm`.

    Args:
        x: (N, d) inputs.
        labels: (N,) class numbers 0..classes-1.
        classes: the number C of classes.

    Returns:
        A reference with solution W flattened row by row, (C d,), ||W||_F = 1, and dual and support
        over the N (C - 1) rows of `multiclass_points`.
    """
    points = multiclass_points(x, labels, classes)
    # the last class's coordinates are minus the sum of the others
    determining = points[:, : -(points.shape[1] // classes)]
    return solved_machine(points, "multiclass-svm", "multi-class hard-margin SVM", "Frobenius", determining)


def solved_machine(points: Array, kind: Kind, title: str, norm: str, determining: Array) -> Reference:
    """Return the certified minimum-norm solution of the points, (N, D), as a reference.

    Args:
        points: (N, D).
        kind: what the reference says it is.
        title: its name for people.
        norm: the norm that is bounded by 1.
        determining: (N, K), exact; the origin is in the hull of the points exactly where it is in that of these.
    """
    started = time.perf_counter()
    separated = separation(points)
    unit = power_of_two(points)
    lengths = np.linalg.norm(points / unit, axis=1) * unit
    refuse_without_margin(points @ separated.direction, lengths, separated.dual, separated.upper, determining)
    return Reference(
        kind=kind,
        title=title,
        norm=norm,
        value=separated.upper,
        lower=separated.lower,
        upper=separated.upper,
        solution=separated.direction,
        dual=separated.dual,
        support=separated.support,
        seconds=time.perf_counter() - started,
    )
