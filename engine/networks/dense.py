"""Dense networks over stacked parameters, with gradients in closed form.

Shapes: R replicas, N samples, d inputs, m units, C outputs. Every parameter has the leading axis R; `theta` (R, P) is
one contiguous tensor of the trained parameters and layers are views of it. One pass of signals from the top serves the
gradient, the norms of all per-sample gradients, the Jacobian and the tangent kernel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ..experiment.networks import Mlp
from ..experiment.structure import Layer, Structure, structure
from .activations import activation


@dataclass(frozen=True)
class Weights:
    """One layer's parameters: weights (R, rows, columns) and biases (R, rows) or None."""

    weight: Tensor
    bias: Tensor | None


@dataclass(frozen=True)
class Tape:
    """What a forward pass leaves for the signals: each layer's input (R, N, columns) and pre-activation."""

    inputs: tuple[Tensor, ...]
    pre: tuple[Tensor, ...]
    post: tuple[Tensor, ...]


class DenseNetwork:
    """f(x; theta) = scale * W_L phi(... phi(W_1 x + b_1) ...), for R parameter vectors at once."""

    def __init__(self, fields: Mlp, inputs: int, outputs: int, frozen: Tensor, output_scale: Tensor) -> None:
        """Bind the structure.

        Args:
            fields: what the user said.
            inputs: d.
            outputs: C.
            frozen: (R, parameters that do not train), in the order of the layers.
            output_scale: (R,).
        """
        self.fields = fields
        self.structure: Structure = structure(fields, inputs, outputs)
        self.outputs_count = outputs
        self._inputs = inputs
        self._output_scale = output_scale
        self.degree = self.structure.degree
        self._activation = activation(fields.activation, fields.negative_slope)
        self._frozen = frozen
        self._scale = output_scale[:, None, None]
        self._unscaled = bool((output_scale == 1).all())

    def one(self, replica: int) -> DenseNetwork:
        """Return the network of one replica alone."""
        chosen = slice(replica, replica + 1)
        return DenseNetwork(
            self.fields, self._inputs, self.outputs_count, self._frozen[chosen], self._output_scale[chosen]
        )

    def rows_at_once(self, replicas: int) -> int:
        """Return how many samples to take at once, so that their activations stay within the processor's caches."""
        widest = max(layer.rows for layer in self.layers)
        return max(64, AT_ONCE // (replicas * widest))

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Return the layers' structure, from the input up."""
        return self.structure.layers

    @property
    def trained_layers(self) -> list[int]:
        """Return the indices of the layers that train."""
        return [i for i, layer in enumerate(self.layers) if layer.trained]

    def views(self, theta: Tensor) -> list[Weights]:
        """Return every layer as views of theta (R, P), frozen layers as views of the fixed parameters."""
        starts = {True: 0, False: 0}
        weights = []
        for layer in self.layers:
            source = theta if layer.trained else self._frozen
            replicas = source.shape[0]
            start = starts[layer.trained]
            size = layer.rows * layer.columns
            weight = source[:, start : start + size].unflatten(1, (layer.rows, layer.columns))
            start += size
            bias = None
            if layer.bias:
                bias = source[:, start : start + layer.rows].view(replicas, layer.rows)
                start += layer.rows
            starts[layer.trained] = start
            weights.append(Weights(weight, bias))
        return weights

    def layer_slices(self) -> dict[str, slice]:
        """Return where each trained layer, biases included, lies in theta."""
        slices, start = {}, 0
        for layer in self.layers:
            if layer.trained:
                size = layer.rows * (layer.columns + layer.bias)
                slices[layer.name] = slice(start, start + size)
                start += size
        return slices

    def forward(self, weights: list[Weights], x: Tensor) -> tuple[Tensor, Tape]:
        """Return the outputs (R, N, C) at x (R, N, d), and the tape that `signals` reads."""
        inputs, pre, post = [], [], []
        h = x
        last = len(weights) - 1
        for i, layer in enumerate(weights):
            transposed = layer.weight.mT
            z = (
                torch.bmm(h, transposed)
                if layer.bias is None
                else torch.baddbmm(layer.bias.unsqueeze(1), h, transposed)
            )
            inputs.append(h)
            h = z if i == last else self._activation.forward(z)
            pre.append(z)
            post.append(h)
        return (h if self._unscaled else h * self._scale), Tape(tuple(inputs), tuple(pre), tuple(post))

    def outputs(self, theta: Tensor, x: Tensor) -> Tensor:
        """Return f (R, N, C) at x (R, N, d), many samples in parts."""
        weights = self.views(theta)
        parts = [self.forward(weights, part)[0] for part in x.split(self.rows_at_once(len(theta)), dim=1)]
        return parts[0] if len(parts) == 1 else torch.cat(parts, 1)

    def signals(self, weights: list[Weights], tape: Tape, cotangent: Tensor) -> Iterator[tuple[int, Tensor]]:
        """Yield (layer, d<cotangent, f>/dz (R, N, rows)) from the top down to the lowest trained layer."""
        delta = cotangent if self._unscaled else cotangent * self._scale
        lowest = self.trained_layers[0]
        for i in range(len(weights) - 1, lowest - 1, -1):
            yield i, delta
            if i > lowest:
                weight = weights[i].weight
                # a product with one row is an outer product, which broadcasting does in a third of the time
                below = delta * weight if weight.shape[1] == 1 else torch.bmm(delta, weight)
                delta = self._activation.backward(below, tape.pre[i - 1], tape.post[i - 1])

    def backward(
        self, weights: list[Weights], tape: Tape, cotangent: Tensor, gradient: list[Weights]
    ) -> None:
        """Write sum_n <cotangent_n, df_n/dtheta> into views of a (R, P) tensor."""
        for i, delta in self.signals(weights, tape, cotangent):
            if self.layers[i].trained:
                _sum_of_outer_products(delta, tape.inputs[i], gradient[i].weight)
                bias = gradient[i].bias
                if bias is not None:
                    torch.sum(delta, 1, out=bias)

    def sample_gradient_norms(self, weights: list[Weights], tape: Tape, cotangent: Tensor) -> Tensor:
        """Return ||d<cotangent_n, f_n>/dtheta||_2^2 (R, N): rank-one gradients need no Jacobian."""
        total = torch.zeros(cotangent.shape[:2], dtype=cotangent.dtype, device=cotangent.device)
        for i, delta in self.signals(weights, tape, cotangent):
            if self.layers[i].trained:
                total += delta.square().sum(-1) * (
                    tape.inputs[i].square().sum(-1) + float(self.layers[i].bias)
                )
        return total

    def sample_gradients(self, weights: list[Weights], tape: Tape, cotangent: Tensor) -> Tensor:
        """Return d<cotangent_n, f_n>/dtheta for every sample (R, N, P)."""
        parts: dict[int, Tensor] = {}
        for i, delta in self.signals(weights, tape, cotangent):
            if self.layers[i].trained:
                outer = (delta.unsqueeze(-1) * tape.inputs[i].unsqueeze(-2)).flatten(2)
                parts[i] = torch.cat([outer, delta], -1) if self.layers[i].bias else outer
        return torch.cat([parts[i] for i in sorted(parts)], -1)

    def tangent_kernel(self, theta: Tensor, x: Tensor, other: Tensor | None = None) -> Tensor:
        """Return the empirical tangent kernel (R, N, M), traced over outputs.

        K(x, x') = sum_c <grad f_c(x), grad f_c(x')> = sum_c sum_l <delta_l, delta_l'> (<h_{l-1}, h_{l-1}'> + [bias]).
        Source: Jacot et al. 2018; the layer-wise form follows from rank-one gradients.
        """
        weights = self.views(theta)
        tape = self.forward(weights, x)[1]
        tapes = (tape, tape if other is None else self.forward(weights, other)[1])
        kernel: Tensor | None = None
        products = {
            i: torch.bmm(tapes[0].inputs[i], tapes[1].inputs[i].mT) + float(self.layers[i].bias)
            for i in self.trained_layers
        }
        for c in range(self.outputs_count):
            pairs = zip(
                self.signals(weights, tapes[0], _unit(tapes[0], c)),
                self.signals(weights, tapes[1], _unit(tapes[1], c)),
                strict=True,
            )
            for (i, delta), (_, other_delta) in pairs:
                if self.layers[i].trained:
                    term = torch.bmm(delta, other_delta.mT) * products[i]
                    kernel = term if kernel is None else kernel + term
        assert kernel is not None
        return kernel


AT_ONCE = 2**17
"""Numbers in one layer's activations that are computed at once where nothing has to be kept."""
NARROW = 8
"""Columns below which the transposed product was measured 2 to 4 times faster."""


def _sum_of_outer_products(delta: Tensor, inputs: Tensor, into: Tensor) -> None:
    """Write sum_n delta_n inputs_n^T (R, rows, columns) into a view of the gradient.

    With several replicas the view is not contiguous, and writing to it as `out=` was measured 2 to 3 times slower.
    """
    if inputs.shape[-1] < NARROW < delta.shape[-1]:
        into.copy_(torch.bmm(inputs.mT, delta).mT)
    elif into.is_contiguous():
        torch.bmm(delta.mT, inputs, out=into)
    else:
        into.copy_(torch.bmm(delta.mT, inputs))


def _unit(tape: Tape, c: int) -> Tensor:
    """Return the cotangent (R, N, C) that picks output c."""
    unit = torch.zeros_like(tape.post[-1])
    unit[..., c] = 1
    return unit
