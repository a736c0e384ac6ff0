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
def activate(kind: int, power: int, slope: float, z: Array, h: Array) -> None:
    """Write phi(z) (N, columns) of z (N, rows); rows = columns but for maxout."""
    if kind == MAXOUT:
        half = h.shape[1]
        for n in range(h.shape[0]):
            for i in range(half):
                h[n, i] = z[n, i] if z[n, i] >= z[n, half + i] else z[n, half + i]
        return
    flat, out = z.reshape(z.size), h.reshape(h.size)
    if kind == RELU:
        for i in range(flat.size):
            out[i] = flat[i] if flat[i] > 0 else 0.0 * flat[i]
    elif kind == LINEAR:
        for i in range(flat.size):
            out[i] = flat[i]
    elif kind == LEAKY:
        for i in range(flat.size):
            out[i] = flat[i] if flat[i] > 0 else slope * flat[i]
    elif kind == POWER:
        for i in range(flat.size):
            value = flat[i] if flat[i] > 0 else 0.0 * flat[i]
            out[i] = value * value if power == 2 else value * value * value
    elif kind == ABS:
        for i in range(flat.size):
            out[i] = abs(flat[i])
    elif kind == GELU:
        for i in range(flat.size):
            out[i] = 0.5 * flat[i] * (1.0 + math.erf(flat[i] * ROOT_HALF))
    elif kind == SILU:
        for i in range(flat.size):
            out[i] = flat[i] * sigmoid(flat[i])
    elif kind == SOFTPLUS:
        for i in range(flat.size):
            out[i] = softplus(flat[i])
    else:
        for i in range(flat.size):
            out[i] = math.tanh(flat[i])


@compiled
def pull_back(kind: int, power: int, slope: float, z: Array, h: Array, dh: Array, dz: Array) -> None:
    """Write phi'(z) dh (N, rows) of dh (N, columns)."""
    if kind == MAXOUT:
        half = h.shape[1]
        for n in range(h.shape[0]):
            for i in range(half):
                wins = z[n, i] >= z[n, half + i]
                dz[n, i] = dh[n, i] if wins else 0.0
                dz[n, half + i] = 0.0 if wins else dh[n, i]
        return
    flat, out, down, up = z.reshape(z.size), h.reshape(h.size), dz.reshape(dz.size), dh.reshape(dh.size)
    if kind == RELU:
        for i in range(flat.size):
            down[i] = up[i] if out[i] > 0 else 0.0
    elif kind == LINEAR:
        for i in range(flat.size):
            down[i] = up[i]
    elif kind == LEAKY:
        for i in range(flat.size):
            down[i] = up[i] if flat[i] > 0 else slope * up[i]
    elif kind == POWER:
        for i in range(flat.size):
            value = flat[i] if flat[i] > 0 else 0.0
            down[i] = up[i] * (2.0 * value if power == 2 else 3.0 * value * value)
    elif kind == ABS:
        for i in range(flat.size):
            down[i] = up[i] if flat[i] > 0 else (-up[i] if flat[i] < 0 else 0.0)
    elif kind == GELU:
        for i in range(flat.size):
            value = flat[i]
            share = 0.5 * math.erfc(-value * ROOT_HALF) + value * DENSITY * math.exp(-0.5 * value * value)
            down[i] = up[i] * share
    elif kind == SILU:
        for i in range(flat.size):
            gate = sigmoid(flat[i])
            down[i] = up[i] * gate * (1.0 + flat[i] * (1.0 - gate))
    elif kind == SOFTPLUS:
        for i in range(flat.size):
            down[i] = up[i] * sigmoid(flat[i])
    else:
        for i in range(flat.size):
            down[i] = up[i] * (1.0 - out[i] * out[i])
