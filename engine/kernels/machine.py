"""What a machine has for kernels: memory that is free, and how fast its products are."""

from __future__ import annotations

import time
from functools import cache, lru_cache

import torch

from ..device import free_memory
from .cost import rates_of

UNKNOWN = 2**32
"""Bytes that count as free where the device does not say."""
MEASURED = 256
"""Rows and columns of the product that tells how fast this machine is."""


def memory_budget(device: torch.device) -> int:
    """Return the bytes that a kernel may take: a quarter to a half of what is free, a power of two.

    A round number, and not asked for more than once a second: the same kernel gets the same blocks every time, and so
    the same rounding.
    """
    return _budget(device, int(time.monotonic()))


@lru_cache(maxsize=4)
def _budget(device: torch.device, second: int) -> int:
    return 1 << ((free_memory(device) or UNKNOWN) // 2).bit_length() - 1


@cache
def slowness(device: torch.device, dtype: torch.dtype, threads: int) -> float:
    """Return how many times longer than at the nominal rates products take here, by one that takes milliseconds."""
    matrix = torch.ones(MEASURED, MEASURED, dtype=dtype, device=device)
    nominal = rates_of(device.type, dtype.itemsize).products
    best = float("inf")
    for _ in range(4):
        synchronize(device)
        started = time.perf_counter()
        for _ in range(repeats := 1 if device.type == "cpu" else 20):
            torch.mm(matrix, matrix)
        synchronize(device)
        best = min(best, (time.perf_counter() - started) / repeats)
    return best * nominal / MEASURED**3


def synchronize(device: torch.device) -> None:
    """Wait until a device has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
