"""Gradient descent with momentum, in log-domain units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from .base import Direction, Pull
from .geometry import Geometry
from .memory import Memory
from .rescaling import nothing_yet, rescaled


@dataclass
class MomentumMemory(Memory):
    """The gradients so far (R, P) in units of e^s, and s (R,)."""

    gradients: Annotated[Tensor, "momentum.memory"]
    log_scale: Annotated[Tensor, "momentum.log_scale"]

    @classmethod
    def empty(cls, theta: Tensor) -> MomentumMemory:
        """Return one that holds nothing."""
        return cls(torch.zeros_like(theta), nothing_yet(theta))


class Momentum:
    """m <- beta m + gradient; along m (Polyak's heavy ball), or beta m + gradient (Nesterov's look-ahead).

    With `normalised`, m adds up normalised gradients ghat, as Ji, Srebro & Telgarsky 2021 do, and nothing underflows.
    """

    full_batch = True
    gradient_like = True

    def __init__(self, geometry: Geometry, beta: Tensor, nesterov: bool, normalised: bool = False) -> None:
        """Take one value of beta per replica (R,)."""
        self.geometry = geometry
        self._beta, self._nesterov, self._normalised = beta, nesterov, normalised

    @property
    def stability_line(self) -> Tensor:
        """Return the largest eta lambda (R,) at which it is stable on (lambda/2) x^2 (Cohen et al. 2021).

        With z = eta lambda steps multiply (x, m) by a matrix of characteristic polynomial r^2 - (1 + beta - z) r + beta
        (heavy ball) or r^2 - (1 + beta)(1 - z) r + beta (1 - z) (Nesterov), which has the root -1 at this z.
        """
        line = 2 + 2 * self._beta
        return line / (1 + 2 * self._beta) if self._nesterov else line

    def initial_memory(self, theta: Tensor) -> MomentumMemory:
        """Return an empty memory."""
        return MomentumMemory.empty(theta)

    def direction(self, pull: Pull, memory: MomentumMemory) -> Direction:
        """Return m, or beta m + gradient, in units of e^s."""
        log_weight = torch.zeros_like(pull.log_weight) if self._normalised else pull.log_weight
        vector, log_scale = remembered(pull.gradient, log_weight, self._beta, self._nesterov, memory)
        return Direction(vector, pull.log_weight if self._normalised else log_scale)


def remembered(
    gradient: Tensor, log_weight: Tensor, beta: Tensor, nesterov: bool, memory: MomentumMemory
) -> tuple[Tensor, Tensor]:
    """Add a gradient to the memory; return m, or beta m + gradient (R, P), and the log of its unit (R,)."""
    entered = rescaled(gradient, log_weight, memory.log_scale, beta.log())
    decay = beta.unsqueeze(1)
    gradients = memory.gradients.mul_(entered.kept(decay)).add_(entered.gradient)
    return (gradients * decay + entered.gradient if nesterov else gradients.clone()), entered.log_scale
