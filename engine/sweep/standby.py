"""Processes of this machine that wait for the next map: to start one takes as long as thousands of points."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from ..experiment.plug_ins.loaded import names_on
from ..machine import cores
from .processes import WorkerProcess

IDLE = 120.0
"""Seconds after which processes that nobody took are ended."""
MOST_AHEAD = 4
"""Processes that are started before anybody asked for a map, at most: each has some 300 MB."""


class Standby:
    """Keeps processes warm from one map to the next, for a while."""

    def __init__(self, idle: float = IDLE) -> None:
        self._idle = idle
        self._free: list[WorkerProcess] = []
        self._closed = False
        self._lock = threading.Lock()
        self._leaving: threading.Timer | None = None

    def warm(self, count: int = 0) -> None:
        """Start processes that wait for a map, or let those that wait do so for longer; wait for nothing.

        Args:
            count: how many; 0: one a core. More than `MOST_AHEAD` are started for tasks alone.
        """
        with self._lock:
            if self._closed:
                return
            wanted = min(count or cores(), MOST_AHEAD)
            self._free = _those_for(names_on(), self._free)
            self._free += [WorkerProcess(names_on()) for _ in range(wanted - len(self._free))]
            for process in self._free[:wanted]:
                process.warm()
            self._wait()

    def taken(self, count: int, plug_ins: Sequence[str]) -> list[WorkerProcess]:
        """Return the processes that wait with these plug-ins, at most so many."""
        with self._lock:
            self._free = _those_for(plug_ins, self._free)
            taken, self._free = self._free[:count], self._free[count:]
        return taken

    def given_back(self, processes: Sequence[WorkerProcess]) -> None:
        """Let processes wait that train nothing any more, those of them that were started."""
        with self._lock:
            if not self._closed:
                self._free += [process for process in processes if process.is_started]
                self._wait()
                return
        ended(processes)

    def close(self) -> None:
        """End every process that waits, and those that are given back; wait for that."""
        with self._lock:
            self._closed = True
        self._end()

    def _wait(self) -> None:
        """End those that wait after a while; the lock is held."""
        if self._leaving is not None:
            self._leaving.cancel()
        leaving = threading.Timer(self._idle, lambda: self._end(leaving))
        self._leaving = leaving
        leaving.daemon = True
        leaving.start()

    def _end(self, leaving: threading.Timer | None = None) -> None:
        """End those that wait, where this is what was to do so last."""
        with self._lock:
            if leaving is not None and leaving is not self._leaving:
                return  # it was told to wait longer
            left, self._free = self._free, []
            if self._leaving is not None:
                self._leaving.cancel()
        ended(left)


def taken(standby: Standby | None, count: int, plug_ins: Sequence[str]) -> list[WorkerProcess]:
    """Return so many processes with these plug-ins: those that wait, and new ones, not started yet."""
    there = [] if standby is None else standby.taken(count, plug_ins)
    return there + [WorkerProcess(plug_ins) for _ in range(count - len(there))]


def _those_for(plug_ins: Sequence[str], processes: Sequence[WorkerProcess]) -> list[WorkerProcess]:
    """Return the processes that have let these plug-ins in; others are ended, as none lets go of any."""
    fit = [process for process in processes if process.plug_ins == tuple(plug_ins)]
    others = [process for process in processes if process not in fit]
    if others:
        threading.Thread(target=ended, args=[others], name="end-processes", daemon=True).start()
    return fit


def ended(processes: Sequence[WorkerProcess]) -> None:
    """End processes side by side, and wait for that."""
    closing = [threading.Thread(target=process.close) for process in processes]
    for thread in closing:
        thread.start()
    for thread in closing:
        thread.join()
