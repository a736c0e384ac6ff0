"""What an exact tangent kernel costs in products, passes over memory and bytes, before anything is computed.

Shapes: R replicas, N and M samples, C outputs; a layer of a rows and b columns at S positions. Three ways lead to one
layer's share of the kernel, all of them exact:

* grams: <delta h^T, delta' h'^T> = <delta, delta'> <h, h'>, summed over pairs of positions: N M S^2 (a + b);
* gradients: the samples' gradients themselves, contracted: (N + M) S a b and N M a b;
* products: of a gradient g' of one sample with the Jacobian, <g', grad f> = <delta, g' h>, which serves all
  outputs at once: N M C S a b in place of N M C^2 a b.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from typing import Literal

from ..experiment.structure import Layer

Outputs = Literal["trace", "full"]
"""`trace` sums over outputs, (R, N, M); `full` keeps every pair of them, (R, N C, M C), samples slowest."""
Way = Literal["grams", "gradients", "products"]
WAYS: tuple[Way, ...] = ("grams", "gradients", "products")

HALF_SPEED = 16
"""Rows of a product at which it runs at half its speed."""
TYPICAL = 256
"""Samples of either side in a block, where ways are compared."""
CACHED = 1024
"""Costs that are remembered: a plan is chosen among hundreds that share them."""


@dataclass(frozen=True)
class Rates:
    """What a kind of device does: the ratios decide between ways, so that they are constants, not measured."""

    products: float
    """Multiply-adds a second in products of large matrices."""
    elements: float
    """Elements a second in operations by element."""
    overhead: float
    """Seconds to start an operation."""
    block: int
    """Numbers in a block of the kernel that is worked on at once."""


RATES = {
    "cpu": Rates(3.5e10, 1.6e9, 3e-6, 2**19),
    "cuda": Rates(2e13, 2e11, 1e-5, 2**25),
    "mps": Rates(2e12, 3e10, 2e-5, 2**22),
}
"""In float64, in float32 for mps. Processor: one core of 2.6 GHz with AVX-512, measured."""


def rates_of(device: str, itemsize: int) -> Rates:
    """Return the rates of a kind of device at a precision."""
    rates = RATES.get(device, RATES["cpu"])
    if itemsize == 8 or device == "mps":
        return rates
    return Rates(2 * rates.products, 2 * rates.elements, rates.overhead, 2 * rates.block)


@dataclass(frozen=True)
class KernelSize:
    """A kernel to compute, as far as its cost goes."""

    layers: tuple[Layer, ...]
    replicas: int
    samples: int
    others: int | None
    """Samples on the other side; None: the same ones, and the kernel is symmetric."""
    outputs_count: int
    outputs: Outputs
    itemsize: int
    device: str
    kept_apart: bool = False
    """Whether every layer's share is kept apart."""

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Return it once: a plan is looked for among hundreds of costs of one size."""
        return hash(tuple(getattr(self, field.name) for field in fields(self)))

    @property
    def right(self) -> int:
        """Return M."""
        return self.samples if self.others is None else self.others

    @cached_property
    def trained(self) -> tuple[Layer, ...]:
        """Return the layers that have a share."""
        return tuple(layer for layer in self.layers if layer.trained)

    @property
    def each(self) -> int:
        """Return how many rows of the kernel a sample has."""
        return 1 if self.outputs == "trace" else self.outputs_count

    @cached_property
    def rates(self) -> Rates:
        """Return the rates of the device at this precision."""
        return rates_of(self.device, self.itemsize)


@dataclass(frozen=True)
class Cost:
    """Multiply-adds of matrix products, elements passed over, and operations started."""

    products: float = 0.0
    elements: float = 0.0
    operations: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.products + other.products,
            self.elements + other.elements,
            self.operations + other.operations,
        )

    def times(self, count: float) -> Cost:
        """Return the cost of doing it so often."""
        return Cost(count * self.products, count * self.elements, count * self.operations)

    def seconds(self, rates: Rates) -> float:
        """Return about how long it takes."""
        return (
            self.products / rates.products + self.elements / rates.elements + self.operations * rates.overhead
        )


@lru_cache(maxsize=CACHED)
def pass_cost(size: KernelSize, samples: int) -> Cost:
    """Return the cost of the way up, and of every output's way down."""
    passes, total = 1 + size.outputs_count, Cost()
    for layer in size.layers:
        places = size.replicas * samples * layer.positions
        products = 0 if layer.by_element else places * layer.rows * layer.columns
        total += Cost(passes * products, 2 * passes * places * layer.rows, 5 * passes)
    return total


@lru_cache(maxsize=CACHED)
def features_cost(size: KernelSize, ways: tuple[Way, ...], samples: int) -> Cost:
    """Return the cost of what one side of a kernel is made from."""
    total = pass_cost(size, samples)
    for layer, way in zip(size.trained, ways, strict=True):
        if way == "gradients" and not layer.by_element:
            numbers = size.replicas * samples * size.outputs_count * layer.size
            total += Cost(layer.positions * numbers if layer.positions > 1 else 0, 2 * numbers, 3)
    return total


def share_cost(size: KernelSize, layer: Layer, way: Way, n: float, m: float) -> Cost:
    """Return the cost of one layer's share of a block of n by m samples."""
    outputs, each = size.outputs_count, size.each
    block = size.replicas * n * m
    slow = 1 + HALF_SPEED / max(1.0, min(n, m))
    if layer.by_element:
        return Cost(slow * block * outputs * each * layer.rows, block * each**2, 2)
    places = layer.positions
    columns = layer.columns + layer.bias
    match way:
        case "gradients":
            return Cost(slow * block * outputs * each * layer.rows * columns, block * each**2, 2)
        case "grams":
            pairs = block * places**2
            products = pairs * (layer.columns + outputs * each * layer.rows)
            reduced = pairs * each**2 if places > 1 else 0
            return Cost(slow * products, pairs * (1 + layer.bias + 3 * each**2) + reduced, 6)
        case "products":
            gradients = size.replicas * m * outputs * places * layer.rows * columns
            moved = block * outputs * places * layer.rows
            parts = max(1.0, moved / size.rates.block)
            return Cost(slow * (gradients + moved * (columns + each)), 3 * moved, 8 * parts)


@lru_cache(maxsize=CACHED)
def features_numbers(size: KernelSize, ways: tuple[Way, ...]) -> int:
    """Return how many numbers a sample leaves on its side of the kernel, in every replica."""
    return size.replicas * sum(
        features_numbers_of(size, layer, way) for layer, way in zip(size.trained, ways, strict=True)
    )


def features_numbers_of(size: KernelSize, layer: Layer, way: Way) -> int:
    """Return how many of them are one layer's in one replica."""
    if layer.by_element:
        return size.outputs_count * layer.rows
    if way == "gradients":
        return size.outputs_count * layer.size
    return layer.positions * (layer.columns + size.outputs_count * layer.rows)


@lru_cache(maxsize=CACHED)
def pass_numbers(size: KernelSize, ways: tuple[Way, ...]) -> int:
    """Return how many numbers a sample takes up on its way up and down, what it leaves included, in every replica."""
    total = copied = 0
    for layer in size.layers:
        # inputs, pre-activations and activations; of pixels what pooling chose besides; every output's signals
        up = layer.columns + (3 if layer.positions > 1 else 2) * layer.rows
        total += layer.positions * (up + size.outputs_count * layer.rows)
    for layer, way in zip(size.trained, ways, strict=True):
        itself = way == "gradients" and not layer.by_element
        left = features_numbers_of(size, layer, way)
        total += left if itself else 0
        # several outputs' are first there one by one, then together; so are those of weights and biases
        if size.outputs_count > 1 or (itself and layer.bias):
            copied = max(copied, left - (0 if itself else layer.positions * layer.columns))
    return size.replicas * (total + copied)


def share_numbers(size: KernelSize, layer: Layer, way: Way, n: int, m: int) -> int:
    """Return how many numbers a layer's share of a block takes up beside the block."""
    block = size.replicas * n * m
    if layer.by_element or way == "gradients":
        return 0
    if way == "grams":
        reduced = block * size.each**2 if layer.positions > 1 else 0
        return block * layer.positions**2 * (1 + size.each**2) + reduced
    part = min(m, products_part(size, layer, n))
    moved = size.replicas * n * part * size.outputs_count * layer.positions * layer.rows
    made = size.replicas * part * size.outputs_count * layer.size
    extended = size.replicas * n * layer.positions * (layer.columns + 1) * layer.bias
    # of several positions both are there a second time, in another order
    copies = 2 if layer.positions > 1 else 1
    down = size.replicas * n * size.outputs_count * layer.positions * layer.rows
    return copies * (moved + made) + extended + down + size.replicas * n * part * size.each**2


def products_part(size: KernelSize, layer: Layer, n: int) -> int:
    """Return how many samples' gradients meet n samples at once on the way by products."""
    one = size.replicas * n * size.outputs_count * layer.positions * layer.rows
    return max(1, size.rates.block // one)


def widest(size: KernelSize) -> int:
    """Return the numbers of one sample in its widest layer, in every replica."""
    return size.replicas * max(
        layer.positions * max(layer.rows, layer.columns if layer.positions > 1 else 1)
        for layer in size.layers
    )


def kernel_numbers(size: KernelSize) -> int:
    """Return the numbers in the kernel, or in those of all layers where they are kept apart."""
    kernels = len(size.trained) if size.kept_apart else 1
    return kernels * size.replicas * size.samples * size.right * size.each**2


def cheapest_ways(size: KernelSize) -> tuple[Way, ...]:
    """Return for every trained layer the way that costs least, what it makes of the samples included."""
    n, m = min(size.samples, TYPICAL), min(size.right, TYPICAL)
    blocks = size.samples * size.right / (n * m)
    ways: list[Way] = []
    for layer in size.trained:
        alone = replace(size, layers=(layer,))
        costs = {
            way: (
                share_cost(size, layer, way, n, m).times(blocks) + features_cost(alone, (way,), size.samples)
            ).seconds(size.rates)
            for way in WAYS
        }
        ways.append(min(WAYS, key=costs.__getitem__))
    return tuple(ways)
