"""What there is to see at a replica's parameters, block by block of the samples: the loss, and its gradient.

Samples are looked at in blocks whose values stay in the cache: forward, loss, backward. A block's gradient comes in
units of its own S; where there are more blocks, what was added up before is taken to the units of all of them so far.
"""

from __future__ import annotations

import math

from .jit import compiled
from .lengths import log_add
from .losses import evaluate
from .networks import backward, curvature, forward, prepare
from .plan import Array, Kinds, Layers, One, Room
from .views import matrix

Seen = tuple[float, float, float, float]
"""Log loss, log S, q_min, and B^2: the largest squared dual norm of a margin's gradient."""

LOSS, GRADIENT, CURVATURE = range(3)
"""What a look is asked for: the loss alone; its gradient, too; and B^2, which else is 0."""


@compiled
def look(kinds: Kinds, layers: Layers, one: One, room: Room, block: int, gradient: Array, asked: int) -> Seen:
    """Write the normalised gradient (P,) and return what is seen; asked: for the loss alone, or for B^2 too."""
    prepare(layers, one, room)
    return look_at(kinds, layers, one, room, block, 0, one.x.shape[0], gradient, asked)


@compiled
def look_at(
    kinds: Kinds,
    layers: Layers,
    one: One,
    room: Room,
    block: int,
    begin: int,
    end: int,
    gradient: Array,
    asked: int,
) -> Seen:
    """Return what `look` returns, of the samples from begin to end; `prepare` was called."""
    samples, last = end - begin, layers.rows.size - 1
    blocks = (samples + block - 1) // block
    log_loss, log_weight, least, broken = -math.inf, -math.inf, math.inf, False
    most = -math.inf if asked == CURVATURE else 0.0
    for b in range(blocks):
        first, behind = begin + samples * b // blocks, begin + samples * (b + 1) // blocks
        part = One(one.theta, one.frozen, one.x[first:behind], one.labels[first:behind], one.scale, one.power)
        forward(layers, part, room)
        outputs = matrix(room.z[last], 0, behind - first, layers.classes)
        signal = matrix(room.delta[last], 0, behind - first, layers.classes)
        loss, weight, margin = evaluate(
            kinds.exponential, outputs, part.labels, room.smooth, room.weight, signal
        )
        keep, share = 0.0, 1.0
        if b > 0:
            both = log_add(log_weight, weight)
            keep, share = math.exp(log_weight - both), math.exp(weight - both)
            weight = both
        if one.scale * share != 1.0:
            for n in range(signal.shape[0]):
                for k in range(signal.shape[1]):
                    signal[n, k] *= one.scale * share
        if asked != LOSS and (
            share != 0.0 or keep == 0.0
        ):  # what weighs nothing has no gradient, or one that is no number
            backward(layers, part, room, gradient, keep)
        log_loss = log_add(log_loss, loss) if b > 0 else loss
        log_weight = weight
        broken = broken or math.isnan(margin)
        least = min(least, margin)
        if asked == CURVATURE:
            square = curvature(kinds.norm, layers, part, room)
            if not square <= most:
                most = square
    return log_loss, log_weight, math.nan if broken else least, most
