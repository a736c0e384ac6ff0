"""Hard-margin support vector machines in the Hilbert space of a kernel, without a bias."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import ArrayLike

from engine.references.contradiction import kernel_contradicts
from engine.references.gram import CERTIFIED, refined
from engine.references.inputs import class_numbers, finite_matrix, signs
from engine.references.minimum_norm import separation
from engine.references.reference import (
    REMEDY,
    Array,
    NotApplicable,
    NotSeparable,
    NotSolved,
    Reference,
    support_of,
)

ASYMMETRY_LIMIT = 1e-8
"""Asymmetry and negative eigenvalues up to this, relative to the largest, are put down to rounding."""


def kernel_max_margin(kernel: ArrayLike, labels: ArrayLike) -> Reference:
    """Solve gamma = max_{||f||_H <= 1} min_n y_n f(x_n) for a kernel K on the samples.

    With G = y y^T o K, gamma = min_{p on the simplex} sqrt(p^T G p), and f = sum_n p_n y_n K(., x_n)
    has norm gamma and points along the maximiser (theory.md 0.2; for the tangent kernel Ji and
    Telgarsky 2020, and Corollary 4.5 of Lyu and Li 2020). The minimisation runs on the rows of R
    with R R^T = G, which knows small eigenvalues of G to few digits, and is refined on G itself, until the
    certificate min_n (G p)_n / sqrt(p^T G p) <= gamma <= sqrt(p^T G p) closes to 1e-12 of the kernel as given.

    Args:
        kernel: (N, N) symmetric positive semi-definite, K(x_n, x_m).
        labels: (N,) in {-1, +1}.

    Returns:
        A reference with value gamma (in the units of sqrt(K)), dual p (N,), and solution
        c_n = p_n y_n (N,): the predictor is f(x) = sum_n c_n K(x, x_n), its smallest margin gamma^2.

    Raises:
        NotSeparable: no f gives every sample a positive margin, to working precision.
        NotApplicable: the kernel is not symmetric positive semi-definite.
        NotSolved: no predictor with a positive margin was found although one may exist.
        ValueError: the kernel is no finite square table, or labels do not fit it.
    """
    started = time.perf_counter()
    matrix = _symmetric(kernel)
    features, notes = _features(matrix)
    return _solved(matrix, features, signs(labels, len(matrix)), notes, _title(), started)


def kernel_one_versus_rest(kernel: ArrayLike, labels: ArrayLike, classes: int) -> list[Reference]:
    """Solve one kernel machine for each class against all others.

    The answer for class c is that of `kernel_max_margin` with y_n = +1 where labels_n = c, else -1.
    A sample belongs to the class whose predictor, divided by its norm `value`, is largest.

    Args:
        kernel: (N, N) symmetric positive semi-definite.
        labels: (N,) class numbers 0..classes-1, each present.
        classes: the number of classes.

    Returns:
        One reference a class, in the order of the classes.
    """
    started = time.perf_counter()
    matrix = _symmetric(kernel)
    numbers = class_numbers(labels, classes, len(matrix))
    missing = np.setdiff1d(np.arange(classes), numbers)
    if missing.size:
        raise ValueError(f"labels: class {missing[0]} has no sample, so nothing can be told from it.")
    features, notes = _features(matrix)
    answers = []
    for own in range(classes):
        targets = np.where(numbers == own, 1.0, -1.0)
        answers.append(_solved(matrix, features, targets, notes, _title(own), started))
        started = time.perf_counter()
    return answers


def gram_max_margin(gram: ArrayLike) -> Reference:
    """Solve gamma = max_{||w|| <= 1} min_k <w, g_k> from the inner products of vectors g_k alone.

    Args:
        gram: (K, K) symmetric positive semi-definite, <g_k, g_l>.

    Returns:
        A reference with value gamma, dual p (K,), and solution c = p: w is along sum_k p_k g_k, of norm gamma.

    Raises:
        NotSeparable, NotApplicable, NotSolved, ValueError: as `kernel_max_margin`.
    """
    started = time.perf_counter()
    matrix = _symmetric(gram)
    features, notes = _features(matrix)
    return _solved(matrix, features, np.ones(len(features)), notes, _title(), started)


def certified_machine(
    margin: float, dual: Array, labels: Array, of_class: int | None, seconds: float
) -> Reference:
    """Return the answer of `kernel_max_margin`, or for a class of `kernel_one_versus_rest`, that is proved elsewhere.

    Args:
        margin: gamma, its upper bound; the lower one is at most `CERTIFIED` of it below.
        dual: p (N,) on the simplex.
        labels: (N,) in {-1, +1}.
        of_class: the class that is told from the others; None: there are two, and one machine.
        seconds: that it took.
    """
    return Reference(
        kind="kernel-svm",
        title=_title(of_class),
        norm="RKHS",
        value=margin,
        lower=margin * (1.0 - CERTIFIED),
        upper=margin,
        solution=dual * labels,
        dual=dual,
        support=support_of(dual),
        seconds=seconds,
    )


def _title(of_class: int | None = None) -> str:
    return "kernel SVM" if of_class is None else f"kernel SVM, class {of_class} against the rest"


def _symmetric(kernel: ArrayLike) -> Array:
    """Return the kernel as an exactly symmetric float64 matrix, or raise."""
    matrix = finite_matrix(kernel, "kernel")
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"kernel: a square table is needed, not shape {matrix.shape}.")
    largest = float(np.abs(matrix).max())
    if np.abs(matrix - matrix.T).max() > ASYMMETRY_LIMIT * largest:
        raise NotApplicable("The kernel is not symmetric, so it defines no maximum margin.")
    return (matrix + matrix.T) / 2.0


def _features(kernel: Array) -> tuple[Array, tuple[str, ...]]:
    """Return rows (N, rank) whose inner products are the kernel, and notes on what was dropped."""
    eigenvalues, vectors = np.linalg.eigh(kernel)
    largest = float(eigenvalues[-1])
    smallest = float(eigenvalues[0])
    if largest <= 0.0:
        raise NotSeparable("The kernel is zero on these samples, so every predictor is zero.")
    if smallest < -ASYMMETRY_LIMIT * largest:
        raise NotApplicable(
            "The kernel is not positive semi-definite: its smallest eigenvalue is "
            f"{smallest:.3g} beside a largest of {largest:.3g}."
        )
    rounding = len(kernel) * float(np.finfo(np.float64).eps) * largest
    kept = eigenvalues > rounding
    notes: tuple[str, ...] = ()
    if not kept.all():
        notes = (
            f"{int((~kept).sum())} of {len(kernel)} eigenvalues of the kernel, the smallest "
            f"{smallest:.3g}, are zero to rounding and were left out.",
        )
    return vectors[:, kept] * np.sqrt(eigenvalues[kept]), notes


def _solved(
    kernel: Array, features: Array, labels: Array, notes: tuple[str, ...], title: str, started: float
) -> Reference:
    """Return the certified maximum margin of a kernel, (N, N), whose features are (N, rank), as a reference."""
    rows = labels[:, None] * features
    separated = separation(rows)
    scale = float(np.linalg.norm(rows, axis=1).max())
    gram = kernel * np.outer(labels, labels)
    # An eigenvalue is known to rounding only, so a margin to the square root of rounding.
    if separated.upper <= np.sqrt(len(rows) * np.finfo(np.float64).eps) * scale or separated.lower <= 0.0:
        if kernel_contradicts(gram, separated.dual):
            raise NotSeparable(
                "The kernel, as float64 holds it, does not separate the classes: no predictor gives every sample "
                "a positive margin. The usual reason are samples of different classes that coincide, or nearly so "
                "beside their lengths: remove them, or center the inputs."
            )
        raise NotSolved(
            "The kernel's margin, if there is one, is too small to certify: at most "
            f"{separated.upper:.3g} beside features of length {scale:.3g}. {REMEDY}"
        )
    exact = refined(gram, separated.dual)
    return Reference(
        kind="kernel-svm",
        title=title,
        norm="RKHS",
        value=exact.upper,
        lower=exact.lower,
        upper=exact.upper,
        solution=exact.dual * labels,
        dual=exact.dual,
        support=support_of(exact.dual),
        notes=notes,
        seconds=time.perf_counter() - started,
    )
