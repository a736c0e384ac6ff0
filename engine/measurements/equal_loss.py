"""The twin's margin at the loss that the network has, whichever of the two came there first."""

from __future__ import annotations

import torch
from torch import Tensor

from ..run.state import RunState, TwinState

CAPACITY = 512
"""Records of the curve that are kept; every other one goes where there are more."""
NETWORK, LOSS, MARGIN = range(3)


class EqualLoss:
    """The curve of the twin's normalized margin over its log loss, and the network's log losses, at the records.

    It lives in the run's state, so that a run that was held and continued knows it from the start.
    """

    def __init__(self) -> None:
        self._state: TwinState | None = None
        self._now: Tensor

    def add(self, state: RunState, step: int, now: Tensor, *, scheduled: bool = True) -> None:
        """Take up a record, rows (R, 3) as in the curve; it enters the curve where the schedule means it."""
        twin = state.twin
        assert twin is not None, "a run with a twin keeps its state"
        self._state, self._now = twin, now
        size = int(twin.curve_size[0])
        if not scheduled or (size and int(twin.curve_steps[0, size - 1]) == step):
            return
        if size == CAPACITY:
            size = _halved(twin)
        twin.curve[:, :, size] = now
        twin.curve_steps[:, size] = step
        twin.curve_size.fill_(size + 1)

    def here(self) -> Tensor:
        """Return the margin (R,) at the network's log loss of the last record; NaN where the twin is not there yet."""
        return self._at(self._now[:, NETWORK : NETWORK + 1]).squeeze(1)

    def all(self) -> tuple[list[int], Tensor]:
        """Return the steps of the curve, and the margin (T, R) at the network's log loss at each of them."""
        if self._state is None:
            return [], torch.empty(0, 0)
        size = int(self._state.curve_size[0])
        steps = self._state.curve_steps[0, :size].tolist()
        return steps, self._at(self._state.curve[:, NETWORK, :size]).mT

    def _at(self, log_losses: Tensor) -> Tensor:
        """Return margins (R, Q) at log losses (R, Q), linear in the log loss between records."""
        assert self._state is not None, "there is a record before anybody asks"
        size = int(self._state.curve_size[0])
        curve = torch.cat([self._state.curve[:, :, :size], self._now.unsqueeze(2)], 2)
        # of a linear model the loss falls in every step, up to rounding
        places = (-curve[:, LOSS]).cummax(1).values
        wanted = -log_losses
        after = torch.searchsorted(places, wanted.contiguous()).clamp(1, places.shape[1] - 1)
        low, high = places.gather(1, after - 1), places.gather(1, after)
        share = ((wanted - low) / (high - low)).nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)
        margins = curve[:, MARGIN]
        between = torch.lerp(margins.gather(1, after - 1), margins.gather(1, after), share)
        return torch.where((wanted >= places[:, :1]) & (wanted <= places[:, -1:]), between, torch.nan)


def empty_curve(theta: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return room for the curve (R, 3, CAPACITY), its steps (R, CAPACITY) and its size (R,)."""
    replicas, device = len(theta), theta.device
    return (
        torch.full((replicas, 3, CAPACITY), torch.inf, dtype=theta.dtype, device=device),
        torch.full((replicas, CAPACITY), -1, dtype=torch.int64, device=device),
        torch.zeros(replicas, dtype=torch.int64, device=device),
    )


def _halved(twin: TwinState) -> int:
    """Let every other record of a full curve go; return how many stay."""
    for rows in (twin.curve, twin.curve_steps):
        rows[..., : CAPACITY // 2] = rows[..., ::2].clone()
    return CAPACITY // 2
