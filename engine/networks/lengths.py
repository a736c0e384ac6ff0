"""Lengths of vectors whose squares may overflow or vanish: scaled first where that matters, by a power of two.

Such a scale changes no bit of a length whose squares are ordinary numbers.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

Axes = int | tuple[int, ...]
LEAST = {
    dtype: math.sqrt(torch.finfo(dtype).tiny) / torch.finfo(dtype).eps
    for dtype in (torch.float32, torch.float64)
}
"""Lengths above this have lost no square that counts."""
FEW = 20
"""Lengths up to which Python looks at each sooner than torch at all."""


def length(vectors: Tensor, dim: Axes = 1, keepdim: bool = False) -> Tensor:
    """Return the Euclidean norms over an axis, or over several."""
    plain: Tensor = torch.linalg.vector_norm(vectors, dim=dim, keepdim=keepdim)
    if ordinary(plain):
        return plain
    scale = power_of_two(vectors, dim)
    scaled: Tensor = torch.linalg.vector_norm(vectors / scale, dim=dim, keepdim=keepdim)
    return scaled * (scale if keepdim else scale.amax(dim))


def unit(vectors: Tensor, dim: Axes = 1) -> Tensor:
    """Return the vectors over their lengths along an axis, or several; NaN where one is 0."""
    plain: Tensor = torch.linalg.vector_norm(vectors, dim=dim, keepdim=True)
    if ordinary(plain):
        return vectors / plain
    scaled = vectors / power_of_two(vectors, dim)
    directions: Tensor = scaled / torch.linalg.vector_norm(scaled, dim=dim, keepdim=True)
    return directions


def power_length(vectors: Tensor, exponents: Tensor, dim: int = -1) -> Tensor:
    """Return the lp norms over an axis that is not the first, the largest entry taken out before any power is.

    `exponents` (R,) are those of the first axis, which may hold all replicas several times after one another.
    """
    p = exponents.repeat(len(vectors) // len(exponents)).reshape(-1, *[1] * (vectors.dim() - 1))
    sizes = vectors.abs()
    largest = sizes.amax(dim, keepdim=True)
    shares = sizes / torch.where(largest == 0, 1.0, largest)
    norms: Tensor = (largest * shares.pow(p).sum(dim, keepdim=True).pow(1 / p)).squeeze(dim)
    return norms


def power_of_two(vectors: Tensor, dim: Axes = 1) -> Tensor:
    """Return the power of two next below the largest entry, the axes kept; 1 where that is 0 or not finite."""
    largest = vectors.abs().amax(dim, keepdim=True)
    usable = (largest > 0) & torch.isfinite(largest)
    safe = torch.where(usable, largest, 1.0)
    # the quotient is 2^(exponent - 1), to the last bit, and never above the largest float
    return safe / (2 * torch.frexp(safe).mantissa)


def ordinary(lengths: Tensor) -> bool:
    """Say whether it is known that no square on the way to these lengths overflowed or was lost."""
    # to look costs less than to scale on a processor, and would make a graphics card wait
    if not lengths.is_cpu:
        return False
    least = LEAST[lengths.dtype]
    if lengths.numel() == 1:
        return least < lengths.item() < math.inf
    if lengths.numel() <= FEW:
        return all(least < value < math.inf for value in lengths.flatten().tolist())
    smallest, largest = torch.aminmax(lengths)  # NaN where there is one
    return least < smallest.item() and largest.item() < math.inf
