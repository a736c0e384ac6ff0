"""Mini-batches as a pure function of seed and step: nothing to store, the same on every device."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

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
        self._block = (-1, 0)
        self._indices = torch.empty(0)

    @property
    def per_epoch(self) -> int:
        """Return the number of steps in an epoch; without replacement the last batch may be smaller."""
        return -(-self._samples // self.size)

    def at(self, step: int, attempt: int = 0) -> Tensor:
        """Return the indices (R, B) of the batch after `step` steps; every attempt at an epoch draws anew."""
        block, within = divmod(step, self._length)
        self._have(block, attempt)
        return self._indices[:, within, : self._sizes[within]]

    def between(self, step: int, count: int, attempt: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the samples of as many batches (T, R, B) from a step on, and how many of them each has (T,)."""
        batches, sizes = np.empty((count, len(self._seeds), self.size), np.int64), np.empty(count, np.int64)
        filled = 0
        while filled < count:
            block, within = divmod(step + filled, self._length)
            self._have(block, attempt)
            end = min(self._length, within + count - filled)
            here = slice(filled, filled + end - within)
            batches[here] = self._indices[:, within:end].transpose(0, 1).numpy()
            sizes[here] = self._sizes[within:end]
            filled = here.stop
        return batches, sizes

    def _have(self, block: int, attempt: int) -> None:
        """Have the batches (R, length, B) of a block; a smaller one is followed by zeros."""
        if (block, attempt) == self._block:
            return
        self._block = (block, attempt)
        drawn = np.stack([self._draw([seed, STREAM, block, attempt]) for seed in self._seeds])
        self._indices = torch.as_tensor(drawn, device=self._device)

    def _draw(self, entropy: list[int]) -> NDArray[np.int64]:
        generator = np.random.default_rng(entropy)
        if self._replacement:
            return generator.integers(self._samples, size=(self._length, self.size))
        padded = np.zeros(self._length * self.size, np.int64)
        padded[: self._samples] = generator.permutation(self._samples)
        return padded.reshape(self._length, self.size)
