"""Many steps of many replicas, one replica after the other: direction, size, move, and a look at what was reached."""

from __future__ import annotations

import math

import numpy as np

from .dense import backward, curvature, forward
from .directions import direction
from .jit import compiled
from .lengths import length, log_add, sum_of_sizes
from .losses import evaluate
from .plan import Norm, Stepping
from .sizes import safe, scheduled

SAFE = int(Stepping.SAFE)
L2, LINF, L1 = int(Norm.L2), int(Norm.LINF), int(Norm.L1)


@compiled
def advance(kinds, layers, given, moved, memory, first, steps, begin, end, rows):  # type: ignore[no-untyped-def]
    """Take steps from `first` on with replicas begin to end.

    rows (steps, 3 or 4, R) get what is seen after every step: log loss, q_min, ||theta||_2 and the optimizer's own
    norm; with no steps, one row of where the replicas are.
    """
    depth, count = layers.rows.size, given.x.shape[1]
    width = max(layers.rows.max(), layers.columns.max())
    like = moved.theta
    parameters, classes = like.shape[1], layers.rows[depth - 1]
    z, h = np.empty((depth, count * width), like.dtype), np.empty((depth, count * width), like.dtype)
    delta, up = np.empty((depth, count * width), like.dtype), np.empty(count * width, like.dtype)
    gradient, vector = np.empty(parameters, like.dtype), np.empty(parameters, like.dtype)
    smooth, weight = np.empty(count), np.empty(count)
    outputs = z[depth - 1, : count * classes].reshape((count, classes))
    cotangent = delta[depth - 1, : count * classes].reshape((count, classes))
    slots = moved.average.shape[1]
    for r in range(begin, end):
        x, labels = given.x[r % given.x.shape[0]], given.labels[r % given.labels.shape[0]]
        theta, towards, frozen, scale = moved.theta[r], moved.direction[r], given.frozen[r], given.scale[r]
        norm = length(theta)
        log_loss, log_weight, least = 0.0, 0.0, 0.0
        for s in range(-1, steps):
            if s >= 0:
                step = first + s
                reduced = log_weight - given.log_units
                log_unit = direction(
                    kinds, given.numbers, r, step, theta, gradient, reduced, memory, vector
                )
                if kinds.rule == SAFE:
                    own = own_norm(kinds.norm, theta, norm, memory, r)
                    if step % kinds.refresh == 0:
                        memory.curvature[r] = curvature(
                            kinds, given.slope, layers, scale, labels, theta, frozen, x, z, h, delta, up, smooth
                        )
                        memory.norm[r] = own
                    size = safe(given, r, own, math.sqrt(max(0.0, np.dot(gradient, vector))), memory)
                else:
                    size = scheduled(kinds, given, r, step, log_unit, log_loss, log_weight)
                ring = moved.average[r, step // kinds.block % slots]
                if step % kinds.block == 0:
                    ring[:] = gradient
                else:
                    ring += gradient
                if moved.alive[r]:
                    for i in range(parameters):
                        theta[i] += size * vector[i]
                else:
                    size = 0.0
                moved.step_size[r] = size
                if kinds.gradient_like:
                    moved.log_rate[r] = math.log(size) - (log_unit + given.log_units)
                    moved.log_time[r] = log_add(moved.log_time[r], moved.log_rate[r])
                norm = length(theta)
                turned = turn(theta, norm, towards)
                if not (kinds.from_zero and math.isnan(turned)):
                    moved.path[r] += turned
            forward(kinds, given.slope, layers, scale, theta, frozen, x, z, h)
            log_loss, log_weight, least = evaluate(
                kinds.exponential, outputs, labels, smooth, weight, cotangent
            )
            if scale != 1.0:
                for n in range(count):
                    for k in range(classes):
                        cotangent[n, k] *= scale
            if s < steps - 1:
                backward(kinds, given.slope, layers, theta, frozen, x, z, h, delta, up, gradient)
            if s >= 0 or steps == 0:
                row = max(s, 0)
                rows[row, 0, r], rows[row, 1, r], rows[row, 2, r] = log_loss, least, norm
                if kinds.counting:
                    rows[row, 3, r] = own_norm(kinds.norm, theta, norm, memory, r)


@compiled
def turn(theta, norm, towards):  # type: ignore[no-untyped-def]
    """Write theta's direction (P,) over that of before; return how far apart they are."""
    total = 0.0
    for i in range(theta.size):
        part = theta[i] / norm
        change = part - towards[i]
        total += change * change
        towards[i] = part
    return math.sqrt(total)


@compiled
def own_norm(kind, theta, norm, memory, r):  # type: ignore[no-untyped-def]
    """Return ||theta|| in an optimizer's geometry, `norm` being the Euclidean one."""
    if kind == L2:
        return norm
    if kind == L1:
        return sum_of_sizes(theta)
    if kind == LINF:
        most = 0.0
        for value in theta:
            if not abs(value) <= most:
                most = abs(value)
        return most
    h = memory.conditioner[r]
    total = 0.0
    for i in range(theta.size):
        if h[i] > 0:
            total += theta[i] * theta[i] / h[i]
    return math.sqrt(total)
