"""What the training loop asks of a stepper."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from ..optimizers import Optimizer
from ..run.iterate import Iterate
from ..run.state import RunState, StepperState


class Stepper(Protocol):
    """Moves an iterate on; everything that it keeps lives in the run's state."""

    optimizer: Optimizer
    sentence: str
    """Why there is no going on; '' where there is."""

    def initial_state(self, theta: Tensor) -> StepperState:
        """Return what it keeps, before the first step."""

    def step(self, iterate: Iterate, step: int) -> int:
        """Move on from a step and return the step that was reached.

        Replicas whose state says that they are not alive stay where they are.
        """

    def mean_gradient(self, step: int, state: RunState) -> Tensor | None:
        """Return ghat (R, P) averaged over the last steps; None where it is not kept, or before any."""
