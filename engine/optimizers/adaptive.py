"""Optimizers that divide every coordinate by the size of its own gradients, in log-domain units."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from .base import Direction, Pull
from .geometry import Geometry
from .memory import Memory
from .rescaling import nothing_yet, rescaled, squarable
from .step_numbers import given


@dataclass
class AdamMemory(Memory):
    """m and v (R, P) in units of e^s and e^2s, s (R,), beta1^t and beta2^t (R,), the step of the handover (R,)."""

    first: Annotated[Tensor, "adam.first"]
    second: Annotated[Tensor, "adam.second"]
    log_scale: Annotated[Tensor, "adam.log_scale"]
    power1: Annotated[Tensor, "adam.power1"]
    power2: Annotated[Tensor, "adam.power2"]
    handover: Annotated[Tensor, "event.handover"]

    @property
    def events(self) -> dict[str, Tensor]:
        """Return the handover."""
        return {"handover": self.handover}


class Adam:
    """Adam: m <- beta1 m + (1-beta1) g, v <- beta2 v + (1-beta2) g^2, direction mhat / (sqrt(vhat) + epsilon).

    g = S ghat underflows long before the direction does, so m and v are held in units of e^s and e^2s. epsilon enters
    as e^(log epsilon - s), and 0/0 is 0. With decay (AdamW) theta loses eta * decay of itself as well.
    The event `handover` is the first step at which every sqrt(vhat) is below epsilon, from where on it is gradient
    descent. Source: Kingma & Ba 2015; Loshchilov & Hutter 2019; theory section 9.1.
    """

    gradient_like = False
    full_batch = True

    def __init__(
        self, geometry: Geometry, beta1: Tensor, beta2: Tensor, epsilon: Tensor, decay: Tensor | None = None
    ) -> None:
        """Take one value per replica, each (R,)."""
        self.geometry = geometry
        self._beta1, self._beta2, self._decay = beta1, beta2, decay
        self._log_epsilon = epsilon.log()

    def initial_memory(self, theta: Tensor) -> AdamMemory:
        """Return zero moments, their log-scale, the powers of beta for the bias correction, and no handover."""
        ones = torch.ones(theta.shape[0], dtype=theta.dtype, device=theta.device)
        return AdamMemory(
            first=torch.zeros_like(theta),
            second=torch.zeros_like(theta),
            log_scale=nothing_yet(theta),
            power1=ones.clone(),
            power2=ones.clone(),
            handover=torch.full_like(ones, -1, dtype=torch.int64),
        )

    def direction(self, pull: Pull, memory: AdamMemory) -> Direction:
        """Return mhat / (sqrt(vhat) + epsilon), less decay * theta."""
        entered = rescaled(
            *squarable(pull.gradient, pull.log_weight), memory.log_scale, 0.5 * self._beta2.log()
        )
        beta1, beta2 = self._beta1.unsqueeze(1), self._beta2.unsqueeze(1)
        first, second = memory.first, memory.second
        first.mul_(entered.kept(beta1)).add_(entered.gradient * (1 - beta1))
        second.mul_(entered.kept(beta2, 2)).add_(entered.gradient.square() * (1 - beta2))
        memory.power1.mul_(self._beta1)
        memory.power2.mul_(self._beta2)
        mean = first / (1 - memory.power1).unsqueeze(1)
        root = (second / (1 - memory.power2).unsqueeze(1)).sqrt()
        epsilon = (self._log_epsilon - entered.log_scale).exp()
        self._note_handover(pull.step, root.amax(1) < epsilon, memory)
        denominator = root + epsilon.unsqueeze(1)
        vector = torch.where(denominator > 0, mean / denominator, 0.0)
        if self._decay is not None:
            vector = vector - self._decay.unsqueeze(1) * pull.theta
        return Direction(vector, torch.zeros_like(pull.log_weight))

    def _note_handover(self, step: int, below: Tensor, memory: AdamMemory) -> None:
        when = memory.handover
        when.copy_(torch.where((when < 0) & below, given(step, int, when.dtype), when))


@dataclass
class ConditionedMemory(Memory):
    """v (R, P) in units of e^2s, s (R,), and h/max(h) (R, P)."""

    squares: Annotated[Tensor, "conditioned.squares"]
    log_scale: Annotated[Tensor, "conditioned.log_scale"]
    h: Annotated[Tensor, "conditioner"]

    @property
    def conditioner(self) -> Tensor:
        """Return h/max(h)."""
        return self.h


class Conditioned:
    """AdaGrad and RMSProp: h g with h = (epsilon + v)^(-1/2), v the sum or the moving average of g^2.

    v is held in units of e^2s. The direction is h/max(h) ghat, whose unit is S max(h), so that the normalised rule
    steps along it whatever the loss; h/max(h) is the metric in which the margin grows. Coordinates that nothing has
    pulled at do not count for the largest h, and have 0 themselves.
    Source: Wang et al. 2021, whose epsilon stands under the root; theory section 9.1.
    """

    gradient_like = False
    full_batch = True

    def __init__(self, geometry: Geometry, epsilon: Tensor, beta2: Tensor | None = None) -> None:
        """Take one value per replica, each (R,); no beta2: squares add up for ever."""
        self.geometry = geometry
        self._log_epsilon, self._beta2 = epsilon.log(), beta2

    def initial_memory(self, theta: Tensor) -> ConditionedMemory:
        """Return an empty sum of squares and the metric that is none yet."""
        return ConditionedMemory(torch.zeros_like(theta), nothing_yet(theta), torch.ones_like(theta))

    def direction(self, pull: Pull, memory: ConditionedMemory) -> Direction:
        """Return h/max(h) ghat and log(S max(h))."""
        log_scale, squares = memory.log_scale, memory.squares
        log_decay = torch.zeros_like(log_scale) if self._beta2 is None else 0.5 * self._beta2.log()
        entered = rescaled(*squarable(pull.gradient, pull.log_weight), log_scale, log_decay)
        if self._beta2 is None:
            squares.mul_(entered.shrink.square()).add_(entered.gradient.square())
        else:
            beta2 = self._beta2.unsqueeze(1)
            squares.mul_(entered.kept(beta2, 2)).add_(entered.gradient.square() * (1 - beta2))
        # epsilon + v in units of whichever is larger
        unit = torch.maximum(2 * entered.log_scale, self._log_epsilon)
        total = squares * (2 * entered.log_scale - unit).exp().unsqueeze(1)
        total = total + (self._log_epsilon - unit).exp().unsqueeze(1)
        pulled = squares > 0
        least = torch.where(pulled, total, math.inf).amin(1, keepdim=True)
        memory.h.copy_(torch.where(pulled, (least / total).sqrt(), 0.0))
        log_largest = -0.5 * (least.squeeze(1).log() + unit)
        return Direction(memory.h * pull.gradient, pull.log_weight + log_largest)
