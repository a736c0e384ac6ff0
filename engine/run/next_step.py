"""The step that is taken from a record: how long it is, from what its rule remembers there, and how long it may be.

A record is measured when the step after it may not have been taken yet, or only within a compiled call. Its rule says
the same then as it says in the step itself, since nothing else decides.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..optimizers import Attempted, Optimizer, StepRule
from ..optimizers.decay import Decay, Decayed, log_objective
from ..optimizers.momentum import Momentum
from ..optimizers.steepest import Steepest


@dataclass(frozen=True, eq=False)
class NextStep:
    """The step from a record: its rule, with what the rule remembers there, and where its optimizer is stable."""

    rule: StepRule | Attempted
    memory: Any
    """A copy, which no later step writes into."""
    line: Tensor
    """The largest eta times curvature (R,) at which the optimizer is stable on a quadratic."""
    log_units: float
    """The log of what the reduction divides the loss of a step's samples by."""
    share: float = 1.0
    """Of all samples those that a step sees."""
    decay: Decay | None = None
    """Of the weights, in the loss; None: none."""
    log_part: float = 0.0
    """The log of the part of the decay that goes with the loss of a step's samples."""

    @classmethod
    def of(
        cls, optimizer: Optimizer, rule: StepRule | Attempted, memory: Any, like: Tensor, **said: Any
    ) -> NextStep | None:
        """Return what decides about the next step; None where no line is known.

        Args:
            optimizer: whose step it is.
            rule: its rule.
            memory: what the rule keeps.
            like: any tensor (R,) of the run.
            said: its other fields.
        """
        line = stability_line(optimizer, like)
        kept = _each(memory, lambda name: getattr(memory, name).clone())
        return None if line is None else cls(rule, kept, line, **said)

    def pull(self, theta: Tensor, gradient: Tensor, log_weight: Tensor) -> Decayed:
        """Return what pulls at theta (R, P), decay included, of ghat (R, P) and log S (R,) of the whole summed loss."""
        reduced = log_weight - self.log_units + math.log(self.share)
        if self.decay is None:
            return Decayed(gradient, reduced, torch.ones_like(reduced))
        return self.decay.pull(theta, gradient, reduced, self.log_part)

    def log_objective(self, log_loss: Tensor, theta: Tensor) -> Tensor:
        """Return the log (R,) of what a search lowers, of the log of the summed loss (R,) at theta (R, P)."""
        return log_objective(self.decay, log_loss, theta, self.log_units)

    def curvature(self, log_rate: Tensor, log_loss: Tensor, bend: Tensor) -> Tensor:
        """Return eta (R,) times the largest eigenvalue of the Hessian of what a step lowers.

        Args:
            log_rate: log eta (R,), of the loss that the step sees.
            log_loss: of the whole summed loss (R,).
            bend: the largest eigenvalue (R,) of its Hessian over it.
        """
        ahead = (log_rate + log_loss - self.log_units + math.log(self.share)).exp() * bend
        if self.decay is None:
            return ahead
        return ahead + (log_rate + self.decay.log_curvature + self.log_part).exp()

    def remembered_by_all(self, others: Sequence[NextStep]) -> Any:
        """Return the memories of some steps by the same rule as one, every tensor (R,) as (K, R)."""
        return _each(self.memory, lambda name: torch.stack([getattr(o.memory, name) for o in others]))


def stability_line(optimizer: Optimizer, like: Tensor) -> Tensor | None:
    """Return the largest eta lambda (R,) at which an optimizer is stable on (lambda/2) x^2; None: none is known.

    2 for gradient descent, 2 + 2 beta for the heavy ball, (2 + 2 beta)/(1 + 2 beta) for Nesterov's momentum. None for
    steps that gradients do not scale, or in other norms. Source: Cohen et al. 2021; theory section 11.
    """
    if isinstance(optimizer, Momentum):
        return optimizer.stability_line
    if isinstance(optimizer, Steepest) and optimizer.gradient_like:
        return torch.full_like(like, 2.0)
    return None


def _each(memory: Any, made: Callable[[str], Tensor]) -> Any:
    """Return a memory with every tensor made anew, by name."""
    if not dataclasses.is_dataclass(memory) or isinstance(memory, type):
        return memory
    return dataclasses.replace(memory, **{f.name: made(f.name) for f in dataclasses.fields(memory)})
