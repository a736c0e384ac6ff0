"""Activations and how a cotangent passes back through them, as engine.networks.activations has them."""

from __future__ import annotations

import math

from .jit import compiled
from .plan import Activated, Array

LINEAR, RELU, LEAKY, POWER, ABS = (
    int(kind)
    for kind in (Activated.LINEAR, Activated.RELU, Activated.LEAKY_RELU, Activated.POWER, Activated.ABS)
)
GELU, SILU, SOFTPLUS, TANH, MAXOUT = (
    int(kind)
    for kind in (Activated.GELU, Activated.SILU, Activated.SOFTPLUS, Activated.TANH, Activated.MAXOUT)
)
ROOT_HALF = math.sqrt(0.5)
DENSITY = 1 / math.sqrt(2 * math.pi)


@compiled
def sigmoid(z: float) -> float:
    """Return 1/(1 + e^-z)."""
    if z >= 0:
        return 1.0 / (1.0 + math.exp(-z))
    tail = math.exp(z)
    return tail / (1.0 + tail)


@compiled
def softplus(z: float) -> float:
    """Return log(1 + e^z)."""
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


@compiled
def activate(kind: int, power: int, slope: float, z: Array, h: Array, count: int, columns: int) -> None:
    """Write phi(z) (N, columns) of z (N, rows), both as flat arrays; rows = columns but for maxout."""
    size = count * columns
    if kind == MAXOUT:
        maxout(z, h, count, columns)
    elif kind in (LINEAR, RELU, LEAKY):
        for i in range(size):
            h[i] = z[i] if z[i] > 0 else slope * z[i]
    elif kind in (POWER, ABS):
        bend(kind, power, z, h, size)
    else:
        for i in range(size):
            h[i] = smooth(kind, z[i])


@compiled
def bend(kind: int, power: int, z: Array, h: Array, size: int) -> None:
    """Write phi(z) of relu^k, or of the absolute value."""
    if kind == POWER:
        for i in range(size):
            value = z[i] if z[i] > 0 else 0.0 * z[i]
            h[i] = value * value if power == 2 else value * value * value
    else:
        for i in range(size):
            h[i] = abs(z[i])


@compiled
def maxout(z: Array, h: Array, count: int, columns: int) -> None:
    """Write the larger of two (N, columns) of z (N, 2 columns), both as flat arrays."""
    for n in range(count):
        for i in range(columns):
            first, second = z[2 * n * columns + i], z[(2 * n + 1) * columns + i]
            h[n * columns + i] = first if first >= second else second


@compiled
def smooth(kind: int, z: float) -> float:
    """Return phi(z) of an activation without kinks."""
    if kind == GELU:
        return 0.5 * z * (1.0 + math.erf(z * ROOT_HALF))
    if kind == SILU:
        return z * sigmoid(z)
    if kind == SOFTPLUS:
        return softplus(z)
    return math.tanh(z)


@compiled
def pull_back(
    kind: int, power: int, slope: float, z: Array, h: Array, dh: Array, dz: Array, count: int, columns: int
) -> None:
    """Write phi'(z) dh (N, rows) of dh (N, columns), as flat arrays."""
    size = count * columns
    if kind == MAXOUT:
        pull_back_maxout(z, dh, dz, count, columns)
    elif kind in (LINEAR, RELU, LEAKY):
        for i in range(size):
            left = 0.0 if slope == 0 else slope * dh[i]
            dz[i] = dh[i] if h[i] > 0 else left
    elif kind in (POWER, ABS):
        unbend(kind, power, z, dh, dz, size)
    else:
        for i in range(size):
            dz[i] = dh[i] * slope_of_smooth(kind, z[i], h[i])


@compiled
def unbend(kind: int, power: int, z: Array, dh: Array, dz: Array, size: int) -> None:
    """Write phi'(z) dh of what `bend` bends."""
    if kind == POWER:
        for i in range(size):
            value = z[i] if z[i] > 0 else 0.0
            dz[i] = dh[i] * (2.0 * value if power == 2 else 3.0 * value * value)
    else:
        for i in range(size):
            dz[i] = dh[i] if z[i] > 0 else (-dh[i] if z[i] < 0 else 0.0)


@compiled
def pull_back_maxout(z: Array, dh: Array, dz: Array, count: int, columns: int) -> None:
    """Give each dh (N, columns) to the larger of its two (N, 2 columns), all as flat arrays."""
    for n in range(count):
        for i in range(columns):
            first, second = 2 * n * columns + i, (2 * n + 1) * columns + i
            wins, up = z[first] >= z[second], dh[n * columns + i]
            dz[first], dz[second] = up if wins else 0.0, 0.0 if wins else up


@compiled
def slope_of_smooth(kind: int, z: float, h: float) -> float:
    """Return phi'(z) of an activation without kinks, h being phi(z)."""
    if kind == GELU:
        return 0.5 * math.erfc(-z * ROOT_HALF) + z * DENSITY * math.exp(-0.5 * z * z)
    if kind == SILU:
        gate = sigmoid(z)
        return gate * (1.0 + z * (1.0 - gate))
    if kind == SOFTPLUS:
        return sigmoid(z)
    return 1.0 - h * h
