"""Devices, precision, threads and what reproducing a run needs."""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
import torch

from .experiment.run import Device, RunSpec
from .machine import SHARE, cores, memory_at_hand, physical_memory
from .words.errors import Refusal
from .words.formats import byte_size

# set before CUDA starts: without it matrix products on a GPU are not reproducible (torch's notes on randomness)
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

GPU_WORTH = 2e7
"""Multiply-adds in a step above which a GPU pays: below, a core is done before ten kernels are launched."""
THREADS_WORTH = 1e8
"""Multiply-adds in one layer's product above which further threads pay."""

KEPT = 2**30
"""Bytes of freed memory that are kept for what comes next."""
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
"""Names of glibc's parameters (mallopt(3))."""


def devices() -> tuple[Device, ...]:
    """Return every place this machine can compute at, the processor first."""
    title = platform.processor() or platform.machine() or "processor"
    known = [Device("cpu", title, physical_memory() or 0)]
    if torch.cuda.is_available():
        for i in range(torch.cuda.device_count()):
            properties = torch.cuda.get_device_properties(i)
            known.append(Device(f"cuda:{i}", properties.name, properties.total_memory))
    if torch.backends.mps.is_available():
        known.append(Device("mps", "Apple GPU", 0, float64=False))
    return tuple(known)


def free_memory(device: torch.device) -> int:
    """Return the bytes that a device has free now; 0 where nobody says."""
    if device.type == "cuda":
        # what torch holds for tensors to come is free too
        held = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + held
    return (memory_at_hand() or 0) if device.type == "cpu" else 0


def resolve(run: RunSpec, work: float) -> tuple[torch.device, torch.dtype]:
    """Return device and dtype of a run of `work` multiply-adds a step.

    Raises:
        Refusal: where the device is not there or cannot hold the precision.
    """
    dtype = {"float64": torch.float64, "float32": torch.float32}[run.dtype]
    name = run.device
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() and work > GPU_WORTH else "cpu"
    if name.startswith("cuda"):
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        index = int(name.partition(":")[2] or 0)
        if index >= count:
            there = "no CUDA device is there" if not count else f"there are {count}, numbered from 0"
            raise Refusal("run.device", run.device, f"is not available: {there}; choose auto or cpu")
        name = f"cuda:{index}"
    if name == "mps":
        if not torch.backends.mps.is_available():
            raise Refusal("run.device", run.device, "is not available on this machine; choose auto or cpu")
        if dtype == torch.float64:
            raise Refusal(
                "run.dtype", run.dtype, "is not available on mps; choose float32, or the device cpu"
            )
    return torch.device(name), dtype


def check_memory(
    needed: int,
    device: torch.device,
    field: str = "replicas",
    value: object = None,
    remedy: str = "use fewer replicas, narrower layers or fewer points",
) -> None:
    """Refuse, before anything is allocated, what the device cannot hold."""
    free = free_memory(device)
    if free and needed > SHARE * free:
        raise Refusal(
            field, value, f"needs about {byte_size(needed)} and {device} has {byte_size(free)} free; {remedy}"
        )


def threads_for(run: RunSpec, largest_product: float) -> int:
    """Return how many processor threads a run uses: as asked, else one for small products, all cores but one for large.

    Threads wait for one another after every operation. Measured on two cores, one of them busy elsewhere (drawing a
    window, say): two threads trained a 64-64-10 network 35 times slower than one.
    """
    if run.threads:
        return min(run.threads, cores())
    return 1 if largest_product < THREADS_WORTH else min(spare_cores(), 8)


def spare_cores() -> int:
    """Return how many threads large products may use where something is to be left for a window."""
    return max(1, cores() - 1)


def threads_at_most(run: RunSpec) -> int:
    """Return how many threads may share work that waits for none of them: as asked, else all cores."""
    return min(run.threads or cores(), cores())


@contextmanager
def computing(threads: int) -> Iterator[None]:
    """Compute without autograd, with this many threads, in this thread of this process; restore both afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.no_grad():
            yield
    finally:
        torch.set_num_threads(before)


@cache
def keep_freed_memory() -> None:
    """Let glibc keep the blocks that tensors free for the next ones, where it is the C library.

    It gives blocks of megabytes back to the system and asks for them again, page by page: a convolutional network on
    1,000 pictures took twice the time.
    """
    library = _glibc()
    if library is not None:
        library.mallopt(_MMAP_MAX, 0)
        library.mallopt(_TRIM_THRESHOLD, KEPT)


def return_card_memory() -> None:
    """Give back what torch keeps of a card for what may come: other processes may want it."""
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def return_freed_memory() -> None:
    """Give back to the system what nothing here needs any more: the C library and torch keep it (malloc_trim(3))."""
    return_card_memory()
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None


def versions() -> dict[str, str]:
    """Return the versions that decide a run's bits."""
    # torch's own is a class of torch: whoever reads it in a message would have to import all of it
    return {"python": platform.python_version(), "torch": str(torch.__version__), "numpy": np.__version__}
