"""Dense networks of one replica: outputs, the gradient of all samples, and the largest gradient of one."""

from __future__ import annotations

import math

from .activations import activate, pull_back
from .jit import compiled, part
from .lengths import log_add
from .losses import pair_cotangent
from .plan import Array, Layers, Norm, One, Room
from .products import (
    blended,
    blended_each,
    inner,
    outer,
    pack,
    times,
    times_bent,
    times_gated,
    times_vector,
)
from .vectors import BYTES
from .views import added, matrix, nothing, squared

LINF, L1, LP = int(Norm.LINF), int(Norm.L1), int(Norm.LP)


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
    last = layers.rows.size - 1
    for i in range(last + 1):
        weights, single = weights_of(layers, i, one), layers.rows[i] == 1
        if not single or i < last:
            pack(weights.T, room.rising[layers.rising[i] :])
        if i > layers.lowest and not single:
            pack(weights, room.falling[layers.falling[i] :])


@compiled
def forward(layers: Layers, one: One, room: Room) -> None:
    """Write every layer's h, and z where h does not tell all of it; the last z are the outputs, times their scale."""
    count, last = one.x.shape[0], layers.rows.size - 1
    kind, power = layers.activation, layers.power
    for i in range(last + 1):
        rows, seen = layers.rows[i], seen_by(layers, i, one, room)
        bends = i < last and layers.bends
        out = rows_of(room.h if bends else room.z, layers, i, one)
        keep = 0.0
        if layers.bias[i]:
            source = one.theta if layers.trained[i] else one.frozen
            repeat(source[layers.start[i] + rows * layers.columns[i] :], out)
            keep = 1.0
        if rows == 1 and i == last:
            times_vector(seen, weights_of(layers, i, one)[0], out, keep)
        else:
            slope = layers.slope if bends else 1.0
            times_bent(seen, room.rising[layers.rising[i] :], out, keep, slope)
        if i < last and not bends:
            activate(kind, power, layers.slope, room.z[i], room.h[i], count, layers.columns[i + 1])
        if i == last and one.scale != 1.0:
            for n in range(count):
                for k in range(rows):
                    out[n, k] *= one.scale


@compiled
def repeat(row: Array, out: Array) -> None:
    """Write the beginning of a row into every row of a matrix."""
    for n in range(out.shape[0]):
        for k in range(out.shape[1]):
            out[n, k] = row[k]


@compiled
def pass_down(layers: Layers, i: int, one: One, room: Room) -> None:
    """Write the signal of the layer below i, d/dz (N, rows of i - 1), from that of layer i."""
    count, columns = one.x.shape[0], layers.columns[i]
    bends = layers.bends == 1
    values = room.delta[i - 1] if bends else room.up
    slope = layers.slope if bends else 1.0
    here, above = rows_of(room.delta, layers, i, one), matrix(values, 0, count, columns)
    gate = matrix(room.h[i - 1], 0, count, columns)
    if layers.rows[i] == 1:
        outer(here, weights_of(layers, i, one)[0], gate, above, slope)
    else:
        times_gated(here, room.falling[layers.falling[i] :], above, gate, slope)
    if not bends:
        z, h, delta = room.z[i - 1], room.h[i - 1], room.delta[i - 1]
        pull_back(layers.activation, layers.power, layers.slope, z, h, room.up, delta, count, columns)


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
            elif 2 * columns * gradient.itemsize <= BYTES:  # most of a vector would lie idle
                blended_each(seen, here, into, room.up, keep)
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
            norms[n] = nothing(norm)
        for i in range(last, layers.lowest - 1, -1):
            if layers.trained[i]:
                add_norms(norm, layers, i, one, room)
            if i > layers.lowest:
                pass_down(layers, i, one, room)
        for n in range(count):
            square = squared(norm, norms[n], one.power)
            if not square <= most:
                most = square
    return most


@compiled
def add_norms(norm: int, layers: Layers, i: int, one: One, room: Room) -> None:
    """Add a layer's share to the dual norm (N,) of every sample's gradient, in `smooth`, as `added` does."""
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
        elif norm == LP:
            above, below = -math.inf, 0.0 if layers.bias[i] else -math.inf
            for k in range(here.shape[1]):
                above = added(norm, above, abs(here[n, k]), one.power)
            for j in range(under.shape[1]):
                below = added(norm, below, abs(under[n, j]), one.power)
            norms[n] = log_add(norms[n], above + below)
        else:
            above = inner(here[n], here[n])
            norms[n] += above * (below + inner(under[n], under[n]))
