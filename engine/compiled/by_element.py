"""Networks of one replica that are linear in x: every parameter has a share in one weight of w, f_c(x) = <w_c, x>.

Diagonal: w = u^D - v^D by element. Quasi-homogeneous: w_c = (u_c v_c, b_c).
"""

from __future__ import annotations

import math

from .jit import compiled
from .losses import pair_cotangent
from .plan import Array, Family, Layers, One, Room
from .products import multiply, onto
from .views import added, matrix, nothing, squared

DIAGONAL = int(Family.DIAGONAL)


@compiled
def parameter(layers: Layers, i: int, j: int, one: One) -> float:
    """Return one parameter of a layer."""
    value: float = one.theta[layers.start[i] + j] if layers.trained[i] else one.frozen[layers.start[i] + j]
    return value


@compiled
def share(layers: Layers, i: int, j: int, one: One) -> tuple[int, float]:
    """Return which weight a parameter has a share in, and the weight's derivative by it."""
    inputs = one.x.shape[1]
    if layers.family == DIAGONAL:
        slope = layers.power * parameter(layers, i, j, one) ** (layers.power - 1)
        return j, slope if i == 0 else -slope
    if i < 2:
        return j * inputs, parameter(layers, 1 - i, j, one)
    return j // (inputs - 1) * inputs + 1 + j % (inputs - 1), 1.0


@compiled
def forward(layers: Layers, one: One, room: Room) -> None:
    """Write the outputs, times their scale."""
    inputs, w = one.x.shape[1], room.up
    for c in range(layers.classes):
        for k in range(inputs):
            j = c * inputs + k
            if layers.family == DIAGONAL:
                u, v = parameter(layers, 0, j, one), parameter(layers, 1, j, one)
                w[j] = u**layers.power - v**layers.power
            elif k == 0:
                w[j] = parameter(layers, 0, c, one) * parameter(layers, 1, c, one)
            else:
                w[j] = parameter(layers, 2, c * (inputs - 1) + k - 1, one)
            w[j] *= one.scale
    out = matrix(room.z[layers.rows.size - 1], 0, one.x.shape[0], layers.classes)
    multiply(one.x, matrix(w, 0, layers.classes, inputs).T, out, room.panels)


@compiled
def backward(layers: Layers, one: One, room: Room, gradient: Array, keep: float) -> None:
    """Write keep gradient + that of all samples together, from the signal at the outputs."""
    signal = matrix(room.delta[layers.rows.size - 1], 0, one.x.shape[0], layers.classes)
    multiply(signal.T, one.x, matrix(room.up, 0, layers.classes, one.x.shape[1]), room.panels)
    for i in range(layers.rows.size):
        if layers.trained[i]:
            for j in range(layers.rows[i]):
                place, slope = share(layers, i, j, one)
                onto(gradient, layers.start[i] + j, keep, room.up[place] * slope)


@compiled
def curvature(norm: int, layers: Layers, one: One, room: Room) -> float:
    """Return the largest squared dual norm of a margin's gradient, over samples and other classes."""
    count, inputs = one.x.shape
    signal = matrix(room.delta[layers.rows.size - 1], 0, count, layers.classes)
    most = -math.inf
    for shift in range(1, max(2, layers.classes)):
        pair_cotangent(one.labels, shift, one.scale, signal)
        for n in range(count):
            total = nothing(norm)
            for i in range(layers.rows.size):
                for j in range(layers.rows[i] if layers.trained[i] else 0):
                    place, slope = share(layers, i, j, one)
                    part = abs(signal[n, place // inputs] * one.x[n, place % inputs] * slope)
                    total = added(norm, total, part, one.power)
            square = squared(norm, total, one.power)
            if not square <= most:
                most = square
    return most
