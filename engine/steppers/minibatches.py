"""Mini-batches as a pure function of seed and step: nothing to store, the same on every device."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..run.sending import sent

STREAM = 2
BLOCK = 1024
"""Batches drawn at once with replacement."""


class MiniBatches:
    """Indices (R, B) of the samples of every step, each replica with its own seed."""

    def __init__(
        self, seeds: Sequence[int], samples: int, batch: int, replacement: bool, device: torch.device
    ) -> None:
        self._seeds = list(seeds)
        self._samples = samples
        self.size = min(batch, samples)
        self._replacement = replacement
        self._device = device
        self._length = BLOCK if replacement else self.per_epoch
        last = self.size if replacement else samples - (self.per_epoch - 1) * self.size
        self._sizes = np.array([self.size] * (self._length - 1) + [last])
        self._block = self._there = (-1, 0)
        self._drawn: NDArray[np.int64]
        """The batches (R, length, B) of a block; a smaller one is followed by zeros."""
        self._indices: Tensor
        """Those of a block on the device."""

    @property
    def per_epoch(self) -> int:
        """Return the number of steps in an epoch; without replacement the last batch may be smaller."""
        return -(-self._samples // self.size)

    def size_at(self, step: int) -> int:
        """Return how many samples the batch after `step` steps has."""
        return int(self._sizes[step % self._length])

    def at(self, step: int, attempt: int = 0) -> Tensor:
        """Return the indices (R, B) of the batch after `step` steps; every attempt at an epoch draws anew."""
        block, within = divmod(step, self._length)
        if (block, attempt) != self._there:
            self._there = block, attempt
            self._indices = sent(self._block_of(block, attempt), self._device)
        return self._indices[:, within, : self._sizes[within]]

    def between(self, step: int, count: int, attempt: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the samples of as many batches (T, R, B) from a step on, and how many of them each has (T,)."""
        batches, sizes = np.empty((count, len(self._seeds), self.size), np.int64), np.empty(count, np.int64)
        filled = 0
        while filled < count:
            block, within = divmod(step + filled, self._length)
            end = min(self._length, within + count - filled)
            here = slice(filled, filled + end - within)
            batches[here] = self._block_of(block, attempt)[:, within:end].swapaxes(0, 1)
            sizes[here] = self._sizes[within:end]
            filled = here.stop
        return batches, sizes

    def whole_ahead(self, step: int, most: int) -> int:
        """Return how many batches from a step on, up to so many, have all of their samples."""
        if self._sizes[-1] == self.size:
            return most
        return min(most, self._length - 1 - step % self._length)

    def _block_of(self, block: int, attempt: int) -> NDArray[np.int64]:
        """Return the batches (R, length, B) of a block, drawn where they are not at hand."""
        if (block, attempt) != self._block:
            self._block = block, attempt
            self._drawn = np.stack([self._draw([seed, STREAM, block, attempt]) for seed in self._seeds])
        return self._drawn

    def _draw(self, entropy: list[int]) -> NDArray[np.int64]:
        generator = np.random.default_rng(entropy)
        if self._replacement:
            return generator.integers(self._samples, size=(self._length, self.size))
        padded = np.zeros(self._length * self.size, np.int64)
        padded[: self._samples] = generator.permutation(self._samples)
        return padded.reshape(self._length, self.size)
