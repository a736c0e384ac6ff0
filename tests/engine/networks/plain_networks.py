"""Every kind of network written once more, for autograd and one replica, by torch's own operations."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from engine.experiment.networks import (
    AttentionSpec,
    ConvSpec,
    DiagonalSpec,
    FreeFeaturesSpec,
    MlpSpec,
    NetworkSpec,
    NoRotationSpec,
    QuasiSpec,
    ResidualSpec,
)
from engine.experiment.structure import Ends

ACTIVATIONS = (
    "relu",
    "leaky-relu",
    "relu2",
    "relu3",
    "abs",
    "linear",
    "gelu",
    "silu",
    "softplus",
    "tanh",
    "maxout",
)
BIASES = ("none", "first", "all")


def activated(name: str, z: Tensor, slope: float = 0.01, dim: int = -1) -> Tensor:
    """Return phi(z) as torch writes it; maxout halves the axis `dim`."""
    match name:
        case "relu":
            return functional.relu(z)
        case "leaky-relu":
            return functional.leaky_relu(z, slope)
        case "relu2" | "relu3":
            return functional.relu(z) ** int(name[-1])
        case "abs":
            return z.abs()
        case "gelu":
            return functional.gelu(z)
        case "silu":
            return functional.silu(z)
        case "softplus":
            return torch.where(z > 40, z, torch.log1p(torch.exp(z.clamp(max=40))))
        case "tanh":
            return torch.tanh(z)
        case "maxout":
            first, second = z.chunk(2, dim=dim)
            return torch.where(first >= second, first, second)
    return z


class Parameters:
    """Cuts one replica's trained (P,) and fixed parameters into layers, in the order in which they are asked for."""

    def __init__(self, fields: NetworkSpec, theta: Tensor, frozen: Tensor) -> None:
        self._train, self._rest = fields.train, {True: theta, False: frozen}
        self._count = 0

    def layer(self, *shape: int, bias: bool = False) -> list[Tensor]:
        """Return [W] of a shape, or [W, b] with a bias for every row."""
        self._count += 1
        trains = self._train == "all" or f"W{self._count}" in self._train
        sizes = [torch.Size(shape).numel(), *([shape[0]] if bias else [])]
        parts = self._rest[trains][: sum(sizes)].split(sizes)
        self._rest[trains] = self._rest[trains][sum(sizes) :]
        return [parts[0].reshape(shape), *parts[1:]]

    def constants(self, *shape: int) -> Tensor:
        """Return what never trains, which comes last."""
        return self._rest[False].reshape(shape)

    def done(self) -> None:
        assert not self._rest[True].numel()


def dense_layers(fields: MlpSpec, parameters: Parameters, ends: Ends) -> list[list[Tensor]]:
    """Return [W, b] or [W] of every layer of a dense network."""
    pieces = 2 if fields.activation == "maxout" else 1
    sizes = [ends.inputs, *fields.widths, ends.outputs]
    found = []
    for k in range(1, len(sizes)):
        rows = sizes[k] * (pieces if k < len(sizes) - 1 else 1)
        bias = fields.bias == "all" or (fields.bias == "first" and k == 1)
        found.append(parameters.layer(rows, sizes[k - 1], bias=bias))
    return found


def plain_outputs(fields: NetworkSpec, theta: Tensor, frozen: Tensor, x: Tensor, ends: Ends) -> Tensor:
    """Return f (N, C) of one replica at x (N, d), by autograd's own operations."""
    parameters = Parameters(fields, theta, frozen)
    match fields:
        case MlpSpec():
            h = _dense(fields, dense_layers(fields, parameters, ends), x)
        case ConvSpec():
            h = _convolutional(fields, parameters, x, ends)
        case ResidualSpec():
            h = _residual(fields, parameters, x, ends)
        case DiagonalSpec():
            u, v = (parameters.layer(ends.outputs, ends.inputs)[0] for _ in range(2))
            h = x @ (u**fields.depth - v**fields.depth).T
        case NoRotationSpec():
            h = _no_rotation(fields, parameters, x, ends)
        case FreeFeaturesSpec():
            features = parameters.layer(fields.features, ends.samples)[0]
            h = x @ features.T @ parameters.layer(ends.outputs, fields.features)[0].T
        case QuasiSpec():
            u, v = (parameters.layer(ends.outputs)[0] for _ in range(2))
            h = x[:, :1] * (u * v)
            if ends.inputs > 1:
                h = h + x[:, 1:] @ parameters.layer(ends.outputs, ends.inputs - 1)[0].T
        case AttentionSpec():
            h = _attention(fields, parameters, x, ends)
    parameters.done()
    return fields.output_scale * h


def _applied(layer: list[Tensor], h: Tensor) -> Tensor:
    return h @ layer[0].T + (layer[1] if len(layer) > 1 else 0.0)


def _dense(fields: MlpSpec | ConvSpec, layers: list[list[Tensor]], h: Tensor) -> Tensor:
    for layer in layers[:-1]:
        h = activated(fields.activation, _applied(layer, h), fields.negative_slope)
    return _applied(layers[-1], h)


def _convolutional(fields: ConvSpec, parameters: Parameters, x: Tensor, ends: Ends) -> Tensor:
    height, width = ends.image or (1, ends.inputs)
    pieces = 2 if fields.activation == "maxout" else 1
    h, maps = x.reshape(len(x), 1, height, width), 1
    for k, channels in enumerate(fields.channels):
        window = [fields.kernel if side > 1 else 1 for side in h.shape[2:]]
        bias = fields.bias == "all" or (fields.bias == "first" and k == 0)
        layer = parameters.layer(channels * pieces, *window, maps, bias=bias)
        rest = [side - 1 for side in window]
        around = (rest[1] // 2, rest[1] - rest[1] // 2, rest[0] // 2, rest[0] - rest[0] // 2)
        weight = layer[0].permute(0, 3, 1, 2)  # channels come last in a window
        h = functional.conv2d(functional.pad(h, around), weight, layer[1] if bias else None)
        h = activated(fields.activation, h, fields.negative_slope, dim=1)
        side = 1 if fields.pool == "none" else fields.pool_size
        pooled = (min(side, h.shape[2]), min(side, h.shape[3]))
        pool = functional.max_pool2d if fields.pool == "max" else functional.avg_pool2d
        h, maps = pool(h, pooled), channels
    # pixel by pixel, all channels of each together
    h = h.permute(0, 2, 3, 1).reshape(len(x), -1)
    sizes = [h.shape[1], *fields.widths, ends.outputs]
    rows = [size * (pieces if k < len(fields.widths) else 1) for k, size in enumerate(sizes[1:])]
    bias = fields.bias == "all"
    return _dense(fields, [parameters.layer(rows[k], sizes[k], bias=bias) for k in range(len(rows))], h)


def _residual(fields: ResidualSpec, parameters: Parameters, x: Tensor, ends: Ends) -> Tensor:
    width, pieces = fields.width, 2 if fields.activation == "maxout" else 1
    h = x @ parameters.layer(width, ends.inputs)[0].T
    for _ in range(fields.blocks):
        inner, outer = parameters.layer(width * pieces, width)[0], parameters.layer(width, width)[0]
        h = h + activated(fields.activation, h @ inner.T, fields.negative_slope) @ outer.T
    return h @ parameters.layer(ends.outputs, width)[0].T


def _no_rotation(fields: NoRotationSpec, parameters: Parameters, x: Tensor, ends: Ends) -> Tensor:
    rows = fields.width * (2 if fields.activation == "maxout" else 1)
    norms, outer = parameters.layer(rows)[0], parameters.layer(ends.outputs, fields.width)[0]
    z = norms * (x @ parameters.constants(rows, ends.inputs).T)
    return activated(fields.activation, z, fields.negative_slope) @ outer.T


def _attention(fields: AttentionSpec, parameters: Parameters, x: Tensor, ends: Ends) -> Tensor:
    count, size = ends.image or (ends.inputs, 1)
    tokens = x.reshape(len(x), count, size)
    if fields.form == "factored":
        rank = fields.rank or size
        queries = parameters.layer(rank, size)[0]
        matrix = parameters.layer(size, rank)[0] @ queries
    else:
        matrix = parameters.layer(size, size)[0]
    shares = torch.einsum("ntd,de,ne->nt", tokens, matrix, tokens[:, 0]).softmax(1)
    return torch.einsum("nt,ntd,cd->nc", shares, tokens, parameters.constants(ends.outputs, size))
