"""Processes of one thread that train tasks: spawned once and kept warm, replaced where one is lost."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import CancelledError, Future
from typing import cast

from pebble import ProcessExpired, ProcessPool

from ..machine import cores
from ..protocol.points import Order, PointResult, Task, failed
from ..words.errors import Refusal, is_out_of_memory, one_line
from .order import as_sent
from .plan import hangs_after
from .worker import begin, work
from .workers import Outcome

Trained = Future[list[PointResult]]
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class Processes:
    """Some processes of this machine; a crash, a hang or want of memory costs the task under way."""

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

    def schedule(self, task: Task) -> Trained:
        """Have a task trained, after those before."""
        return cast(Trained, self._pool.schedule(work, args=[as_sent(task)], timeout=hangs_after(task)))

    def close(self) -> None:
        """End every process, and wait for that."""
        self._pool.stop()
        self._pool.join()


def outcome(task: Task, trained: Trained) -> Outcome:
    """Return what became of a task, and wait for it.

    Raises:
        CancelledError: where it was cancelled.
    """
    try:
        return Outcome(task, trained.result())
    except CancelledError:
        raise
    except ProcessExpired as error:
        return Outcome(task, lost=f"its process ended by itself ({_ending(error)})")
    except TimeoutError:
        return Outcome(task, lost="it did not end, and its process was stopped")
    except Exception as error:
        return Outcome(task, failed(task.points, said_of(error)))


def said_of(error: Exception) -> str:
    """Say what went wrong with a task that raised."""
    if is_out_of_memory(error):
        return "the machine has too little memory for it"
    return str(error) if isinstance(error, Refusal) else f"the engine failed: {one_line(str(error))}"


def _ending(error: ProcessExpired) -> str:
    code = error.exitcode
    if code is not None and code < 0:
        return f"signal {-code}" + (", as where memory is short" if code == -9 else "")
    return f"exit status {code}"
