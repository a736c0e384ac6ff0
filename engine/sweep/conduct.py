"""A map from its plan to its last point: what to submit next, what to try again, and how far it has come."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..experiment.document import Document
from ..experiment.sweep import Grid
from ..protocol.points import PointResult, Task
from .plan import task_of
from .workers import Outcome, Workers

AHEAD = 2
"""Tasks that a worker has waiting besides the one under way."""
TRIES = 2
"""How often a point is trained whose worker was lost to it; once more, and alone, where memory was too short."""
LOOK = 0.1
"""Seconds between two looks at what ended."""


@dataclass(frozen=True)
class SweepProgress:
    """How far a map has come."""

    points: int
    """All that there are."""
    known: int
    """Of these, done before."""
    ended: int
    """Of these, ended now, whatever became of them."""
    lost: int = 0
    """Workers that were lost."""
    left: float | None = None
    """About the seconds that the rest takes; None where nothing is known yet."""

    @property
    def share(self) -> float:
        """Return how much of it is done, 0 to 1."""
        return (self.known + self.ended) / self.points if self.points else 1.0


@dataclass
class Conductor:
    """Trains the points of a map that are not known yet."""

    document: Document
    tasks: Sequence[Task]
    """With all of these points, as they were planned."""
    clock: Callable[[], float] = time.monotonic
    stopping: bool = False
    paused: bool = False
    """Whether no further task is begun for now."""
    _waiting: deque[Task] = field(default_factory=deque)
    _alone: deque[Task] = field(default_factory=deque)
    """Points that memory was too short for beside others: they are tried once more when all else is done."""
    _lost: dict[int, list[str]] = field(default_factory=dict)
    """How the worker of a point was lost, try by try."""
    _had_its_last: set[int] = field(default_factory=set)
    """Points that were tried alone."""

    def results(self, workers: Workers) -> Iterator[tuple[Sequence[PointResult], SweepProgress]]:
        """Train, and yield what ended with how far it has come; nothing ended now and then, too.

        Args:
            workers: what trains tasks; whoever gives it closes it.
        """
        self._waiting = deque(self.tasks)
        work, done = sum(task.seconds for task in self.tasks), 0.0
        runs = self._grid.runs
        progress = SweepProgress(runs, runs - sum(len(task.points) for task in self.tasks), 0)
        began, under_way = self.clock(), 0
        while (self._waiting or self._alone or under_way) and not self.stopping:
            if self._alone and not self._waiting and not under_way:
                self._waiting.append(self._alone.popleft())
            while self._waiting and not self.paused and under_way < workers.count * (1 + AHEAD):
                workers.submit(self._waiting.popleft())
                under_way += 1
            outcome = workers.next(LOOK)
            if outcome is None:
                yield (), progress
                continue
            under_way -= 1
            results = self._taken(outcome)
            done += outcome.task.seconds * len(results) / len(outcome.task.points)
            left = (self.clock() - began) * (work - done) / done if done else None
            progress = replace(
                progress,
                ended=progress.ended + len(results),
                lost=progress.lost + bool(outcome.lost),
                left=left,
            )
            yield results, progress
        if self.stopping:
            ended = [r for outcome in workers.cancel() if not outcome.short for r in outcome.results]
            yield ended, replace(progress, ended=progress.ended + len(ended))

    def stop(self) -> None:
        """End before the next task; what is under way is not waited for."""
        self.stopping = True

    @cached_property
    def _grid(self) -> Grid:
        assert self.document.sweep is not None, "it is a map"
        return Grid.of(self.document.base, self.document.sweep)

    def _taken(self, outcome: Outcome) -> Sequence[PointResult]:
        """Return the results of a task; of one that a worker was lost to, its halves are tried, and points alone.

        So it is where memory was short, and a point then has its last try when nothing else is under way: nobody
        knows whether it took the memory, or another one.
        """
        if not outcome.lost and not outcome.short:
            return outcome.results
        numbers = outcome.task.points
        if len(numbers) > 1:
            middle = len(numbers) // 2
            halves = (numbers[middle:], numbers[:middle])
            self._waiting.extendleft(
                task_of(self.document, self._grid, half, outcome.task.seconds / 2) for half in halves
            )
            return ()
        (number,) = numbers
        lost = self._lost.setdefault(number, [])
        lost += [outcome.lost] if outcome.lost else []
        if outcome.short and number not in self._had_its_last:
            self._had_its_last.add(number)
            self._alone.append(outcome.task)
            return ()
        if not outcome.short and len(lost) < TRIES:
            self._waiting.appendleft(outcome.task)
            return ()
        if not outcome.lost:
            return outcome.results
        times = Counter(lost)
        why = "; ".join(how if n == 1 else f"{how}, {n} times" for how, n in times.items())
        return [PointResult(number, "failed", 0, 0.0, why=why)]
