"""Many steps of many replicas, one replica after the other: direction, size, move, and a look at what was reached."""

from __future__ import annotations

import math

from .attempts import lowering
from .directions import direction, is_gradient, mirrored, pull_back
from .evaluation import CURVATURE, GRADIENT, Seen, look
from .jit import compiled, entry, part
from .lengths import conjugate, length, log_add, power_length, sum_of_sizes, turn_to
from .plan import (
    Array,
    Given,
    Held,
    Kinds,
    Layers,
    Moved,
    Norm,
    One,
    Optimizing,
    Remembered,
    Room,
    SampleParts,
    Stepping,
)
from .products import inner
from .sizes import safe, scheduled
from .team import assist, looked, replica

SAFE, MIRROR = int(Stepping.SAFE), int(Optimizing.MIRROR)
L2, LINF, L1, LP = int(Norm.L2), int(Norm.LINF), int(Norm.L1), int(Norm.LP)


@entry
def advance(
    kinds: Kinds,
    layers: Layers,
    given: Given,
    moved: Moved,
    memory: Remembered,
    held: Held,
    fresh: bool,
    first: int,
    begin: int,
    end: int,
    rows: Array,
    batches: Array,
    sizes: Array,
    ends: Array,
    parts: SampleParts,
    room: Room,
) -> None:
    """Take steps from `first` on with replicas begin to end, as many as there are rows or batches.

    Over the whole training set rows (T, 3 or 4, R) get what is seen after every step: log loss, q_min, ||theta||_2 and
    the optimizer's own norm. Over mini-batches (T, R, B) of sizes (T,) there are no rows. No replicas: it helps others
    that share a look. fresh: what is held was seen at these parameters, for this very step. A
    replica begins with as many steps behind it as `ends` (R,) says, and ends after one that nothing helps it in.
    """
    if begin == end:
        assist(kinds, layers, given, moved, parts, room)
        return
    whole, samples = batches.shape[0] == 0, given.x.shape[1]
    steps = rows.shape[0] if whole else batches.shape[0]
    for r in range(begin, end):
        one, gradient = replica(given, moved, r), held.gradient[r]
        norm = length(one.theta)
        seen = (held.seen[r, 0], held.seen[r, 1], held.seen[r, 2], held.seen[r, 3])
        if whole and not fresh:
            seen = looked(kinds, layers, given, moved, parts, room, r, gradient, asked_by(kinds, first))
        for s in range(ends[r], steps):
            share = 1.0
            if not whole:
                chosen, share = drawn(one, batches[s, r, : sizes[s]], room), sizes[s] / samples
                seen = look(kinds, layers, chosen, room, parts.block, gradient, asked_by(kinds, first + s))
            count = samples if whole else sizes[s]
            ends[r] = s + 1
            helped = take(
                kinds,
                layers,
                given,
                moved,
                memory,
                one,
                gradient,
                parts,
                room,
                r,
                first + s,
                norm,
                seen,
                count,
                share,
            )
            norm = length(one.theta)
            turned = turn_to(one.theta, norm, moved.direction[r])
            if not (kinds.from_zero and math.isnan(turned)):
                moved.path[r] += turned
            if not whole:
                continue
            asked = asked_by(kinds, first + s + 1)
            seen = looked(kinds, layers, given, moved, parts, room, r, gradient, asked)
            rows[s, 0, r], rows[s, 1, r], rows[s, 2, r] = seen[0], seen[2], norm
            if kinds.counting:
                rows[s, 3, r] = own_norm(kinds.norm, one, norm, memory, r)
            if not helped:
                break
        for i in range(4):
            held.seen[r, i] = seen[i]


@compiled
def asked_by(kinds: Kinds, step: int) -> int:
    """Return what a step asks a look for."""
    return CURVATURE if kinds.rule == SAFE and step % kinds.refresh == 0 else GRADIENT


@part
def drawn(one: One, chosen: Array, room: Room) -> One:
    """Return a replica that sees the chosen samples alone."""
    for n in range(chosen.size):
        room.labels[n] = one.labels[chosen[n]]
        for k in range(one.x.shape[1]):
            room.x[n, k] = one.x[chosen[n], k]
    return One(one.theta, one.frozen, room.x[: chosen.size], room.labels[: chosen.size], one.scale, one.power)


@compiled
def take(
    kinds: Kinds,
    layers: Layers,
    given: Given,
    moved: Moved,
    memory: Remembered,
    one: One,
    gradient: Array,
    parts: SampleParts,
    room: Room,
    r: int,
    step: int,
    norm: float,
    seen: Seen,
    count: int,
    share: float,
) -> bool:
    """Move a replica by one step, and write what the step leaves behind; count, share: of the samples that it sees.

    Say whether that helped: where no step lowers the loss it stays where it is, and the last one remains the last.
    """
    log_loss, log_weight, _, square_bound = seen
    vector = gradient if is_gradient(kinds) else room.vector
    log_units = math.log(count) if kinds.mean else 0.0
    reduced, of_loss = log_weight - log_units, 1.0
    if moved.average.shape[1] > 0:
        ring = moved.average[r, step // kinds.block % moved.average.shape[1]]
        anew = step % kinds.block == 0
        for i in range(gradient.size):
            ring[i] = gradient[i] if anew else ring[i] + gradient[i]
    if kinds.decays:
        log_decay = given.numbers[r, 4] + (0.0 if kinds.mean else math.log(share))
        of_loss = pull_back(one.theta, gradient, reduced - log_decay)
        reduced = log_add(reduced, log_decay)
    log_unit = direction(kinds, given.numbers, r, step, one.theta, gradient, reduced, memory, vector)
    if kinds.patience > 0:
        size = lowering(
            kinds, layers, given, moved, memory, parts, room, r, vector, log_unit, log_loss, log_units
        )
        if size < 0:
            return False
    elif kinds.rule == SAFE:
        own = own_norm(kinds.norm, one, norm, memory, r)
        if step % kinds.refresh == 0:
            memory.curvature[r] = square_bound
            memory.norm[r] = own
        size = safe(given, r, own, dual_norm(kinds, one, gradient, vector), of_loss, memory)
    else:
        size = scheduled(kinds, given, memory, r, step, log_unit, log_loss, log_weight)
    moved.step_size[r] = size if moved.alive[r] else 0.0
    taken = moved.step_size[r]  # as the run's own numbers hold it
    if moved.alive[r] and kinds.optimizer == MIRROR:
        mirrored(kinds.rule, one, taken, gradient, memory, r)
    elif moved.alive[r] and kinds.patience == 0:
        for i in range(gradient.size):
            one.theta[i] += taken * vector[i]
    if kinds.gradient_like:
        moved.log_rate[r] = math.log(taken) - (log_unit + log_units - math.log(share))
        moved.log_time[r] = log_add(moved.log_time[r], moved.log_rate[r])
    return True


@compiled
def dual_norm(kinds: Kinds, one: One, gradient: Array, vector: Array) -> float:
    """Return ||ghat||_*; of a steepest direction d, <ghat, d> is its square."""
    if kinds.optimizer == MIRROR:
        return power_length(gradient, one.power)
    return math.sqrt(max(0.0, inner(gradient, vector)))


@compiled
def own_norm(kind: int, one: One, norm: float, memory: Remembered, r: int) -> float:
    """Return ||theta|| in an optimizer's geometry, `norm` being the Euclidean one."""
    theta = one.theta
    if kind == L2:
        return norm
    if kind == LP:
        return power_length(theta, conjugate(one.power))
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
