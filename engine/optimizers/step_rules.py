"""How far a step goes: a in theta += a * direction, one value a replica.

With ghat = -grad L / S the true learning rate is eta = a / S, so log eta = log a - log S.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from .base import State


@dataclass(frozen=True)
class Situation:
    """What a rule may look at before a step.

    norm, dual_norm, log_weight (R,); `log_units` is log of what the reduction divides by (0 for a sum, log N
    or log B for a mean); `curvature` measures B^2 = max_n ||grad q_n||_*^2 at the current parameters when called.
    """

    step: int
    norm: Tensor
    dual_norm: Tensor
    log_weight: Tensor
    log_units: float
    curvature: CurvatureMeasure


class CurvatureMeasure(Protocol):
    """Measures B^2 (R,) at the current parameters."""

    def __call__(self) -> Tensor:
        """Return B^2."""


class StepRule(Protocol):
    """Decides a (R,)."""

    def initial_state(self, theta: Tensor) -> State:
        """Return what it keeps, before the first step."""

    def size(self, now: Situation, state: State) -> Tensor:
        """Return a (R,) and advance the state."""


class SafeStep:
    """a = min(c / B^2, kappa ||theta|| / ||ghat||_*); between its refreshes B^2 is rescaled by ||theta||^(2L-2).

    Source: theory section 0.1; under it the smoothed margin of gradient descent does not decrease.
    """

    def __init__(self, c: Tensor, kappa: Tensor, refresh: int, degree: float | None) -> None:
        self._c, self._kappa, self._degree = c, kappa, degree
        # without a degree there is no rescaling, and five steps are as far as an old bound can be trusted
        self._refresh = refresh if degree is not None else min(refresh, 5)

    def initial_state(self, theta: Tensor) -> State:
        """Return room for B^2 and the norm it was measured at."""
        zeros = torch.zeros(theta.shape[0], dtype=theta.dtype, device=theta.device)
        return {"safe.curvature": zeros, "safe.norm": zeros.clone()}

    def size(self, now: Situation, state: State) -> Tensor:
        """Return a (R,)."""
        curvature, measured_at = state["safe.curvature"], state["safe.norm"]
        if now.step % self._refresh == 0:
            curvature.copy_(now.curvature())
            measured_at.copy_(now.norm)
        bound = curvature
        if self._degree is not None and self._degree != 1:
            bound = curvature * (now.norm / measured_at).pow(2 * self._degree - 2)
        cap = torch.where(now.norm > 0, self._kappa * now.norm / now.dual_norm, math.inf)  # 0 has no scale
        # without any gradient both are infinite, and nothing moves
        return torch.minimum(self._c / bound, cap).nan_to_num(nan=0.0, posinf=0.0)


class ConstantStep:
    """A constant learning rate eta: a = eta S for gradient steps (S over N or B for a mean), a = eta for Adam's."""

    def __init__(self, eta: Tensor, gradient_units: bool) -> None:
        self._eta, self._gradient_units = eta, gradient_units

    def initial_state(self, theta: Tensor) -> State:
        """Return no state."""
        return {}

    def size(self, now: Situation, state: State) -> Tensor:
        """Return a (R,)."""
        if not self._gradient_units:
            return self._eta
        return (self._eta.log() + now.log_weight - now.log_units).exp()


class NormalisedStep:
    """A constant a: theta += a ghat, that is eta = a / S."""

    def __init__(self, a: Tensor) -> None:
        self._a = a

    def initial_state(self, theta: Tensor) -> State:
        """Return no state."""
        return {}

    def size(self, now: Situation, state: State) -> Tensor:
        """Return a (R,)."""
        return self._a


class LossBasedStep:
    """eta = alpha / L(last epoch), both in the loss's reduction; alpha grows and shrinks with success.

    The training loop undoes epochs that did not lower the loss; `judge` adapts alpha. Source: Lyu & Li 2020, appendix.
    """

    patience = 400
    """Attempts at one epoch before the run ends: by then alpha has shrunk by down^400."""

    def __init__(self, alpha: Tensor, up: Tensor, down: Tensor) -> None:
        self._alpha, self._log_up, self._log_down = alpha, up.log(), down.log()

    def initial_state(self, theta: Tensor) -> State:
        """Return log alpha, and room for the log of the last epoch's loss in the loss's own reduction."""
        return {
            "loss_based.log_alpha": self._alpha.log().clone(),
            "loss_based.log_mean_loss": torch.zeros_like(self._alpha),
        }

    def size(self, now: Situation, state: State) -> Tensor:
        """Return a (R,)."""
        return (
            state["loss_based.log_alpha"] - state["loss_based.log_mean_loss"] + now.log_weight - now.log_units
        ).exp()

    def judge(self, state: State, lowered: Tensor, open_: Tensor) -> None:
        """Raise alpha where the epoch lowered the loss, lower it where not; only replicas still open (R,) change."""
        change = torch.where(lowered, self._log_up, -self._log_down)
        state["loss_based.log_alpha"].add_(torch.where(open_, change, 0.0))


def log_reduction(reduction: str, count: int) -> float:
    """Return the log of what a reduction divides by: 0 for a sum, log count for a mean."""
    return math.log(count) if reduction == "mean" else 0.0
