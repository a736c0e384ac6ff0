"""What optimizers point along, in log-domain units: the compiled halves of engine.optimizers, one replica each."""

from __future__ import annotations

import math

from .jit import compiled
from .lengths import conjugate, largest, length, power_length, power_of_two, sum_of_sizes
from .plan import Array, Kinds, Norm, One, Optimizing, Remembered, Stepping

STEEPEST, MOMENTUM, ADAM = int(Optimizing.STEEPEST), int(Optimizing.MOMENTUM), int(Optimizing.ADAM)
MIRROR, CONSTANT = int(Optimizing.MIRROR), int(Stepping.CONSTANT)
L2, LINF, L1, LP = int(Norm.L2), int(Norm.LINF), int(Norm.L1), int(Norm.LP)


@compiled
def direction(
    kinds: Kinds,
    numbers: Array,
    r: int,
    step: int,
    theta: Array,
    gradient: Array,
    log_weight: float,
    memory: Remembered,
    vector: Array,
) -> float:
    """Write where an optimizer points (P,), and into its memory; return the log of the direction's unit.

    Where that is the gradient itself, `vector` is the gradient, and nothing is written.
    """
    if kinds.optimizer == STEEPEST:
        return steepest(kinds.norm, numbers[r, 5], kinds.scaled, gradient, log_weight, vector)
    if kinds.optimizer == MIRROR:
        return log_weight
    if kinds.optimizer == MOMENTUM:
        return momentum(kinds, numbers[r], r, gradient, log_weight, memory, vector)
    if kinds.optimizer == ADAM:
        return adam(numbers[r], r, step, theta, gradient, log_weight, memory, vector)
    return conditioned(kinds.moving, numbers[r], r, gradient, log_weight, memory, vector)


@compiled
def pull_back(theta: Array, gradient: Array, ahead: float) -> float:
    """Write s ghat - (1 - s) theta (P,) over ghat; return s, what the loss has of what pulls.

    ahead: log S - log lambda of the loss's weight S and the decay lambda.
    """
    least = math.exp(-abs(ahead))
    more, less = 1.0 / (1.0 + least), least / (1.0 + least)
    of_loss, of_decay = (more, less) if ahead >= 0 else (less, more)
    if of_decay > 0:
        for i in range(gradient.size):
            gradient[i] = of_loss * gradient[i] - of_decay * theta[i]
    return of_loss


@compiled
def is_gradient(kinds: Kinds) -> bool:
    """Say whether an optimizer points along the gradient, as long as it is; mirror descent moves z along it."""
    return kinds.optimizer == MIRROR or (
        kinds.optimizer == STEEPEST and kinds.norm == L2 and kinds.scaled == 1
    )


@compiled
def steepest(norm: int, p: float, scaled: int, gradient: Array, log_weight: float, vector: Array) -> float:
    """Write the steepest direction in a norm, lp with this p; not scaled: of length 1."""
    if norm == L2:
        if scaled:
            return log_weight
        size = length(gradient)
        for i in range(gradient.size):
            vector[i] = gradient[i]
    elif norm == LINF:
        size = sum_of_sizes(gradient)
        for i in range(gradient.size):
            value = gradient[i]
            vector[i] = size if value > 0 else (-size if value < 0 else size * value)
    elif norm == LP:
        power = conjugate(p)
        size = power_length(gradient, power)
        for i in range(gradient.size):
            value = gradient[i]
            vector[i] = 0.0 if value == 0 else size * signed_power(value / size, power - 1)
    else:
        place = largest(gradient)
        size = abs(gradient[place])
        for i in range(gradient.size):
            vector[i] = 0.0
        vector[place] = gradient[place]
    if scaled:
        return log_weight
    for i in range(vector.size):
        vector[i] = vector[i] / size if size > 0 else 0.0
    return 0.0


@compiled
def signed_power(value: float, power: float) -> float:
    """Return sign(value) |value|^power."""
    size: float = abs(value) ** power
    return -size if value < 0 else size


@compiled
def mirrored(rule: int, one: One, size: float, gradient: Array, memory: Remembered, r: int) -> None:
    """Move z by a step of mirror descent, and write theta (P,): `engine.optimizers.mirror`."""
    theta, dual = one.theta, memory.first[r]
    power = one.power - 1
    unit = float(memory.log_scale[r])
    if rule == CONSTANT:
        step = size * 2.0**-unit
    else:
        far, dual_norm = power_length(theta, conjugate(one.power)), power_length(gradient, one.power)
        reach = size * dual_norm
        if reach > 0:
            log_step = (math.log(far + reach)) / power - math.log(dual_norm)
            log_step += math.log(-math.expm1(-math.log1p(reach / far) / power))
            step = math.exp(log_step - unit * math.log(2.0))
        else:
            step = 0.0 * reach
    if step == 0:
        return
    most = 0.0
    for i in range(dual.size):
        dual[i] += step * gradient[i]
        if not abs(dual[i]) <= most:
            most = abs(dual[i])
    if 0 < most < math.inf:
        more = math.frexp(most)[1] - 1
        for i in range(dual.size):
            dual[i] = math.ldexp(dual[i], -more)
        unit += more
        memory.log_scale[r] = unit
    whole = 2.0 ** (unit * power)
    for i in range(dual.size):
        theta[i] = signed_power(dual[i], power) * whole


@compiled
def units(log_weight: float, before: float, log_decay: float) -> tuple[float, float, float]:
    """Return the common units of a gradient and a memory, the gradient's factor, and what the memory shrinks by."""
    scale = max(log_weight, before + log_decay)
    shrink = 0.0 if before == -math.inf else math.exp(before - scale)
    return scale, math.exp(log_weight - scale), shrink


@compiled
def squarable(gradient: Array, far: float) -> float:
    """Return by what to divide a gradient so that its squares neither overflow nor vanish."""
    size = abs(gradient[largest(gradient)])
    if 1 / far < size < far:
        return 1.0
    return power_of_two(gradient)


@compiled
def far_of(vector: Array) -> float:
    """Return the fourth root of the largest number of a vector's type."""
    return 1.157920892373162e77 if vector.itemsize == 8 else 4294967280.0


@compiled
def momentum(
    kinds: Kinds,
    numbers: Array,
    r: int,
    gradient: Array,
    log_weight: float,
    memory: Remembered,
    vector: Array,
) -> float:
    """Write m <- beta m + gradient, or beta m + gradient of that m."""
    beta = numbers[0]
    weight = 0.0 if kinds.normalised else log_weight
    scale, enters, shrink = units(weight, memory.log_scale[r], math.log(beta))
    kept = shrink * beta if beta > 0 else 0.0
    first = memory.first[r]
    for i in range(first.size):
        entered = gradient[i] * enters
        first[i] = first[i] * kept + entered
        vector[i] = first[i] * beta + entered if kinds.nesterov else first[i]
    memory.log_scale[r] = scale
    return log_weight if kinds.normalised else scale


@compiled
def adam(
    numbers: Array,
    r: int,
    step: int,
    theta: Array,
    gradient: Array,
    log_weight: float,
    memory: Remembered,
    vector: Array,
) -> float:
    """Write mhat / (sqrt(vhat) + epsilon), less decay theta where it stands beside the steps."""
    beta1, beta2, log_epsilon, decay = numbers[0], numbers[1], numbers[2], numbers[3]
    over = squarable(gradient, far_of(gradient))
    scale, enters, shrink = units(log_weight + math.log(over), memory.log_scale[r], 0.5 * math.log(beta2))
    kept1 = shrink * beta1 if beta1 > 0 else 0.0
    kept2 = shrink * shrink * beta2 if beta2 > 0 else 0.0
    memory.power1[r] *= beta1
    memory.power2[r] *= beta2
    left1, left2 = 1 - memory.power1[r], 1 - memory.power2[r]
    epsilon = math.exp(log_epsilon - scale)
    first, second = memory.first[r], memory.second[r]
    most = -math.inf
    for i in range(first.size):
        entered = gradient[i] / over * enters
        first[i] = first[i] * kept1 + entered * (1 - beta1)
        second[i] = second[i] * kept2 + entered * entered * (1 - beta2)
        root = math.sqrt(second[i] / left2)
        if not root <= most:
            most = root
        below = root + epsilon
        vector[i] = first[i] / left1 / below if below > 0 else 0.0
        if decay != 0:
            vector[i] -= decay * theta[i]
    if memory.handover[r] < 0 and most < epsilon:
        memory.handover[r] = step
    memory.log_scale[r] = scale
    return 0.0


@compiled
def conditioned(
    moving: int,
    numbers: Array,
    r: int,
    gradient: Array,
    log_weight: float,
    memory: Remembered,
    vector: Array,
) -> float:
    """Write h/max(h) ghat, h = (epsilon + v)^(-1/2); return log(S max(h))."""
    beta2, log_epsilon = numbers[1], numbers[2]
    over = squarable(gradient, far_of(gradient))
    log_decay = 0.5 * math.log(beta2) if moving else 0.0
    scale, enters, shrink = units(log_weight + math.log(over), memory.log_scale[r], log_decay)
    kept, share = shrink * shrink, 1.0
    if moving:
        kept, share = (kept * beta2 if beta2 > 0 else 0.0), 1 - beta2
    second, h = memory.second[r], memory.conditioner[r]
    unit = max(2 * scale, log_epsilon)
    of_squares, of_epsilon = math.exp(2 * scale - unit), math.exp(log_epsilon - unit)
    least = math.inf
    for i in range(second.size):
        entered = gradient[i] / over * enters
        second[i] = second[i] * kept + entered * entered * share
        total = second[i] * of_squares + of_epsilon
        if second[i] > 0 and not total >= least:
            least = total
    for i in range(second.size):
        pulled = second[i] > 0
        h[i] = math.sqrt(least / (second[i] * of_squares + of_epsilon)) if pulled else 0.0
        vector[i] = h[i] * gradient[i]
    memory.log_scale[r] = scale
    log_unit: float = log_weight - 0.5 * (math.log(least) + unit)
    return log_unit
