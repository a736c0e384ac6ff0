"""Gradient descent with momentum, in log-domain units."""

from __future__ import annotations

import torch
from torch import Tensor

from .base import Direction, Pull, State
from .geometry import Geometry
from .memory import nothing_yet, rescaled

MEMORY, SCALE = "momentum.memory", "momentum.log_scale"


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

    def initial_state(self, theta: Tensor) -> State:
        """Return an empty memory and its log-scale."""
        return {MEMORY: torch.zeros_like(theta), SCALE: nothing_yet(theta)}

    def direction(self, pull: Pull, state: State) -> Direction:
        """Return m, or beta m + gradient, in units of e^s."""
        log_weight = torch.zeros_like(pull.log_weight) if self._normalised else pull.log_weight
        vector, log_scale = remembered(pull.gradient, log_weight, self._beta, self._nesterov, state)
        return Direction(vector, pull.log_weight if self._normalised else log_scale)


def remembered(
    gradient: Tensor, log_weight: Tensor, beta: Tensor, nesterov: bool, state: State
) -> tuple[Tensor, Tensor]:
    """Add a gradient to the memory; return m, or beta m + gradient (R, P), and the log of its unit (R,)."""
    entered = rescaled(gradient, log_weight, state[SCALE], beta.log())
    decay = beta.unsqueeze(1)
    memory = state[MEMORY].mul_(entered.kept(decay)).add_(entered.gradient)
    return (memory * decay + entered.gradient if nesterov else memory.clone()), entered.log_scale
