"""Decompositions of many matrices at once; the values of one that is not finite are NaN, and no error."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

LinAlgError: type[RuntimeError] = torch.linalg.LinAlgError  # type: ignore[attr-defined]


class Svd(NamedTuple):
    """U (..., m, k), the singular values (..., k), largest first, and V^T (..., k, n)."""

    left: Tensor
    values: Tensor
    right: Tensor


def svd(matrices: Tensor) -> Svd:
    """Return the reduced singular value decompositions of matrices (..., m, n)."""
    return Svd(*_decomposed(lambda finite: tuple(torch.linalg.svd(finite, full_matrices=False)), matrices))


def singular_values(matrices: Tensor) -> Tensor:
    """Return the singular values (..., k), largest first, of matrices (..., m, n)."""
    (values,) = _decomposed(lambda finite: (torch.linalg.svdvals(finite),), matrices)
    return values


def eigh(matrices: Tensor) -> tuple[Tensor, Tensor]:
    """Return the eigenvalues (..., n), smallest first, and eigenvectors of symmetric matrices (..., n, n)."""
    values, vectors = _decomposed(lambda finite: tuple(torch.linalg.eigh(finite)), matrices)
    return values, vectors


def _decomposed(decompose: Callable[[Tensor], tuple[Tensor, ...]], matrices: Tensor) -> tuple[Tensor, ...]:
    """Return what a decomposition gives; it fails where one matrix is not finite, and is done again without it.

    To look at every matrix beforehand would make a graphics card wait at every step.
    """
    try:
        return decompose(matrices)
    except LinAlgError:
        finite = torch.isfinite(matrices).flatten(-2).all(-1)
        if bool(finite.all()):
            raise
    parts = decompose(torch.where(finite[..., None, None], matrices, 0.0))
    return tuple(torch.where(finite[(..., *[None] * (p.dim() - finite.dim()))], p, math.nan) for p in parts)
