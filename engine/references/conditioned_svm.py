"""The hard-margin machine in the geometry that an adaptive method's conditioner leaves behind."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from engine.references.inputs import finite_matrix
from engine.references.reference import Reference
from engine.references.svm import solved_machine


def conditioned_svm(signed_points: ArrayLike, conditioner: ArrayLike) -> Reference:
    """Solve gamma = max min_n z_n . w over ||h^(-1/2) o w||_2 <= 1 for a positive conditioner h.

    This is min 1/2 ||h^(-1/2) o w||^2 subject to z_n . w >= 1, whose KKT points AdaGrad, th += eta h o
    (-grad), approaches with its limit h = (eps + sum of squared gradients)^(-1/2) (Wang et al. 2021); h of
    equal entries is the l2 machine. With v = h^(-1/2) o w it is the hard-margin machine of the points
    h^(1/2) o z_n, and so gamma = min_{p on the simplex} ||h^(1/2) o Z^T p||_2 with the same certificate:
    min_n z_n . w / ||h^(-1/2) o w||_2 <= gamma <= ||h^(1/2) o Z^T p||_2.

    Args:
        signed_points: (N, D) float64, row n is y_n x_n, in the units of the data.
        conditioner: h (D,), positive; its entries may differ by many orders of magnitude.

    Returns:
        A reference with solution w (D,) of ||h^(-1/2) o w||_2 = 1, the margin of which is `lower`, and dual
        p (N,). Its direction does not change when h is multiplied by a number c, and its value by sqrt(c).

    Raises:
        NotSeparable: the origin lies in the convex hull of the rows.
        NotSolved: the margin is too small to be certified.
        ValueError: the points are no finite table, or h is not one positive number a column.
    """
    started = time.perf_counter()
    points = finite_matrix(signed_points, "signed points")
    scales = np.asarray(conditioner, dtype=np.float64)
    if scales.shape != (points.shape[1],):
        raise ValueError(
            f"conditioner: {points.shape[1]} columns need {points.shape[1]} numbers, not shape {scales.shape}."
        )
    if not (np.isfinite(scales).all() and (scales > 0.0).all()):
        entry = int(np.argmin(np.isfinite(scales) & (scales > 0.0)))
        raise ValueError(f"conditioner: entry {entry} is not a positive finite number.")
    roots = np.sqrt(scales)
    title = "hard-margin SVM in the conditioner's norm"
    answer = solved_machine(points * roots, "conditioned-svm", title, "conditioned l2", points)
    assert answer.solution is not None
    return replace(
        answer,
        solution=answer.solution * roots,
        seconds=time.perf_counter() - started,
    )
