"""Refuse data that this machine cannot hold, before anything is allocated."""

from __future__ import annotations

from engine.data.table import DataShape
from engine.machine import memory_limit
from engine.words.errors import Refusal
from engine.words.formats import byte_size

COPIES = 3  # the kind's own points, the raw points and the inputs exist at the same time


def refuse_beyond_memory(shape: DataShape) -> None:
    """Refuse data whose float64 copies together need more than the memory at hand.

    Raises:
        Refusal: with the field to make smaller and how many points would fit.
    """
    limit = memory_limit()
    per_point = COPIES * 8 * (shape.inputs + 1)
    if limit is None or shape.points * per_point <= limit:
        return
    needed = byte_size(min(shape.points * per_point, 2**70))
    fitting = limit // per_point
    remedy = (
        f"at most {fitting} points of {shape.inputs} inputs fit" if fitting else "fewer inputs are needed"
    )
    raise Refusal(
        shape.field,
        None,
        f"asks for {_short(shape.points)} points of {_short(shape.inputs)} inputs, which need {needed}, "
        f"more than this machine has free ({byte_size(limit)}); {remedy}",
    ) from MemoryError()


def _short(count: int) -> str:
    return str(count) if count < 10**15 else f"1e{len(str(count)) - 1} or more"
