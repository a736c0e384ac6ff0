"""Small maps, and workers that train them here."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from threading import Event
from typing import Any

from engine.experiment.document import Document, document_from
from engine.protocol.points import PointResult, Task
from engine.sweep.conduct import Conductor
from engine.sweep.plan import planned
from engine.sweep.points import points_of
from engine.sweep.workers import Outcome, WorkersState
from tests.engine.cases import tables

SCALE = {"path": "network.init.scale", "values": [0.5, 1.0, 2.0]}
WIDTHS = {"path": "network.widths", "values": [[3], [4]]}


def a_map(
    axes: Sequence[dict[str, Any]] = (SCALE,), changes: dict[str, Any] | None = None, **said: Any
) -> Document:
    claims = said.pop("claims", [])
    return document_from(
        {
            **tables({"run.steps": 20, **(changes or {})}),
            "claims": claims,
            "sweep": {"axes": list(axes), **said},
        }
    )


class Here:
    """Workers without processes: each task is done when somebody asks for the next."""

    count = 2
    words = "here"
    state = WorkersState(2, 2)

    def __init__(self, do: Callable[[Task], Sequence[PointResult] | str | Outcome]) -> None:
        """do: returns a task's results, how its worker was lost, or all that became of it."""
        self._do, self._tasks = do, deque[Task]()
        self.submitted: list[tuple[int, ...]] = []

    def begin(self, stopping: Event) -> None: ...

    def submit(self, task: Task) -> None:
        self._tasks.append(task)
        self.submitted.append(task.points)

    def next(self, seconds: float) -> Outcome | None:
        if not self._tasks:
            return None
        task = self._tasks.popleft()
        done = self._do(task)
        if isinstance(done, Outcome):
            return done
        return Outcome(task, lost=done) if isinstance(done, str) else Outcome(task, done)

    def told(self) -> Sequence[str]:
        return ()

    def cancel(self) -> Sequence[Outcome]:
        self._tasks.clear()
        return ()

    def close(self) -> None:
        self._tasks.clear()


def but(document: Document, known: Collection[int] = ()) -> list[Task]:
    """Return the tasks of all points but some."""
    return planned(document, (point for point in points_of(document) if point.number not in known))


def conducted(document: Document, workers: Here, known: Collection[int] = ()) -> dict[int, PointResult]:
    """Return what became of every point, each of which comes once."""
    found: dict[int, PointResult] = {}
    for results, _ in Conductor(document, but(document, known)).results(workers):
        for result in results:
            assert result.point not in found
            found[result.point] = result
    return found


def done(task: Task) -> list[PointResult]:
    """Return results of a task that nobody trained."""
    return [PointResult(point, "done", 1, 0.0) for point in task.points]
