"""The shapes of activations, for small drawings."""

from __future__ import annotations

import math
from collections.abc import Callable


def _relu(x: float) -> float:
    return max(x, 0.0)


def _leaky_relu(x: float) -> float:
    return x if x > 0 else 0.15 * x  # steeper than in life, so that it can be told from relu


def _relu2(x: float) -> float:
    return _relu(x) ** 2


def _relu3(x: float) -> float:
    return _relu(x) ** 3


def _linear(x: float) -> float:
    return x


def _gelu(x: float) -> float:
    return 0.5 * x * (1 + math.erf(x / math.sqrt(2)))


def _silu(x: float) -> float:
    return x / (1 + math.exp(-x))


def _softplus(x: float) -> float:
    return math.log1p(math.exp(x))


def _maxout(x: float) -> float:
    return max(0.9 * x - 0.3, -0.5 * x - 0.1)


CURVES: dict[str, Callable[[float], float]] = {
    "relu": _relu,
    "leaky-relu": _leaky_relu,
    "relu2": _relu2,
    "relu3": _relu3,
    "abs": abs,
    "linear": _linear,
    "gelu": _gelu,
    "silu": _silu,
    "softplus": _softplus,
    "tanh": math.tanh,
    "maxout": _maxout,
}
"""Every activation by its name in the experiment."""


def curve(activation: str, points: int = 25) -> list[tuple[float, float]]:
    """Return an activation's graph over [-2, 2] as points in [-1, 1] squared, cut off above."""
    function = CURVES[activation]
    xs = [-2 + 4 * i / (points - 1) for i in range(points)]
    values = [(x / 2, function(x) / 2) for x in xs]
    return [(x, y) for x, y in values if abs(y) <= 1.0]
