"""Adam with its moments in log-domain units."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .base import State


class Adam:
    """Adam: m <- beta1 m + (1-beta1) g, v <- beta2 v + (1-beta2) g^2, direction mhat / (sqrt(vhat) + epsilon).

    g = S ghat underflows long before the direction does, so m and v are held in units of e^s and e^2s with a shared
    s <- max(log S, s + log(beta2)/2): rescaling only ever shrinks them. epsilon enters as e^(log epsilon - s), and 0/0
    is 0. Source: Kingma & Ba 2015; theory section 9.1.
    """

    gradient_units = False
    norm_name = "linf"
    full_batch = True

    def __init__(self, beta1: Tensor, beta2: Tensor, epsilon: Tensor) -> None:
        """Take one value per replica, each (R,)."""
        self._beta1, self._beta2 = beta1, beta2
        self._log_epsilon = epsilon.log()

    def initial_state(self, theta: Tensor) -> State:
        """Return zero moments, their log-scale, and the powers of beta for the bias correction."""
        ones = torch.ones(theta.shape[0], dtype=theta.dtype, device=theta.device)
        return {
            "adam.first": torch.zeros_like(theta),
            "adam.second": torch.zeros_like(theta),
            "adam.log_scale": ones * -math.inf,
            "adam.power1": ones.clone(),
            "adam.power2": ones.clone(),
        }

    def direction(self, ghat: Tensor, log_weight: Tensor, state: State) -> Tensor:
        """Return mhat / (sqrt(vhat) + epsilon) (R, P)."""
        first, second = state["adam.first"], state["adam.second"]
        before = state["adam.log_scale"]
        scale = torch.maximum(log_weight, before + 0.5 * self._beta2.log())
        shrink = torch.where(before == -math.inf, 0.0, (before - scale).exp()).unsqueeze(1)
        gradient = ghat * (log_weight - scale).exp().unsqueeze(1)
        beta1, beta2 = self._beta1.unsqueeze(1), self._beta2.unsqueeze(1)
        first.mul_(shrink * beta1).add_(gradient * (1 - beta1))
        second.mul_(shrink.square() * beta2).add_(gradient.square() * (1 - beta2))
        before.copy_(scale)
        state["adam.power1"].mul_(self._beta1)
        state["adam.power2"].mul_(self._beta2)
        mean = first / (1 - state["adam.power1"]).unsqueeze(1)
        root = (second / (1 - state["adam.power2"]).unsqueeze(1)).sqrt()
        denominator = root + (self._log_epsilon - scale).exp().unsqueeze(1)
        return torch.where(denominator > 0, mean / denominator, 0.0)

    def norm(self, theta: Tensor) -> Tensor:
        """Return ||theta||_inf (R,), the norm of its limit without epsilon."""
        norm: Tensor = torch.linalg.vector_norm(theta, ord=math.inf, dim=1)
        return norm

    def dual_norm(self, ghat: Tensor) -> Tensor:
        """Return ||ghat||_1 (R,)."""
        norm: Tensor = torch.linalg.vector_norm(ghat, ord=1, dim=1)
        return norm
