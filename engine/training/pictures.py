"""Which records leave a snapshot that pictures are made of: log-spaced ones, within a bound on memory."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ..measurements.record_point import Frame
from ..protocol.records import LOOKED_AT, Snapshot, next_record

PER_DECADE = 16
MEMORY = 96 * 2**20
"""Bytes that six decades of them may take."""


class Pictures:
    """Takes snapshots from what is kept of records."""

    def __init__(self, theta: Tensor, recorded: int) -> None:
        """Begin after a recorded step, -1 for none; theta (R, P): of that size."""
        size = theta.numel() * theta.element_size()
        self._per_decade = int(min(PER_DECADE, max(2, MEMORY // (6 * size))))
        self._next = 0 if recorded < 0 else self._after(recorded)

    def taken(self, frames: Sequence[Frame]) -> list[Snapshot]:
        """Return those that are due at some of these records."""
        taken = []
        for frame in frames:
            if frame.step >= self._next:
                self._next = self._after(frame.step)
                looked_at = zip(LOOKED_AT, (frame.theta, frame.coefficients), strict=True)
                arrays = {name: t.cpu().numpy().copy() for name, t in looked_at if t is not None}
                taken.append(Snapshot(frame.step, arrays))
        return taken

    def _after(self, step: int) -> int:
        return next_record(step, 2**62, self._per_decade, None)
