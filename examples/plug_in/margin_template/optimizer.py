"""What computes the optimizer. `pull.gradient` is in units of its own, so that one of 1e-1000 is still a gradient."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class SignMomentum:
    """m <- beta m + (1 - beta) gradient; along sign(m)."""

    def __init__(self, beta: Tensor) -> None:
        self.beta = beta  # (R,)

    def memory(self, theta: Tensor) -> dict[str, Tensor]:
        """Return what is kept from step to step: stored in snapshots, and there again when a run goes on."""
        return {"momentum": torch.zeros_like(theta)}

    def direction(self, pull: Any, memory: dict[str, Tensor]) -> Tensor:
        """Return where to go (R, P); a step is the step rule's eta times it."""
        beta = self.beta.unsqueeze(1)
        memory["momentum"] = beta * memory["momentum"] + (1 - beta) * pull.gradient
        return memory["momentum"].sign()
