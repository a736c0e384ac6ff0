"""The spectrum of the tangent kernel: its leading eigenvalues, and how many directions it effectively has."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from .base import Measurement, estimate
from .kernel_now import KernelNow
from .record_point import RecordPoint

LEADING = 8
"""Eigenvalues that are recorded."""


def spectrum(now: KernelNow) -> Measurement:
    """Measure the leading eigenvalues and exp of the entropy of all, normalised to sum 1.

    Source: Roy & Vetterli 2007 (effective rank).
    """
    leading = min(LEADING, now.count)
    names = tuple(f"ntk_eigenvalue.{k + 1}" for k in range(leading))

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        kernel = now.at(point)
        finite = torch.isfinite(kernel).flatten(1).all(1)
        values = torch.linalg.eigvalsh(torch.where(finite[:, None, None], kernel, 0.0))
        rounding = now.count * torch.finfo(values.dtype).eps * values[:, -1:]
        values = torch.where(values > rounding, values, 0.0)
        values = torch.where(finite.unsqueeze(1), values, torch.nan)
        largest = values[:, -leading:].flip(1)
        return dict(zip(names, largest.unbind(1), strict=True)) | {
            "ntk_effective_rank": effective_rank(values)
        }

    # measured on one core: as much as 0.6 multiply-adds for each of n^3
    solving = now.problem.replicas * (2e5 + 0.6 * now.count**3)
    return Measurement(
        (*names, "ntk_effective_rank"), measure, now.work + estimate(15, 0) + solving, note=now.note
    )


def effective_rank(values: Tensor) -> Tensor:
    """Return exp(-sum_i p_i log p_i) (R,) with p = lambda/sum lambda, from eigenvalues (R, n) of at least 0."""
    shares = values / values.sum(1, keepdim=True)
    rank: Tensor = torch.special.entr(shares).sum(1).exp()
    return rank
