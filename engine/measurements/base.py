"""What measurements see, what they are, and how the costly ones are thinned."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from ..losses import Evaluation
from ..networks import Tape, Weights
from ..optimizers import Optimizer
from ..references import Asymptote, GammaNorm, Reference, ReferenceName
from ..run.iterate import Iterate
from ..run.problem import Problem
from ..run.state import RunState
from .vector_history import VectorHistory

OVERHEAD = 2e-6
"""Seconds that launching one small tensor operation takes."""
THROUGHPUT = 2e9
"""Multiply-adds a second of one core on the shapes met here."""


@dataclass(frozen=True)
class RecordPoint:
    """A run at a record: its iterate, with the loss and the full normalised gradient there."""

    step: int
    iterate: Iterate
    previous: Tensor | None
    """theta at the record before (R, P)."""
    mean_gradient: Callable[[], Tensor | None]
    scheduled: bool = True
    """Whether the schedule means this; what is measured besides leaves no trace in what the run goes on from."""

    @property
    def theta(self) -> Tensor:
        """Return the parameters (R, P)."""
        return self.iterate.theta

    @property
    def weights(self) -> list[Weights]:
        """Return the layers' parameters."""
        return self.iterate.weights

    @property
    def tape(self) -> Tape:
        """Return what the forward pass over the training set left."""
        return self.iterate.tape

    @property
    def evaluation(self) -> Evaluation:
        """Return the loss over the training set."""
        return self.iterate.evaluation

    @property
    def gradient(self) -> Tensor:
        """Return the normalised gradient (R, P) over the training set."""
        return self.iterate.gradient

    @property
    def norm(self) -> Tensor:
        """Return ||theta||_2 (R,)."""
        return self.iterate.norm

    @property
    def state(self) -> RunState:
        """Return the run's state."""
        return self.iterate.state


@dataclass(frozen=True)
class References:
    """The exact answers that apply to a run, one a replica, or why there is none."""

    predictor: tuple[Reference | None, ...] = ()
    """The margin reference in the optimizer's norm, or the F1 margin; None for a replica that has none."""
    norm: GammaNorm | None = None
    """The norm of the predictor that it bounds: l1, l2, linf, spectral or variation."""
    factor: float = math.nan
    """The largest margin over ||theta||^L, in the parameters' own norm, is this times the reference's value."""
    linear: Mapping[GammaNorm, tuple[Reference | None, ...]] = field(default_factory=dict)
    """Of linear models the best margins in l1, l2 and linf, by norm."""
    asymptotes: tuple[Asymptote | None, ...] = ()
    """Where gradient descent of a linear model goes."""
    kernel: tuple[tuple[Reference, ...], ...] = ()
    """Per replica the initial kernel's max-margin predictor: one binary solution, or one a class; () for none."""
    twin: tuple[Reference | None, ...] = ()
    """Per replica the maximum margin of the full initial kernel, where a linearised twin trains."""
    why_none: Mapping[ReferenceName, str] = field(default_factory=dict)
    why_not_all: Mapping[ReferenceName, str] = field(default_factory=dict)
    """Which replicas have none, and why, where others have one."""


@dataclass(frozen=True)
class Pace:
    """At which records a measurement is taken: where `per_record` a record and `per_step` a step add up to one more."""

    per_record: float = 1.0
    per_step: float = 0.0
    at_start: bool = True
    """Whether one evaluation is short enough for the first record."""

    @property
    def full(self) -> bool:
        """Return whether every record is meant."""
        return self.per_record >= 1

    def due(self, number: int, before: int, step: int) -> bool:
        """Say whether the scheduled record of a number (-1: none) is meant, at `step`, the one before at `before`."""
        if number == 0:
            return self.at_start
        if self.full or number < 0:
            return self.full
        reached = self.per_record * number + self.per_step * step
        return math.floor(reached) > math.floor(self.per_record * (number - 1) + self.per_step * before)

    def due_at_the_end(self, step: int) -> bool:
        """Say whether the last record is meant: where one evaluation is short, or the run long enough for it."""
        return self.full or self.at_start or self.per_step * step >= 1


@dataclass(frozen=True)
class Measurement:
    """One or several columns measured together; `seconds` estimates one evaluation."""

    columns: tuple[str, ...]
    measure: Callable[[RecordPoint], Mapping[str, Tensor]]
    seconds: float = 20 * OVERHEAD
    pace: Pace = Pace()
    note: str = ""
    finish: Callable[[], tuple[list[int], Mapping[str, Tensor]]] | None = None
    """Columns (T, R) that are only known when the run has ended, with their steps."""
    history: VectorHistory | None = None
    """What it keeps over the run for that."""


GroupBuilder = Callable[[Problem, Optimizer, References], Sequence[Measurement]]


def estimate(operations: float, multiply_adds: float) -> float:
    """Return the seconds that so many small tensor operations with so many multiply-adds take."""
    return operations * OVERHEAD + multiply_adds / THROUGHPUT


def pass_work(problem: Problem) -> float:
    """Return the multiply-adds of one sample's way up through the networks of all replicas."""
    return problem.replicas * sum(float(layer.size) * layer.positions for layer in problem.structure.layers)
