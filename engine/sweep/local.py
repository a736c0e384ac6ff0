"""Tasks in processes of this machine."""

from __future__ import annotations

import queue
import threading
import time
import uuid
from collections.abc import Sequence

from ..machine import cores, physical_memory
from ..protocol.points import Order, Task
from ..words.formats import counted
from .order import Brief
from .processes import CLOSES, WorkerProcess
from .standby import Standby, ended, taken
from .workers import Outcome, WorkersState, drained

LOOK = 0.1
"""Seconds between two looks whether a process has dropped its task."""


class LocalWorkers:
    """Processes of one thread each, and for each a thread that hands it tasks; a crash, or a hang, costs one."""

    def __init__(self, order: Order, count: int = 0, standby: Standby | None = None) -> None:
        """Take processes that wait, and start others when a task comes for them.

        Args:
            order: what to keep of points, and to judge on them.
            count: how many; 0: one a core.
            standby: whose processes they are, before and after; None: they end with the map.
        """
        self.count = count or cores()
        self._brief = Brief(uuid.uuid4().hex, order)
        self._standby = standby
        self._waiting: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._ended: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._submitted = 0
        processes = taken(standby, self.count, order.plug_ins)
        self._processes = {
            process: threading.Thread(target=self._serve, args=[process], name="tasks", daemon=True)
            for process in processes
        }
        for thread in self._processes.values():
            thread.start()

    def _serve(self, process: WorkerProcess) -> None:
        while (task := self._waiting.get()) is not None:
            outcome = process.train(task, self._brief)
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
        """Give every process back that is at nothing, and end others; wait for that."""
        self.cancel()
        for _ in self._processes:
            self._waiting.put(None)
        kept: list[WorkerProcess] = []
        if self._standby is not None:
            kept = self._at_rest()
            self._standby.given_back(kept)
        ended([process for process in self._processes if process not in kept])

    def _at_rest(self) -> list[WorkerProcess]:
        """Return the processes that nobody hands tasks to any more, soon after they were told to drop them."""
        deadline = time.monotonic() + CLOSES
        for process, thread in self._processes.items():
            while thread.is_alive() and time.monotonic() < deadline:
                process.drop()
                thread.join(LOOK)
        return [process for process, thread in self._processes.items() if not thread.is_alive()]
