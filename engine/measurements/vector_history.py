"""Vectors kept over a run, to be compared with the last of them when it ends."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from ..networks.lengths import unit
from ..protocol.records import KeptVectors, refuse_unfitting
from ..run.problem import repeated
from .record_point import RecordPoint
from .vectors import cosine_with

MEMORY = 64 * 2**20
"""Bytes that the vectors of one column may take."""
AT_ONCE = 32
"""Vectors that are compared at once."""
AT_MOST = 2
"""Histories whose vectors follow from a record: parameters that are fewer numbers than theirs may stand for them."""


@dataclass
class KeptRecord:
    """The record of which vectors are kept: they follow from it to the last bit, with what lies beside it."""

    number: int
    """Among the records of the schedule, which says in which place it is measured."""
    theta: Tensor | None
    """(R, P), until it was asked for, where it is smaller than what follows from it and somebody may ask."""


class VectorHistory:
    """Vectors (R, K) by step; every other one goes where they would take too much memory, the first and last stay.

    They belong to what a run goes on from: a resumed run is given those of before.
    """

    def __init__(self, name: str, of: Callable[[RecordPoint], Tensor] | None = None) -> None:
        """Keep nothing yet; of: makes the vectors (places R, K) of some records, where they follow from theta."""
        self.name = name
        """What a run's snapshots call it."""
        self._of = of
        self._vectors: dict[int, Tensor] = {}
        self._beside: dict[int, Tensor] = {}
        self._untold: set[int] = set()
        self.records: dict[int, KeptRecord] = {}
        """By the steps of what follows from them."""
        self.keeps_parameters = False
        """Whether somebody asks for the parameters that vectors follow from: they may be smaller."""

    @property
    def steps(self) -> list[int]:
        """Return the steps of what is kept, increasing."""
        return sorted(self._vectors)

    def add(self, step: int, vectors: Tensor, *, scheduled: bool = True) -> None:
        """Keep vectors (R, K); what is measured besides the schedule is compared with, and not gone on from.

        Raises:
            Refusal: where those that the run goes on from are of another size: its session is damaged.
        """
        for known in islice(self._vectors.values(), 1):
            refuse_unfitting(known.shape, vectors.shape)
        if not scheduled:
            self._beside = {step: vectors}
            return
        kept = self._vectors
        kept[step] = vectors
        self._untold.add(step)
        if len(kept) > max(2, MEMORY // (vectors.numel() * vectors.element_size())):
            for between in sorted(kept)[1:-1:2]:
                del kept[between]
                self.records.pop(between, None)
                self._untold.discard(between)

    def take_up(self, point: RecordPoint, place: int) -> None:
        """Keep the vectors (R, K) of one record of those that are measured together."""
        frame, vectors = point.frame(place), self._made(point, place)
        if frame.scheduled:
            smaller = self.keeps_parameters and frame.theta.numel() < AT_MOST * vectors.numel()
            self.records[frame.step] = KeptRecord(frame.number, frame.theta if smaller else None)
        self.add(frame.step, vectors, scheduled=frame.scheduled)

    def recall(self, point: RecordPoint, steps: Container[int]) -> None:
        """Make the vectors again of those records of a point that are at these steps."""
        for place in point.taken:
            frame = point.frame(place)
            if frame.step in steps:
                self._vectors[frame.step] = self._made(point, place)
                self.records[frame.step] = KeptRecord(frame.number, None)

    @property
    def follows_from_records(self) -> bool:
        """Say whether its vectors can be made again."""
        return self._of is not None

    def _made(self, point: RecordPoint, place: int) -> Tensor:
        assert self._of is not None, "what is kept of records follows from them"
        return point.at(self._of(point), place).clone()

    def at(self, step: int) -> Tensor | None:
        """Return the first vectors (R, K) that were kept at a step or after it."""
        later = [kept for kept in self._vectors if kept >= step]
        return self._vectors[min(later)] if later else None

    def stacked_before(self, step: int) -> Tensor | None:
        """Return the vectors (T, R, K) that were kept before a step; None for none."""
        before = [self._vectors[kept] for kept in self.steps if kept < step]
        return torch.stack(before) if before else None

    def kept(self) -> KeptVectors | None:
        """Return all that is kept; None for nothing."""
        return self.vectors_at(self.steps)

    def take_untold(self) -> list[int]:
        """Return the steps of what was taken up since this was last asked, and is still kept."""
        steps = [step for step in self.steps if step in self._untold]
        self._untold.clear()
        return steps

    def size_at(self, step: int) -> int:
        """Return how many numbers are kept of a step."""
        return self._vectors[step].numel()

    def restore(self, kept: KeptVectors, like: Tensor) -> None:
        """Take up what a run had kept before; like: a tensor of its device and precision."""
        for step, vectors in zip(kept.steps.tolist(), kept.values, strict=True):
            self._vectors[step] = torch.as_tensor(np.array(vectors), dtype=like.dtype, device=like.device)

    def cosines_with_the_last(self) -> tuple[list[int], Tensor]:
        """Return the steps, and the cosines (T, R) of what was kept there with what was kept last."""
        latest = self.steps[-1] if self._vectors else -1
        vectors = self._vectors | {step: v for step, v in self._beside.items() if step > latest}
        steps = sorted(vectors)
        if not steps:
            return [], torch.empty(0, 0)
        last = unit(vectors[steps[-1]])
        parts = [steps[i : i + AT_ONCE] for i in range(0, len(steps), AT_ONCE)]
        cosines = [
            cosine_with(repeated(last, len(part)), torch.cat([vectors[step] for step in part]))
            for part in parts
        ]
        return steps, torch.cat(cosines).view(len(steps), len(last))

    def vectors_at(self, steps: list[int]) -> KeptVectors | None:
        """Return what is kept of some steps; None for none."""
        if not steps:
            return None
        values = torch.stack([self._vectors[step] for step in steps]).cpu().numpy()
        return KeptVectors(np.array(steps, np.int64), values)
