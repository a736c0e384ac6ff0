"""What the training loop asks of a stepper."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from ..optimizers import Optimizer
from ..run.iterate import Iterate
from ..run.next_step import NextStep
from ..run.state import RunState, StepperState
from ..run.step_monitor import StepMonitor


class Stepper(Protocol):
    """Moves an iterate on; everything that it keeps lives in the run's state."""

    optimizer: Optimizer
    sentence: str
    """Why there is no going on; '' where there is."""
    layout: str
    """How the work of a step is divided, for a run's record; '' where torch divides it."""
    threads: int
    """How many of this process's threads share it, beside torch's own."""

    def initial_state(self, theta: Tensor) -> StepperState:
        """Return what it keeps, before the first step."""

    def step(self, iterate: Iterate, step: int) -> int:
        """Move on from a step and return the step that was reached.

        Replicas whose state says that they are not alive stay where they are.
        """

    def advance(self, iterate: Iterate, step: int, last: int, monitor: StepMonitor) -> int:
        """Take one step or several, not beyond `last`, and let the monitor see what a full batch shows after each.

        Return the step that was reached.
        """

    def mean_gradient(self, step: int, state: RunState) -> Tensor | None:
        """Return ghat (R, P) averaged over the last steps; None where it is not kept, or before any."""

    def next_step(self, step: int, state: RunState) -> NextStep | None:
        """Return what decides how long the step from here is; None where no line says how long it may be."""


class OneByOne:
    """A stepper that takes one step at a time."""

    layout, threads = "", 1

    def step(self, iterate: Iterate, step: int) -> int:
        """Move on from a step and return the step that was reached."""
        raise NotImplementedError

    def advance(self, iterate: Iterate, step: int, last: int, monitor: StepMonitor) -> int:
        """Take one step, and let the monitor see what a full batch shows after it."""
        reached = self.step(iterate, step)
        if iterate.full_batch and reached != step:
            monitor.observe(reached, iterate)
        return reached
