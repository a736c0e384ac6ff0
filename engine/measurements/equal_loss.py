"""The twin's margin at the loss that the network has, whichever of the two came there first."""

from __future__ import annotations

import torch
from torch import Tensor

from ..optimizers import State

CAPACITY = 512
"""Records of the curve that are kept; every other one goes where there are more."""
CURVE, STEPS, SIZE = "twin.curve", "twin.curve_steps", "twin.curve_size"
NETWORK, LOSS, MARGIN = range(3)


class EqualLoss:
    """The curve of the twin's normalized margin over its log loss, and the network's log losses, at the records.

    It lives in the run's state, so that a run that was held and continued knows it from the start.
    """

    @staticmethod
    def initial_state(theta: Tensor) -> State:
        """Return room for the curve: rows network log loss, twin log loss, twin margin (R, 3, CAPACITY)."""
        replicas, device = len(theta), theta.device
        return {
            CURVE: torch.full((replicas, 3, CAPACITY), torch.inf, dtype=theta.dtype, device=device),
            STEPS: torch.full((replicas, CAPACITY), -1, dtype=torch.int64, device=device),
            SIZE: torch.zeros(replicas, dtype=torch.int64, device=device),
        }

    def __init__(self) -> None:
        self._state: State = {}
        self._now = torch.empty(0)

    def note(self, state: State, step: int, now: Tensor) -> None:
        """Take up a record, rows (R, 3) as in the curve; it enters the curve where the schedule means it."""
        self._state, self._now = state, now
        size = int(state[SIZE][0])
        if int(state["record.step"][0]) != step or (size and int(state[STEPS][0, size - 1]) == step):
            return
        if size == CAPACITY:
            size = _halved(state)
        state[CURVE][:, :, size] = now
        state[STEPS][:, size] = step
        state[SIZE].fill_(size + 1)

    def here(self) -> Tensor:
        """Return the margin (R,) at the network's log loss of the last record; NaN where the twin is not there yet."""
        return self._at(self._now[:, NETWORK : NETWORK + 1]).squeeze(1)

    def all(self) -> tuple[list[int], Tensor]:
        """Return the steps of the curve, and the margin (T, R) at the network's log loss at each of them."""
        if not self._state:
            return [], torch.empty(0, 0)
        size = int(self._state[SIZE][0])
        steps = self._state[STEPS][0, :size].tolist()
        return steps, self._at(self._state[CURVE][:, NETWORK, :size]).mT

    def _at(self, log_losses: Tensor) -> Tensor:
        """Return margins (R, Q) at log losses (R, Q), linear in the log loss between records."""
        size = int(self._state[SIZE][0])
        curve = torch.cat([self._state[CURVE][:, :, :size], self._now.unsqueeze(2)], 2)
        # of a linear model the loss falls in every step, up to rounding
        places = (-curve[:, LOSS]).cummax(1).values
        wanted = -log_losses
        after = torch.searchsorted(places, wanted.contiguous()).clamp(1, places.shape[1] - 1)
        low, high = places.gather(1, after - 1), places.gather(1, after)
        share = ((wanted - low) / (high - low)).nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)
        margins = curve[:, MARGIN]
        found = torch.lerp(margins.gather(1, after - 1), margins.gather(1, after), share)
        return torch.where((wanted >= places[:, :1]) & (wanted <= places[:, -1:]), found, torch.nan)


def _halved(state: State) -> int:
    """Let every other record of a full curve go; return how many stay."""
    for name in (CURVE, STEPS):
        state[name][..., : CAPACITY // 2] = state[name][..., ::2].clone()
    return CAPACITY // 2
