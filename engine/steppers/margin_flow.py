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
from ..run.margin_ascent import MOST, Array, ascended
from ..run.next_step import NextStep
from ..run.pieces import Pieces
from ..run.state import RunState, StepperState
from .base import OneByOne


@dataclass
class MarginFlowMemory(Memory):
    """The time (R,) of the next step to try, 0: the first chooses; what the last one left (R,), and its verdict."""

    size: Annotated[Tensor, "margin_flow.size"]
    residual: Annotated[Tensor, "margin_flow.residual"]
    stationary: Annotated[Tensor, "margin_flow.stationary"]


class MarginFlow(OneByOne):
    """Steps of du/dt = the minimum-norm element of D_s(u), by arcs; the smallest margin of u never falls.

    A replica whose direction is stationary stays where it is, and is alive no longer; nor is one for which no step is
    found, but a run that is taken up again, with a shorter arc say, asks that one once more. Margins are looked at in
    float64 on the processor, as the run keeps its parameters. Source: Schechtman & Schreuder 2025; theory section 12.1.
    """

    def __init__(self, optimizer: Optimizer, arc: Tensor) -> None:
        """Take what a step is made of.

        Args:
            optimizer: the geometry of gradient descent.
            arc: the longest arc of a step (R,), in radians.
        """
        self.optimizer, self._arc = optimizer, arc
        self._pieces: dict[int, Pieces] = {}
        self._begun = False
        self.sentence = ""

    def initial_state(self, theta: Tensor) -> StepperState:
        """Return no time: the first step chooses."""
        size = torch.zeros(theta.shape[0], dtype=theta.dtype, device=theta.device)
        stationary = torch.zeros_like(size, dtype=torch.bool)
        memory = MarginFlowMemory(size, torch.full_like(size, torch.inf), stationary)
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
        if not self._begun:
            state.alive |= ~memory.stationary
            self._begun = True
        for r in torch.nonzero(state.alive).flatten().tolist():
            moved = self._moved(iterate, r, theta, memory) or moved
        if not bool(state.alive.all()):
            iterate.some_died = True
        if moved:
            iterate.update()
        if not bool(state.alive.any()):
            iterate.evaluate()
            self.sentence = _end(memory, iterate.evaluation.q.amin(1))
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

        u, size, arc = _direction(start), float(memory.size[r]), float(self._arc[r])
        found = ascended(pieces, u, size, arc, kept)
        if size and not (found.goes_on or found.stationary):
            found = ascended(pieces, u, 0.0, arc, kept)
        theta[r] = start
        if found.arc > 0:
            kept(found.direction)
        fails = not (found.goes_on or found.stationary)
        memory.size[r], memory.residual[r] = 0.0 if fails else found.size, found.residual
        memory.stationary[r] = found.stationary
        iterate.state.step_size[r] = found.arc
        iterate.state.alive[r] = found.goes_on
        return found.arc > 0


def _direction(theta: Tensor) -> Array:
    numbers: Array = theta.cpu().double().numpy()
    return numbers / np.linalg.norm(numbers)


def _end(memory: MarginFlowMemory, least: Tensor) -> str:
    """Say why no replica moves any longer; least: the smallest margins (R,)."""
    known, count = torch.isfinite(memory.residual), len(least)
    if not bool(known.any()):
        return "there is no direction to follow the margin from"
    stands = memory.stationary
    unfitted = int((least <= 0).sum())
    whose = f", in {unfitted} of {count} replicas" if count > 1 else ""
    doubt = (
        f"; the smallest margin is not positive there{whose}: start elsewhere, or wider" if unfitted else ""
    )
    element = "the minimum-norm element of its subdifferential is"
    if bool((stands | ~known).all()):
        return (
            f"nothing raises the margin any further: {element} {_largest(memory.residual, known)} of the radial "
            f"part, where 0 is a stationary direction{doubt}"
        )
    where = f"in {int((~stands & known).sum())} of {count} replicas " if count > 1 else ""
    others = f"; {int(stands.sum())} of {count} replicas are stationary" if count > 1 else ""
    return (
        f"{where}no step was found that raises the margin, although nothing says that the direction is stationary: "
        f"{element} {_largest(memory.residual, ~stands & known)} of the radial part, where 0 is "
        f"stationary{others}; at most {MOST} margins and sides of kinks are solved for at once: take a smaller "
        f"optimizer.arc and continue{doubt}"
    )


def _largest(residual: Tensor, those: Tensor) -> str:
    """Say the largest residual (R,) of some replicas, and of several whose it is."""
    worst = int(torch.where(those, residual, -torch.inf).argmax())
    said = f"{float(residual[worst]):.0e}"
    return said if int(those.sum()) == 1 else f"at most {said} (that of replica {worst})"
