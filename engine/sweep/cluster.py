"""Tasks on a cluster of dask.distributed, whose scheduler, security and workers are its own; comes with an extra."""

from __future__ import annotations

import asyncio
import itertools
import logging
import queue
import random
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any

from distributed import Client, Future, KilledWorker
from distributed.utils import silence_logging_cmgr

from ..protocol.points import Order, Task, failed
from ..words.errors import Refusal, one_line
from ..words.formats import byte_size, counted
from .order import Brief, as_sent
from .processes import said_of
from .remote import UnfitWorker, dismiss, train_there, under_way
from .roster import Roster
from .schedulers import CONNECTS, LEAVES, Connected
from .workers import Outcome, WorkersGone, WorkersState, drained

CLOSES = 10.0
"""Seconds that all of the end may take; each of its parts has less."""
GOOD_BYE = 2.0
"""Seconds that workers may take to end what they began for this map, which they do, too, once it is quiet."""
CANCELS = 1.0
"""Seconds for what has ended to be fetched, and for a scheduler to forget the rest, where a map is stopped."""
LOOK = 1.0
"""Seconds between two looks at who is there."""
SHORT = 0.05
"""Seconds between two looks whether anybody still wants them."""
TOGETHER = 64
"""Results that are fetched at once."""
SENT_AGAIN = 20
"""How often a task is sent whose workers go before it ends."""
FETCHES = 10.0
"""Seconds that results may take to be fetched, together and each alone; then who has them is taken to be gone."""

SILENT = "its scheduler does not answer; it is waited for"


class ClusterWorkers:
    """The workers of a cluster, which come and go.

    All that has to do with the cluster is done by one thread, in its event loop, and can be broken off anywhere; others
    hand it what they want, and take what it has put in queues.
    """

    def __init__(self, order: Order, place: str, connected: Connected) -> None:
        """Make some that nobody has called yet.

        Args:
            order: what to keep of points, and to judge on them.
            place: how people call the cluster.
            connected: how to get there.
        """
        self._place, self._name = place, f"marginlab-{uuid.uuid4().hex[:12]}"
        self._brief, self._connected = Brief(self._name, order), connected
        self._sent_brief: Future[Brief] | None = None
        self._copied, self._missed = True, frozenset[str]()
        self._waiting: deque[Task] = deque()
        self._tasks: dict[Any, tuple[Task, Future[Any], list[str] | None]] = {}
        self._times_sent: dict[tuple[int, ...], int] = {}
        self._numbers = itertools.count()
        self._done: asyncio.Queue[tuple[Any, Exception | None]] = asyncio.Queue()
        self._watched: set[asyncio.Task[None]] = set()
        self._ended: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._sentences: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._said: set[str] = set()
        self._there, self._closing = threading.Event(), False
        self._error: Refusal | None = None
        self._client: Client | None = None
        self._roster: Roster | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)

    # --- what they are ---

    @property
    def count(self) -> int:
        """Return how many tasks are trained at once; 1 where nobody is there, as tasks make some clusters grow."""
        return max(1, self.state.threads)

    @property
    def words(self) -> str:
        """Say how many workers there are by now."""
        return counted(self.state.workers, "worker")

    @property
    def state(self) -> WorkersState:
        """Return what they are by now."""
        roster, tasks = self._roster, len(self._tasks) + len(self._waiting)
        if roster is None:
            return WorkersState(0, 0, tasks=tasks)
        return WorkersState(
            roster.workers, roster.threads, roster.memory, tasks, roster.dashboard, len(roster.silent)
        )

    def told(self) -> Sequence[str]:
        """Return what is to be said of them since this was asked before."""
        return drained(self._sentences)

    def _greeting(self) -> str:
        state = self.state
        if not state.workers:
            who = f"no worker of {state.silent:,} answers" if state.silent else "no worker is there yet"
            return f"{self._place}: {who}; they are waited for"
        threads = f" of {counted(state.threads, 'thread')}" if state.threads != state.workers else ""
        memory = f", {byte_size(state.memory)} of memory" if state.memory else ""
        dashboard = f"; its dashboard: {state.dashboard}" if state.dashboard else ""
        return f"{self._place}: {counted(state.workers, 'worker')}{threads}{memory}{dashboard}"

    def _tell(self, words: str) -> None:
        """Say something of them, once."""
        if words not in self._said:
            self._said.add(words)
            self._say(words)

    def _say(self, words: str) -> None:
        self._sentences.put(f"{self._place}: {words}")

    # --- what others ask for ---

    def begin(self, stopping: threading.Event) -> None:
        """Connect, and look who is there; return early where that is not wanted any more.

        Raises:
            Refusal: where no scheduler is there, or one of another version, or nobody who could train.
        """
        self._main = self._loop.create_task(self._stay())
        self._thread.start()
        while not (self._there.wait(SHORT) or stopping.is_set()):
            pass
        if self._error is not None:
            raise self._error
        if not stopping.is_set():
            if self._roster is not None:
                self._roster.refuse_if_nobody_fits()
            self._sentences.put(self._greeting())

    def submit(self, task: Task) -> None:
        """Have a task trained, after those submitted before."""
        self._hand_over(self._take_up, task)

    def next(self, seconds: float) -> Outcome | None:
        """Return what became of a task, in the order they end; None where none ended within so many seconds.

        Raises:
            WorkersGone: where the scheduler is lost.
        """
        try:
            return self._ended.get(timeout=seconds)
        except queue.Empty:
            if self._error is not None:
                raise self._error from None
            return None

    def cancel(self) -> Sequence[Outcome]:
        """Forget every task, and return what became of those that had ended."""
        forgotten = threading.Event()
        if self._hand_over(self._begin_to_forget, forgotten):
            forgotten.wait(2 * CANCELS + SHORT)
        return drained(self._ended)

    def close(self) -> None:
        """End what was begun for this map, and wait for that; a cluster of one's own ends with it."""
        if self._thread.ident is None:
            self._loop.close()
            return
        self._hand_over(self._break_off)
        self._thread.join(CLOSES)

    def _hand_over(self, do: Callable[..., None], *told: Any) -> bool:
        """Have something done by the thread of the cluster; say whether there still is one."""
        try:
            self._loop.call_soon_threadsafe(do, *told)
        except RuntimeError:  # its loop is closed
            return False
        return self._thread.is_alive()

    # --- the thread of the cluster ---

    def _run(self) -> None:
        """Be at the cluster until nobody wants it, and leave nothing behind."""
        loop = self._loop
        asyncio.set_event_loop(loop)
        loop.set_exception_handler(lambda loop, told: None)  # what ends nothing, as of workers that go
        with silence_logging_cmgr(logging.CRITICAL):
            try:
                loop.run_until_complete(self._main)
            except asyncio.CancelledError as error:
                if not self._closing:  # whoever broke it off, nobody here did
                    self._error = self._gone(one_line(str(error)))
            except Exception as error:
                self._error = error if isinstance(error, Refusal) else self._gone(one_line(str(error)))
            finally:
                self._there.set()
                with suppress(Exception):
                    loop.run_until_complete(_all_ended(loop))
                loop.close()

    def _gone(self, why: str = "") -> WorkersGone:
        told = f" ({why})" if why else ""
        return WorkersGone(
            "--on", self._place, f"does not answer any more{told}; with --out, the same command goes on"
        )

    def _break_off(self) -> None:
        if not self._closing:
            self._closing = True
            self._main.cancel()

    async def _stay(self) -> None:
        """Connect, see to tasks, and say good-bye, whatever happens meanwhile."""
        async with AsyncExitStack() as stack:
            client, mend = await self._connected(stack)
            self._client, self._roster = client, Roster(client, self._place, self._say)
            stack.push_async_callback(self._say_good_bye)
            await asyncio.gather(self._look_after(client, self._roster, mend), self._fetch(client))

    async def _say_good_bye(self) -> None:
        """Let workers end what they began for this map."""
        client, roster = self._client, self._roster
        if client is None or roster is None:
            return
        those = [*roster.fit, *roster.silent]
        if those and self._is_connected:
            with suppress(Exception):
                async with asyncio.timeout(GOOD_BYE):
                    await client.run(dismiss, self._name, on_error="ignore", workers=those)

    @property
    def _is_connected(self) -> bool:
        return self._client is not None and self._client.status == "running"

    # --- who is there ---

    async def _look_after(self, client: Client, roster: Roster, mend: Callable[[], Any]) -> None:
        """Look who is there now and then, see that they have the order, and that no task is with those who are not."""
        while client.status != "closed":
            try:
                if self._is_connected:
                    async with asyncio.timeout(CONNECTS):
                        await mend()
                        await roster.look()
                    self._said.discard(SILENT)
                    self._there.set()
                    await self._see_that_they_have_the_order(client, roster)
                    await self._take_back(client, roster)
            except TimeoutError:
                self._tell(SILENT)
            except OSError:  # as while the scheduler is not there
                pass
            except Exception as error:
                self._tell(f"its workers cannot be asked ({one_line(str(error))})")
            self._there.set()
            self._send()
            await asyncio.sleep(LOOK)
        raise self._gone()

    async def _see_that_they_have_the_order(self, client: Client, roster: Roster) -> None:
        """Send it to all at once, or to one that others have it from, where that took too long."""
        sent, fit = self._sent_brief, roster.fit
        hidden = bool(roster.silent - self._missed)  # who is silent may be the only one that has it
        if fit and (sent is None or sent.status != "finished" or hidden):
            to = fit if self._copied else [random.choice(fit)]
            self._sent_brief = None  # until another is there, nothing is sent
            try:
                async with asyncio.timeout(CONNECTS):
                    self._sent_brief = await client.scatter(
                        self._brief, workers=to, broadcast=self._copied, hash=False, timeout=CONNECTS
                    )
            except TimeoutError:
                self._copied = False

    async def _take_back(self, client: Client, roster: Roster) -> None:
        """Send again what is with workers that do not answer, or may go to none but those that have gone."""
        fit = set(roster.fit)
        if not fit:
            return
        taken = {key for key, (_, _, only) in self._tasks.items() if only and fit.isdisjoint(only)}
        if roster.silent and self._tasks:
            async with asyncio.timeout(CONNECTS):
                processing = await client.processing()
            taken |= {key for at in roster.silent for key in processing.get(at, ())}
        if roster.silent - self._missed:
            taken |= await self._not_begun(client, roster)
        self._missed = roster.silent
        await self._send_again(client, taken)

    async def _not_begun(self, client: Client, roster: Roster) -> set[Any]:
        """Return what nobody has begun who answers: it may wait for an order that only others have."""
        waiting = {key for key, (_, future, _) in self._tasks.items() if future.status == "pending"}
        with suppress(TimeoutError):  # somebody is silent by now who is found to be at the next look
            async with asyncio.timeout(CANCELS):
                begun = await client.run(under_way, workers=roster.fit, on_error="ignore")
                return waiting - {key for keys in begun.values() for key in keys}
        return set()

    async def _send_again(self, client: Client, keys: Iterable[Any]) -> None:
        """Forget that tasks were sent, and send them to others."""
        sent = [found for key in keys if (found := self._tasks.pop(key, None)) is not None]
        if sent:
            await client.cancel([future for _, future, _ in sent], force=True)
        for task, _, _ in sent:
            self._end(task, None)

    # --- tasks on their way ---

    def _take_up(self, task: Task) -> None:
        self._waiting.append(task)
        self._send()

    def _send(self) -> None:
        """Send what waits, where there is anybody to send it to, who has the order."""
        brief, roster, client = self._sent_brief, self._roster, self._client
        if brief is None or roster is None or client is None:
            return
        while (
            self._waiting
            and brief.status == "finished"
            and self._is_connected
            and roster.ready
            and roster.only != []
        ):
            task = self._waiting.popleft()
            key, only = (self._name, next(self._numbers)), roster.only
            try:
                future = client.submit(train_there, as_sent(task), brief, key=key, workers=only, pure=False)
            except Exception as error:
                self._ended.put(Outcome(task, failed(task.points, said_of(error))))
                continue
            self._tasks[key] = task, future, only
            self._times_sent[task.points] = self._times_sent.get(task.points, 0) + 1
            watched = asyncio.create_task(self._watch(key, future))
            self._watched.add(watched)
            watched.add_done_callback(self._watched.discard)

    async def _watch(self, key: Any, future: Future[Any]) -> None:
        """Note that a task has ended, and what it raised."""
        error: Exception | None = None
        try:
            error = await future.exception()
        except Exception as raised:
            error = raised
        self._done.put_nowait((key, error))

    async def _fetch(self, client: Client) -> None:
        """Fetch results as tasks end, many at once."""
        while True:
            ended = [await self._done.get()]
            while len(ended) < TOGETHER and not self._done.empty():
                ended.append(self._done.get_nowait())
            there = {key: self._tasks[key][1] for key, _ in ended if key in self._tasks}
            answers = await _answers(client, there)
            for key, error in ended:
                if key in self._tasks:
                    task, future, _ = self._tasks.pop(key)
                    self._end(task, self._became(task, future, answers.get(key, error)))
                self._done.task_done()
            self._send()

    def _end(self, task: Task, outcome: Outcome | None) -> None:
        """Tell what became of a task, or send it again where that is not known."""
        if outcome is None and self._times_sent[task.points] < SENT_AGAIN:
            self._waiting.appendleft(task)
            return
        del self._times_sent[task.points]
        self._ended.put(outcome or Outcome(task, lost="its workers went before it ended"))

    def _became(self, task: Task, future: Future[Any], answer: Any) -> Outcome | None:
        """Return what became of a task; None where it is to be sent again."""
        match answer:
            case (results, lost, short):
                return Outcome(task, results, lost, short)
            case UnfitWorker() | ImportError() | AttributeError() if future.status == "error":
                if self._roster is not None:  # one that came since workers were looked at
                    self._roster.look_again()
                return None
            case KilledWorker():
                return Outcome(task, lost="its workers ended, one after the other")
            case Exception() if self._is_connected and future.status in ("error", "finished"):
                return Outcome(task, failed(task.points, said_of(answer)))
        return None  # as where a worker went between its task and this, or the scheduler

    # --- the end ---

    def _begin_to_forget(self, forgotten: threading.Event) -> None:
        forgetting = asyncio.create_task(self._forget(forgotten))
        self._watched.add(forgetting)
        forgetting.add_done_callback(self._watched.discard)

    async def _forget(self, forgotten: threading.Event) -> None:
        """Forget every task, once what has ended is fetched."""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(CANCELS):
                    await self._done.join()
            futures = [future for _, future, _ in self._tasks.values()]
            self._tasks.clear()
            self._waiting.clear()
            self._times_sent.clear()
            if self._client is not None and futures and self._is_connected:
                with suppress(Exception):
                    async with asyncio.timeout(CANCELS):
                        await self._client.cancel(futures, force=True)
        finally:
            forgotten.set()


async def _answers(client: Client, futures: Mapping[Any, Future[Any]]) -> dict[Any, Any]:
    """Return the results of those that finished, or why one cannot be fetched; nothing of one that takes too long."""
    finished = {key: future for key, future in futures.items() if future.status == "finished"}
    try:
        async with asyncio.timeout(FETCHES):
            return dict(zip(finished, await client.gather(list(finished.values())), strict=True))
    except Exception:
        answers: dict[Any, Any] = {}
        for key, future in finished.items():
            try:
                async with asyncio.timeout(FETCHES) as limit:
                    (answers[key],) = await client.gather([future])
            except Exception as error:
                if not limit.expired():
                    answers[key] = error
        return answers


async def _all_ended(loop: asyncio.AbstractEventLoop) -> None:
    """Break off whatever is still under way in a loop."""
    left = asyncio.all_tasks(loop) - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=LEAVES)
