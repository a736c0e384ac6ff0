"""Cai et al.'s polynomials of a run: how far a near-homogeneous network is from homogeneous, replica by replica."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class HomogeneityBounds:
    """The order M and the coefficients (R, M) of p' and p_a, term i that of ||theta||^i.

    Source: Cai et al. 2025, Def. 1; theory section 3. The coefficients come from `engine.experiment.structure.near`.
    """

    order: int
    defect: Tensor
    distance: Tensor

    def times(self, count: int) -> HomogeneityBounds:
        """Return those of all replicas, so many times after one another."""
        return HomogeneityBounds(self.order, self.defect.repeat(count, 1), self.distance.repeat(count, 1))

    def defect_at(self, norm: Tensor) -> Tensor:
        """Return p'(||theta||) for norms (..., R), a bound of |<grad f, theta> - M f|."""
        return _polynomial(self.defect, norm)

    def distance_at(self, norm: Tensor) -> Tensor:
        """Return p_a(||theta||) for norms (..., R), a bound of |f - f_H|."""
        return _polynomial(self.distance, norm)

    def modified_margin(self, log_loss: Tensor, norm: Tensor) -> Tensor:
        """Return (log(1/Loss) - p_a(||theta||)) / ||theta||^M, Loss the sum: it grows once it is positive."""
        return (-log_loss - self.distance_at(norm)) / norm.pow(self.order)


def _polynomial(coefficients: Tensor, norm: Tensor) -> Tensor:
    total = torch.zeros_like(norm)
    for i in range(coefficients.shape[1] - 1, -1, -1):
        total = total * norm + coefficients[:, i]
    return total
