"""What trains the tasks of a map: one small interface, whatever stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..protocol.points import PointResult, Task


@dataclass(frozen=True)
class Outcome:
    """What became of a task: the results of its points, or why a worker was lost to it."""

    task: Task
    results: Sequence[PointResult] = ()
    lost: str = ""
    """How its worker ended, for people; '' where it did not."""


class Workers(Protocol):
    """They train tasks side by side."""

    @property
    def count(self) -> int:
        """Return how many tasks are trained at once."""

    @property
    def words(self) -> str:
        """Say what they are, as in '2 processes'."""

    def submit(self, task: Task) -> None:
        """Have a task trained, after those submitted before."""

    def next(self, seconds: float) -> Outcome | None:
        """Return what became of a task, in the order they end; None where none ended within so many seconds."""

    def cancel(self) -> None:
        """Forget every task; results of those under way are not told."""

    def close(self) -> None:
        """End every worker, and wait for that."""
