"""Networks of one replica whose hidden units keep their directions: f(x) = sum_j a_j phi(r_j <u_j, x>)."""

from __future__ import annotations

import math

from .activations import activate, pull_back
from .dense import weights_of
from .jit import compiled
from .losses import pair_cotangent
from .plan import Array, Layers, One, Room
from .products import multiply, onto, pack, times
from .views import added, matrix, nothing, squared


@compiled
def forward(layers: Layers, one: One, room: Room) -> None:
    """Write z = r <u, x>, h, and the outputs, times their scale; <u, x> stays in the last row of h."""
    count, inputs, units = one.x.shape[0], one.x.shape[1], layers.rows[0]
    seen, z = matrix(room.h[1], 0, count, units), matrix(room.z[0], 0, count, units)
    directions = matrix(one.frozen, one.frozen.size - units * inputs, units, inputs)
    multiply(one.x, directions.T, seen, room.panels)
    radii = weights_of(layers, 0, one)
    for n in range(count):
        for k in range(units):
            z[n, k] = seen[n, k] * radii[k, 0]
    activate(layers.activation, layers.power, layers.slope, room.z[0], room.h[0], count, layers.columns[1])
    out = matrix(room.z[1], 0, count, layers.classes)
    multiply(matrix(room.h[0], 0, count, layers.columns[1]), weights_of(layers, 1, one).T, out, room.panels)
    if one.scale != 1.0:
        for n in range(count):
            for c in range(layers.classes):
                out[n, c] *= one.scale


@compiled
def pass_down(layers: Layers, one: One, room: Room) -> None:
    """Write d/dr (N, units) of every sample, in the first row of delta, from the signal at the outputs."""
    count, units, columns = one.x.shape[0], layers.rows[0], layers.columns[1]
    signal, up = matrix(room.delta[1], 0, count, layers.classes), matrix(room.up, 0, count, columns)
    multiply(signal, weights_of(layers, 1, one), up, room.panels)
    kind, power, slope = layers.activation, layers.power, layers.slope
    pull_back(kind, power, slope, room.z[0], room.h[0], room.up, room.delta[0], count, columns)
    seen, below = room.h[1], room.delta[0]
    for i in range(count * units):
        below[i] *= seen[i]


@compiled
def backward(layers: Layers, one: One, room: Room, gradient: Array, keep: float) -> None:
    """Write keep gradient + that of all samples together, from the signal at the outputs."""
    count, units, columns = one.x.shape[0], layers.rows[0], layers.columns[1]
    if layers.trained[1]:
        into = matrix(gradient, layers.start[1], layers.classes, columns)
        pack(matrix(room.h[0], 0, count, columns), room.panels)
        times(matrix(room.delta[1], 0, count, layers.classes).T, room.panels, into, keep)
    if layers.trained[0]:
        pass_down(layers, one, room)
        for k in range(units):
            total = 0.0
            for n in range(count):
                total += room.delta[0, n * units + k]
            onto(gradient, layers.start[0] + k, keep, total)


@compiled
def curvature(norm: int, layers: Layers, one: One, room: Room) -> float:
    """Return the largest squared dual norm of a margin's gradient, over samples and other classes."""
    count, units, columns = one.x.shape[0], layers.rows[0], layers.columns[1]
    signal, h = matrix(room.delta[1], 0, count, layers.classes), matrix(room.h[0], 0, count, columns)
    below = matrix(room.delta[0], 0, count, units)
    most = -math.inf
    for shift in range(1, max(2, layers.classes)):
        pair_cotangent(one.labels, shift, one.scale, signal)
        if layers.trained[0]:
            pass_down(layers, one, room)
        for n in range(count):
            total = nothing(norm)
            for c in range(layers.classes if layers.trained[1] else 0):
                for k in range(columns):
                    total = added(norm, total, abs(signal[n, c] * h[n, k]), one.power)
            for k in range(units if layers.trained[0] else 0):
                total = added(norm, total, abs(below[n, k]), one.power)
            square = squared(norm, total, one.power)
            if not square <= most:
                most = square
    return most
