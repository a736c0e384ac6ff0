"""A process of one thread that trains tasks: spawned once and kept warm, replaced where it is lost."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from typing import cast

from pebble import ProcessExpired, ProcessPool

from ..machine import cores
from ..protocol.heartbeat import QUIET_AT_FIRST
from ..protocol.points import PointResult, Task, failed
from ..words.errors import Refusal, TooLittleMemory, is_out_of_memory, one_line
from .order import Brief, as_sent
from .plan import hangs_after
from .worker import Untold, begin, hear, ready, work
from .workers import Outcome

STARTS = 3
"""How often a process is started for one task that ends before it has begun with it."""
ANSWERS = 20.0
"""Seconds within which a process that has waited answers; one that was killed may keep what another one needs."""
CLOSES = 10.0
"""Seconds that the end of a process may take."""
KILLED = -9
"""The exit status of a process that the system has ended, as it does where memory is short."""
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def pool_of(plug_ins: Sequence[str], most: int, count: int = 0) -> ProcessPool:
    """Return processes of one thread each that become workers, and end with this one.

    Args:
        plug_ins: which they let in when they begin, by name.
        most: how many can be of use.
        count: how many are wanted; 0: one a core.
    """
    return ProcessPool(
        max_workers=min(most, count or cores()),
        initializer=begin,
        initargs=(plug_ins,),
        context=multiprocessing.get_context("spawn"),
    )


class WorkerProcess:
    """A process of this machine, in a pool of its own: what it leaves half done, others never wait for."""

    def __init__(self, plug_ins: Sequence[str] = ()) -> None:
        """Start it when the first task comes.

        Args:
            plug_ins: which it lets in, by name: for good, so that tasks which need others are for another one.
        """
        for name in _ONE_THREAD:  # its libraries read it when they are loaded
            os.environ.setdefault(name, "1")
        self.plug_ins = tuple(plug_ins)
        self._pool: ProcessPool | None = None
        self._told = ""
        """The name of the brief that it was told last."""
        self._heard: Future[None] | None = None
        """Whether it has taken that up."""
        self._began: Future[None] | None = None
        """Whether it has begun, where it was started ahead."""
        self._future: Future[list[PointResult]] | None = None
        self._closed = False
        self._lock = threading.Lock()

    @property
    def is_started(self) -> bool:
        """Say whether there is a process, or was one that ended by itself."""
        return self._pool is not None

    @property
    def is_busy(self) -> bool:
        """Say whether it has begun a task."""
        future = self._future
        return future is not None and future.running()

    def warm(self) -> None:
        """Start it now, and wait for nothing."""
        with self._lock:
            if self._pool is None and not self._closed:
                self._began = cast(Future[None], self._started().schedule(ready))

    def train(self, task: Task, brief: Brief) -> Outcome | None:
        """Train a task as a brief says, and return what became of it; None where it was told to drop it.

        A crash, a hang, or want of memory that nobody caught, costs the process, and a new one is started for the next
        task.
        """
        for _ in range(STARTS):
            try:
                self._see_that_it_answers(brief)
                return Outcome(task, self._begun(task, brief).result())
            except CancelledError:
                return None
            except ProcessExpired as error:
                how = f"its process ended by itself ({_ending(error)})"
                return self._lost(task, how, short=error.exitcode == KILLED)
            except TimeoutError:
                return self._lost(task, "it did not end, and its process was stopped")
            except BrokenProcessPool:  # it ended before it had begun
                self._dismiss()
            except (
                Untold
            ):  # another one took its place that was told nothing, or it could not take its brief up
                self._told = ""
                if (why := self._why_untold()) is not None:
                    return Outcome(task, failed(task.points, said_of(why)), short=is_out_of_memory(why))
            except TooLittleMemory as error:
                return Outcome(task, failed(task.points, str(error)), short=True)
            except Exception as error:
                short = is_out_of_memory(error)
                if short:  # nobody knows what it has half done
                    self._dismiss()
                return Outcome(task, failed(task.points, said_of(error)), short=short)
            finally:
                self._future = None
        return Outcome(task, lost="no process can be started for it")

    def _see_that_it_answers(self, brief: Brief) -> None:
        """Let go of a process that has waited for a map and does not answer: it was killed meanwhile."""
        with self._lock:
            if self._pool is None or not self._pool.active or self._told == brief.name:
                return
            starts = self._began is not None and not self._began.done()
            self._future = answer = cast(Future[list[PointResult]], self._pool.schedule(ready))
        try:
            answer.result(QUIET_AT_FIRST if starts else ANSWERS)
        except (TimeoutError, ProcessExpired, BrokenProcessPool):
            self._dismiss()

    def _begun(self, task: Task, brief: Brief) -> Future[list[PointResult]]:
        with self._lock:
            if self._closed:
                raise CancelledError
            pool = self._started()
            if self._told != brief.name:
                self._heard = cast(Future[None], pool.schedule(hear, args=[brief]))
                self._told = brief.name
            future = pool.schedule(work, args=[as_sent(task), brief.name], timeout=hangs_after(task))
            self._future = cast(Future[list[PointResult]], future)
            return self._future

    def _why_untold(self) -> Exception | None:
        """Return why the process could not take its brief up; None where it has, and ended since, or ended before."""
        heard = self._heard
        error = heard.exception() if heard is not None and heard.done() and not heard.cancelled() else None
        ended = isinstance(error, ProcessExpired | BrokenProcessPool)
        return error if isinstance(error, Exception) and not ended else None

    def _started(self) -> ProcessPool:
        """Return the pool of the process, which is started where there is none; the lock is held."""
        if self._pool is not None and not self._pool.active:  # as where it ended while it had nothing to do
            _end(self._pool)
            self._pool = None
        if self._pool is None:
            self._pool, self._told = pool_of(self.plug_ins, 1), ""
        return self._pool

    def _lost(self, task: Task, how: str, *, short: bool = False) -> Outcome:
        self._dismiss()
        return Outcome(task, lost=how, short=short)

    def _dismiss(self) -> None:
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            _end(pool)

    def drop(self) -> None:
        """Stop what it is at."""
        future = self._future
        if future is not None:
            future.cancel()

    def close(self) -> None:
        """End it for good, and wait for that."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        self.drop()
        if pool is not None:
            _end(pool).join(CLOSES)


def _end(pool: ProcessPool) -> threading.Thread:
    """End a pool in a thread of its own, as what a killed process has left half said is waited for in vain."""

    def ended() -> None:
        pool.stop()
        pool.join()

    thread = threading.Thread(target=ended, name="end-process", daemon=True)
    thread.start()
    return thread


def said_of(error: Exception) -> str:
    """Say what went wrong with a task that raised."""
    if is_out_of_memory(error):
        return "the machine has too little memory for it"
    return str(error) if isinstance(error, Refusal) else f"the engine failed: {one_line(str(error))}"


def _ending(error: ProcessExpired) -> str:
    code = error.exitcode
    if code is not None and code < 0:
        return f"signal {-code}" + (", as where memory is short" if code == KILLED else "")
    return f"exit status {code}"
