"""Gradients remembered in log-domain units: sums and averages of what underflows long before its ratios do.

A memory is kept in units of e^s, s <- max(log S, s + log decay): rescaling only ever shrinks it, so that nothing
overflows where a mini-batch's S swings, and nothing that matters underflows. Source: theory section 9.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..networks.lengths import power_of_two


@dataclass(frozen=True)
class Rescaled:
    """A gradient that is about to enter a memory: in its units, and what the memory shrinks by."""

    gradient: Tensor
    """(R, P) in units of e^s."""
    shrink: Tensor
    """e^(s before - s) (R, 1)."""
    log_scale: Tensor
    """s (R,)."""

    def kept(self, decay: Tensor, power: int = 1) -> Tensor:
        """Return what a memory in units of e^(power s) is multiplied by (R, 1), for a decay (R, 1) of one step."""
        # nothing is left of a memory without decay, however much its units shrank
        return torch.where(decay > 0, self.shrink.pow(power) * decay, 0.0)


def nothing_yet(theta: Tensor) -> Tensor:
    """Return the log-scale (R,) of a memory that holds nothing."""
    return torch.full((theta.shape[0],), -math.inf, dtype=theta.dtype, device=theta.device)


def squarable(gradient: Tensor, log_weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return e^log_weight gradient (R, P) in units in which its squares neither overflow nor vanish."""
    far = math.sqrt(math.sqrt(torch.finfo(gradient.dtype).max))
    largest = gradient.abs().amax(1)
    # to look costs less than to scale on a processor, and would make a graphics card wait
    if gradient.is_cpu and all(1 / far < value < far for value in largest.tolist()):
        return gradient, log_weight
    ordinary = (largest < far) & (largest > 1 / far)
    scale = torch.where(ordinary.unsqueeze(1), 1.0, power_of_two(gradient))
    return gradient / scale, log_weight + scale.squeeze(1).log()


def rescaled(gradient: Tensor, log_weight: Tensor, log_scale: Tensor, log_decay: Tensor) -> Rescaled:
    """Bring the gradient e^log_weight ghat (R, P) and a memory in units of e^log_scale to common units.

    `log_decay` (R,) is the log of what one step leaves of the memory, taken in units of the gradient: of an average
    of squares half of log beta2. `log_scale` is set to the new units.
    """
    scale = torch.maximum(log_weight, log_scale + log_decay)
    empty = log_scale == -math.inf
    shrink = torch.where(empty, 0.0, (log_scale - scale).exp()).unsqueeze(1)
    entered = gradient * (log_weight - scale).exp().unsqueeze(1)
    log_scale.copy_(scale)
    return Rescaled(entered, shrink, scale)
