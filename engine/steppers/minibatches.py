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
        self._block = (-1, 0)
        self._indices = torch.empty(0)

    @property
    def per_epoch(self) -> int:
        """Return the number of steps in an epoch; without replacement the last batch may be smaller."""
        return -(-self._samples // self.size)

    def at(self, step: int, attempt: int = 0) -> Tensor:
        """Return the indices (R, B) of the batch after `step` steps; every attempt at an epoch draws anew."""
        length = BLOCK if self._replacement else self.per_epoch
        block, within = divmod(step, length)
        if (block, attempt) != self._block:
            self._block = (block, attempt)
            drawn = [self._draw([seed, STREAM, block, attempt]) for seed in self._seeds]
            self._indices = torch.as_tensor(np.stack(drawn), device=self._device)
        if self._replacement:
            return self._indices[:, within]
        return self._indices[:, within * self.size : (within + 1) * self.size]

    def between(self, step: int, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the samples of as many batches (T, R, B) from a step on, and how many of them each has (T,)."""
        chosen = [self.at(step + k).numpy() for k in range(count)]
        sizes = np.array([one.shape[1] for one in chosen])
        batches = np.zeros((count, len(self._seeds), self.size), np.int64)
        for batch, one in zip(batches, chosen, strict=True):
            batch[:, : one.shape[1]] = one
        return batches, sizes

    def _draw(self, entropy: list[int]) -> np.ndarray:
        generator = np.random.default_rng(entropy)
        if self._replacement:
            return generator.integers(self._samples, size=(BLOCK, self.size))
        return generator.permutation(self._samples)
