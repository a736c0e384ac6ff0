"""What measurements are, what they compare with, and how the costly ones are thinned."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from ..optimizers import Optimizer
from ..references import Asymptote, GammaNorm, Reference, ReferenceName
from ..run.problem import Problem
from .record_point import RecordPoint
from .vector_history import VectorHistory

OPERATION = 4000
"""Multiply-adds that count as much as launching one small tensor operation."""


FIRST = 8
"""Records from the first on at which what happens at the beginning is wanted."""


@dataclass(frozen=True)
class References:
    """The exact answers that apply to a run, one a replica, or why there is none."""

    predictor: tuple[Reference | None, ...] = ()
    """The margin reference in the optimizer's norm, or the F1 margin; None for a replica that has none."""
    norm: GammaNorm | None = None
    """The norm of the predictor that it bounds: l1, l2, linf, lp, spectral or variation."""
    exponents: tuple[float, ...] = ()
    """Of the norm lp, one a replica; none for other norms."""
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
    tokens: Mapping[str, tuple[Reference | None, ...]] = field(default_factory=dict)
    """Of attention the key-query matrices that select tokens, by the norm that is least: frobenius, nuclear."""
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
    first: int = 1
    """How many of the first records are meant besides, where one is."""

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
        wanted = self.at_start and number < self.first
        return wanted or self.taken(number, step) > self.taken(number - 1, before)

    def taken(self, number: int, step: int) -> int:
        """Return how many are meant up to the scheduled record of a number, at a step."""
        return math.floor(self.per_record * number + self.per_step * step)

    def place(self, number: int, step: int) -> int:
        """Return what follows, of one that is meant, from its number alone: how many were meant before."""
        return number if number < self.first else self.taken(number, step)

    def due_at_the_end(self, step: int) -> bool:
        """Say whether the last record is meant: where one evaluation is short, or the run long enough for it."""
        return self.full or self.at_start or self.per_step * step >= 1


@dataclass(frozen=True)
class Measurement:
    """One or several columns measured together; `work` is one evaluation's in multiply-adds."""

    columns: tuple[str, ...]
    measure: Callable[[RecordPoint], Mapping[str, Tensor]]
    """At some records at once; what it says of one of them depends on no other."""
    work: float = 20 * OPERATION
    pace: Pace = Pace()
    few: bool = False
    """Whether so few records at once are measured as are usually meant."""
    first: int = 1
    """How many of the first records it is wanted at, however few are meant afterwards."""
    ahead: bool = False
    """Whether it is about the step from a record, which an edit there makes another."""
    note: str = ""
    follow: Callable[[RecordPoint, int], Mapping[str, Tensor]] | None = None
    """Take up the record in a place of those just measured, in their order; return what depends on earlier ones."""
    finish: Callable[[], tuple[list[int], Mapping[str, Tensor]]] | None = None
    """Columns (T, R) that are only known when the run has ended, with their steps."""
    history: VectorHistory | None = None
    """What it keeps over the run for that."""


GroupBuilder = Callable[[Problem, Optimizer, References], Sequence[Measurement]]


def estimate(operations: float, multiply_adds: float) -> float:
    """Return the work of so many small tensor operations with so many multiply-adds."""
    return operations * OPERATION + multiply_adds


def pass_work(problem: Problem) -> float:
    """Return the multiply-adds of one sample's way up through the networks of all replicas."""
    return problem.replicas * sum(float(layer.size) * layer.positions for layer in problem.structure.layers)
