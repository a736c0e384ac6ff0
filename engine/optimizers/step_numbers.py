"""What of a step depends on its number: a number itself, or of a captured step a tensor filled before each replay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

Value = Callable[[int], float]
"""What follows from a step's number."""


@dataclass
class StepInputs:
    """Numbers on a device that a graph of captured steps reads, and how each follows from the graph's first step."""

    filled: Tensor
    """(K,) in float64, which holds every step's number."""
    of: list[tuple[int, Value]] = field(default_factory=list)
    """How far the step is behind the first, and what it is given."""

    def added(self, behind: int, value: Value) -> Tensor:
        """Return the tensor () that holds a value at every replay."""
        if len(self.of) == len(self.filled):
            raise ValueError(f"a graph has room for {len(self.filled)} numbers of its steps")
        self.of.append((behind, value))
        return self.filled[len(self.of) - 1]

    def values(self, first: int) -> list[float]:
        """Return what is to be filled in for a replay whose first step has this number."""
        return [float(value(first + behind)) for behind, value in self.of]


class CapturedNumber(int):
    """The number of a step that is captured: what repeats may follow from it, all else is `given`."""

    inputs: StepInputs
    behind: int

    @classmethod
    def of(cls, first: int, behind: int, inputs: StepInputs) -> CapturedNumber:
        """Return the number of a step so far behind the first of its graph."""
        number = cls(first + behind)
        number.inputs, number.behind = inputs, behind
        return number


def given(step: int, value: Value, dtype: torch.dtype) -> float | Tensor:
    """Return what follows from a step's number; of a captured step a tensor () of this type."""
    if isinstance(step, CapturedNumber):
        return step.inputs.added(step.behind, value).to(dtype)
    return value(step)
