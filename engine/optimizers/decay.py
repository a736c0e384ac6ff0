"""Weight decay: lambda/2 ||theta||^2 added to the loss, in units in which a loss of 1e-1000 is as good as 1."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..networks.lengths import length


@dataclass(frozen=True)
class Decayed:
    """A pull on the parameters, weight decay included.

    gradient (R, P): the negative gradient of loss and decay over S' = S + lambda; log_weight (R,): log S';
    share (R,): what the loss has of S'.
    """

    gradient: Tensor
    log_weight: Tensor
    share: Tensor


class Decay:
    """Adds lambda/2 ||theta||^2, lambda (R,), to the loss in its own reduction.

    With S the loss's weight, the negative gradient S ghat - lambda theta is S' = S + lambda times
    s ghat - (1 - s) theta, s = S/S' = sigmoid(log S - log lambda): far below 1e-300 the loss has no share, and the
    parameters shrink. Source: theory section 0.3.
    """

    def __init__(self, decay: Tensor) -> None:
        self._log = decay.log()

    @property
    def log_curvature(self) -> Tensor:
        """Return the log of its second derivative (R,), lambda, in every direction."""
        return self._log

    def pull(self, theta: Tensor, gradient: Tensor, log_weight: Tensor, log_part: float = 0.0) -> Decayed:
        """Return the pull at theta (R, P).

        Args:
            theta: the parameters.
            gradient: ghat (R, P) of the loss.
            log_weight: log S (R,) in the units of the loss that a step sees.
            log_part: the log of the part of the decay that goes with that loss, where it is a part of the whole.
        """
        log_decay = self._log + log_part
        ahead = log_weight - log_decay
        share, rest = torch.sigmoid(ahead), torch.sigmoid(-ahead)
        pulled = torch.addcmul(share.unsqueeze(1) * gradient, rest.unsqueeze(1), theta, value=-1)
        return Decayed(pulled, torch.logaddexp(log_weight, log_decay), share)

    def log_objective(self, log_loss: Tensor, theta: Tensor, log_units: float) -> Tensor:
        """Return the log of loss and decay (R,), as the loss's own summed over all samples, at theta (R, P).

        log_units: the log of what the loss's reduction divides the sum by.
        """
        log_decay = self._log - math.log(2) + 2 * length(theta).log()
        return torch.logaddexp(log_loss, log_decay + log_units)


def log_objective(decay: Decay | None, log_loss: Tensor, theta: Tensor, log_units: float) -> Tensor:
    """Return `Decay.log_objective`; without decay it is the log of the loss (R,) itself."""
    return log_loss if decay is None else decay.log_objective(log_loss, theta, log_units)


def bound_of_both(share: Tensor, widest: float) -> Callable[[Tensor], Tensor]:
    """Return what takes B^2 (R,) of the loss to the bound of loss and decay, in units of S'.

    The decay's curvature is lambda, and along a v with ||v|| = 1 at most lambda ||v||_2^2.
    """
    return lambda squares: share * squares + (1 - share) * widest


def whole_part(reduction: str, seen: int, samples: int) -> float:
    """Return the log of the part of the decay that goes with the loss of `seen` samples of all: of a sum its share."""
    return math.log(seen / samples) if reduction == "sum" else 0.0
