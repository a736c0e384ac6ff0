"""Many steps of many replicas, one replica after the other: direction, size, move, and a look at what was reached."""

from __future__ import annotations

import math

from .directions import direction
from .jit import compiled, entry, part
from .lengths import length, log_add, sum_of_sizes
from .losses import evaluate
from .networks import backward, curvature, forward
from .plan import Array, Given, Kinds, Layers, Moved, Norm, One, Remembered, Room, Stepping
from .sizes import safe, scheduled
from .views import matrix

SAFE = int(Stepping.SAFE)
L2, LINF, L1 = int(Norm.L2), int(Norm.LINF), int(Norm.L1)


@entry
def advance(
    kinds: Kinds,
    layers: Layers,
    given: Given,
    moved: Moved,
    memory: Remembered,
    first: int,
    begin: int,
    end: int,
    rows: Array,
    batches: Array,
    sizes: Array,
    room: Room,
) -> None:
    """Take steps from `first` on with replicas begin to end, as many as there are rows or batches.

    Over the whole training set rows (T, 3 or 4, R) get what is seen after every step: log loss, q_min, ||theta||_2 and
    the optimizer's own norm. Over mini-batches (T, R, B) of sizes (T,) there are no rows.
    """
    whole, samples = batches.shape[0] == 0, given.x.shape[1]
    steps = rows.shape[0] if whole else batches.shape[0]
    for r in range(begin, end):
        one = One(
            moved.theta[r],
            given.frozen[r],
            given.x[r % given.x.shape[0]],
            given.labels[r % given.labels.shape[0]],
            given.scale[r],
        )
        norm = length(one.theta)
        seen = look(kinds, layers, one, room) if whole else (0.0, 0.0, 0.0)
        for s in range(steps):
            part, share = one, 1.0
            if not whole:
                part, share = drawn(one, batches[s, r, : sizes[s]], room), sizes[s] / samples
                seen = look(kinds, layers, part, room)
            backward(layers, part, room)
            take(kinds, layers, given, moved, memory, part, room, r, first + s, norm, seen, share)
            norm = length(one.theta)
            turned = turn(one.theta, norm, moved.direction[r])
            if not (kinds.from_zero and math.isnan(turned)):
                moved.path[r] += turned
            if not whole:
                continue
            seen = look(kinds, layers, one, room)
            rows[s, 0, r], rows[s, 1, r], rows[s, 2, r] = seen[0], seen[2], norm
            if kinds.counting:
                rows[s, 3, r] = own_norm(kinds.norm, one.theta, norm, memory, r)


@part
def drawn(one: One, chosen: Array, room: Room) -> One:
    """Return a replica that sees the chosen samples alone."""
    for n in range(chosen.size):
        room.labels[n] = one.labels[chosen[n]]
        for k in range(one.x.shape[1]):
            room.x[n, k] = one.x[chosen[n], k]
    return One(one.theta, one.frozen, room.x[: chosen.size], room.labels[: chosen.size], one.scale)


@compiled
def look(kinds: Kinds, layers: Layers, one: One, room: Room) -> tuple[float, float, float]:
    """Return log loss, log S and q_min at a replica's parameters; leave the last layer's signal."""
    forward(layers, one, room)
    count, last = one.x.shape[0], layers.rows.size - 1
    outputs = matrix(room.z[last], 0, count, layers.classes)
    signal = matrix(room.delta[last], 0, count, layers.classes)
    seen = evaluate(kinds.exponential, outputs, one.labels, room.smooth, room.weight, signal)
    if one.scale != 1.0:
        for n in range(signal.shape[0]):
            for k in range(signal.shape[1]):
                signal[n, k] *= one.scale
    return seen


@compiled
def take(
    kinds: Kinds,
    layers: Layers,
    given: Given,
    moved: Moved,
    memory: Remembered,
    one: One,
    room: Room,
    r: int,
    step: int,
    norm: float,
    seen: tuple[float, float, float],
    share: float,
) -> None:
    """Move a replica by one step, and write what the step leaves behind; share: of the samples that it sees."""
    log_loss, log_weight, _ = seen
    gradient, vector = room.gradient, room.vector
    log_units = math.log(one.x.shape[0]) if kinds.mean else 0.0
    reduced = log_weight - log_units
    log_unit = direction(kinds, given.numbers, r, step, one.theta, gradient, reduced, memory, vector)
    if kinds.rule == SAFE:
        own = own_norm(kinds.norm, one.theta, norm, memory, r)
        if step % kinds.refresh == 0:
            memory.curvature[r] = curvature(kinds.norm, layers, one, room)
            memory.norm[r] = own
        square = 0.0
        for i in range(gradient.size):
            square += gradient[i] * vector[i]
        size = safe(given, r, own, math.sqrt(max(0.0, square)), memory)
    else:
        size = scheduled(kinds, given, memory, r, step, log_unit, log_loss, log_weight)
    if moved.average.shape[1] > 0:
        ring = moved.average[r, step // kinds.block % moved.average.shape[1]]
        anew = step % kinds.block == 0
        for i in range(gradient.size):
            ring[i] = gradient[i] if anew else ring[i] + gradient[i]
    moved.step_size[r] = size if moved.alive[r] else 0.0
    taken = moved.step_size[r]  # as the run's own numbers hold it
    if moved.alive[r]:
        for i in range(gradient.size):
            one.theta[i] += taken * vector[i]
    if kinds.gradient_like:
        moved.log_rate[r] = math.log(taken) - (log_unit + log_units - math.log(share))
        moved.log_time[r] = log_add(moved.log_time[r], moved.log_rate[r])


@compiled
def turn(theta: Array, norm: float, towards: Array) -> float:
    """Write theta's direction (P,) over that of before; return how far apart they are."""
    total = 0.0
    for i in range(theta.size):
        part = theta[i] / norm
        change = part - towards[i]
        total += change * change
        towards[i] = part
    return math.sqrt(total)


@compiled
def own_norm(kind: int, theta: Array, norm: float, memory: Remembered, r: int) -> float:
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
