"""What follows from a network's structure alone: shapes, number of parameters, degree of homogeneity. No torch."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .networks import Mlp, Network

ACTIVATION_DEGREE: dict[str, int | None] = {
    "relu": 1,
    "leaky-relu": 1,
    "abs": 1,
    "linear": 1,
    "maxout": 1,
    "relu2": 2,
    "relu3": 3,
    "gelu": None,
    "silu": None,
    "softplus": None,
    "tanh": None,
}
"""phi(c z) = c^k phi(z) for c > 0; None: for no k."""


@dataclass(frozen=True)
class Layer:
    """One dense layer: its name, the shape of its weights and whether it has biases."""

    name: str
    rows: int
    """Pre-activations (a maxout unit has two)."""
    columns: int
    units: int
    """Outputs after the activation."""
    bias: bool
    trained: bool

    @property
    def bias_name(self) -> str:
        """The biases' own name: b1 for W1."""
        return "b" + self.name[1:]


@dataclass(frozen=True)
class Structure:
    """A network as its structure shows it."""

    layers: tuple[Layer, ...]
    degree: float | None
    """L with f(c theta) = c^L f(theta) for the trained parameters; None where there is none."""
    why_not: str
    """Where there is no degree: which field breaks homogeneity."""
    exact_layer_degrees: tuple[float, ...]
    """Degree in each trained layer alone (the exponents of the product of layer norms)."""

    @property
    def parameters(self) -> int:
        """Number of trained parameters."""
        return sum(_size(layer) for layer in self.layers if layer.trained)

    @property
    def all_parameters(self) -> int:
        """Number of parameters, frozen ones included."""
        return sum(_size(layer) for layer in self.layers)


def _size(layer: Layer) -> int:
    return layer.rows * layer.columns + (layer.rows if layer.bias else 0)


def structure(network: Network, inputs: int, outputs: int) -> Structure:
    """Return the structure of a network between `inputs` and `outputs` numbers."""
    layers = _layers(network, inputs, outputs)
    why_not = _why_not_homogeneous(network, layers)
    degrees = _layer_degrees(network, layers)
    degree = None if why_not else float(sum(degrees))
    return Structure(layers, degree, why_not, tuple(degrees) if not why_not else ())


def _layers(network: Mlp, inputs: int, outputs: int) -> tuple[Layer, ...]:
    pieces = 2 if network.activation == "maxout" else 1
    sizes = [inputs, *network.widths, outputs]
    layers = []
    for k in range(1, len(sizes)):
        hidden = k < len(sizes) - 1
        layers.append(
            Layer(
                name=f"W{k}",
                rows=sizes[k] * (pieces if hidden else 1),
                columns=sizes[k - 1],
                units=sizes[k],
                bias=network.bias == "all" or (network.bias == "first" and k == 1),
                trained=network.train == "all" or f"W{k}" in network.train,
            )
        )
    return tuple(layers)


def _why_not_homogeneous(network: Mlp, layers: tuple[Layer, ...]) -> str:
    """Name what breaks homogeneity in the trained parameters, or return ''."""
    hidden = layers[:-1]
    first_trained = next(i for i, layer in enumerate(layers) if layer.trained)
    # below the first trained layer everything is a fixed map of the input
    if ACTIVATION_DEGREE[network.activation] is None and any(layer.trained for layer in hidden):
        return f"network.activation {network.activation} is not homogeneous"
    for layer in layers[first_trained + 1 :]:
        if layer.bias:
            return f"the biases of {layer.name} scale with another power than what they are added to"
    return ""


def _layer_degrees(network: Mlp, layers: tuple[Layer, ...]) -> list[float]:
    """Return the degree of the output in each trained layer: k^(number of activations above it)."""
    k = ACTIVATION_DEGREE[network.activation] or 1
    last = len(layers) - 1
    return [float(k ** (last - i)) for i, layer in enumerate(layers) if layer.trained]


def memory_bytes(
    network: Network, inputs: int, outputs: int, samples: int, replicas: int, itemsize: int = 8
) -> int:
    """Estimate the memory a run needs at its peak: parameters with their copies, and two passes of activations."""
    shape = structure(network, inputs, outputs)
    copies = 12
    per_sample = sum(3 * layer.rows for layer in shape.layers) + inputs + 4 * outputs
    return itemsize * replicas * (copies * shape.all_parameters + samples * per_sample)


def in_units(size: float) -> str:
    """Write a number of bytes for people."""
    if size < 1024:
        return f"{size:.0f} B"
    power = min(4, int(math.log(size, 1024)))
    return f"{size / 1024**power:.1f} {['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}"
