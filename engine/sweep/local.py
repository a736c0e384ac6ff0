"""Tasks in processes of this machine: spawned once and kept warm, replaced where one is lost."""

from __future__ import annotations

import multiprocessing
import os
import queue
from concurrent.futures import CancelledError, Future
from functools import partial

from pebble import ProcessExpired, ProcessPool

from ..machine import cores
from ..protocol.points import Order, PointResult, Task, failed
from ..words.errors import Refusal
from .worker import begin, work
from .workers import Outcome

HANGS_AFTER, TIMES = 300.0, 100.0
"""Seconds, and multiples of what a task should last, after which it is taken to hang; the larger counts."""
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class LocalWorkers:
    """Processes of one thread each; a crash, or a hang, costs the task under way."""

    def __init__(self, order: Order, count: int = 0) -> None:
        """Start processes when the first task comes.

        Args:
            order: what to keep of points, and to judge on them.
            count: how many; 0: one a core.
        """
        self.count = count or cores()
        for name in _ONE_THREAD:  # a worker's libraries read it when they are loaded
            os.environ.setdefault(name, "1")
        self._pool = ProcessPool(
            max_workers=self.count,
            initializer=begin,
            initargs=(order,),
            context=multiprocessing.get_context("spawn"),
        )
        self._ended: queue.SimpleQueue[tuple[Task, Future[list[PointResult]]]] = queue.SimpleQueue()
        self._futures: set[Future[list[PointResult]]] = set()

    @property
    def words(self) -> str:
        """Say how many processes there are."""
        return f"{self.count} process{'es' if self.count > 1 else ''}"

    @property
    def under_way(self) -> int:
        """Return how many tasks a process has begun."""
        return sum(future.running() for future in tuple(self._futures))

    def submit(self, task: Task) -> None:
        """Have a task trained, after those submitted before."""
        future = self._pool.schedule(work, args=[task], timeout=max(HANGS_AFTER, TIMES * task.seconds))
        self._futures.add(future)
        future.add_done_callback(partial(self._note, task))

    def _note(self, task: Task, future: Future[list[PointResult]]) -> None:
        self._ended.put((task, future))

    def next(self, seconds: float) -> Outcome | None:
        """Return what became of a task, in the order they end; None where none ended within so many seconds."""
        try:
            task, future = self._ended.get(timeout=seconds)
        except queue.Empty:
            return None
        self._futures.discard(future)
        try:
            return Outcome(task, future.result())
        except CancelledError:
            return None
        except ProcessExpired as error:
            return Outcome(task, lost=f"its process ended by itself ({_ending(error)})")
        except TimeoutError:
            return Outcome(task, lost="it did not end, and its process was stopped")
        except Exception as error:
            why = str(error) if isinstance(error, Refusal) else f"the engine failed: {error}"
            return Outcome(task, failed(task.points, why))

    def cancel(self) -> None:
        """Forget every task; processes that train one are stopped."""
        for future in tuple(self._futures):
            future.cancel()
        self._futures.clear()

    def close(self) -> None:
        """End every process, and wait for that."""
        self._pool.stop()
        self._pool.join()


def _ending(error: ProcessExpired) -> str:
    code = error.exitcode
    if code is not None and code < 0:
        return f"signal {-code}" + (", as where memory is short" if code == -9 else "")
    return f"exit status {code}"
