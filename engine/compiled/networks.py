"""What a step asks of a network, whichever family it is of: one branch a family."""

from __future__ import annotations

from . import by_element, dense, no_rotation
from .jit import compiled
from .plan import Array, Family, Layers, One, Room

DENSE, NO_ROTATION = int(Family.DENSE), int(Family.NO_ROTATION)


@compiled
def prepare(layers: Layers, one: One, room: Room) -> None:
    """Write what all samples need of the parameters alone; before `forward`, wherever they moved."""
    if layers.family == DENSE:
        dense.prepare(layers, one, room)


@compiled
def forward(layers: Layers, one: One, room: Room) -> None:
    """Write the outputs (N, C), times their scale, into the last row of z, and what `backward` needs."""
    if layers.family == DENSE:
        dense.forward(layers, one, room)
    elif layers.family == NO_ROTATION:
        no_rotation.forward(layers, one, room)
    else:
        by_element.forward(layers, one, room)


@compiled
def backward(layers: Layers, one: One, room: Room, gradient: Array, keep: float) -> None:
    """Write keep gradient + that of all samples together, from the signal (N, C) in the last row of delta.

    keep = 0 forgets what `gradient` (P,) held.
    """
    if layers.family == DENSE:
        dense.backward(layers, one, room, gradient, keep)
    elif layers.family == NO_ROTATION:
        no_rotation.backward(layers, one, room, gradient, keep)
    else:
        by_element.backward(layers, one, room, gradient, keep)


@compiled
def curvature(norm: int, layers: Layers, one: One, room: Room) -> float:
    """Return the largest squared dual norm of a margin's gradient, over samples and other classes."""
    if layers.family == DENSE:
        return dense.curvature(norm, layers, one, room)
    if layers.family == NO_ROTATION:
        return no_rotation.curvature(norm, layers, one, room)
    return by_element.curvature(norm, layers, one, room)
