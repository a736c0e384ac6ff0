"""Tasks in processes of this machine."""

from __future__ import annotations

import queue
from collections.abc import Sequence
from concurrent.futures import CancelledError
from functools import partial

from ..machine import physical_memory
from ..protocol.points import Order, Task
from ..words.formats import counted
from .processes import Processes, Trained, outcome
from .workers import Outcome, WorkersState


class LocalWorkers:
    """Processes of one thread each; a crash, or a hang, costs the task under way."""

    def __init__(self, order: Order, count: int = 0) -> None:
        """Start processes when the first task comes.

        Args:
            order: what to keep of points, and to judge on them.
            count: how many; 0: one a core.
        """
        self._processes = Processes(order, count)
        self.count = self._processes.count
        self._ended: queue.SimpleQueue[tuple[Task, Trained]] = queue.SimpleQueue()
        self._futures: set[Trained] = set()

    @property
    def words(self) -> str:
        """Say how many processes there are."""
        return counted(self.count, "process", "processes")

    @property
    def state(self) -> WorkersState:
        """Return what they are by now."""
        return WorkersState(self.count, self.count, physical_memory() or 0, len(self._futures))

    @property
    def under_way(self) -> int:
        """Return how many tasks a process has begun."""
        return sum(future.running() for future in tuple(self._futures))

    def submit(self, task: Task) -> None:
        """Have a task trained, after those submitted before."""
        future = self._processes.schedule(task)
        self._futures.add(future)
        future.add_done_callback(partial(self._note, task))

    def _note(self, task: Task, future: Trained) -> None:
        self._ended.put((task, future))

    def next(self, seconds: float) -> Outcome | None:
        """Return what became of a task, in the order they end; None where none ended within so many seconds."""
        try:
            task, future = self._ended.get(timeout=seconds)
        except queue.Empty:
            return None
        self._futures.discard(future)
        try:
            return outcome(task, future)
        except CancelledError:
            return None

    def told(self) -> Sequence[str]:
        """Return nothing: there is nothing to say of them."""
        return ()

    def cancel(self) -> None:
        """Forget every task; processes that train one are stopped."""
        for future in tuple(self._futures):
            future.cancel()
        self._futures.clear()

    def close(self) -> None:
        """End every process, and wait for that."""
        self._processes.close()
