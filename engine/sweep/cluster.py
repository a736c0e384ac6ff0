"""Tasks on a cluster of dask.distributed, whose scheduler, security and workers are its own; comes with an extra."""

from __future__ import annotations

import asyncio
import itertools
import logging
import queue
import threading
import uuid
import warnings
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Any

from distributed import Client, Future, KilledWorker, LocalCluster, Security
from distributed.core import Status, rpc
from distributed.utils import silence_logging_cmgr
from distributed.versions import VersionMismatchWarning

from ..machine import cores
from ..protocol.points import Order, Task, failed
from ..words.errors import Refusal, one_line
from ..words.formats import byte_size, counted
from .order import as_sent
from .processes import said_of
from .remote import Brief, UnfitWorker, be_deaf, dismiss, train_there
from .roster import Roster, refuse_other_scheduler
from .workers import Outcome, WorkersGone, WorkersState, drained

CONNECTS = 10.0
"""Seconds for a scheduler to answer, and to be there again where it was lost."""
CLOSES = 10.0
"""Seconds that saying good-bye may take."""
CANCELS = 1.0
"""Seconds that a scheduler may take to forget tasks, which it does, too, when it is left."""
LOOK = 1.0
"""Seconds between two looks at who is there."""
TOGETHER = 64
"""Results that are fetched at once."""
SENT_AGAIN = 20
"""How often a task is sent whose workers go before it ends."""
ALLOWED_FAILURES = 20
"""Workers of a cluster of one's own that a task may lose before dask takes it to be the reason."""

Connected = Callable[[ExitStack], tuple[Client, Callable[[], None]]]


class ClusterWorkers:
    """The workers of a cluster, which come and go."""

    def __init__(self, order: Order, place: str, connected: Connected) -> None:
        """Connect, and look who is there.

        Args:
            order: what to keep of points, and to judge on them.
            place: how people call the cluster.
            connected: gives a client, and what sees that workers are there; what is to be closed after it goes to the
                stack.

        Raises:
            Refusal: where no scheduler is there, or one of another version, or nobody who could train.
        """
        self._place, self._name = place, f"marginlab-{uuid.uuid4().hex[:12]}"
        self._brief = Brief(self._name, order)
        self._sent_brief: Future[Brief] | None = None
        self._waiting: deque[Task] = deque()
        self._tasks: dict[Any, tuple[Task, Future[Any]]] = {}
        self._times_sent: dict[tuple[int, ...], int] = {}
        self._numbers = itertools.count()
        self._done: queue.SimpleQueue[Future[Any] | None] = queue.SimpleQueue()
        self._ended: queue.SimpleQueue[Outcome | Task] = queue.SimpleQueue()
        self._sentences: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._closing, self._looked = threading.Event(), threading.Event()
        self._stack = ExitStack()
        self._stack.enter_context(silence_logging_cmgr(logging.CRITICAL))
        try:
            self._client, self._mend = connected(self._stack)
            self._roster = Roster(self._client, place)
            self._threads = [self._thread(self._look_after), self._thread(self._fetch)]
            self._looked.wait(CONNECTS)
            self._roster.refuse_if_nobody_fits()
        except BaseException:
            self.close()
            raise
        self._sentences.put(self._greeting())

    def _thread(self, target: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=target, name=self._name, daemon=True)
        thread.start()
        return thread

    # --- what they are ---

    @property
    def count(self) -> int:
        """Return how many tasks are trained at once; 1 where nobody is there, as tasks make some clusters grow."""
        return max(1, self._roster.threads)

    @property
    def words(self) -> str:
        """Say how many workers there are by now."""
        return counted(self._roster.workers, "worker")

    @property
    def state(self) -> WorkersState:
        """Return what they are by now."""
        roster = self._roster
        return WorkersState(
            roster.workers,
            roster.threads,
            roster.memory,
            len(self._tasks) + len(self._waiting),
            roster.dashboard,
        )

    def told(self) -> Sequence[str]:
        """Return what is to be said of them since this was asked before."""
        return [*drained(self._roster.sentences), *drained(self._sentences)]

    def _greeting(self) -> str:
        state = self.state
        if not state.workers:
            return f"{self._place}: no worker is there yet; they are waited for"
        threads = f" of {counted(state.threads, 'thread')}" if state.threads != state.workers else ""
        memory = f", {byte_size(state.memory)} of memory" if state.memory else ""
        dashboard = f"; its dashboard: {state.dashboard}" if state.dashboard else ""
        return f"{self._place}: {counted(state.workers, 'worker')}{threads}{memory}{dashboard}"

    # --- tasks on their way ---

    def submit(self, task: Task) -> None:
        """Have a task trained, after those submitted before."""
        self._waiting.append(task)
        self._send()

    def _send(self) -> None:
        """Send what waits, where there is anybody to send it to, who has the order."""
        brief = self._sent_brief
        while self._waiting and brief is not None and brief.status == "finished" and self._is_connected:
            task = self._waiting.popleft()
            key = (self._name, next(self._numbers))
            future = self._client.submit(
                train_there, as_sent(task), brief, key=key, workers=self._roster.only, pure=False
            )
            self._tasks[key] = task, future
            self._times_sent[task.points] = self._times_sent.get(task.points, 0) + 1
            future.add_done_callback(self._done.put)

    @property
    def _is_connected(self) -> bool:
        return bool(self._client.status == "running")

    def next(self, seconds: float) -> Outcome | None:
        """Return what became of a task, in the order they end; None where none ended within so many seconds.

        Raises:
            WorkersGone: where the scheduler is lost.
        """
        self._send()
        try:
            ended = self._ended.get(timeout=seconds)
        except queue.Empty:
            if self._client.status == "closed" and not self._closing.is_set():
                raise WorkersGone(
                    "--on",
                    self._place,
                    "does not answer any more; with --out, the same command goes on",
                ) from None
            return None
        if isinstance(ended, Outcome):
            self._times_sent.pop(ended.task.points, None)
            return ended
        if self._times_sent.get(ended.points, 0) >= SENT_AGAIN:
            del self._times_sent[ended.points]
            return Outcome(ended, lost="its workers went before it ended")
        self._waiting.appendleft(ended)
        return None

    def _fetch(self) -> None:
        """Fetch results as tasks end, many at once."""
        while (first := self._done.get()) is not None:
            ended = [first]
            with suppress(queue.Empty):
                while len(ended) < TOGETHER and (more := self._done.get_nowait()) is not None:
                    ended.append(more)
            ended = [future for future in ended if future.key in self._tasks]
            finished = [future for future in ended if future.status == "finished"]
            answers: dict[Any, Any] = {}
            with suppress(Exception):  # as where a worker goes between its task and this: it is sent again
                for future, answer in zip(finished, self._client.gather(finished), strict=True):
                    answers[future.key] = answer
            for future in ended:
                task, _ = self._tasks.pop(future.key, (None, None))
                if task is not None:
                    self._ended.put(self._became(task, future, answers.get(future.key)))

    def _became(self, task: Task, future: Future[Any], answer: Any) -> Outcome | Task:
        """Return what became of a task; the task where it is to be sent again."""
        if answer is not None:
            results, lost = answer
            return Outcome(task, results, lost)
        if future.status != "error":
            return task
        error = future.exception()
        if isinstance(
            error, UnfitWorker | ImportError | AttributeError
        ):  # one that came since workers were looked at
            self._roster.look_again()
            return task
        if isinstance(error, KilledWorker):
            return Outcome(task, lost="its workers ended, one after the other")
        return Outcome(task, failed(task.points, said_of(error)))

    # --- who is there ---

    def _look_after(self) -> None:
        """Look who is there now and then, and see that they have the order."""
        while not self._closing.is_set():
            with suppress(Exception):  # as while the scheduler is not there
                if self._is_connected:
                    self._mend()
                    self._roster.look()
                    self._see_that_they_have_the_order()
            self._looked.set()
            self._closing.wait(LOOK)

    def _see_that_they_have_the_order(self) -> None:
        sent, fit = self._sent_brief, self._roster.fit
        if fit and (sent is None or sent.status != "finished"):
            self._sent_brief = self._client.scatter(
                self._brief, workers=fit, broadcast=True, hash=False, timeout=CONNECTS
            )

    # --- the end ---

    def cancel(self) -> Sequence[Outcome]:
        """Forget every task, and return what became of those that had ended."""
        futures = [future for _, future in self._tasks.values()]
        self._tasks.clear()
        self._waiting.clear()
        if futures and self._is_connected:
            _within(CANCELS, lambda: self._client.cancel(futures, force=True))
        return [ended for ended in drained(self._ended) if isinstance(ended, Outcome)]

    def close(self) -> None:
        """End what was begun for this map, and wait for that; a cluster of one's own ends with it."""
        self._closing.set()
        self._done.put(None)
        client: Client | None = getattr(self, "_client", None)
        if client is not None:
            if self._is_connected:
                _within(
                    CLOSES,
                    lambda: client.run(dismiss, self._name, on_error="ignore", workers=self._roster.fit),
                )
            _within(CLOSES, lambda: client.close(CLOSES))
        _within(2 * CLOSES, self._stack.close)


def _within(seconds: float, do: Callable[[], Any]) -> None:
    """Do something that a cluster which does not answer could hold up, and wait so long for it."""

    def quietly() -> None:
        with suppress(Exception):
            do()

    thread = threading.Thread(target=quietly, daemon=True)
    thread.start()
    thread.join(seconds)


def of_this_machine(order: Order) -> ClusterWorkers:
    """Return a cluster of this machine, a worker a core, that is reached from nowhere else and ends with the map."""
    count = cores()

    def connected(stack: ExitStack) -> tuple[Client, Callable[[], None]]:
        cluster = stack.enter_context(
            LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                worker_dashboard_address="127.0.0.1:0",
                memory_limit=0,
                silence_logs=logging.CRITICAL,
                scheduler_kwargs={"allowed_failures": ALLOWED_FAILURES},
            )
        )
        client = Client(cluster, timeout=CONNECTS, set_as_default=False)
        deaf: set[str] = set()

        def mend() -> None:
            new = client.nthreads().keys() - deaf
            if new:
                client.run(be_deaf, workers=list(new), on_error="ignore")
                deaf.update(new)
            ended = [
                name for name, it in cluster.workers.items() if it.status in (Status.closed, Status.failed)
            ]
            for name in ended:  # as one that was killed while it began, which its nanny gives up
                del cluster.workers[name]
            if len(cluster.workers) < count:
                cluster.scale(count)

        return client, mend

    return ClusterWorkers(order, "dask", connected)


def at(order: Order, place: str, address: str, file: str | None = None) -> ClusterWorkers:
    """Return the workers of a cluster that is there.

    Args:
        order: what they are told.
        place: how people call it.
        address: of its scheduler.
        file: the scheduler file that says so, and may say another one later.

    Raises:
        Refusal: where it cannot be reached, or is of another version.
    """
    refuse_other_scheduler(place, asked(place, address))

    def connected(stack: ExitStack) -> tuple[Client, Callable[[], None]]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VersionMismatchWarning)  # what matters of it is said in words
            where = {"address": address} if file is None else {"scheduler_file": file}
            return Client(timeout=CONNECTS, set_as_default=False, **where), lambda: None

    return ClusterWorkers(order, place, connected)


def asked(place: str, address: str) -> Mapping[str, Any]:
    """Return the versions of what a scheduler's machine has.

    Raises:
        Refusal: where what listens there is no scheduler, or trusts other certificates.
    """

    async def answer() -> Mapping[str, Any]:
        arguments = Security().get_connection_args("client")
        async with rpc(address, timeout=CONNECTS, connection_args=arguments) as scheduler:
            told: Mapping[str, Any] = (await scheduler.versions(packages=[]))["packages"]
            return told

    try:
        return asyncio.run(asyncio.wait_for(answer(), CONNECTS))
    except Exception as error:
        raise Refusal("--on", place, _why_not(error)) from error


def _why_not(error: Exception) -> str:
    words = one_line(str(error), 120)
    if "ssl" in words.lower() or "tls" in words.lower():
        return (
            "is not reached with the certificates of dask's configuration (distributed.comm.tls: ca-file, "
            f"client.cert, client.key): {words}"
        )
    return "answers, but not as a scheduler of dask.distributed does" + (f": {words}" if words else "")
