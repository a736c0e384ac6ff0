"""How a tangent kernel is going to be computed: which way a layer, how many rows at a time, and what that takes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import torch

from ..networks import Network
from ..references import ReferenceUnavailable
from ..words.formats import byte_size, estimated_duration
from .cost import (
    CACHED,
    WAYS,
    Cost,
    KernelSize,
    Outputs,
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
from .machine import memory_budget, slowness

Method = Literal["layers", "jacobian", "products"]
METHODS: dict[Method, str] = {
    "layers": "layer by layer",
    "jacobian": "by contracting gradients",
    "products": "by products with the Jacobian",
}
"""How the methods are called."""
PASS = 2**19
"""Numbers of one layer that a pass over the network takes at once: more does not make it faster."""
CPU = torch.device("cpu")


class KernelTooLarge(ReferenceUnavailable):
    """Say that a kernel does not fit into memory, what it would need and how large a one would fit."""


@dataclass(frozen=True)
class Plan:
    """How a kernel is computed, before anything is."""

    size: KernelSize
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
        size, each = self.size, self.size.each
        sides = f"{size.samples * each:,} x {size.right * each:,}"
        sides = f"{sides} kernel" if size.replicas == 1 else f"{size.replicas} kernels of {sides}"
        return (
            f"{sides}: {METHODS[self.method]}, {self.rows:,} rows at a time, "
            f"about {estimated_duration(self.seconds)} and {byte_size(self.bytes)}"
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
    size = KernelSize(
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
    plan = _timed(size, room, way, device, dtype, torch.get_num_threads())
    if plan is None:
        raise KernelTooLarge(_too_large(size, room, way))
    return plan


@lru_cache(maxsize=256)
def _timed(
    size: KernelSize, budget: int, way: Way | None, device: torch.device, dtype: torch.dtype, threads: int
) -> Plan | None:
    """Return the cheapest plan with this machine's seconds."""
    plan = _cheapest(size, budget, way)
    if plan is None:
        return None
    return replace(plan, seconds=plan.seconds * slowness(device, dtype, threads))


def _cheapest(size: KernelSize, budget: int, way: Way | None) -> Plan | None:
    """Return the plan that takes the least time by the device's nominal rates, of those within the budget."""
    quickest_first = sorted(_choices(size, way), key=lambda chosen: _seconds(size, chosen)[0])
    best = next((chosen for chosen in quickest_first if _bytes(size, chosen) <= budget), None)
    return None if best is None else _estimated(size, best)


@dataclass(frozen=True)
class _Choice:
    """What a plan chooses."""

    ways: tuple[Way, ...]
    rows: int
    columns: int
    kept: bool
    at_once: int


def _choices(size: KernelSize, way: Way | None) -> Iterator[_Choice]:
    mixed = [] if way else [cheapest_ways(size)]
    uniform = [(chosen,) * len(size.trained) for chosen in ([way] if way else WAYS)]
    for ways in dict.fromkeys([*mixed, *uniform]):
        for rows in _row_counts(size.samples):
            wide, many = _columns(size, ways, rows), pass_rows(size)
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


def _estimated(size: KernelSize, chosen: _Choice) -> Plan:
    seconds, prepared = _seconds(size, chosen)
    return Plan(
        size,
        chosen.ways,
        chosen.rows,
        chosen.columns,
        chosen.kept,
        chosen.at_once,
        prepared / seconds if chosen.kept else 0.0,
        seconds,
        _bytes(size, chosen),
    )


def _seconds(size: KernelSize, chosen: _Choice) -> tuple[float, float]:
    """Return how long a kernel takes, and what is prepared for its right side."""
    ways, rows, columns, at_once = chosen.ways, chosen.rows, chosen.columns, chosen.at_once
    parts = math.ceil(size.samples / rows)
    n = size.samples / parts
    width = (size.samples + n) / 2 if size.others is None else size.right
    blocks = parts * math.ceil(width / columns)
    m = parts * width / blocks
    cost = _block_cost(size, ways, n, m).times(blocks)
    # samples are made into features in passes over the network: of either side once, or of the right one every time
    right = min(at_once, size.right if chosen.kept else columns)
    prepared = features_cost(size, ways, right)
    prepared = prepared.times((size.right if chosen.kept else parts * width) / right)
    cost += prepared
    if size.others is not None or not chosen.kept:
        left = min(at_once, rows)
        cost += features_cost(size, ways, left).times(size.samples / left)
    return cost.seconds(size.rates), prepared.seconds(size.rates)


@lru_cache(maxsize=CACHED)
def _block_cost(size: KernelSize, ways: tuple[Way, ...], n: float, m: float) -> Cost:
    """Return what a block of n by m samples costs."""
    block = Cost(elements=3 * size.replicas * n * m * size.each**2, operations=6)
    for layer, way in zip(size.trained, ways, strict=True):
        block += share_cost(size, layer, way, n, m)
    return block


def _columns(size: KernelSize, ways: tuple[Way, ...], rows: int) -> int:
    """Return how many samples of the right side make a block that stays in the caches."""
    pairs = max(
        layer.positions**2 if way == "grams" else 1 for layer, way in zip(size.trained, ways, strict=True)
    )
    in_one = size.rates.block // (size.replicas * rows * pairs * size.each**2)
    return max(1, min(size.right, in_one))


def _bytes(size: KernelSize, chosen: _Choice) -> int:
    """Return how much is held at the peak."""
    ways, rows, columns, at_once = chosen.ways, chosen.rows, chosen.columns, chosen.at_once
    per_sample, symmetric = features_numbers(size, ways), size.others is None
    right = size.right if chosen.kept else columns
    left = 0 if symmetric and chosen.kept else rows
    largest = max(right, left)
    passing = min(at_once, largest) * pass_numbers(size, ways)
    if at_once >= largest:  # what is left of a single pass is not copied
        passing -= largest * per_sample
    block = size.replicas * rows * columns * size.each**2 + _largest_share(size, ways, rows, columns)
    numbers = kernel_numbers(size) + (right + left) * per_sample + max(passing, block)
    return size.itemsize * numbers


@lru_cache(maxsize=CACHED)
def _largest_share(size: KernelSize, ways: tuple[Way, ...], rows: int, columns: int) -> int:
    """Return how many numbers the layer whose share takes up most does so beside a block."""
    return max(
        share_numbers(size, layer, way, rows, columns) for layer, way in zip(size.trained, ways, strict=True)
    )


def pass_rows(size: KernelSize) -> int:
    """Return how many samples go through the network at once."""
    return max(1, PASS // widest(size))


def row_spans(samples: int, rows: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of so many rows at a time."""
    for start in range(0, samples, rows):
        yield start, min(samples, start + rows)


def _too_large(size: KernelSize, budget: int, way: Way | None) -> str:
    each = size.each
    need = min(_bytes(size, chosen) for chosen in _choices(size, way))
    sides = f"{size.samples * each:,} x {size.right * each:,}"
    several = f"of {size.replicas} replicas " if size.replicas > 1 else ""
    fits = _largest(size, budget, way)
    remedy = f"up to {fits:,} samples would fit" if fits else "not even one sample would fit"
    if fits and size.others is not None:
        remedy = f"up to {fits:,} samples against these {size.others:,} would fit"
    return (
        f"A {sides} tangent kernel {several}needs about {byte_size(need)} "
        f"and there are {byte_size(budget)} for it; {remedy}."
    )


def _largest(size: KernelSize, budget: int, way: Way | None) -> int:
    """Return the most samples whose kernel fits, to three digits; 0: none."""
    low, high = 0, size.samples
    while high - low > max(1, low // 500):
        middle = (low + high) // 2
        fewer = replace(size, samples=middle)
        if any(_bytes(fewer, chosen) <= budget for chosen in _choices(fewer, way)):
            low = middle
        else:
            high = middle
    unit: int = 10 ** max(0, len(str(low)) - 3)
    return low // unit * unit
