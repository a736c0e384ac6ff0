"""Convolutional networks: the same weights at every pixel, pooling, then dense layers.

Maps are kept as (R, N, pixels, channels): a convolution is a product of its windows (R, N, pixels, window * channels)
with the weights, so that a pixel is one more position at which a layer's weights are applied. Channels come last in a
window too: they lie together in memory, and cutting windows was measured 2 to 4 times faster.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional

from ..experiment.networks import ConvSpec, NetworkSpec
from ..experiment.structure import Ends
from ..experiment.structure.activations import homogenized
from ..experiment.structure.chains import kernel_window, pooled_size, pooling_window
from .activations import Activation, activation
from .base import Network, Tape
from .sites import Weights, affine, below

Pixels = tuple[int, int]


class ConvolutionalNetwork(Network):
    """Convolutions that keep the size, each with activation and pooling, then dense layers."""

    def __init__(self, fields: NetworkSpec, ends: Ends, frozen: Tensor, output_scale: Tensor) -> None:
        super().__init__(fields, ends, frozen, output_scale)
        assert isinstance(fields, ConvSpec)
        self._conv = fields
        self._activation = activation(fields.activation, fields.negative_slope)
        pixels: list[Pixels] = [ends.pixels]
        for _ in fields.channels:
            pixels.append(pooled_size(fields, pixels[-1]))
        self._pixels = pixels

    def forward(self, weights: list[Weights], x: Tensor) -> tuple[Tensor, Tape]:
        """Return the outputs (R, N, C) at x (R, N, d), and the tape that `signals` reads."""
        return self._forward(weights, x, self._activation)

    def homogenized(self, theta: Tensor, x: Tensor, phi: Activation | None = None) -> Tensor:
        """Return f_H (R, N, C): relu for what tends to it, and no biases that lower powers come with."""
        limit = phi or activation(homogenized(self._conv.activation), self._conv.negative_slope)
        weights = self.views(theta)
        if self.degree is None:
            weights = [weights[0], *(Weights(layer.weight, None) for layer in weights[1:])]
        return self._forward(weights, x, limit)[0]

    def _forward(self, weights: list[Weights], x: Tensor, phi: Activation) -> tuple[Tensor, Tape]:
        inputs, pre, kept = [], [], []
        h, last = x.unsqueeze(-1), len(weights) - 1
        for i, layer in enumerate(weights):
            if i < len(self._conv.channels):
                seen = windows(h, self._pixels[i], kernel_window(self._conv, self._pixels[i]))
                z = affine(layer, seen.flatten(1, 2)).unflatten(1, seen.shape[1:3])
                active = phi.forward(z)
                h, chosen = self._pooled(active, i)
                kept.append((active, chosen))
                inputs.append(seen)
            else:
                h = h.flatten(2)
                inputs.append(h)
                z = affine(layer, h)
                h = z if i == last else phi.forward(z)
            pre.append(z)
        return self._scaled(h), Tape(tuple(inputs), tuple(pre), tuple(kept))

    def signals(self, weights: list[Weights], tape: Tape, cotangent: Tensor) -> Iterator[tuple[int, Tensor]]:
        """Yield (layer, d<cotangent, f>/dz (R, N, [pixels,] rows)) from the top down to the lowest trained layer."""
        delta = self._scaled(cotangent)
        lowest, convolutions = self.trained_layers[0], len(self._conv.channels)
        for i in range(len(weights) - 1, lowest - 1, -1):
            yield i, delta
            if i == lowest:
                return
            if i >= convolutions:
                down = below(weights[i], delta)
            else:
                flat = below(weights[i], delta.flatten(1, 2)).unflatten(1, delta.shape[1:3])
                down = from_windows(flat, self._pixels[i], kernel_window(self._conv, self._pixels[i]))
            if i <= convolutions:
                active, chosen = tape.kept[i - 1]
                down = down.unflatten(2, (-1, active.shape[-1])) if down.dim() == 3 else down
                down = self._unpooled(down, chosen, i - 1)
                delta = self._activation.backward(down, tape.pre[i - 1], active)
            else:
                h = tape.inputs[i]
                assert h is not None
                delta = self._activation.backward(down, tape.pre[i - 1], h)

    def _pooled(self, h: Tensor, i: int) -> tuple[Tensor, Tensor | None]:
        """Return maps (R, N, pooled pixels, channels) of (R, N, pixels, channels), and where each maximum stood."""
        window = pooling_window(self._conv, self._pixels[i])
        if window == (1, 1):
            return h, None
        pieces = _pieces(h, self._pixels[i], self._pixels[i + 1], window)
        if self._conv.pool == "average":
            return pieces.mean(-2), None
        values, chosen = pieces.max(-2)
        return values, chosen

    def _unpooled(self, down: Tensor, chosen: Tensor | None, i: int) -> Tensor:
        """Return d/dh (R, N, pixels, channels) from that of the pooled maps."""
        window = pooling_window(self._conv, self._pixels[i])
        if window == (1, 1):
            return down
        count = math.prod(window)
        if chosen is None:
            pieces = (down / count).unsqueeze(-2).expand(*down.shape[:-1], count, down.shape[-1])
        else:
            pieces = torch.zeros(
                *down.shape[:-1], count, down.shape[-1], dtype=down.dtype, device=down.device
            ).scatter_(-2, chosen.unsqueeze(-2), down.unsqueeze(-2))
        return _from_pieces(pieces, self._pixels[i], self._pixels[i + 1], window)


def windows(maps: Tensor, pixels: Pixels, window: Pixels) -> Tensor:
    """Return the window around every pixel, zeros beyond the edge: (R, N, S, K) -> (R, N, S, window * K)."""
    before, after = _margins(window)
    picture = maps.unflatten(2, pixels)
    padded = functional.pad(picture, (0, 0, before[1], after[1], before[0], after[0]))
    seen = padded.unfold(2, window[0], 1).unfold(3, window[1], 1)
    return seen.movedim(4, 6).reshape(*maps.shape[:3], -1)


def from_windows(down: Tensor, pixels: Pixels, window: Pixels) -> Tensor:
    """Add up what every pixel is in each window: the transpose of `windows`."""
    replicas, samples = down.shape[:2]
    parts = down.reshape(replicas, samples, *pixels, *window, -1)
    before, after = _margins(window)
    height, width = pixels
    total = torch.zeros(
        replicas,
        samples,
        height + before[0] + after[0],
        width + before[1] + after[1],
        parts.shape[6],
        dtype=down.dtype,
        device=down.device,
    )
    for row in range(window[0]):
        for column in range(window[1]):
            total[:, :, row : row + height, column : column + width] += parts[:, :, :, :, row, column]
    inner = total[:, :, before[0] : before[0] + height, before[1] : before[1] + width]
    return inner.flatten(2, 3)


def _margins(window: Pixels) -> tuple[Pixels, Pixels]:
    """Return how many zeros stand before and after the rows and columns, so that the size is kept."""
    before = (window[0] - 1) // 2, (window[1] - 1) // 2
    return before, (window[0] - 1 - before[0], window[1] - 1 - before[1])


def _pieces(h: Tensor, pixels: Pixels, pooled: Pixels, window: Pixels) -> Tensor:
    """Return the pixels of every pooling window: (R, N, S, K) -> (R, N, pooled S, window, K)."""
    picture = h.unflatten(2, pixels)[:, :, : pooled[0] * window[0], : pooled[1] * window[1]]
    split: Tensor = picture.unflatten(3, (pooled[1], window[1])).unflatten(2, (pooled[0], window[0]))
    return split.transpose(3, 4).flatten(4, 5).flatten(2, 3)


def _from_pieces(pieces: Tensor, pixels: Pixels, pooled: Pixels, window: Pixels) -> Tensor:
    """Return maps from the pixels of every pooling window; what filled none gets 0."""
    split = pieces.unflatten(3, window).unflatten(2, pooled).transpose(3, 4)
    picture = split.flatten(4, 5).flatten(2, 3)
    rest = pixels[0] - picture.shape[2], pixels[1] - picture.shape[3]
    return functional.pad(picture, (0, 0, 0, rest[1], 0, rest[0])).flatten(2, 3)
