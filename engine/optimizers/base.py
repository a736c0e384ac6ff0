"""What the training loop asks of an optimizer: a direction from the normalised gradient, in its own geometry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from torch import Tensor

from .geometry import Geometry
from .memory import Memory

M = TypeVar("M", bound=Memory)


@dataclass(frozen=True)
class Pull:
    """What pulls at the parameters before a step.

    gradient (R, P): the normalised gradient ghat = -grad L / S; log_weight (R,): log S in the units of the loss's
    reduction, so that exp(log_weight) ghat is the negative gradient that a learning rate multiplies.
    """

    step: int
    theta: Tensor
    gradient: Tensor
    log_weight: Tensor


@dataclass(frozen=True)
class Direction:
    """Where an optimizer points: `vector` (R, P) in units of exp(log_unit), log_unit (R,).

    A learning rate eta moves theta by eta exp(log_unit) vector: for gradient descent log_unit is log S; what does not
    depend on the gradient's size has 0. `move` takes the step where theta does not move along the vector itself.
    """

    vector: Tensor
    log_unit: Tensor
    move: Move | None = None


class Move(Protocol):
    """Takes a step of sizes (R,) along a vector (R, P), and writes theta (R, P)."""

    def __call__(self, theta: Tensor, size: Tensor, vector: Tensor) -> None:
        """Write theta; of a size of 0 it stays as it is."""


class OptimizerOf(Protocol[M]):
    """Turns the normalised gradient into a direction; theta += a * direction.vector."""

    @property
    def geometry(self) -> Geometry:
        """Return the norm in which it descends, or tends to: which margin grows."""

    @property
    def gradient_like(self) -> bool:
        """Say whether it follows the gradient itself, so that its learning rates add up to gradient flow's time."""

    @property
    def full_batch(self) -> bool:
        """Say whether every step sees the whole training set."""

    def initial_memory(self, theta: Tensor) -> M:
        """Return what it keeps, before the first step."""

    def direction(self, pull: Pull, memory: M) -> Direction:
        """Return the direction and write into the memory."""


Optimizer = OptimizerOf[Any]
"""An optimizer with whatever memory it has."""
