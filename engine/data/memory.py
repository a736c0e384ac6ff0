"""Refuse data that this machine cannot hold, before anything is allocated."""

from __future__ import annotations

import os
import sys

from engine.data.table import DataShape
from engine.errors import Refusal
from engine.formats import byte_size

COPIES = 3  # the kind's own points, the raw points and the inputs exist at the same time


if sys.platform == "win32":
    import ctypes

    class _MemoryStatus(ctypes.Structure):
        """MEMORYSTATUSEX of the Windows API."""

        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            ("physical", ctypes.c_ulonglong),
            ("others", ctypes.c_ulonglong * 6),
        )

    def physical_memory() -> int | None:
        """Return the bytes of memory this machine has, or None where the system does not tell."""
        status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
        known = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
        return int(status.physical) if known else None

else:

    def physical_memory() -> int | None:
        """Return the bytes of memory this machine has, or None where the system does not tell."""
        try:
            return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        except (ValueError, OSError):
            return None


def memory_limit() -> int | None:
    """Return the bytes that data may take: half of this machine's memory."""
    physical = physical_memory()
    return physical // 2 if physical else None


def refuse_beyond_memory(shape: DataShape) -> None:
    """Refuse data whose float64 copies together need more than half of this machine's memory.

    Raises:
        Refusal: with the field to make smaller and how many points would fit.
    """
    limit = memory_limit()
    per_point = COPIES * 8 * (shape.inputs + 1)
    if limit is None or shape.points * per_point <= limit:
        return
    needed = byte_size(min(shape.points * per_point, 2**70))
    fitting = limit // per_point
    remedy = (
        f"at most {fitting} points of {shape.inputs} inputs fit" if fitting else "fewer inputs are needed"
    )
    raise Refusal(
        shape.field,
        None,
        f"asks for {_short(shape.points)} points of {_short(shape.inputs)} inputs, which need {needed}, "
        f"more than half of this machine's memory ({byte_size(2 * limit)}); {remedy}",
    )


def _short(count: int) -> str:
    return str(count) if count < 10**15 else f"1e{len(str(count)) - 1} or more"
