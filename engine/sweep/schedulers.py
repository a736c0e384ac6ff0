"""Schedulers of dask.distributed: one of this machine that ends with its map, or one that is there."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import socket
import threading
import warnings
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from typing import Any
from urllib.parse import urlsplit

from distributed import Client, LocalCluster, Security
from distributed.core import Status, rpc
from distributed.versions import VersionMismatchWarning

from ..machine import cores
from ..words.errors import Refusal, one_line
from .remote import be_deaf
from .roster import refuse_other_scheduler

ANSWERS = 5.0
"""Seconds within which a machine must answer."""
CONNECTS = 10.0
"""Seconds for a scheduler to answer, and to be there again where it was lost."""
LEAVES = 1.0
"""Seconds that a scheduler is given to hear that one goes; it sees that, too."""
ENDS = 3.0
"""Seconds that a cluster of one's own may take to end; what is left of it then is killed."""
ALLOWED_FAILURES = 20
"""Workers of a cluster of one's own that a task may lose before dask takes it to be the reason."""

Connected = Callable[[AsyncExitStack], Awaitable[tuple[Client, Callable[[], Awaitable[None]]]]]
"""Gives a client of the loop at hand, and what sees that workers are there; what is to be closed after goes to the
stack. It may be broken off anywhere."""


def of_this_machine() -> Connected:
    """Return how to get a cluster of this machine, a worker a core, that is reached from nowhere else."""
    count = cores()

    async def connected(stack: AsyncExitStack) -> tuple[Client, Callable[[], Awaitable[None]]]:
        cluster = LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            memory_limit=0,
            silence_logs=logging.CRITICAL,
            scheduler_kwargs={"allowed_failures": ALLOWED_FAILURES},
            asynchronous=True,
        )
        stack.push_async_callback(_end, cluster)
        await cluster
        client = await _client(stack, address=cluster)
        deaf: set[str] = set()

        async def mend() -> None:
            new = (await client.nthreads()).keys() - deaf
            if new:
                deaf.update(new)
                with suppress(TimeoutError):  # all are told, and one that does not answer is not waited for
                    async with asyncio.timeout(LEAVES):
                        await client.run(be_deaf, workers=list(new), on_error="ignore")
            ended = [
                name for name, it in cluster.workers.items() if it.status in (Status.closed, Status.failed)
            ]
            for name in ended:  # as one that was killed while it began, which its nanny gives up
                del cluster.workers[name]
            if len(cluster.workers) < count:
                cluster.scale(count)

        return client, mend

    return connected


async def _end(cluster: LocalCluster) -> None:
    """End a cluster of one's own, however far it has come."""
    nannies = list(cluster._created)  # those that are not listed yet, too
    with suppress(Exception):
        async with asyncio.timeout(ENDS):
            if (closing := cluster.close()) is not None:
                await closing
    left = {nanny.pid for nanny in nannies} - {None}
    for child in multiprocessing.active_children():
        if child.pid in left:
            child.kill()
            child.join(LEAVES)
    cluster.status = Status.closed


def at(place: str, address: str, file: str | None = None) -> Connected:
    """Return how to get to a cluster that is there.

    Args:
        place: how people call it.
        address: of its scheduler.
        file: the scheduler file that says so, and may say another one later.
    """

    async def connected(stack: AsyncExitStack) -> tuple[Client, Callable[[], Awaitable[None]]]:
        await _aside(lambda: knock(place, address))
        refuse_other_scheduler(place, await asked(place, address))
        where = {"address": address} if file is None else {"scheduler_file": file}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VersionMismatchWarning)  # what matters of it is said in words
            return await _client(stack, **where), _nothing

    return connected


async def _nothing() -> None:
    """Leave workers to those whose they are."""


async def _client(stack: AsyncExitStack, **where: Any) -> Client:
    client = Client(timeout=CONNECTS, set_as_default=False, asynchronous=True, **where)
    stack.push_async_callback(_leave, client)
    await client
    return client


async def _leave(client: Client) -> None:
    with suppress(Exception):
        async with asyncio.timeout(LEAVES):
            await client.close()


async def _aside(do: Callable[[], None]) -> None:
    """Do what a loop would wait for in a thread of its own, which is left to itself where nobody waits any more."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def tell(error: Exception | None) -> None:
        if done.cancelled():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def work() -> None:
        error: Exception | None = None
        try:
            do()
        except Exception as raised:
            error = raised
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(tell, error)

    threading.Thread(target=work, name="knock", daemon=True).start()
    await done


def knock(place: str, address: str) -> None:
    """Refuse an address where nobody listens, which dask would wait for.

    Raises:
        Refusal: with the reason.
    """
    whole = urlsplit(address)
    try:
        if whole.hostname is None or whole.port is None:
            raise ValueError("it has no host and port")
        socket.create_connection((whole.hostname, whole.port), timeout=ANSWERS).close()
    except socket.gaierror:
        raise Refusal("--on", place, f"cannot be found: no machine is called {whole.hostname}") from None
    except ValueError as error:
        raise Refusal("--on", place, f"is no address ({one_line(str(error))}); say tcp://HOST:PORT") from None
    except OSError as error:
        why = "nothing answers" if isinstance(error, TimeoutError) else (error.strerror or str(error)).lower()
        raise Refusal(
            "--on", place, f"has no scheduler ({why}); start one with `dask scheduler` there"
        ) from None


async def asked(place: str, address: str) -> Mapping[str, Any]:
    """Return the versions of what a scheduler's machine has.

    Raises:
        Refusal: where what listens there is no scheduler, or trusts other certificates.
    """
    arguments = Security().get_connection_args("client")
    try:
        async with asyncio.timeout(CONNECTS):
            async with rpc(address, timeout=CONNECTS, connection_args=arguments) as scheduler:
                told: Mapping[str, Any] = (await scheduler.versions(packages=[]))["packages"]
                return told
    except Exception as error:
        raise Refusal("--on", place, _why_not(error)) from error


def _why_not(error: Exception) -> str:
    words = one_line(str(error), 120)
    if "ssl" in words.lower() or "tls" in words.lower():
        return (
            "is not reached with the certificates of dask's configuration (distributed.comm.tls: ca-file, "
            f"client.cert, client.key): {words}"
        )
    if isinstance(error, TimeoutError):
        return f"does not answer as a scheduler of dask.distributed does, within {CONNECTS:g} seconds"
    return "answers, but not as a scheduler of dask.distributed does" + (
        f": {words}" if words and isinstance(error, OSError) else ""
    )
