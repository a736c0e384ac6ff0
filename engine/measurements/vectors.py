"""Angles and distances of directions, exact where two nearly agree."""

from __future__ import annotations

import torch
from torch import Tensor

from ..networks.lengths import length, unit


def cosine(a: Tensor, b: Tensor) -> Tensor:
    """Return the cosine (R,) of vectors (R, K) through the distance of their directions, exact near 1."""
    return 1 - distance(a, b).square() / 2


def distance(a: Tensor, b: Tensor) -> Tensor:
    """Return || a/||a|| - b/||b|| ||_2 (R,); NaN where one of them is 0."""
    return length(unit(a) - unit(b))


def cosine_with(direction: Tensor, vectors: Tensor) -> Tensor:
    """Return what `cosine` does of directions (R, K), of length 1, and vectors (R, K)."""
    return 1 - length(unit(vectors) - direction).square() / 2


def degrees_between(a: Tensor, b: Tensor) -> Tensor:
    """Return the angle (R,) of vectors (R, K) in degrees: 2 asin of half the distance of their directions."""
    return torch.rad2deg(2 * torch.asin((distance(a, b) / 2).clamp(max=1.0)))


def angle(a: Tensor, b: Tensor) -> Tensor:
    """Return the angle (...) in degrees between vectors (..., D); NaN where one is 0. It is exact near 0 and 180.

    2 atan2(|u - v|, |u + v|) of the unit vectors u and v. Source: Kahan 2006, Mangled Angles.
    """
    u, v = unit(a, dim=-1), unit(b, dim=-1)
    return torch.rad2deg(2 * torch.atan2(length(u - v, dim=-1), length(u + v, dim=-1)))
