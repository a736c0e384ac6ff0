"""How far a step goes: a in theta += a * direction, one value a replica.

With ghat = -grad L / S the true learning rate of gradient descent is eta = a / S, so log eta = log a - log S.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import torch
from torch import Tensor

from ..experiment.step_rules import LineSearchSpec, LossBasedSpec, trusted_for
from .base import M
from .memory import Memory
from .step_numbers import given


@dataclass(frozen=True)
class Situation:
    """What a rule may look at before a step.

    norm (R,) is ||theta|| in the optimizer's geometry; log_unit (R,) the log of the direction's unit. Two are worked
    out when called: `dual_norm` is ||ghat||_* (R,), `curvature` is B^2 = max_n ||grad q_n||_*^2 (R,). log_loss (R,) is
    that of the sum, log_weight (R,) is log S. With weight decay ghat and S are those of loss and decay, and `bound`
    takes B^2 to the bound of both.
    """

    step: int
    norm: Tensor
    log_unit: Tensor
    log_loss: Tensor | None
    log_weight: Tensor
    dual_norm: Quantity
    curvature: Quantity
    bound: Callable[[Tensor], Tensor] | None = None
    """None without decay."""


class Quantity(Protocol):
    """Measures a number (R,) at the current parameters."""

    def __call__(self) -> Tensor:
        """Return it."""


class StepRuleOf(Protocol[M]):
    """Decides a (R,)."""

    @property
    def period(self) -> int:
        """Return after how many steps the same is done again, numbers apart that `given` gives."""

    def initial_memory(self, theta: Tensor) -> M:
        """Return what it keeps, before the first step."""

    def size(self, now: Situation, memory: M) -> Tensor:
        """Return a (R,) and write into the memory."""


StepRule = StepRuleOf[Any]
"""A step rule with whatever memory it has."""


@dataclass
class SafeMemory(Memory):
    """B^2 (R,) and the norm (R,) it was measured at."""

    curvature: Annotated[Tensor, "safe.curvature"]
    norm: Annotated[Tensor, "safe.norm"]


class SafeStep:
    """a = min(c / B^2, kappa ||theta|| / ||ghat||_*); between its refreshes B^2 is rescaled by ||theta||^(2L-2).

    Norms are those of the geometry. Source: theory section 0.1; under it the smoothed margin of gradient descent does
    not decrease.
    """

    def __init__(self, c: Tensor, kappa: Tensor, refresh: int, degree: float | None) -> None:
        self._c, self._kappa, self._degree = c, kappa, degree
        self.period = trusted_for(refresh, degree)

    def initial_memory(self, theta: Tensor) -> SafeMemory:
        """Return room for B^2 and the norm it was measured at."""
        zeros = torch.zeros(theta.shape[0], dtype=theta.dtype, device=theta.device)
        return SafeMemory(zeros, zeros.clone())

    def size(self, now: Situation, memory: SafeMemory) -> Tensor:
        """Return a (R,)."""
        curvature, measured_at = memory.curvature, memory.norm
        if now.step % self.period == 0:
            curvature.copy_(now.curvature())
            measured_at.copy_(now.norm)
        bound = curvature
        if self._degree is not None and self._degree != 1:
            bound = curvature * (now.norm / measured_at).pow(2 * self._degree - 2)
        if now.bound is not None:
            bound = now.bound(bound)
        cap = torch.where(now.norm > 0, self._kappa * now.norm / now.dual_norm(), math.inf)  # 0 has no scale
        # without any gradient both are infinite, and nothing moves
        return torch.minimum(self._c / bound, cap).nan_to_num(nan=0.0, posinf=0.0)


class ConstantStep:
    """A learning rate eta (t + 1)^-exponent: a is that times the direction's unit, for gradient descent eta S.

    The exponent 0 is a constant one. Source: theory section 0.1; Zhang, Zou & Cao 2024 for exponents above 0.
    """

    period = 1

    def __init__(self, eta: Tensor, exponent: Tensor | None = None) -> None:
        self._log_eta, self._exponent = eta.log(), exponent

    def initial_memory(self, theta: Tensor) -> Memory:
        """Return nothing to remember."""
        return Memory()

    def size(self, now: Situation, memory: Memory) -> Tensor:
        """Return a (R,)."""
        log_size = self._log_eta + now.log_unit
        if self._exponent is not None:
            log_size = log_size - self._exponent * given(now.step, _log_of_next, log_size.dtype)
        return log_size.exp()


def _log_of_next(step: int) -> float:
    return math.log(step + 1)


class NormalisedStep:
    """A length a (t + 1)^-exponent: theta += that * direction whatever its unit; for gradient descent eta = a / S.

    The exponent 0 is a constant one. Source: theory section 0.1; Chizat & Bach 2020 for exponents above 0.
    """

    period = 1

    def __init__(self, a: Tensor, exponent: Tensor) -> None:
        self._a = a
        self._exponent = exponent if exponent.any() else None

    def initial_memory(self, theta: Tensor) -> Memory:
        """Return nothing to remember."""
        return Memory()

    def size(self, now: Situation, memory: Memory) -> Tensor:
        """Return a (R,)."""
        if self._exponent is None:
            return self._a
        return self._a * (-self._exponent * given(now.step, _log_of_next, self._a.dtype)).exp()


class TheoryStep:
    """eta = a0 / kappa(L): a = a0 S / kappa(L), kappa(x) = x (log 1/x)^(2 - 2/L) up to e^(2/L - 2), constant beyond.

    For small losses, where S = L, a = a0 / (log 1/L)^(2 - 2/L). Source: Lyu & Li 2020, (S5) and appendix.
    """

    period = 1

    def __init__(self, a0: Tensor, degree: float) -> None:
        self._a0, self._power = a0, 2 - 2 / degree

    def initial_memory(self, theta: Tensor) -> Memory:
        """Return nothing to remember."""
        return Memory()

    def size(self, now: Situation, memory: Memory) -> Tensor:
        """Return a (R,)."""
        assert now.log_loss is not None
        # kappa is increasing up to there; beyond it stays at its largest value
        log_x = now.log_loss.clamp(max=-self._power)
        power = self._power * (-log_x).log() if self._power else 0.0
        return (self._a0.log() + now.log_weight - log_x - power).exp()


@dataclass
class LossBasedMemory(Memory):
    """log alpha (R,), and the log of the last epoch's loss (R,) in the loss's own reduction."""

    log_size: Annotated[Tensor, "loss_based.log_alpha"]
    log_loss: Annotated[Tensor, "loss_based.log_mean_loss"]


class LossBasedStep:
    """eta = alpha / L(last epoch), both in the loss's reduction; alpha grows and shrinks with success.

    Whole epochs are undone where they did not lower the loss. Source: Lyu & Li 2020, appendix.
    """

    patience = LossBasedSpec.attempts

    def __init__(self, alpha: Tensor, up: Tensor, down: Tensor) -> None:
        self._alpha, self._log_up, self._log_down = alpha, up.log(), down.log()

    def initial_memory(self, theta: Tensor) -> LossBasedMemory:
        """Return log alpha, and room for the log of the last epoch's loss."""
        return LossBasedMemory(self._alpha.log().clone(), torch.zeros_like(self._alpha))

    def begin(self, log_loss: Tensor, memory: LossBasedMemory) -> None:
        """Keep the log loss (R,) that the learning rate is divided by."""
        memory.log_loss.copy_(log_loss)

    def size(self, now: Situation, memory: LossBasedMemory) -> Tensor:
        """Return a (R,)."""
        return (memory.log_size - memory.log_loss + now.log_unit).exp()

    def judge(self, memory: LossBasedMemory, lowered: Tensor, open_: Tensor) -> None:
        """Raise alpha where the epoch lowered the loss, lower it where not; only replicas still open (R,) change."""
        change = torch.where(lowered, self._log_up, -self._log_down)
        memory.log_size.add_(torch.where(open_, change, 0.0))


@dataclass
class LineSearchMemory(Memory):
    """log a (R,)."""

    log_size: Annotated[Tensor, "line_search.log_a"]


class LineSearchStep:
    """theta += a * direction with an a that grows after every success; a failed step is undone and taken shorter.

    a is in units of the normalised gradient. Source: after Lyu & Li 2020, appendix, one step at a time.
    """

    patience = LineSearchSpec.attempts

    def __init__(self, a: Tensor, up: Tensor, down: Tensor) -> None:
        self._a, self._log_up, self._log_down = a, up.log(), down.log()

    def initial_memory(self, theta: Tensor) -> LineSearchMemory:
        """Return log a."""
        return LineSearchMemory(self._a.log().clone())

    def begin(self, log_loss: Tensor, memory: LineSearchMemory) -> None:
        """Need nothing of the loss."""

    def size(self, now: Situation, memory: LineSearchMemory) -> Tensor:
        """Return a (R,)."""
        return memory.log_size.exp()

    def judge(self, memory: LineSearchMemory, lowered: Tensor, open_: Tensor) -> None:
        """Raise a where the step lowered the loss, lower it where not; only replicas still open (R,) change."""
        change = torch.where(lowered, self._log_up, -self._log_down)
        memory.log_size.add_(torch.where(open_, change, 0.0))


Attempted = LossBasedStep | LineSearchStep
"""Rules whose steps are undone, and taken again shorter, where the loss did not fall.

`patience` is the number of attempts after which the run ends; `log_size` is where the memory keeps the log of what
grows and shrinks; `begin` is told the log loss (R,) that is to be lowered, in the loss's own reduction.
"""


def log_reduction(reduction: str, count: int) -> float:
    """Return the log of what a reduction divides by: 0 for a sum, log count for a mean."""
    return math.log(count) if reduction == "mean" else 0.0
