"""What trains the tasks of a map: one small interface, whatever stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event
from typing import Protocol, TypeVar

from ..protocol.points import PointResult, Task
from ..words.errors import Refusal

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome:
    """What became of a task: the results of its points, or why a worker was lost to it."""

    task: Task
    results: Sequence[PointResult] = ()
    lost: str = ""
    """How its worker ended, for people; '' where it did not."""
    short: bool = False
    """Whether memory was short, or seems to have been: the results are then what is said where it always is."""


@dataclass(frozen=True)
class WorkersState:
    """What workers are by now."""

    workers: int
    threads: int
    """How many tasks they train at once."""
    memory: int = 0
    """Bytes, all together; 0: nobody knows."""
    tasks: int = 0
    """Submitted and not ended."""
    dashboard: str = ""
    """Where a browser sees what they do; '' for nowhere."""
    silent: int = 0
    """Workers besides that do not answer."""


class WorkersGone(Refusal):
    """There are no workers any more, and nobody who could find others."""


class Workers(Protocol):
    """They train tasks side by side."""

    @property
    def count(self) -> int:
        """Return how many tasks are trained at once."""

    @property
    def words(self) -> str:
        """Say what they are, as in '2 processes'."""

    @property
    def state(self) -> WorkersState:
        """Return what they are by now."""

    def begin(self, stopping: Event) -> None:
        """See that they are there, before the first task; return early where that is not wanted any more.

        Raises:
            Refusal: where nobody is, or nobody who could train.
        """

    def submit(self, task: Task) -> None:
        """Have a task trained, after those submitted before."""

    def next(self, seconds: float) -> Outcome | None:
        """Return what became of a task, in the order they end; None where none ended within so many seconds.

        Raises:
            WorkersGone: where none will ever end.
        """

    def told(self) -> Sequence[str]:
        """Return what is to be said of them since this was asked before, a sentence each."""

    def cancel(self) -> Sequence[Outcome]:
        """Forget every task, and return what became of those that had ended; results of others are not told."""

    def close(self) -> None:
        """End every worker, and wait for that."""


def drained(what: SimpleQueue[T]) -> list[T]:
    """Return all that is in a queue by now."""
    found = list[T]()
    with suppress(Empty):
        while True:
            found.append(what.get_nowait())
    return found
