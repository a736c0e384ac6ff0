"""How much memory something takes, where the system tells: what a reader of hostile files is held to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

RESET = Path("/proc/self/clear_refs")


def peak_of(do: Callable[[], None]) -> int:
    """Do something and return by how many bytes resident memory grew at most; 0 where nobody tells."""
    try:
        RESET.write_text("5", "ascii")  # the peak starts anew: proc(5)
        before = resident("VmRSS")
    except OSError:
        do()
        return 0
    do()
    return max(0, resident("VmHWM") - before)


def resident(name: str, process: int | str = "self") -> int:
    """Return one of the numbers of bytes that Linux keeps of a process."""
    lines = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(name))
