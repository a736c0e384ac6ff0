"""Vectors kept over a run, to be compared with the last of them when it ends."""

from __future__ import annotations

import torch
from torch import Tensor

from .vectors import cosine

MEMORY = 64 * 2**20
"""Bytes that the vectors of one column may take."""


class VectorHistory:
    """Vectors (R, K) by step; every other one goes where they would take too much memory, the first and last stay."""

    def __init__(self) -> None:
        self._vectors: dict[int, Tensor] = {}

    def add(self, step: int, vectors: Tensor) -> None:
        """Keep vectors (R, K)."""
        kept = self._vectors
        kept[step] = vectors
        if len(kept) > max(2, MEMORY // (vectors.numel() * vectors.element_size())):
            for between in sorted(kept)[1:-1:2]:
                del kept[between]

    def cosines_with_the_last(self) -> tuple[list[int], Tensor]:
        """Return the steps, and the cosines (T, R) of what was kept there with what was kept last."""
        steps = sorted(self._vectors)
        if not steps:
            return [], torch.empty(0, 0)
        last = self._vectors[steps[-1]]
        return steps, torch.stack([cosine(self._vectors[step], last) for step in steps])
