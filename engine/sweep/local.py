"""Tasks in processes of this machine."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence

from ..machine import cores, physical_memory
from ..protocol.points import Order, Task
from ..words.formats import counted
from .processes import WorkerProcess
from .workers import Outcome, WorkersState, drained


class LocalWorkers:
    """Processes of one thread each, and for each a thread that hands it tasks; a crash, or a hang, costs one."""

    def __init__(self, order: Order, count: int = 0) -> None:
        """Start a process when a task comes for it.

        Args:
            order: what to keep of points, and to judge on them.
            count: how many; 0: one a core.
        """
        self.count = count or cores()
        self._waiting: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._ended: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._submitted = 0
        self._processes = [WorkerProcess(order) for _ in range(self.count)]
        for process in self._processes:
            threading.Thread(target=self._serve, args=[process], name="tasks", daemon=True).start()

    def _serve(self, process: WorkerProcess) -> None:
        while (task := self._waiting.get()) is not None:
            outcome = process.train(task)
            if outcome is not None:
                self._ended.put(outcome)

    @property
    def words(self) -> str:
        """Say how many processes there are."""
        return counted(self.count, "process", "processes")

    @property
    def state(self) -> WorkersState:
        """Return what they are by now."""
        return WorkersState(self.count, self.count, physical_memory() or 0, self._submitted)

    @property
    def under_way(self) -> int:
        """Return how many tasks a process has begun."""
        return sum(process.is_busy for process in self._processes)

    def begin(self, stopping: threading.Event) -> None:
        """Do nothing: processes are started for tasks."""

    def submit(self, task: Task) -> None:
        """Have a task trained, after those submitted before."""
        self._submitted += 1
        self._waiting.put(task)

    def next(self, seconds: float) -> Outcome | None:
        """Return what became of a task, in the order they end; None where none ended within so many seconds."""
        try:
            outcome = self._ended.get(timeout=seconds)
        except queue.Empty:
            return None
        self._submitted -= 1
        return outcome

    def told(self) -> Sequence[str]:
        """Return nothing: there is nothing to say of them."""
        return ()

    def cancel(self) -> Sequence[Outcome]:
        """Forget every task, and return what became of those that had ended; processes that train one are stopped."""
        drained(self._waiting)
        for process in self._processes:
            process.drop()
        self._submitted = 0
        return drained(self._ended)

    def close(self) -> None:
        """End every process, and wait for that."""
        self.cancel()
        for _ in self._processes:
            self._waiting.put(None)
        closing = [threading.Thread(target=process.close) for process in self._processes]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join()
