"""What this machine has: its memory, and how much of that is at hand."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

SHARE = 0.8
"""Of the memory at hand, what one thing may take: others want some meanwhile."""

if sys.platform == "win32":
    import ctypes

    class _MemoryStatus(ctypes.Structure):
        """MEMORYSTATUSEX of the Windows API."""

        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            ("physical", ctypes.c_ulonglong),
            ("available", ctypes.c_ulonglong),
            ("others", ctypes.c_ulonglong * 5),
        )

    def _windows_memory() -> tuple[int, int] | None:
        status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
        known = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
        return (int(status.physical), int(status.available)) if known else None

    def physical_memory() -> int | None:
        """Return the bytes of memory this machine has, or None where the system does not tell."""
        known = _windows_memory()
        return known[0] if known else None

    def memory_at_hand() -> int | None:
        """Return the bytes of memory that are free now, or None where the system does not tell."""
        known = _windows_memory()
        return known[1] if known else None

else:

    def physical_memory() -> int | None:
        """Return the bytes of memory this machine has, or None where the system does not tell."""
        try:
            return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        except (ValueError, OSError):
            return None

    def memory_at_hand() -> int | None:
        """Return the bytes of memory that are free now; half of all where only that is told, None where nothing is."""
        with suppress(OSError, ValueError):
            for line in Path("/proc/meminfo").read_text("ascii").splitlines():
                name, _, amount = line.partition(":")
                if name == "MemAvailable":
                    return int(amount.split()[0]) * 1024
        physical = physical_memory()
        return physical // 2 if physical else None


def memory_limit() -> int | None:
    """Return the bytes that one thing may take now, all its copies together; None where the system does not tell."""
    free = memory_at_hand()
    return None if free is None else int(SHARE * free)
