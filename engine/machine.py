"""What this machine gives to this process: cores and memory, within what a scheduler or a container allows."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

PROC = Path("/proc")
NO_LIMIT = 2**62
"""Bytes that stand for no limit."""
SHARE = 0.8
"""Of the memory at hand, what one thing may take: others want some meanwhile."""
_own_limit = 2**16
"""Cores that this process keeps to."""

if sys.platform == "win32":

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
        """Return the bytes of memory there are for this process, or None where the system does not tell."""
        allowed = [limit for limit, _ in _memory_limits()]
        try:
            return min(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), *allowed, NO_LIMIT)
        except (ValueError, OSError):
            return None

    def memory_at_hand() -> int | None:
        """Return the bytes of memory that are free now; half of all where only that is told, None where nothing is."""
        left = [max(0, limit - used) for limit, used in _memory_limits()]
        with suppress(OSError, ValueError):
            for line in (PROC / "meminfo").read_text("ascii").splitlines():
                name, _, amount = line.partition(":")
                if name == "MemAvailable":
                    return min(int(amount.split()[0]) * 1024, *left, NO_LIMIT)
        physical = physical_memory()
        return min(physical // 2, *left, NO_LIMIT) if physical else None


def memory_limit() -> int | None:
    """Return the bytes that one thing may take now, all its copies together; None where the system does not tell."""
    free = memory_at_hand()
    return None if free is None else int(SHARE * free)


def give_way() -> None:
    """Let this process be refused memory before the machine has none left, and be the first to go where it has not.

    What it may have is most of what is at hand now, beside what it has: an array that is too large is then an error of
    memory. It is for now alone: what others take, or give back, changes it.
    """
    if sys.platform != "linux":
        return
    import resource

    with suppress(OSError, ValueError):
        (PROC / "self" / "oom_score_adj").write_text("1000", "ascii")
    limit = memory_limit()
    if limit is not None:
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        limit += _own_data()
        with suppress(OSError, ValueError):
            resource.setrlimit(
                resource.RLIMIT_DATA, (limit if most == resource.RLIM_INFINITY else min(limit, most), most)
            )


def _own_data() -> int:
    """Return the bytes that RLIMIT_DATA counts of this process; 0 where the system does not tell."""
    for line in _text(PROC / "self" / "status").splitlines():
        name, _, amount = line.partition(":")
        if name == "VmData":
            return int(amount.split()[0]) * 1024
    return 0


def cores() -> int:
    """Return how many cores this process may keep busy: those that taskset and control groups leave to it."""
    known = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(known, *(int(share) for share in _core_shares()), _own_limit))


def keep_to(count: int) -> None:
    """Let this process keep no more cores busy than so many, whatever is left to it: others have the rest."""
    global _own_limit
    _own_limit = count


def limit_libraries() -> None:
    """Let the libraries of linear algebra start no more threads than there are cores; before they are imported.

    They look at the cores that a process may run on, but not at the share of them that a control group gives it.
    """
    if any(share < (os.cpu_count() or 1) for share in _core_shares()):
        for library in ("OMP", "OPENBLAS", "MKL"):
            os.environ.setdefault(f"{library}_NUM_THREADS", str(cores()))


# --- control groups (cgroups(7)): of every group that this process is in, the tightest limit counts ----------


def _memory_limits() -> list[tuple[int, int]]:
    """Return the limits of memory and what of each is used, without pages that can be given back at once."""
    limits = []
    for group, second in _groups("memory"):
        names = ("memory.max", "memory.high") if second else ("memory.limit_in_bytes",)
        known = [limit for name in names if (limit := _number(group / name)) is not None and limit < NO_LIMIT]
        if known:
            used = _number(group / ("memory.current" if second else "memory.usage_in_bytes")) or 0
            used -= _given_back(group / "memory.stat", "inactive_file" if second else "total_inactive_file")
            limits += [(limit, used) for limit in known]
    return [*limits, *_address_space()]


def _address_space() -> list[tuple[int, int]]:
    """Return what `ulimit -v` allows, and what of it is used."""
    if sys.platform == "win32":
        return []
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return []
    pages = _text(PROC / "self" / "statm").partition(" ")[0]
    return [(limit, int(pages or 0) * resource.getpagesize())]


def _core_shares() -> list[float]:
    """Return of how many cores the time is granted."""
    shares = []
    for group, second in _groups("cpu"):
        if second:
            quota, _, period = _text(group / "cpu.max").partition(" ")
        else:
            quota, period = (_text(group / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
        if quota.isdecimal() and period.isdecimal() and int(period):
            shares.append(int(quota) / int(period))
    return shares


def _groups(controller: str) -> tuple[tuple[Path, bool], ...]:
    """Return the folders of the groups that limit this process, and whether they are of cgroups' second version."""
    return _groups_of(PROC, controller, _text(PROC / "self" / "cgroup"))


@lru_cache(maxsize=16)  # a run asks some six times before it begins; mounts are many
def _groups_of(proc: Path, controller: str, belongs: str) -> tuple[tuple[Path, bool], ...]:
    return tuple(_walked(proc, controller, belongs))


def _walked(proc: Path, controller: str, belongs: str) -> Iterator[tuple[Path, bool]]:
    """Walk from the groups that a process belongs to up to where they are mounted."""
    mounts = [line.split() for line in _text(proc / "self" / "mountinfo").splitlines()]
    for line in belongs.splitlines():
        _, controllers, name = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        for fields in mounts:
            kind, _, options = fields[fields.index("-") + 1 :][:3]
            is_it = kind == "cgroup2" if not controllers else controller in options.split(",")
            if kind.startswith("cgroup") and is_it:
                # what is mounted may be a group itself, as in a container
                inside = name.removeprefix("" if fields[3] == "/" else fields[3]).strip("/")
                top = Path(fields[4])
                for folder in (top / inside, *(top / inside).parents):
                    yield folder, not controllers
                    if folder == top:
                        break


def _given_back(path: Path, name: str) -> int:
    lines = dict(line.split(" ", 1) for line in _text(path).splitlines() if " " in line)
    return int(lines.get(name, "0"))


def _number(path: Path) -> int | None:
    """Return the number in a file; None where it is not there or says 'max'."""
    text = _text(path)
    return int(text) if text.isdecimal() else None


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace").strip()
    except OSError:
        return ""
