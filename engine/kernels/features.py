"""What one side of a tangent kernel is made of: every layer's inputs and signals, or its samples' gradients.

Shapes: R replicas, n samples, C outputs, S positions (1 of a dense layer), e rows of the kernel a sample: 1 of a
trace over outputs, C of the full kernel. Everything is kept as the matrices that are multiplied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..networks import Network, Tape, Weights
from ..networks.sites import sample_gradients
from .cost import Way


@dataclass(frozen=True)
class Feature:
    """A layer's gradients delta h^T by their factors, or themselves."""

    samples: int
    inputs: Tensor | None
    """h (R, n S, columns); None where the gradients are there themselves."""
    signals: Tensor
    """delta (R, n S e, rows C/e), or the gradients (R, n e, size C/e)."""

    def rows(self, start: int, end: int) -> Feature:
        """Return those of some samples."""
        inputs = None if self.inputs is None else _rows(self.inputs, self.samples, start, end)
        return Feature(end - start, inputs, _rows(self.signals, self.samples, start, end))


Features = Mapping[int, Feature]
"""By trained layer."""


def features(
    network: Network, weights: list[Weights], x: Tensor, ways: Mapping[int, Way], full: bool, at_once: int
) -> Features:
    """Return what a side of the kernel at x (R, n, d) is made of, from passes over `at_once` samples at a time."""
    samples = x.shape[1]
    if samples <= at_once:
        return _features(network, weights, x, ways, full)
    whole: dict[int, Feature] = {}
    start = 0
    for part in x.split(at_once, dim=1):
        end = start + part.shape[1]
        for layer, feature in _features(network, weights, part, ways, full).items():
            if layer not in whole:
                whole[layer] = _room(feature, samples)
            into = whole[layer].rows(start, end)
            into.signals.copy_(feature.signals)
            if into.inputs is not None and feature.inputs is not None:
                into.inputs.copy_(feature.inputs)
        start = end
    return whole


def rows_of(whole: Features, start: int, end: int) -> Features:
    """Return what some samples' side is made of."""
    if all(end - start == feature.samples for feature in whole.values()):
        return whole
    return {i: feature.rows(start, end) for i, feature in whole.items()}


def _features(
    network: Network, weights: list[Weights], x: Tensor, ways: Mapping[int, Way], full: bool
) -> Features:
    tape = network.forward(weights, x)[1]
    signals: dict[int, list[Tensor]] = {i: [] for i in ways}
    for unit in torch.eye(network.outputs_count, dtype=x.dtype, device=x.device):
        for i, delta in network.signals(weights, tape, unit.expand(*x.shape[:2], -1)):
            if i in ways:
                signals[i].append(delta)
    return {i: _feature(network, tape, i, signals.pop(i), way, full) for i, way in ways.items()}


def _feature(
    network: Network, tape: Tape, i: int, signals: Sequence[Tensor], way: Way, full: bool
) -> Feature:
    layer, inputs = network.layers[i], tape.inputs[i]
    samples = signals[0].shape[1]
    if inputs is None or way == "gradients":
        gradients = [sample_gradients(layer, inputs, delta) for delta in signals]
        return Feature(samples, None, _together(gradients, full))
    if inputs.dim() == 4:
        inputs, signals = inputs.flatten(1, 2), [delta.flatten(1, 2) for delta in signals]
    return Feature(samples, inputs, _together(signals, full))


def _together(outputs: Sequence[Tensor], full: bool) -> Tensor:
    """Return every output's rows (R, n, k) one below the other, (R, n C, k), or side by side, (R, n, C k)."""
    if len(outputs) == 1:
        return outputs[0]
    return torch.stack(list(outputs), 2).flatten(1, 2) if full else torch.cat(list(outputs), 2)


def _room(like: Feature, samples: int) -> Feature:
    def empty(tensor: Tensor) -> Tensor:
        each = tensor.shape[1] // like.samples
        return tensor.new_empty(tensor.shape[0], samples * each, tensor.shape[2])

    return Feature(samples, None if like.inputs is None else empty(like.inputs), empty(like.signals))


def _rows(matrices: Tensor, samples: int, start: int, end: int) -> Tensor:
    each = matrices.shape[1] // samples
    return matrices[:, start * each : end * each]
