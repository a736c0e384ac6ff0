"""How a tangent kernel is going to be computed: which way a layer, how many rows at a time, and what that takes."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Literal

import torch

from ..device import free_memory
from ..experiment.structure import in_units
from ..networks import Network
from ..references import ReferenceUnavailable
from .cost import (
    WAYS,
    Cost,
    Outputs,
    Problem,
    Way,
    cheapest_ways,
    features_cost,
    features_numbers,
    kernel_numbers,
    pass_numbers,
    share_cost,
    share_numbers,
    widest,
)

Method = Literal["layers", "jacobian", "products"]
METHODS: dict[Method, str] = {
    "layers": "layer by layer",
    "jacobian": "by contracting gradients",
    "products": "by products with the Jacobian",
}
"""How the methods are called."""
UNKNOWN = 2**31
"""Bytes to do with where the device does not say what it has."""
PASS = 2**19
"""Numbers of one layer that a pass over the network takes at once: more does not make it faster."""
CPU = torch.device("cpu")
MEASURED = 256
"""Rows and columns of the product that tells how fast this machine is."""


class KernelTooLarge(ReferenceUnavailable):
    """Say that a kernel does not fit into memory, what it would need and how large a one would fit."""


@dataclass(frozen=True)
class Plan:
    """How a kernel is computed, before anything is."""

    problem: Problem
    ways: tuple[Way, ...]
    """Of every trained layer."""
    rows: int
    """Samples of the left side at a time."""
    columns: int
    """Samples of the right side at a time."""
    kept: bool
    """Whether what the right side is made of is kept, or made again for every block."""
    at_once: int
    """Samples that pass through the network at a time."""
    prepared: float
    """The part of the seconds that is spent before the first block."""
    seconds: float
    bytes: int
    """At the peak, the kernel included."""

    @property
    def method(self) -> Method:
        """Return how the kernel is computed on the whole."""
        if set(self.ways) == {"products"}:
            return "products"
        return "jacobian" if set(self.ways) == {"gradients"} else "layers"

    def __str__(self) -> str:
        problem, each = self.problem, self.problem.each
        size = f"{problem.samples * each:,} x {problem.right * each:,} kernel"
        several = f"{problem.replicas} kernels of " if problem.replicas > 1 else ""
        size = f"{several}{size[:-7]}" if several else size
        return (
            f"{size}: {METHODS[self.method]}, {self.rows:,} rows at a time, "
            f"about {_duration(self.seconds)} and {in_units(self.bytes)}"
        )


def plan_kernel(
    network: Network,
    samples: int,
    others: int | None = None,
    outputs: Outputs = "trace",
    *,
    replicas: int = 1,
    dtype: torch.dtype = torch.float64,
    device: torch.device | None = None,
    budget: int | None = None,
    way: Way | None = None,
    kept_apart: bool = False,
) -> Plan:
    """Return the cheapest plan for a kernel that stays within a budget.

    Args:
        network: whose tangent kernel it is.
        samples: N.
        others: M; None where these are the same samples.
        outputs: `trace` or `full`.
        replicas: R.
        dtype: of the parameters.
        device: where they are; the processor by default.
        budget: bytes at the peak; by default a quarter to a half of what is free, the nearest power of two.
        way: one for all layers; by default every layer's cheapest.
        kept_apart: whether every layer's share is kept apart.

    Raises:
        KernelTooLarge: where no plan does.
    """
    device = device or CPU
    problem = Problem(
        network.layers,
        replicas,
        samples,
        others,
        network.outputs_count,
        outputs,
        dtype.itemsize,
        device.type,
        kept_apart,
    )
    room = memory_budget(device) if budget is None else budget
    found = _timed(problem, room, way, device, dtype, torch.get_num_threads())
    if found is None:
        raise KernelTooLarge(_too_large(problem, room, way))
    return found


def memory_budget(device: torch.device) -> int:
    """Return the bytes that a kernel may take: a quarter to a half of what is free, a power of two.

    A round number, and not asked for more than once a second: the same kernel gets the same blocks every time, and so
    the same rounding.
    """
    return _budget(device, int(time.monotonic()))


@lru_cache(maxsize=4)
def _budget(device: torch.device, second: int) -> int:
    return 1 << ((free_memory(device) or 2 * UNKNOWN) // 2).bit_length() - 1


@lru_cache(maxsize=256)
def _timed(
    problem: Problem, budget: int, way: Way | None, device: torch.device, dtype: torch.dtype, threads: int
) -> Plan | None:
    """Return the cheapest plan with this machine's seconds."""
    found = _cheapest(problem, budget, way)
    if found is None:
        return None
    return replace(found, seconds=found.seconds * _slowness(device, dtype, threads))


def _cheapest(problem: Problem, budget: int, way: Way | None) -> Plan | None:
    """Return the plan that takes the least time by the device's nominal rates, of those within the budget."""
    fitting = (chosen for chosen in _choices(problem, way) if _bytes(problem, chosen) <= budget)
    return min((_estimated(problem, chosen) for chosen in fitting), key=lambda p: p.seconds, default=None)


@dataclass(frozen=True)
class _Choice:
    """What a plan chooses."""

    ways: tuple[Way, ...]
    rows: int
    columns: int
    kept: bool
    at_once: int


def _choices(problem: Problem, way: Way | None) -> Iterator[_Choice]:
    mixed = [] if way else [cheapest_ways(problem)]
    uniform = [(chosen,) * len(problem.trained) for chosen in ([way] if way else WAYS)]
    for ways in dict.fromkeys([*mixed, *uniform]):
        for rows in _row_counts(problem.samples):
            wide, many = _columns(problem, ways, rows), pass_rows(problem)
            for columns in sorted({wide, min(wide, rows)}):
                for at_once in sorted({many, min(many, rows)}):
                    for kept in (True, False):
                        yield _Choice(ways, rows, columns, kept, at_once)


def _row_counts(samples: int) -> Iterator[int]:
    """Yield numbers of rows, the largest first: the samples in 1, 2, 3, 4, 6, 8, 12, ... parts."""
    last, parts = 0, 1
    while last != 1:
        rows = -(-samples // parts)
        if rows != last:
            yield rows
        last, parts = rows, parts + max(1, parts // 3)


def _estimated(problem: Problem, chosen: _Choice) -> Plan:
    ways, rows, columns, at_once = chosen.ways, chosen.rows, chosen.columns, chosen.at_once
    parts = math.ceil(problem.samples / rows)
    n = problem.samples / parts
    width = (problem.samples + n) / 2 if problem.others is None else problem.right
    blocks = parts * math.ceil(width / columns)
    m = parts * width / blocks
    block = Cost(elements=3 * problem.replicas * n * m * problem.each**2, operations=6)
    for layer, way in zip(problem.trained, ways, strict=True):
        block += share_cost(problem, layer, way, n, m)
    cost = block.times(blocks)
    # samples are made into features in passes over the network: of either side once, or of the right one every time
    right = min(at_once, problem.right if chosen.kept else columns)
    prepared = features_cost(problem, ways, right)
    prepared = prepared.times((problem.right if chosen.kept else parts * width) / right)
    cost += prepared
    if problem.others is not None or not chosen.kept:
        left = min(at_once, rows)
        cost += features_cost(problem, ways, left).times(problem.samples / left)
    seconds = cost.seconds(problem.rates)
    return Plan(
        problem,
        ways,
        rows,
        columns,
        chosen.kept,
        at_once,
        prepared.seconds(problem.rates) / seconds if chosen.kept else 0.0,
        seconds,
        _bytes(problem, chosen),
    )


def _columns(problem: Problem, ways: tuple[Way, ...], rows: int) -> int:
    """Return how many samples of the right side make a block that stays in the caches."""
    pairs = max(
        layer.positions**2 if way == "grams" else 1 for layer, way in zip(problem.trained, ways, strict=True)
    )
    in_one = problem.rates.block // (problem.replicas * rows * pairs * problem.each**2)
    return max(1, min(problem.right, in_one))


def _bytes(problem: Problem, chosen: _Choice) -> int:
    """Return how much is held at the peak."""
    ways, rows, columns, at_once = chosen.ways, chosen.rows, chosen.columns, chosen.at_once
    per_sample, symmetric = features_numbers(problem, ways), problem.others is None
    right = problem.right if chosen.kept else columns
    left = 0 if symmetric and chosen.kept else rows
    largest = max(right, left)
    passing = min(at_once, largest) * pass_numbers(problem, ways)
    if at_once >= largest:  # what is left of a single pass is not copied
        passing -= largest * per_sample
    shares = [
        share_numbers(problem, layer, way, rows, columns)
        for layer, way in zip(problem.trained, ways, strict=True)
    ]
    block = problem.replicas * rows * columns * problem.each**2 + max(shares)
    numbers = kernel_numbers(problem) + (right + left) * per_sample + max(passing, block)
    return problem.itemsize * numbers


def pass_rows(problem: Problem) -> int:
    """Return how many samples go through the network at once."""
    return max(1, PASS // widest(problem))


def row_spans(samples: int, rows: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of so many rows at a time."""
    for start in range(0, samples, rows):
        yield start, min(samples, start + rows)


def _too_large(problem: Problem, budget: int, way: Way | None) -> str:
    each = problem.each
    need = min(_bytes(problem, chosen) for chosen in _choices(problem, way))
    size = f"{problem.samples * each:,} x {problem.right * each:,}"
    several = f"of {problem.replicas} replicas " if problem.replicas > 1 else ""
    fits = _largest(problem, budget, way)
    remedy = f"up to {fits:,} samples would fit" if fits else "not even one sample would fit"
    if fits and problem.others is not None:
        remedy = f"up to {fits:,} samples against these {problem.others:,} would fit"
    return (
        f"A {size} tangent kernel {several}needs about {in_units(need)} "
        f"and there are {in_units(budget)} for it; {remedy}."
    )


def _largest(problem: Problem, budget: int, way: Way | None) -> int:
    """Return the most samples whose kernel fits, to three digits; 0: none."""
    low, high = 0, problem.samples
    while high - low > max(1, low // 500):
        middle = (low + high) // 2
        fewer = replace(problem, samples=middle)
        if any(_bytes(fewer, chosen) <= budget for chosen in _choices(fewer, way)):
            low = middle
        else:
            high = middle
    unit: int = 10 ** max(0, len(str(low)) - 3)
    return low // unit * unit


@cache
def _slowness(device: torch.device, dtype: torch.dtype, threads: int) -> float:
    """Return how many times longer than at the nominal rates products take here, by one that takes milliseconds."""
    matrix = torch.ones(MEASURED, MEASURED, dtype=dtype, device=device)
    nominal = Problem((), 1, 1, None, 1, "trace", dtype.itemsize, device.type).rates.products
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


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1g} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"
