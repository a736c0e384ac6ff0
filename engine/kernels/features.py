"""What one side of a tangent kernel is made of: every layer's inputs and signals, or its samples' gradients.

Shapes: R replicas, n samples, C outputs, S positions (1 of a dense layer).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..networks import Network, Tape, Weights
from ..networks.sites import sample_gradients
from .cost import Way

UP, BY_OUTPUT = 2, 3


@dataclass(frozen=True)
class Factors:
    """The factors delta h^T of a layer's gradients."""

    inputs: Tensor
    """h (R, n, S, columns)."""
    signals: Tensor
    """delta (R, n, S, C, rows)."""

    def rows(self, start: int, end: int) -> Factors:
        """Return those of some samples."""
        return Factors(self.inputs[:, start:end], self.signals[:, start:end])


@dataclass(frozen=True)
class Gradients:
    """A layer's gradients themselves."""

    gradients: Tensor
    """(R, n, C, size)."""

    def rows(self, start: int, end: int) -> Gradients:
        """Return those of some samples."""
        return Gradients(self.gradients[:, start:end])


Feature = Factors | Gradients
Features = Mapping[int, Feature]
"""By trained layer."""


def features(
    network: Network, weights: list[Weights], x: Tensor, ways: Mapping[int, Way], at_once: int
) -> Features:
    """Return what a side of the kernel at x (R, n, d) is made of, from passes over `at_once` samples at a time."""
    parts = x.split(at_once, dim=1)
    if len(parts) == 1:
        return _features(network, weights, x, ways)
    whole: dict[int, Feature] = {}
    start = 0
    for part in parts:
        end = start + part.shape[1]
        for layer, feature in _features(network, weights, part, ways).items():
            if layer not in whole:
                whole[layer] = _room(feature, x.shape[1])
            _copy(feature, whole[layer].rows(start, end))
        start = end
    return whole


def _features(network: Network, weights: list[Weights], x: Tensor, ways: Mapping[int, Way]) -> Features:
    tape = network.forward(weights, x)[1]
    signals: dict[int, list[Tensor]] = {i: [] for i in ways}
    for c in range(network.outputs_count):
        unit = torch.zeros(*x.shape[:2], network.outputs_count, dtype=x.dtype, device=x.device)
        unit[..., c] = 1
        for i, delta in network.signals(weights, tape, unit):
            if i in ways:
                signals[i].append(delta)
    return {i: _feature(network, tape, i, signals.pop(i), way) for i, way in ways.items()}


def _feature(network: Network, tape: Tape, i: int, signals: Sequence[Tensor], way: Way) -> Feature:
    layer, inputs = network.layers[i], tape.inputs[i]
    if inputs is None or way == "gradients":
        return Gradients(_stacked([sample_gradients(layer, inputs, delta) for delta in signals], UP))
    if inputs.dim() == 4:
        return Factors(inputs, _stacked(signals, BY_OUTPUT))
    return Factors(inputs.unsqueeze(2), _stacked(signals, UP).unsqueeze(2))


def _stacked(tensors: Sequence[Tensor], dim: int) -> Tensor:
    return tensors[0].unsqueeze(dim) if len(tensors) == 1 else torch.stack(list(tensors), dim)


def _room(like: Feature, samples: int) -> Feature:
    def empty(tensor: Tensor) -> Tensor:
        return tensor.new_empty(tensor.shape[0], samples, *tensor.shape[2:])

    if isinstance(like, Factors):
        return Factors(empty(like.inputs), empty(like.signals))
    return Gradients(empty(like.gradients))


def _copy(source: Feature, into: Feature) -> None:
    if isinstance(source, Factors) and isinstance(into, Factors):
        into.inputs.copy_(source.inputs)
        into.signals.copy_(source.signals)
    elif isinstance(source, Gradients) and isinstance(into, Gradients):
        into.gradients.copy_(source.gradients)
