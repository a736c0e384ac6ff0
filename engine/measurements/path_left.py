"""The way that the direction still has to go, extrapolated over doublings of the smallest margin.

While the loss goes down the direction lacks c h^a of its limit, h = 1/q_min, at whatever speed the steps go. What its
path adds while q_min doubles then falls by r = 2^-a from one doubling to the next, and all that is to come is a
geometric series. Steps are no such clock: where the norm grows like log t, their doublings add ever more alike, and
half of the way is missed. Source: theory section 12.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from ..run.problem import Problem
from .base import Measurement
from .record_point import RecordPoint
from .vector_history import VectorHistory

DOUBLINGS = 3
"""Of q_min, that are looked back on: two ratios of what they add, which tell how far to trust the last."""
PATH, MARGIN = range(2)


def path_left(problem: Problem) -> Measurement:
    """Measure what the path of the direction has still to come, and how far that is from what was foretold before."""
    kept, seen = VectorHistory("path"), _PathSeen()

    def follow(point: RecordPoint, place: int) -> Mapping[str, Tensor]:
        frame, now = point.frame(place), point.at(seen.now(point), place)
        if not seen.count:  # a run that goes on has a history
            seen.take_up(kept.stacked_before(frame.step))
        kept.add(frame.step, now.clone(), scheduled=frame.scheduled)
        rows = seen.with_row(now, stays=frame.scheduled)
        left, error = still_to_come(rows[..., PATH], rows[..., MARGIN])
        return {"path_left": left, "path_left_error": error}

    return Measurement(("path_left", "path_left_error"), lambda point: {}, follow=follow, history=kept)


class _PathSeen:
    """The path and the smallest margin at records, one after another."""

    def __init__(self) -> None:
        self.count = 0
        self._rows: Tensor | None = None
        """(T, R, 2), with room for more than are there."""
        self._last: tuple[RecordPoint, Tensor] | None = None

    def now(self, point: RecordPoint) -> Tensor:
        """Return both (K R, 2), made once for all records of a point."""
        if self._last is None or self._last[0] is not point:
            self._last = point, torch.stack([point.direction_path, point.evaluation.q.amin(1)], 1)
        return self._last[1]

    def take_up(self, rows: Tensor | None) -> None:
        """Begin with rows (T, R, 2) of before; None: there are none."""
        if rows is not None:
            self._rows, self.count = rows, len(rows)

    def with_row(self, row: Tensor, *, stays: bool) -> Tensor:
        """Return all rows with this one (R, 2) behind them, which stays or is forgotten."""
        if self._rows is None or self.count == len(self._rows):
            room = row.new_empty(self.count + 64, *row.shape)
            self._rows = room if self._rows is None else torch.cat([self._rows, room])
        self._rows[self.count] = row
        rows = self._rows[: self.count + 1]
        self.count += stays
        return rows


def still_to_come(path: Tensor, margin: Tensor) -> tuple[Tensor, Tensor]:
    """Return what a path has still to come, and how far that is from what was foretold before, (R,) each.

    With d_k what it adds over the k-th last doubling of the margin and r = d_1/d_2 it is d_1 r/(1 - r); a doubling
    before it was d_2 r'/(1 - r') with r' = d_2/d_3, of which the path has gone d_1 since. NaN before the margin has
    doubled three times since it was last not positive, and where a ratio is not below 1: such a path shows no end.

    Args:
        path: its length (T, R) at records.
        margin: the smallest margin (T, R), taken as the largest so far; between records the path is linear in its log.
    """
    positive = margin > 0
    fitted = positive & (positive.flip(0).to(margin.dtype).cummin(0).values.flip(0) > 0)
    places = torch.where(fitted, margin, 0.0).log().cummax(0).values.mT.contiguous()
    back = torch.arange(DOUBLINGS + 1, dtype=path.dtype, device=path.device) * math.log(2)
    wanted = places[:, -1:] - back
    after = torch.searchsorted(places, wanted)
    before, lengths = (after - 1).clamp(min=0), path.mT
    low, high = places.gather(1, before), places.gather(1, after)
    share = torch.where(wanted == high, 1.0, (wanted - low) / (high - low))
    there = torch.lerp(lengths.gather(1, before), lengths.gather(1, after), share)
    there = torch.where((low.isfinite() & (after > 0)) | (wanted == high), there, math.nan)
    there[:, 0] = path[-1]
    added = there[:, :-1] - there[:, 1:]
    ratios = added[:, :-1] / added[:, 1:]
    left, foretold = torch.where(ratios < 1, added[:, :-1] * ratios / (1 - ratios), math.nan).unbind(1)
    error = (foretold - added[:, 0] - left).abs()
    return torch.where(error.isnan(), math.nan, left), error
