"""The threads that help with compiled steps: made once, when first asked for, and never more than there are cores."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any


def together(tasks: Sequence[Callable[[], None]], over: Callable[[], None] | None = None) -> None:
    """Do the first task here and the others beside it; over: called after the first, so that the others may end."""
    if len(tasks) == 1:
        tasks[0]()
        return
    beside = [_pool().submit(task) for task in tasks[1:]]
    try:
        tasks[0]()
    finally:
        if over is not None:
            over()
        for future in beside:
            future.result()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="compiled steps")


@cache
def rest() -> int:
    """Return the address of the system's function that lets other threads have the processor; 0 for none."""
    try:
        if sys.platform == "win32":
            function: Any = ctypes.WinDLL("kernel32").SwitchToThread
        else:
            function = ctypes.CDLL(None).sched_yield
    except (AttributeError, OSError):
        return 0
    return ctypes.cast(function, ctypes.c_void_p).value or 0
