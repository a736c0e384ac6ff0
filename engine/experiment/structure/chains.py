"""Networks whose layers are matrices one after the other: dense, convolutional and free-features ones."""

from __future__ import annotations

from dataclasses import replace

from ..networks import ConvSpec, FreeFeaturesSpec, MlpSpec
from .activations import DEGREE, asymptotic_degree, pieces
from .shape import Ends, Layer, Structure, trains


def mlp(network: MlpSpec, ends: Ends) -> Structure:
    """Return the structure of a dense network."""
    layers = _dense(network, ends.inputs, ends.outputs, first=1)
    return replace(
        _homogeneity(network, layers),
        chain=True,
        linear=not network.widths or network.activation == "linear",
    )


def conv(network: ConvSpec, ends: Ends) -> Structure:
    """Return the structure of a convolutional network."""
    height, width = ends.pixels
    maps, layers = 1, []
    for k, channels in enumerate(network.channels, start=1):
        window = kernel_window(network, (height, width))
        pooled = pooled_size(network, (height, width))
        layers.append(
            Layer(
                name=f"W{k}",
                rows=channels * pieces(network.activation),
                columns=maps * window[0] * window[1],
                units=channels * pooled[0] * pooled[1],
                bias=_has_biases(network, k),
                trained=trains(network.train, f"W{k}"),
                positions=height * width,
                caption=f"{channels} maps of {pooled[0]}×{pooled[1]}",
            )
        )
        (height, width), maps = pooled, channels
    layers += _dense(network, maps * height * width, ends.outputs, first=len(layers) + 1)
    linear = network.activation == "linear" and network.pool != "max"
    return replace(_homogeneity(network, tuple(layers)), linear=linear)


def free_features(network: FreeFeaturesSpec, ends: Ends) -> Structure:
    """Return the structure of the unconstrained features model: H of the samples' numbers, then W."""
    layers = (
        Layer("W1", network.features, ends.samples, network.features, False, trains(network.train, "W1")),
        Layer("W2", ends.outputs, network.features, ends.outputs, False, trains(network.train, "W2")),
    )
    degrees = tuple(1.0 for layer in layers if layer.trained)
    return Structure(layers, float(sum(degrees)), exact_layer_degrees=degrees, chain=True, generalises=False)


def kernel_window(network: ConvSpec, pixels: tuple[int, int]) -> tuple[int, int]:
    """Return (rows, columns) of a convolution's window: along an axis of one pixel it is one pixel."""
    return (network.kernel if pixels[0] > 1 else 1, network.kernel if pixels[1] > 1 else 1)


def pooling_window(network: ConvSpec, pixels: tuple[int, int]) -> tuple[int, int]:
    """Return (rows, columns) of a pooling window, no larger than the picture."""
    side = 1 if network.pool == "none" else network.pool_size
    return min(side, pixels[0]), min(side, pixels[1])


def pooled_size(network: ConvSpec, pixels: tuple[int, int]) -> tuple[int, int]:
    """Return the picture's size after pooling; pixels at the far edge that fill no window are left out."""
    window = pooling_window(network, pixels)
    return pixels[0] // window[0], pixels[1] // window[1]


def _dense(network: MlpSpec | ConvSpec, inputs: int, outputs: int, first: int) -> tuple[Layer, ...]:
    """Return dense layers of the network's widths, numbered from `first` on."""
    sizes = [inputs, *network.widths, outputs]
    return tuple(
        Layer(
            name=f"W{first + k}",
            rows=size * (pieces(network.activation) if k < len(network.widths) else 1),
            columns=sizes[k],
            units=size,
            bias=_has_biases(network, first + k),
            trained=trains(network.train, f"W{first + k}"),
        )
        for k, size in enumerate(sizes[1:])
    )


def _has_biases(network: MlpSpec | ConvSpec, k: int) -> bool:
    """Say whether layer k, counted from 1, has biases."""
    return network.bias == "all" or (network.bias == "first" and k == 1)


def _homogeneity(network: MlpSpec | ConvSpec, layers: tuple[Layer, ...]) -> Structure:
    why_not = _why_not_homogeneous(network, layers)
    degrees = _layer_degrees(network.activation, layers)
    if not why_not:
        return Structure(
            layers, float(sum(degrees)), exact_layer_degrees=degrees, activation=network.activation
        )
    k = asymptotic_degree(network.activation)
    everything = all(layer.trained for layer in layers)
    return Structure(
        layers,
        None,
        why_not,
        order=int(sum(degrees)) if k is not None and everything else None,
        weight_degrees=degrees if DEGREE[network.activation] is not None else (),
        activation=network.activation,
    )


def _why_not_homogeneous(network: MlpSpec | ConvSpec, layers: tuple[Layer, ...]) -> str:
    """Name what breaks homogeneity in the trained parameters, or return ''."""
    first_trained = next(i for i, layer in enumerate(layers) if layer.trained)
    # below the first trained layer everything is a fixed map of the input
    if DEGREE[network.activation] is None and any(layer.trained for layer in layers[:-1]):
        return f"the activation {network.activation} has no degree"
    for layer in layers[first_trained + 1 :]:
        if layer.bias:
            return f"the biases of {layer.name} scale with another power than what they are added to"
    return ""


def _layer_degrees(activation: str, layers: tuple[Layer, ...]) -> tuple[float, ...]:
    """Return the degree of the output in each trained layer: k^(number of activations above it)."""
    k = asymptotic_degree(activation) or 1
    last = len(layers) - 1
    return tuple(float(k ** (last - i)) for i, layer in enumerate(layers) if layer.trained)
