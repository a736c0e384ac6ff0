"""The state of a run: everything that changes from step to step, how it begins, is copied, put back and merged."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from torch import Tensor

from ..networks.lengths import unit
from ..optimizers.memory import Memory, flat
from ..protocol.records import TWIN

Saved = dict[str, Tensor]
"""A state's tensors by their names in snapshots."""


@dataclass
class StepperState:
    """What the stepper keeps."""

    optimizer: Memory
    rule: Any
    """The memory of the step rule or of the integrator, which alone know its fields."""
    average: Annotated[Tensor | None, "gradient_window"]
    """The ring of sums of ghat (R, slots, P); None where none is kept."""


@dataclass
class ScheduledRecord:
    """The last record of the schedule: its step, the step of the one before, its number, theta at both."""

    step: Annotated[Tensor, "record.step"]
    before: Annotated[Tensor, "record.before"]
    number: Annotated[Tensor, "record.number"]
    theta: Annotated[Tensor, "record.theta"]
    previous: Annotated[Tensor, "record.previous"]


@dataclass
class TwinState:
    """What the linearised twin keeps: its coefficients (R, N C), and its curve of margin over loss.

    The curve's rows are the network's log loss, the twin's log loss and the twin's margin (R, 3, capacity) at steps
    (R, capacity), of which the first `curve_size` (R,) are filled.
    """

    coefficients: Annotated[Tensor, TWIN]
    curve: Annotated[Tensor, "twin.curve"]
    curve_steps: Annotated[Tensor, "twin.curve_steps"]
    curve_size: Annotated[Tensor, "twin.curve_size"]


@dataclass
class RunState:
    """Everything of a run that changes from step to step; R replicas, P parameters.

    Tensors are written in place, since views of them are held elsewhere.
    """

    theta: Tensor
    """(R, P)."""
    direction: Tensor
    """theta/||theta|| (R, P)."""
    direction_path: Tensor
    """zeta (R,): the length of the direction's path."""
    step_size: Tensor
    """a (R,) of the last step."""
    log_learning_rate: Tensor
    log_time: Tensor
    """The log of the sum of learning rates (R,)."""
    alive: Tensor
    """Which replicas (R,) still train."""
    diverged: Annotated[Tensor, "event.diverged"]
    """The step (R,) at which a replica diverged; -1: it did not."""
    scheduled: ScheduledRecord
    stepper: StepperState
    happened: Annotated[dict[str, Tensor], "event"]
    """The step (R,) of what the monitor watches for, by the event's name; -1: not yet."""
    counters: Annotated[dict[str, Tensor], "counter"]
    """Decreases, and the worst relative drop (R,), of what should never fall."""
    watched: Annotated[dict[str, Tensor], "watch"]
    """The last value (R,) of what should never fall."""
    twin: TwinState | None = None

    @property
    def conditioner(self) -> Tensor | None:
        """Return h (R, P) of an optimizer that makes its own metric 1/h."""
        return self.stepper.optimizer.conditioner

    @property
    def others_events(self) -> dict[str, Tensor]:
        """Return the step (R,) of every event by name that is not the monitor's; -1: not yet."""
        return {"diverged": self.diverged, **self.stepper.optimizer.events}

    def tensors(self) -> Saved:
        """Return its own tensors by their names in snapshots."""
        return flat(self)

    def left_by_records(self) -> Saved:
        """Return those of its tensors that records write, and no step."""
        twin = {} if self.twin is None else flat(self.twin)
        return flat(self.scheduled) | {name: tensor for name, tensor in twin.items() if name != TWIN}

    @property
    def nbytes(self) -> int:
        """Return how much memory it takes."""
        return sum(tensor.numel() * tensor.element_size() for tensor in self.tensors().values())


def beginning(theta: Tensor, stepper: StepperState) -> RunState:
    """Return the state of a run that starts at theta (R, P)."""
    zeros = torch.zeros(theta.shape[0], dtype=theta.dtype, device=theta.device)
    never = torch.full_like(zeros, -1, dtype=torch.int64)
    undefined = torch.full_like(theta, math.nan)
    return RunState(
        theta=theta,
        direction=unit(theta),
        direction_path=zeros.clone(),
        step_size=zeros + math.nan,
        log_learning_rate=zeros + math.nan,
        log_time=zeros - math.inf,
        alive=torch.ones_like(zeros, dtype=torch.bool),
        diverged=never.clone(),
        scheduled=ScheduledRecord(never.clone(), never.clone(), never.clone(), undefined, undefined.clone()),
        stepper=stepper,
        happened={},
        counters={},
        watched={},
    )


def copied(state: RunState) -> Saved:
    """Return a copy that later steps leave alone."""
    return {name: tensor.clone() for name, tensor in state.tensors().items()}


def put_back(state: RunState, saved: Saved) -> None:
    """Write a copy back into the tensors that the run's views look at."""
    for name, tensor in state.tensors().items():
        tensor.copy_(saved[name])


def merged(into: Saved, new: Saved, where: Tensor) -> Saved:
    """Return what is `new` for some replicas (R,) and `into` for the others."""
    both = {}
    for name, tensor in new.items():
        mask = where.view(-1, *([1] * (tensor.dim() - 1)))
        both[name] = torch.where(mask, tensor, into[name])
    return both
