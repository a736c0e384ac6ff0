"""Products with the second derivative of what dense networks say, by hand: up along a direction, and down again.

Where log Loss has u = d log Loss/df at outputs f, the product of its Hessian with a direction v is what u pulls back
to, differentiated along v: `turned` says how u turns where outputs move. Source: Pearlmutter 1994.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ..experiment.structure import Layer
from .sites import NARROW, Weights, affine, as_matrices, as_parameters, below

Turned = Callable[[Tensor], Tensor]
"""Returns du (R, N, C) for df (R, N, C)."""
Product = Callable[[Tensor], Tensor]
"""Returns H v (R, P) for v (R, P)."""


def of_two_layers(
    layers: tuple[Layer, ...],
    weights: list[Weights],
    x: Tensor,
    slope: Tensor,
    pull: Tensor,
    scale: Tensor,
    turned: Turned,
) -> Product:
    """Return the product for f = scale (a . phi(W x + b) + c) with phi(z) = phi'(z) z, as relu is.

    The second derivative of f joins W and a alone: with D = phi' (R, N, m), f moves along (V, v) by the rows of
    D (a V + v W) times x, and H (V, v) = (a G + v M, <W, G> + <V, M>) row by row, where G = D^T (du x), M = D^T (u x).

    Args:
        layers: of W and a.
        weights: of W and a.
        x: inputs (R, N, d).
        slope: phi' (R, N, m).
        pull: u (R, N, 1).
        scale: of the outputs (R, 1, 1).
        turned: how u turns.
    """
    first, last = layers
    if first.bias:
        x = torch.cat([x, torch.ones_like(x[..., :1])], -1)
    beneath, above = weights[0].weight, weights[1].weight.mT
    if weights[0].bias is not None:
        beneath = torch.cat([beneath, weights[0].bias.unsqueeze(-1)], -1)
    narrow = x.shape[-1] < NARROW
    across = x.mT.contiguous() if narrow else x

    def down(signal: Tensor) -> Tensor:
        """Return D^T (signal x) (R, m, d) for a signal (R, N, 1)."""
        return torch.bmm(across * signal.mT, slope).mT if narrow else torch.bmm(slope.mT, across * signal)

    def up(moved: Tensor) -> Tensor:
        """Return the rows of D moved times x (R, N, 1) for matrices (R, m, d)."""
        if narrow:
            return (torch.bmm(moved.mT, slope.mT) * across).sum(1).unsqueeze(-1)
        return (torch.bmm(slope, moved) * across).sum(-1, keepdim=True)

    pulled = down(pull * scale)

    def product(vector: Tensor) -> Tensor:
        lower, rest = as_matrices(first, vector[:, : first.size]), vector[:, first.size :]
        upper = rest[:, : last.columns].unsqueeze(-1)
        moved = up(above * lower + upper * beneath)
        if last.bias:
            moved = moved + rest[:, last.columns :, None]
        signal = turned(moved * scale) * scale
        met = down(signal)
        parts = [
            as_parameters(first, above * met + upper * pulled),
            (beneath * met + lower * pulled).sum(-1),
        ]
        return torch.cat([*parts, signal.sum(1)] if last.bias else parts, 1)

    return product


class ChainProduct:
    """The product for layers above one another, whichever of them train."""

    def __init__(
        self,
        layers: tuple[Layer, ...],
        weights: list[Weights],
        inputs: Sequence[Tensor],
        slopes: Sequence[Tensor],
        bends: Sequence[Tensor] | None,
        views: Callable[[Tensor], list[Weights]],
        pull: Tensor,
        scale: Tensor,
        turned: Turned,
    ) -> None:
        """Go down once, as far as no direction matters.

        Args:
            layers: from the input up.
            weights: of the layers.
            inputs: of the layers (R, N, columns).
            slopes: phi' (R, N, rows) of every layer but the last.
            bends: phi'' of them; None where all are 0.
            views: parameters (R, P) as weights.
            pull: u (R, N, C).
            scale: of the outputs (R, 1, 1).
            turned: how u turns.
        """
        self._layers, self._weights, self._inputs, self._slopes = layers, weights, inputs, slopes
        self._views, self._scale, self._turned = views, scale, turned
        self._lowest = next(i for i, layer in enumerate(layers) if layer.trained)
        self._signals = {len(layers) - 1: pull * scale}
        """What comes down to every layer."""
        self._curved: dict[int, Tensor] = {}
        """phi'' times what comes down to it; empty where phi'' is 0."""
        for i in range(len(layers) - 1, self._lowest, -1):
            arriving = below(weights[i], self._signals[i])
            self._signals[i - 1] = slopes[i - 1] * arriving
            if bends is not None:
                self._curved[i - 1] = bends[i - 1] * arriving

    def __call__(self, vector: Tensor) -> Tensor:
        """Return H v (R, P) for v (R, P)."""
        along = self._views(vector)
        moved = self._up(along)
        result = torch.empty_like(vector)
        into = self._views(result)
        last = len(self._layers) - 1
        signal = self._turned(moved[last] * self._scale) * self._scale
        for i in range(last, self._lowest - 1, -1):
            if self._layers[i].trained:
                self._write(i, signal, moved, into[i])
            if i == self._lowest:
                break
            arriving = below(self._weights[i], signal)
            if self._layers[i].trained:
                arriving = arriving + below(along[i], self._signals[i])
            signal = self._slopes[i - 1] * arriving
            if self._curved:
                signal = signal + self._curved[i - 1] * moved[i - 1]
        return result

    def _up(self, along: list[Weights]) -> dict[int, Tensor]:
        """Return how what comes out of every layer, before its activation, moves along a direction."""
        moved: dict[int, Tensor] = {}
        for i in range(self._lowest, len(self._layers)):
            parts = []
            if i > self._lowest:
                parts.append(torch.bmm(self._slopes[i - 1] * moved[i - 1], self._weights[i].weight.mT))
            if self._layers[i].trained:
                parts.append(affine(along[i], self._inputs[i]))
            moved[i] = parts[0] if len(parts) == 1 else parts[0] + parts[1]
        return moved

    def _write(self, i: int, signal: Tensor, moved: dict[int, Tensor], into: Weights) -> None:
        """Write a layer's part of the product."""
        weight = torch.bmm(signal.mT, self._inputs[i])
        if i > self._lowest:
            risen = self._slopes[i - 1] * moved[i - 1]
            weight = torch.baddbmm(weight, self._signals[i].mT, risen)
        into.weight.copy_(weight)
        if into.bias is not None:
            into.bias.copy_(signal.sum(1))
