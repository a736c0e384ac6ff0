"""Full-batch steps that are shortened until they lower the loss, as engine.steppers.line_search takes them."""

from __future__ import annotations

import math

from .evaluation import LOSS
from .jit import compiled
from .lengths import length, log_add
from .plan import Array, Given, Kinds, Layers, Moved, Remembered, Room, SampleParts, Stepping
from .sizes import scheduled
from .team import looked

LOSS_BASED = int(Stepping.LOSS_BASED)


@compiled
def log_objective(
    kinds: Kinds, given: Given, r: int, theta: Array, log_loss: float, log_units: float
) -> float:
    """Return the log of what steps lower, from the log of the summed loss at theta (P,)."""
    if not kinds.decays:
        return log_loss
    log_decay = given.numbers[r, 4] - math.log(2.0) + 2.0 * math.log(length(theta))
    total: float = log_add(log_loss, log_decay + log_units)
    return total


@compiled
def lowering(
    kinds: Kinds,
    layers: Layers,
    given: Given,
    moved: Moved,
    memory: Remembered,
    parts: SampleParts,
    room: Room,
    r: int,
    vector: Array,
    log_unit: float,
    log_loss: float,
    log_units: float,
) -> float:
    """Move a replica along a direction (P,) as far as lowers its loss; return how far, -1 where nothing helps.

    With weight decay what has to fall is the loss with it, in units of the summed loss.
    """
    before, theta = moved.step_size[r], moved.theta[r]
    lowest = log_objective(kinds, given, r, theta, log_loss, log_units)
    if kinds.rule == LOSS_BASED:
        memory.log_loss[r] = lowest - log_units
    if not moved.alive[r]:
        return 0.0
    for i in range(vector.size):
        room.base[i] = theta[i]
    for _ in range(kinds.patience):
        moved.step_size[r] = scheduled(kinds, given, memory, r, 0, log_unit, log_loss, 0.0)
        size: float = moved.step_size[r]  # as the run's own numbers hold it
        for i in range(vector.size):
            theta[i] = room.base[i] + size * vector[i]
        there = looked(kinds, layers, given, moved, parts, room, r, vector, LOSS)[0]
        if log_objective(kinds, given, r, theta, there, log_units) < lowest:
            memory.log_size[r] += given.step[r, 0]
            return size
        memory.log_size[r] -= given.step[r, 1]
    for i in range(vector.size):
        theta[i] = room.base[i]
    moved.step_size[r] = before
    moved.alive[r] = False
    return -1.0
