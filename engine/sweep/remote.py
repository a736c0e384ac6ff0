"""What a worker of dask.distributed does for a map: it hands tasks to processes of its own, and outlives them.

So a point that crashes, hangs or eats memory costs a process here as everywhere, and no worker that others share.
"""

from __future__ import annotations

import multiprocessing
import platform
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from queue import SimpleQueue
from typing import Any

from ..experiment.plug_ins.installed import installed, plain
from ..protocol.points import PointResult, Task
from .order import Brief
from .points import RECORDS
from .processes import WorkerProcess

IDLE = 60.0
"""Seconds after which processes without a task are ended: their coordinator may be gone without a word."""
PACKAGES = ("torch", "numpy", "numba", "distributed")
"""What numbers depend on, and what carries them."""


@dataclass(frozen=True)
class Facts:
    """What a worker is."""

    records: int
    python: str
    packages: dict[str, str]
    """Their versions, '' for those that are not there."""
    plug_ins: Mapping[str, str] = field(default_factory=dict)
    """The versions of the plug-ins that are installed, by plain name."""


class UnfitWorker(Exception):
    """A worker whose records are not those of the coordinator."""


def facts() -> Facts:
    """Say what this process is."""
    packages = {name: _version_of(name) for name in PACKAGES}
    plug_ins = {plain(found.name): found.version for found in installed()}
    return Facts(RECORDS, platform.python_version(), packages, plug_ins)


def _version_of(package: str) -> str:
    try:
        return version(package).partition("+")[0]  # where it was built decides no number
    except PackageNotFoundError:
        return ""


def be_deaf() -> None:
    """Let a worker that ends with its coordinator hear nothing of what that one is told at a terminal."""
    with suppress(ValueError):  # it is no main thread
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def train_there(task: Task, brief: Brief) -> tuple[Sequence[PointResult], str, bool]:
    """Train a task in a process of this worker.

    Returns:
        the results, how the process was lost ("" where it was not), and whether memory was short.

    Raises:
        UnfitWorker: where records here are others.
    """
    if brief.records != RECORDS:
        raise UnfitWorker(f"records {RECORDS}")
    with _STAFF.at_work(brief) as process:
        outcome = process.train(task, brief)
    if outcome is None:
        return (), "its process was told to end", False
    return outcome.results, outcome.lost, outcome.short


def under_way(dask_worker: Any) -> list[Any]:
    """Return the keys of what a worker has begun and not ended; others wait at it, as for the order."""
    return [task.key for task in dask_worker.state.executing]


def dismiss(name: str) -> None:
    """End the processes of a training, and what they are at."""
    _STAFF.dismiss(name)


class _Team:
    """The processes of one training, as many as this worker has tasks at once."""

    def __init__(self, plug_ins: Sequence[str], count: int) -> None:
        self.processes = [WorkerProcess(plug_ins) for _ in range(count)]
        self.free: SimpleQueue[WorkerProcess] = SimpleQueue()
        for process in self.processes:
            self.free.put(process)
        self.busy = 0
        self.leaving: threading.Timer | None = None


class _Staff:
    """The processes of this worker, those of each training apart."""

    def __init__(self) -> None:
        self._teams: dict[str, _Team] = {}
        self._lock = threading.Lock()

    @contextmanager
    def at_work(self, brief: Brief) -> Iterator[WorkerProcess]:
        """Give a process of a training, which stays while it is used and for a while after."""
        with self._lock:
            team = self._teams.get(brief.name)
            if team is None:
                team = self._teams[brief.name] = _Team(brief.order.plug_ins, _tasks_at_once())
            if team.leaving is not None:
                team.leaving.cancel()
            team.busy += 1
        process = team.free.get()
        try:
            yield process
        finally:
            team.free.put(process)
            with self._lock:
                team.busy -= 1
                if not team.busy:
                    team.leaving = threading.Timer(IDLE, self._dismiss_idle, [brief.name, team])
                    team.leaving.daemon = True
                    team.leaving.start()

    def _dismiss_idle(self, name: str, team: _Team) -> None:
        with self._lock:
            if team.busy or self._teams.get(name) is not team:
                return
        self.dismiss(name)

    def dismiss(self, name: str) -> None:
        """End the processes of a training."""
        with self._lock:
            team = self._teams.pop(name, None)
        if team is not None:
            if team.leaving is not None:
                team.leaving.cancel()
            for process in team.processes:
                process.close()


_STAFF = _Staff()


def _tasks_at_once() -> int:
    """Return how many tasks this worker has at once, whose processes it is allowed to have."""
    from distributed import get_worker

    multiprocessing.current_process().daemon = False  # as processes are that dask's nannies start
    return int(get_worker().state.nthreads)
