"""Checks of what a reference is asked to solve, in the user's words."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.references.reference import Array, Indices


def finite_matrix(values: ArrayLike, name: str) -> Array:
    """Return `values` as a float64 matrix with rows and columns, or raise ValueError."""
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.ndim != 2 or matrix.size == 0:
        raise ValueError(f"{name}: a table with rows and columns is needed, not shape {matrix.shape}.")
    if not np.isfinite(matrix).all():
        row = int(np.argwhere(~np.isfinite(matrix))[0, 0])
        raise ValueError(f"{name}: row {row} holds a value that is not finite; remove or repair it.")
    return matrix


def power_of_two(values: Array) -> float:
    """Return the power of two within a factor 2 of the largest entry, 1 for zeros: numbers over it have squares.

    Such a scale changes no bit of what follows, as long as nothing overflows or vanishes.
    """
    largest = float(np.abs(values).max())
    return float(np.ldexp(1.0, int(np.frexp(largest)[1]) - 1)) if largest > 0.0 else 1.0


def signs(labels: ArrayLike, count: int) -> Array:
    """Return binary labels as float64 (count,) in {-1, +1}, both present, or raise ValueError."""
    values = np.asarray(labels, dtype=np.float64)
    if values.shape != (count,):
        raise ValueError(f"labels: {count} samples need {count} labels, not shape {values.shape}.")
    if not np.isin(values, (-1.0, 1.0)).all():
        raise ValueError("labels: two classes are written -1 and +1 here.")
    if np.unique(values).size < 2:
        raise ValueError("labels: every sample has the same label; a margin needs both classes.")
    return values


def class_numbers(labels: ArrayLike, classes: int, count: int) -> Indices:
    """Return class labels as int64 (count,) in 0..classes-1, or raise ValueError."""
    values = np.asarray(labels, dtype=np.float64)
    if values.shape != (count,):
        raise ValueError(f"labels: {count} samples need {count} labels, not shape {values.shape}.")
    if classes < 2:
        raise ValueError(f"classes: at least 2 are needed, not {classes}.")
    if not np.isin(values, np.arange(classes)).all():
        raise ValueError(f"labels: {classes} classes are numbered 0 to {classes - 1}.")
    return values.astype(np.int64)
