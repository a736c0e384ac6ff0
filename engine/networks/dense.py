"""Dense networks: matrices with an activation between them."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ..experiment.networks import NetworkSpec
from ..experiment.structure import Ends
from ..experiment.structure.activations import homogenized
from .activations import activation
from .base import Network, Tape
from .sites import Weights


class DenseNetwork(Network):
    """f(x; theta) = scale * W_L phi(... phi(W_1 x + b_1) ...)."""

    def __init__(self, fields: NetworkSpec, ends: Ends, frozen: Tensor, output_scale: Tensor) -> None:
        super().__init__(fields, ends, frozen, output_scale)
        self._slope = fields.slope()
        self._activation = activation(self.structure.activation, self._slope)

    def forward(self, weights: list[Weights], x: Tensor) -> tuple[Tensor, Tape]:
        """Return the outputs (R, N, C) at x (R, N, d), and the tape that `signals` reads."""
        inputs, pre = [], []
        h = x
        last = len(weights) - 1
        for i, layer in enumerate(weights):
            inputs.append(h)
            z = affine(layer, h)
            pre.append(z)
            h = z if i == last else self._activation.forward(z)
        return self._scaled(h), Tape(tuple(inputs), tuple(pre))

    def signals(self, weights: list[Weights], tape: Tape, cotangent: Tensor) -> Iterator[tuple[int, Tensor]]:
        """Yield (layer, d<cotangent, f>/dz (R, N, rows)) from the top down to the lowest trained layer."""
        delta = self._scaled(cotangent)
        lowest = self.trained_layers[0]
        for i in range(len(weights) - 1, lowest - 1, -1):
            yield i, delta
            if i > lowest:
                h = tape.inputs[i]
                assert h is not None
                delta = self._activation.backward(below(weights[i], delta), tape.pre[i - 1], h)

    def homogenized(self, theta: Tensor, x: Tensor) -> Tensor:
        """Return f_H (R, N, C): relu for what tends to it, and no biases that lower powers come with."""
        limit = activation(homogenized(self.structure.activation), self._slope)
        h = x
        weights = self.views(theta)
        for i, layer in enumerate(weights):
            h = affine(layer if i == 0 else Weights(layer.weight, None), h)
            h = h if i == len(weights) - 1 else limit.forward(h)
        return self._scaled(h)


def affine(layer: Weights, h: Tensor) -> Tensor:
    """Return W h + b (R, N, rows) for h (R, N, columns)."""
    transposed = layer.weight.mT
    if layer.bias is None:
        return torch.bmm(h, transposed)
    return torch.baddbmm(layer.bias.unsqueeze(1), h, transposed)


def below(layer: Weights, delta: Tensor) -> Tensor:
    """Return W^T delta (R, N, columns) for delta (R, N, rows)."""
    # a product with one row is an outer product, which broadcasting does in a third of the time
    return delta * layer.weight if layer.weight.shape[1] == 1 else torch.bmm(delta, layer.weight)
