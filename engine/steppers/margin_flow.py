"""The margin flow at infinite norm: the direction follows the minimum-norm element of D_s, the norm stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from ..networks.lengths import length
from ..optimizers import Optimizer
from ..optimizers.memory import Memory
from ..run.iterate import Iterate
from ..run.margin_ascent import Array, ascended
from ..run.next_step import NextStep
from ..run.pieces import Pieces
from ..run.state import RunState, StepperState
from .base import OneByOne


@dataclass
class MarginFlowMemory(Memory):
    """The time (R,) of the next step to try, 0: the first chooses; and the last step's residual (R,)."""

    size: Annotated[Tensor, "margin_flow.size"]
    residual: Annotated[Tensor, "margin_flow.residual"]


class MarginFlow(OneByOne):
    """Steps of du/dt = the minimum-norm element of D_s(u), by arcs; the smallest margin of u never falls.

    A replica whose direction is stationary stays where it is, and is alive no longer. Margins are looked at in float64
    on the processor, as the run keeps its parameters. Source: Schechtman & Schreuder 2025; theory section 12.1.
    """

    def __init__(self, optimizer: Optimizer, arc: Tensor) -> None:
        """Take what a step is made of.

        Args:
            optimizer: the geometry of gradient descent.
            arc: the longest arc of a step (R,), in radians.
        """
        self.optimizer, self._arc = optimizer, arc
        self._pieces: dict[int, Pieces] = {}
        self.sentence = ""

    def initial_state(self, theta: Tensor) -> StepperState:
        """Return no time: the first step chooses."""
        size = torch.zeros(theta.shape[0], dtype=theta.dtype, device=theta.device)
        memory = MarginFlowMemory(size, torch.full_like(size, torch.inf))
        return StepperState(self.optimizer.initial_memory(theta), memory, None)

    def mean_gradient(self, step: int, state: RunState) -> Tensor | None:
        """Return None: no gradient of the loss is followed."""
        return None

    def next_step(self, step: int, state: RunState) -> NextStep | None:
        """Return None: steps are as long as their arc allows."""
        return None

    def step(self, iterate: Iterate, step: int) -> int:
        """Take one step in every replica that is alive."""
        state, theta = iterate.state, iterate.theta
        memory = state.stepper.rule
        moved = False
        for r in torch.nonzero(state.alive).flatten().tolist():
            moved = self._moved(iterate, r, theta, memory) or moved
        if not bool(state.alive.all()):
            iterate.some_died = True
        if moved:
            iterate.update()
        if not bool(state.alive.any()):
            iterate.evaluate()
            self.sentence = _end(memory.residual, iterate.evaluation.q.amin(1))
        return step + moved

    def _moved(self, iterate: Iterate, r: int, theta: Tensor, memory: MarginFlowMemory) -> bool:
        """Take a step of a replica, and say whether it moved."""
        start, norm = theta[r].clone(), length(theta[r : r + 1])[0]
        if not bool(torch.isfinite(norm)) or not bool(norm > 0):
            iterate.state.alive[r] = False
            return False
        pieces = self._pieces.get(r)
        if pieces is None:
            pieces = self._pieces[r] = Pieces(iterate.problem, r)

        def kept(direction: Array) -> Array:
            theta[r] = norm * torch.from_numpy(direction).to(theta)
            return _direction(theta[r])

        found = ascended(pieces, _direction(start), float(memory.size[r]), float(self._arc[r]), kept)
        theta[r] = start
        if found.arc > 0:
            kept(found.direction)
        memory.size[r], memory.residual[r] = found.size, found.residual
        iterate.state.step_size[r] = found.arc
        iterate.state.alive[r] = found.goes_on
        return found.arc > 0


def _direction(theta: Tensor) -> Array:
    numbers: Array = theta.cpu().double().numpy()
    return numbers / np.linalg.norm(numbers)


def _end(residual: Tensor, least: Tensor) -> str:
    known = residual[torch.isfinite(residual)]
    if not len(known):
        return "there is no direction to follow the margin from"
    unfitted = int((least <= 0).sum())
    whose = f", in {unfitted} of {len(least)} replicas" if len(least) > 1 else ""
    doubt = (
        f"; the smallest margin is not positive there{whose}: start elsewhere, or wider" if unfitted else ""
    )
    return (
        "nothing raises the margin any further: the minimum-norm element of its subdifferential is "
        f"{float(known.max()):.0e} of the radial part, where 0 is a stationary direction{doubt}"
    )
