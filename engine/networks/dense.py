"""Dense networks: matrices with an activation between them."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ..experiment.networks import NetworkSpec
from ..experiment.structure import Ends
from ..experiment.structure.activations import homogenized
from .activations import Activation, activation
from .base import Network, Tape
from .second_order import ChainProduct, Product, Turned, of_two_layers
from .sites import Weights, affine, below


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

    def _values(self, weights: list[Weights], x: Tensor) -> Tensor:
        """Return f (R, N, C) at x (R, N, d), with no layer's values kept."""
        *hidden, last = weights
        h = x
        for layer in hidden:
            z = affine(layer, h)
            h = z.relu_() if self._activation.forward is torch.relu else self._activation.forward(z)
        if last.weight.shape[1] > 1:
            return self._scaled(affine(last, h))
        # one output as a row: half the time of a column
        f = torch.bmm(last.weight, h.mT).mT
        return self._scaled(f if last.bias is None else f + last.bias.unsqueeze(1))

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

    def hessian_product(
        self, weights: list[Weights], tape: Tape, pull: Tensor, turned: Turned
    ) -> Product | None:
        """Return the product with the Hessian of a function of the outputs, as `Network.hessian_product` says."""
        phi = self._activation
        if phi.pairs:
            return None
        out = [h for h in tape.inputs if h is not None]
        hidden = list(zip(tape.pre, out[1:], strict=False))
        slopes = [phi.backward(torch.ones_like(z), z, h) for z, h in hidden]
        layers, scale = self.layers, self._scale
        both = len(layers) == 2 and all(layer.trained for layer in layers)
        if phi.bend is None and both and self.outputs_count == 1:
            return of_two_layers(layers, weights, out[0], slopes[0], pull, scale, turned)
        bends = None if phi.bend is None else [phi.bend(z, h) for z, h in hidden]
        return ChainProduct(layers, weights, out, slopes, bends, self.views, pull, scale, turned)

    def homogenized(self, theta: Tensor, x: Tensor, phi: Activation | None = None) -> Tensor:
        """Return f_H (R, N, C): relu for what tends to it, and no biases that lower powers come with."""
        limit = phi or activation(homogenized(self.structure.activation), self._slope)
        h = x
        weights = self.views(theta)
        for i, layer in enumerate(weights):
            kept = i == 0 or self.degree is not None
            h = affine(layer if kept else Weights(layer.weight, None), h)
            h = h if i == len(weights) - 1 else limit.forward(h)
        return self._scaled(h)
