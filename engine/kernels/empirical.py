"""Empirical tangent kernels: inner products of samples' gradients, layer by layer, never through the gradients.

Shapes: R replicas, N and M samples, C outputs. A layer's gradient of one sample is delta h^T with the signal delta at
its outputs and its inputs h, so that <delta h^T, delta' h'^T> = <delta, delta'> <h, h'>.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ..experiment.structure import Layer
from ..networks import Network, Tape
from ..networks.sites import Weights, sample_gradients

Outputs = Literal["trace", "full"]
"""`trace` sums over outputs, (R, N, M); `full` keeps every pair of them, (R, N C, M C), samples slowest."""


def tangent_kernel(
    network: Network, theta: Tensor, x: Tensor, other: Tensor | None = None, outputs: Outputs = "trace"
) -> Tensor:
    """Return K(x, x') = <grad f(x), grad f(x')> (R, N, M), or (R, N C, M C) for `full`.

    Source: Jacot et al. 2018; the layer-wise form follows from rank-one gradients.
    """
    return sum_of(layer_kernels(network, theta, x, other, outputs))


def sum_of(kernels: Mapping[str, Tensor]) -> Tensor:
    """Return the kernel of all layers together."""
    first, *rest = kernels.values()
    for kernel in rest:
        first = first + kernel
    return first


def layer_kernels(
    network: Network, theta: Tensor, x: Tensor, other: Tensor | None = None, outputs: Outputs = "trace"
) -> dict[str, Tensor]:
    """Return every trained layer's share of the tangent kernel, by its name, from the input up."""
    weights = network.views(theta)
    here = _Side(network, weights, x)
    there = here if other is None else _Side(network, weights, other)
    pairs = [(c, c) for c in range(network.outputs_count)]
    if outputs == "full":
        pairs = [(c, e) for c in range(network.outputs_count) for e in range(network.outputs_count)]
    found: dict[str, Tensor] = {}
    for i in network.trained_layers:
        layer = network.layers[i]
        gram = _input_gram(layer, here.tape.inputs[i], there.tape.inputs[i])
        terms = [_term(layer, here.at(i, c), there.at(i, e), gram) for c, e in pairs]
        found[layer.name] = torch.stack(terms).sum(0) if outputs == "trace" else _blocks(terms)
    return found


@dataclass(frozen=True)
class _Seen:
    """What one layer sees of some samples, one output's signals coming down."""

    inputs: Tensor | None
    delta: Tensor


class _Side:
    """A forward pass over some samples (R, N, d), and the signals of every output."""

    def __init__(self, network: Network, weights: list[Weights], x: Tensor) -> None:
        self.tape: Tape = network.forward(weights, x)[1]
        self._signals = [
            dict(_signals(network, weights, self.tape, x, c)) for c in range(network.outputs_count)
        ]

    def at(self, layer: int, output: int) -> _Seen:
        return _Seen(self.tape.inputs[layer], self._signals[output][layer])


def _signals(
    network: Network, weights: list[Weights], tape: Tape, x: Tensor, c: int
) -> Iterator[tuple[int, Tensor]]:
    unit = torch.zeros(*x.shape[:2], network.outputs_count, dtype=x.dtype, device=x.device)
    unit[..., c] = 1
    return network.signals(weights, tape, unit)


def _input_gram(layer: Layer, inputs: Tensor | None, other_inputs: Tensor | None) -> Tensor | None:
    """Return the inner products (R, N, M) of a layer's inputs, which serve every output's kernel."""
    if inputs is None or other_inputs is None or inputs.dim() == 4:
        return None
    return torch.bmm(inputs, other_inputs.mT) + float(layer.bias)


def _term(layer: Layer, seen: _Seen, other: _Seen, gram: Tensor | None) -> Tensor:
    """Return a layer's share (R, N, M) for one pair of outputs."""
    if seen.inputs is None or other.inputs is None:
        return torch.bmm(seen.delta, other.delta.mT)
    if seen.delta.dim() == 4:
        rows = sample_gradients(layer, seen.inputs, seen.delta)
        return torch.bmm(rows, sample_gradients(layer, other.inputs, other.delta).mT)
    assert gram is not None
    return torch.bmm(seen.delta, other.delta.mT) * gram


def _blocks(terms: list[Tensor]) -> Tensor:
    """Return (R, N C, M C) from one (R, N, M) for every pair of outputs."""
    count = round(len(terms) ** 0.5)
    stacked = torch.stack(terms, -1).unflatten(-1, (count, count))  # (R, N, M, C, C)
    blocks: Tensor = stacked.permute(0, 1, 3, 2, 4).flatten(3, 4).flatten(1, 2)
    return blocks
