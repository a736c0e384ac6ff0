"""Steepest descent: the direction of unit norm that lowers the loss fastest, times the gradient's dual norm."""

from __future__ import annotations

import torch
from torch import Tensor

from .base import State


class SteepestL2:
    """Gradient descent: the l2 geometry, in which the steepest direction is the gradient itself.

    Source: Lyu & Li 2020; Tsilivis et al. 2024, section 2.
    """

    gradient_units = True
    norm_name = "l2"

    def __init__(self, full_batch: bool = True) -> None:
        self.full_batch = full_batch

    def initial_state(self, theta: Tensor) -> State:
        """Return no state."""
        return {}

    def direction(self, ghat: Tensor, log_weight: Tensor, state: State) -> Tensor:
        """Return ghat."""
        return ghat

    def norm(self, theta: Tensor) -> Tensor:
        """Return ||theta||_2 (R,)."""
        norm: Tensor = torch.linalg.vector_norm(theta, dim=1)
        return norm

    def dual_norm(self, ghat: Tensor) -> Tensor:
        """Return ||ghat||_2 (R,)."""
        norm: Tensor = torch.linalg.vector_norm(ghat, dim=1)
        return norm
