"""What the training loop asks of an optimizer: a direction from the normalised gradient, in its own geometry."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

State = dict[str, Tensor]
"""Everything of a run that changes from step to step, by name; the first axis is the replica's."""


class Optimizer(Protocol):
    """Turns the normalised gradient ghat = -grad L / S (R, P) into a direction (R, P); theta += a * direction."""

    gradient_units: bool
    """Whether the direction is in units of ghat, so that a constant learning rate eta means a = eta S."""
    norm_name: str
    """The geometry: which margin grows."""
    full_batch: bool

    def initial_state(self, theta: Tensor) -> State:
        """Return what it keeps, before the first step."""

    def direction(self, ghat: Tensor, log_weight: Tensor, state: State) -> Tensor:
        """Return the direction and advance the state; log_weight (R,) is log S in the units of the loss's reduction."""

    def norm(self, theta: Tensor) -> Tensor:
        """Return ||theta|| (R,) in its geometry."""

    def dual_norm(self, ghat: Tensor) -> Tensor:
        """Return ||ghat||_* (R,)."""
