"""How much more memory something takes than there was in use before."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import torch

from ..device import return_freed_memory

T = TypeVar("T")
_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def with_peak(device: torch.device, do: Callable[[], T]) -> tuple[T, int | None]:
    """Do something; return what came of it and by how many bytes memory in use grew at most, None where unknown.

    On a processor that is resident memory, which Linux alone tells the peak of since a moment.
    """
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        done = do()
        return done, torch.cuda.max_memory_allocated(device) - before
    return_freed_memory()
    with suppress(OSError):
        _RESET.write_text("5", "ascii")  # the peak starts anew: proc(5)
        before = _resident("VmRSS")
        done = do()
        return done, max(0, _resident("VmHWM") - before)
    return do(), None


def _resident(name: str) -> int:
    """Return one of the numbers of bytes that Linux keeps of this process."""
    for line in _STATUS.read_text("ascii").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise OSError(name)
