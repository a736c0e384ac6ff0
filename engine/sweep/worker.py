"""What happens in a process that trains tasks: it is told once what to keep of a map, and then only of tasks."""

from __future__ import annotations

import contextlib
import gc
import importlib
import multiprocessing
import os
import platform
import signal
import threading
from collections.abc import Sequence
from dataclasses import replace

from ..experiment.plug_ins.loaded import switch_on
from ..machine import give_way, keep_to, limit_libraries
from ..protocol.heartbeat import loaded
from ..protocol.points import Order, PointResult, Task, failed
from ..words.errors import TooLittleMemory
from .order import Brief, take_up

TRAINS = "engine.training.points"
"""What trains: imported by name, where torch is wanted, since the window, which has none, knows this file."""
WARMS = "engine.training.warm_up"
DEVICE = "engine.device"
_brief = Brief("", Order())
_unfit = ""
"""Why this process can train nothing."""


class Untold(Exception):
    """A process does not know what is to be kept of a task: it is not the one that was told."""


def begin(plug_ins: Sequence[str] = ()) -> None:
    """Make this process a worker: of one thread, deaf to what its coordinator is told, and gone when that is gone."""
    global _unfit
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    keep_to(1)
    limit_libraries()
    give_way()
    _unfit = " ".join(switch_on(plug_ins))  # they are imported, and may hang
    _load()


def _load() -> None:
    """Load all that trains, while the coordinator still plans; what is there by then stays.

    Looking through it for garbage again and again would cost half a millisecond a point.
    """
    gc.disable()
    try:
        importlib.import_module("torch").set_num_threads(1)
        with contextlib.suppress(Exception):  # a task that meets it again says it
            for _ in importlib.import_module(WARMS).warm_up():
                pass
    finally:
        loaded()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def ready() -> None:
    """Do nothing: this process has begun."""


def hear(brief: Brief) -> None:
    """Take up what is to be kept of the tasks that come."""
    global _brief
    give_way()
    take_up(brief.order)
    _brief = brief


def work(task: Task, name: str) -> list[PointResult]:
    """Train a task's points as was told in the brief of this name.

    Raises:
        Untold: where it was not.
        TooLittleMemory: where it takes more than there is now.
    """
    if name != _brief.name:
        raise Untold(name)
    if _unfit:
        return failed(task.points, f"its worker cannot train it. {_unfit}")
    give_way()  # anew: what others had when it began, or have now, decides what it may have
    device = importlib.import_module(DEVICE)
    try:
        results: list[PointResult] = importlib.import_module(TRAINS).train(task, _brief.order)
    except TooLittleMemory as error:
        why = str(error)
    else:
        device.return_card_memory()  # other processes share the card
        place = platform.node()
        return [replace(result, place=place) for result in results]
    gc.collect()  # what failed may still hold it, and others start with what is left
    device.return_freed_memory()
    raise TooLittleMemory(why)
