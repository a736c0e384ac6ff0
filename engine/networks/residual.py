"""Residual networks: blocks of two matrices beside a skip connection."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from ..experiment.networks import NetworkSpec, ResidualSpec
from ..experiment.structure import Ends
from ..experiment.structure.activations import homogenized
from .activations import Activation, activation
from .base import Network, Tape
from .sites import Weights, affine, below


class ResidualNetwork(Network):
    """h_0 = W_1 x; h <- h + V phi(U h) for every block; f = scale * W_last h."""

    def __init__(self, fields: NetworkSpec, ends: Ends, frozen: Tensor, output_scale: Tensor) -> None:
        super().__init__(fields, ends, frozen, output_scale)
        assert isinstance(fields, ResidualSpec)
        self._slope = fields.negative_slope
        self._activation = activation(fields.activation, self._slope)

    def forward(self, weights: list[Weights], x: Tensor) -> tuple[Tensor, Tape]:
        """Return the outputs (R, N, C) at x (R, N, d), and the tape that `signals` reads."""
        h = affine(weights[0], x)
        inputs, pre = [x], [h]
        for i in range(1, len(weights) - 1, 2):
            inputs.append(h)
            z = affine(weights[i], h)
            inner = self._activation.forward(z)
            inputs.append(inner)
            added = affine(weights[i + 1], inner)
            pre += [z, added]
            h = h + added
        inputs.append(h)
        pre.append(affine(weights[-1], h))
        return self._scaled(pre[-1]), Tape(tuple(inputs), tuple(pre))

    def signals(self, weights: list[Weights], tape: Tape, cotangent: Tensor) -> Iterator[tuple[int, Tensor]]:
        """Yield (layer, d<cotangent, f>/dz (R, N, rows)) from the top down to the first layer."""
        delta = self._scaled(cotangent)
        yield len(weights) - 1, delta
        delta = below(weights[-1], delta)
        for i in range(len(weights) - 3, 0, -2):
            yield i + 1, delta
            inner = tape.inputs[i + 1]
            assert inner is not None
            signal = self._activation.backward(below(weights[i + 1], delta), tape.pre[i], inner)
            yield i, signal
            delta = delta + below(weights[i], signal)
        yield 0, delta

    def homogenized(self, theta: Tensor, x: Tensor, phi: Activation | None = None) -> Tensor:
        """Return f_H (R, N, C): the blocks alone, whose degree the skip connections do not reach."""
        limit = phi or activation(homogenized(self.structure.activation), self._slope)
        weights = self.views(theta)
        h = affine(weights[0], x)
        for i in range(1, len(weights) - 1, 2):
            block = affine(weights[i + 1], limit.forward(affine(weights[i], h)))
            h = block if self.degree is None else h + block
        return self._scaled(affine(weights[-1], h))
