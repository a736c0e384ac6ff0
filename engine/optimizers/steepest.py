"""Steepest descent: along the direction of unit norm that lowers the loss fastest."""

from __future__ import annotations

import torch
from torch import Tensor

from .base import Direction, Pull
from .geometry import Geometry
from .memory import Memory


class Steepest:
    """The steepest direction of a geometry, in proportion to the gradient's dual norm or all of the same length.

    Source: Lyu & Li 2020 (l2); Tsilivis et al. 2024, section 2.
    """

    def __init__(self, geometry: Geometry, scaled: bool = True, full_batch: bool = True) -> None:
        self.geometry, self._scaled, self.full_batch = geometry, scaled, full_batch
        self.gradient_like = scaled and geometry.name == "l2"

    def initial_memory(self, theta: Tensor) -> Memory:
        """Return nothing to remember."""
        return Memory()

    def direction(self, pull: Pull, memory: Memory) -> Direction:
        """Return the steepest direction of the gradient, in its units; not scaled: of length 1, in none."""
        vector = self.geometry.steepest(pull.gradient, None)
        if self._scaled:
            return Direction(vector, pull.log_weight)
        length = self.geometry.dual_norm(pull.gradient, None).unsqueeze(1)
        unit = torch.where(length > 0, vector / length, 0.0)
        return Direction(unit, torch.zeros_like(pull.log_weight))
