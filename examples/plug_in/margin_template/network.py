"""The network itself: a plain torch module that knows nothing of the lab."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Gated(nn.Module):
    """f(x) = sum_j a_j relu(<u_j, x>) <v_j, x>: every unit's value passes a gate of its own."""

    def __init__(self, inputs: int, outputs: int, width: int) -> None:
        super().__init__()
        self.gate = nn.Linear(inputs, width, bias=False)
        self.value = nn.Linear(inputs, width, bias=False)
        self.output = nn.Linear(width, outputs, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs (N, C) at x (N, d)."""
        return self.output(torch.relu(self.gate(x)) * self.value(x))
