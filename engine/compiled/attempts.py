"""Full-batch steps that are shortened until they lower the loss, as engine.steppers.line_search takes them."""

from __future__ import annotations

from .evaluation import LOSS
from .jit import compiled
from .plan import Array, Given, Kinds, Layers, Moved, Remembered, Room, SampleParts, Stepping
from .sizes import scheduled
from .team import looked

LOSS_BASED = int(Stepping.LOSS_BASED)


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
    """Move a replica along a direction (P,) as far as lowers its loss; return how far, -1 where nothing helps."""
    if kinds.rule == LOSS_BASED:
        memory.log_loss[r] = log_loss - log_units
    if not moved.alive[r]:
        return 0.0
    before, theta = moved.step_size[r], moved.theta[r]
    for i in range(vector.size):
        room.base[i] = theta[i]
    for _ in range(kinds.patience):
        moved.step_size[r] = scheduled(kinds, given, memory, r, 0, log_unit, log_loss, 0.0)
        size: float = moved.step_size[r]  # as the run's own numbers hold it
        for i in range(vector.size):
            theta[i] = room.base[i] + size * vector[i]
        if looked(kinds, layers, given, moved, parts, room, r, vector, LOSS)[0] < log_loss:
            memory.log_size[r] += given.step[r, 0]
            return size
        memory.log_size[r] -= given.step[r, 1]
    for i in range(vector.size):
        theta[i] = room.base[i]
    moved.step_size[r] = before
    moved.alive[r] = False
    return -1.0
