"""What computes the measurement."""

from __future__ import annotations

from typing import Any

from torch import Tensor


def participation(point: Any) -> Tensor:
    """Return ||theta||_1^2 / (P ||theta||_2^2) (K,) of the parameters (K, P)."""
    theta: Tensor = point.theta
    return theta.abs().sum(1).square() / (theta.shape[1] * theta.square().sum(1))
