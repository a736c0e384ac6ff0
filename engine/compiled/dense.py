"""Dense networks of one replica: outputs, the gradient of all samples, and the largest gradient of one."""

from __future__ import annotations

import math

from .activations import activate, pull_back
from .jit import compiled, part
from .losses import pair_cotangent
from .plan import Array, Layers, Norm, One, Room
from .products import blended, inner, pack, times, times_vector
from .views import matrix, squared

LINF, L1 = int(Norm.LINF), int(Norm.L1)


@part
def weights_of(layers: Layers, i: int, one: One) -> Array:
    """Return a layer's weights (rows, columns)."""
    source = one.theta if layers.trained[i] else one.frozen
    return matrix(source, layers.start[i], layers.rows[i], layers.columns[i])


@part
def seen_by(layers: Layers, i: int, one: One, room: Room) -> Array:
    """Return what a layer is applied to (N, columns)."""
    if i == 0:
        return one.x
    return matrix(room.h[i - 1], 0, one.x.shape[0], layers.columns[i])


@part
def rows_of(values: Array, layers: Layers, i: int, one: One) -> Array:
    """Return z or delta of a layer (N, rows)."""
    return matrix(values[i], 0, one.x.shape[0], layers.rows[i])


@compiled
def prepare(layers: Layers, one: One, room: Room) -> None:
    """Pack the weights: what is asked of them next is asked of every block of samples."""
    for i in range(layers.rows.size):
        weights = weights_of(layers, i, one)
        if layers.rows[i] > 1:
            pack(weights.T, room.rising[layers.rising[i] :])
        if i > layers.lowest:
            pack(weights, room.falling[layers.falling[i] :])


@compiled
def forward(layers: Layers, one: One, room: Room) -> None:
    """Write every layer's z and h; the last z are the outputs, times their scale."""
    count, last = one.x.shape[0], layers.rows.size - 1
    for i in range(last + 1):
        rows, out, seen = layers.rows[i], rows_of(room.z, layers, i, one), seen_by(layers, i, one, room)
        if rows == 1:
            times_vector(seen, weights_of(layers, i, one)[0], out)
        else:
            times(seen, room.rising[layers.rising[i] :], out, 0.0)
        if layers.bias[i]:
            source = one.theta if layers.trained[i] else one.frozen
            bias = source[layers.start[i] + rows * layers.columns[i] :]
            for n in range(count):
                for k in range(rows):
                    out[n, k] += bias[k]
        if i < last:
            kind, power, slope = layers.activation, layers.power, layers.slope
            activate(kind, power, slope, room.z[i], room.h[i], count, layers.columns[i + 1])
        elif one.scale != 1.0:
            for n in range(count):
                for k in range(rows):
                    out[n, k] *= one.scale


@compiled
def pass_down(layers: Layers, i: int, one: One, room: Room) -> None:
    """Write the signal of the layer below i, d/dz (N, rows of i - 1), from that of layer i."""
    count, columns = one.x.shape[0], layers.columns[i]
    here, above = rows_of(room.delta, layers, i, one), matrix(room.up, 0, count, columns)
    times(here, room.falling[layers.falling[i] :], above, 0.0)
    pull_back(
        layers.activation,
        layers.power,
        layers.slope,
        room.z[i - 1],
        room.h[i - 1],
        room.up,
        room.delta[i - 1],
        count,
        columns,
    )


@compiled
def backward(layers: Layers, one: One, room: Room, gradient: Array, keep: float) -> None:
    """Write keep gradient + the gradient of all samples together, from the signal of the last layer down."""
    count = one.x.shape[0]
    for i in range(layers.rows.size - 1, layers.lowest - 1, -1):
        rows, columns = layers.rows[i], layers.columns[i]
        if layers.trained[i]:
            start, size = layers.start[i], rows * columns
            here, seen = rows_of(room.delta, layers, i, one), seen_by(layers, i, one, room)
            into = matrix(gradient, start, rows, columns)
            if rows == 1:
                blended(here, seen, into[0], keep)
            else:
                pack(seen, room.panels)
                times(here.T, room.panels, into, keep)
            if layers.bias[i]:
                bias = gradient[start + size : start + size + rows]
                scale(bias, keep)
                for n in range(count):
                    for k in range(rows):
                        bias[k] += here[n, k]
        if i > layers.lowest:
            pass_down(layers, i, one, room)


@compiled
def scale(values: Array, by: float) -> None:
    """Multiply by a number; 0 forgets whatever was there."""
    for i in range(values.size):
        values[i] = 0.0 if by == 0 else by * values[i]


@compiled
def curvature(norm: int, layers: Layers, one: One, room: Room) -> float:
    """Return the largest squared dual norm of a margin's gradient, over samples and other classes."""
    count, last = one.x.shape[0], layers.rows.size - 1
    norms, most = room.smooth, -math.inf
    for shift in range(1, max(2, layers.rows[last])):
        pair_cotangent(one.labels, shift, one.scale, rows_of(room.delta, layers, last, one))
        for n in range(count):
            norms[n] = 0.0
        for i in range(last, layers.lowest - 1, -1):
            if layers.trained[i]:
                add_norms(norm, layers, i, one, room)
            if i > layers.lowest:
                pass_down(layers, i, one, room)
        for n in range(count):
            square = squared(norm, norms[n])
            if not square <= most:
                most = square
    return most


@compiled
def add_norms(norm: int, layers: Layers, i: int, one: One, room: Room) -> None:
    """Add a layer's share to the dual norm (N,) of every sample's gradient, in `smooth`; l2: to its square."""
    here, under, norms = rows_of(room.delta, layers, i, one), seen_by(layers, i, one, room), room.smooth
    for n in range(here.shape[0]):
        above, below = 0.0, float(layers.bias[i])
        if norm == LINF:  # whose dual is l1
            for k in range(here.shape[1]):
                above += abs(here[n, k])
            for j in range(under.shape[1]):
                below += abs(under[n, j])
            norms[n] += above * below
        elif norm == L1:
            for k in range(here.shape[1]):
                above = max(above, abs(here[n, k]))
            for j in range(under.shape[1]):
                below = max(below, abs(under[n, j]))
            norms[n] = max(norms[n], above * below)
        else:
            above = inner(here[n], here[n])
            norms[n] += above * (below + inner(under[n], under[n]))
