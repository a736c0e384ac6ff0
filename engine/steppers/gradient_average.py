"""The normalised gradient averaged over the last steps, which sees through chatter at kinks."""

from __future__ import annotations

import torch
from torch import Tensor

from ..optimizers.step_numbers import given
from ..run.state import StepperState

STEPS = 200
"""Length of the window, in steps."""
BYTES = 4 * 2**20
"""Memory the window may take; large networks are averaged in blocks of steps."""
_BLOCKS = (1, 2, 4, 5, 8, 10, 20, 25, 40, 50, 100, 200)


class GradientAverage:
    """A ring of sums of ghat (R, P) over blocks of steps; blocks are single steps unless the network is large."""

    def __init__(self, like: Tensor) -> None:
        size = like.numel() * like.element_size()
        self.block = next((b for b in _BLOCKS if STEPS // b * size <= BYTES), STEPS)
        self._slots = STEPS // self.block

    def empty(self, theta: Tensor) -> Tensor:
        """Return the empty ring (R, slots, P)."""
        replicas, parameters = theta.shape
        return torch.zeros(replicas, self._slots, parameters, dtype=theta.dtype, device=theta.device)

    def add(self, step: int, gradient: Tensor, state: StepperState) -> None:
        """Add the gradient (R, P) of the step after `step` steps."""
        assert state.average is not None, "a stepper with a window keeps its ring"
        slot = given(step, self._slot_of, torch.int64)
        if isinstance(slot, Tensor):
            self._add_at(step, slot.view(1), gradient, state.average)
        elif self._begins(step):
            state.average[:, int(slot)].copy_(gradient)
        else:
            state.average[:, int(slot)].add_(gradient)

    def _add_at(self, step: int, slot: Tensor, gradient: Tensor, ring: Tensor) -> None:
        """Add to a slot (1,) that is known on the device alone."""
        if self.block > 1:
            begins = given(step, self._begins, torch.bool)
            assert isinstance(begins, Tensor), "as the slot is"
            gradient = torch.where(begins, gradient, ring.index_select(1, slot).squeeze(1) + gradient)
        ring.index_copy_(1, slot, gradient.unsqueeze(1))

    def _slot_of(self, step: int) -> int:
        return step // self.block % self._slots

    def _begins(self, step: int) -> bool:
        """Say whether a step is the first of its slot."""
        return step % self.block == 0

    def mean(self, step: int, state: StepperState) -> Tensor | None:
        """Return the mean (R, P) over the last 200 steps, or over all `step` of them; None before the first.

        With blocks of b steps the window holds 200 - b + 1 to 200 of them.
        """
        if not step or state.average is None:
            return None
        in_last_block = (step - 1) % self.block + 1
        held = min(step, (self._slots - 1) * self.block + in_last_block)
        return state.average.sum(1) / held
