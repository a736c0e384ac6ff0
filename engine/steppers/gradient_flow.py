"""Gradient flow by an adaptive Runge-Kutta method of order 5, on the time scale of the log loss.

d theta / dt = -grad L becomes d theta / d tau = ghat with d tau = S dt, along which the log of an exponential loss
falls at rate ||ghat||^2 whatever the loss: e^-1000 is as good as 1. The time t itself is the integral of d tau / S,
taken with the same stages. Source: Dormand & Prince 1980 (the pair RK5(4)7M); Shampine 1986; theory section 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from ..networks.lengths import length, unit
from ..optimizers import Decay, Optimizer
from ..optimizers.memory import Memory
from ..run.iterate import Iterate
from ..run.next_step import NextStep
from ..run.state import RunState, StepperState
from .base import OneByOne

NODES: tuple[tuple[float, ...], ...] = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
"""Weights of the earlier stages in each stage after the first; the last row is the step of order 5 itself."""
FIFTH = (*NODES[-1], 0.0)
DENSE = (
    (1.0, -8048581381 / 2820520608, 8663915743 / 2820520608, -12715105075 / 11282082432),
    (0.0, 0.0, 0.0, 0.0),
    (0.0, 131558114200 / 32700410799, -68118460800 / 10900136933, 87487479700 / 32700410799),
    (0.0, -1754552775 / 470086768, 14199869525 / 1410260304, -10690763975 / 1880347072),
    (0.0, 127303824393 / 49829197408, -318862633887 / 49829197408, 701980252875 / 199316789632),
    (0.0, -282668133 / 205662961, 2019193451 / 616988883, -1453857185 / 822651844),
    (0.0, 40617522 / 29380423, -110615467 / 29380423, 69997945 / 29380423),
)
"""Weights of the stages a share s into a step, as coefficients of s, s^2, s^3, s^4 (Shampine 1986)."""
PIECES = 8
"""Chords, an even number, whose length stands for that of the way between two steps."""
FOURTH = (5179 / 57600, 0.0, 7571 / 16695, 393 / 640, -92097 / 339200, 187 / 2100, 1 / 40)
SAFETY, LEAST, MOST = 0.9, 0.2, 5.0
"""A step is this share of what its error allows, and changes by at most these factors."""
TIME_SHARE = 1e-3
"""The relative error of the time that a step takes counts this much beside that of theta."""
FIRST = 1e-2
"""Length of the first step, relative to the parameters' norm."""


@dataclass(frozen=True)
class Stage:
    """What pulls at some parameters: the normalised gradient (R, P) and the log of its weight (R,)."""

    gradient: Tensor
    log_weight: Tensor


@dataclass(frozen=True)
class Trial:
    """A tried step: where it leads (R, P), its error over the tolerance (R,), the log of its time (R,), its stages."""

    theta: Tensor
    error: Tensor
    log_time: Tensor
    stages: list[Tensor]


@dataclass
class FlowMemory(Memory):
    """The length (R,) of the next step to try; 0: the first step chooses."""

    size: Annotated[Tensor, "flow.size"]


class GradientFlow(OneByOne):
    """Steps of gradient flow; every replica has its own step size, and one that is rejected is tried again shorter.

    A step of length rtol ||theta|| is taken whatever its estimate says: at a kink, where no estimate is right, its
    error is within the tolerance all the same.
    """

    def __init__(
        self, optimizer: Optimizer, rtol: Tensor, decay: Decay | None = None, log_units: float = 0.0
    ) -> None:
        """Take what a step is made of.

        Args:
            optimizer: the geometry of gradient descent.
            rtol: the tolerance (R,).
            decay: what adds weight decay to the loss; None: nothing does.
            log_units: the log of what the loss's reduction divides by; time is that of the summed loss.
        """
        self.optimizer, self._rtol = optimizer, rtol
        self._decay, self._log_units = decay, log_units
        self._corners = corner_weights(rtol.dtype, rtol.device)
        self.sentence = ""

    def initial_state(self, theta: Tensor) -> StepperState:
        """Return no step size: the first step chooses."""
        size = torch.zeros(theta.shape[0], dtype=theta.dtype, device=theta.device)
        return StepperState(self.optimizer.initial_memory(theta), FlowMemory(size), None)

    def mean_gradient(self, step: int, state: RunState) -> Tensor | None:
        """Return None: steps of different lengths have no plain average."""
        return None

    def next_step(self, step: int, state: RunState) -> NextStep | None:
        """Return None: steps are as long as the integrator's tolerance allows, which is stable by itself."""
        return None

    def step(self, iterate: Iterate, step: int) -> int:
        """Take one accepted step in every replica that is alive."""
        state, theta = iterate.state, iterate.theta
        size = state.stepper.rule.size
        first = self._pull(theta, iterate.gradient, iterate.evaluation.log_weight)
        slowest = self._rtol * self._scale(iterate, first.gradient)
        size.copy_(torch.where(size > 0, size, FIRST / self._rtol * slowest))
        reached, taken, log_time = theta.clone(), torch.zeros_like(size), torch.zeros_like(size)
        path = torch.zeros_like(size)
        open_ = state.alive & (first.gradient != 0).any(1)
        while bool(open_.any()):
            trial = self._tried(iterate, size, first)
            accepted = open_ & ((trial.error <= 1) | (size <= slowest))
            reached = torch.where(accepted.unsqueeze(1), trial.theta, reached)
            taken = torch.where(accepted, size, taken)
            log_time = torch.where(accepted, trial.log_time, log_time)
            if bool(accepted.any()):
                path = torch.where(accepted, path_between(theta, size, trial.stages, self._corners), path)
            factor = (SAFETY * trial.error.clamp(min=1e-10).pow(-0.2)).clamp(LEAST, MOST)
            factor = torch.where(torch.isfinite(trial.error), factor, LEAST)
            # of a step that failed the next one is shorter
            factor = torch.where(accepted, factor, factor.clamp(max=SAFETY))
            size.copy_(torch.where(open_, torch.maximum(size * factor, slowest), size))
            open_ = open_ & ~accepted
        theta.copy_(reached)
        state.step_size.copy_(taken)
        moved = taken > 0
        rate = state.log_learning_rate
        rate.copy_(torch.where(moved, log_time, -torch.inf))
        torch.logaddexp(state.log_time, rate, out=state.log_time)
        iterate.update(path)
        return step + 1

    def _scale(self, iterate: Iterate, gradient: Tensor) -> Tensor:
        """Return the size (R,) of a step that moves theta by its own norm; from 0 by 1."""
        norm = torch.where(iterate.norm > 0, iterate.norm, 1.0)
        pull = length(gradient)
        return torch.where(pull > 0, norm / pull, 0.0)

    def _pull(self, theta: Tensor, gradient: Tensor, log_weight: Tensor) -> Stage:
        """Return the gradient (R, P) of what flows, and the log of its weight (R,) as of the summed loss's."""
        if self._decay is None:
            return Stage(gradient, log_weight)
        pulled = self._decay.pull(theta, gradient, log_weight, self._log_units)
        return Stage(pulled.gradient, pulled.log_weight)

    def _tried(self, iterate: Iterate, size: Tensor, first: Stage) -> Trial:
        start = iterate.theta
        stages, log_weights = [first.gradient], [first.log_weight]
        for weights in NODES:
            at = start + size.unsqueeze(1) * _mixed(weights, stages)
            stage = self._pull(at, *iterate.pull_at(at))
            stages.append(stage.gradient)
            log_weights.append(stage.log_weight)
        theta = start + size.unsqueeze(1) * _mixed(NODES[-1], stages[:6])
        norm = length(theta)
        difference = _mixed(tuple(a - b for a, b in zip(FIFTH, FOURTH, strict=True)), stages)
        error = size * length(difference) / norm
        # 1/S of every stage over that of the first
        slowness = [(log_weights[0] - w).exp() for w in log_weights]
        fifth, fourth = (_mixed(weights, slowness) for weights in (FIFTH, FOURTH))
        error = torch.maximum(error, TIME_SHARE * (fifth - fourth).abs() / fifth.clamp(min=1e-300))
        tiny = torch.finfo(size.dtype).tiny
        log_time = size.log() + fifth.clamp(min=tiny).log() - log_weights[0]
        return Trial(theta, error / self._rtol, log_time, stages)


def path_between(start: Tensor, size: Tensor, stages: list[Tensor], corners_at: Tensor) -> Tensor:
    """Return the length (R,) of the way of theta/||theta|| in a step from `start` (R, P), by its dense output.

    Two polygons, one of every second corner of the other, tell the curve's length to fourth order (Richardson). A
    chord of the whole step cuts its bend off. From 0, where there is no direction, the way begins at the first corner.
    """
    moved = torch.einsum("sk,srp->krp", corners_at, torch.stack(stages))
    corners = unit(start + size[None, :, None] * moved, 2)
    fine, coarse = (_polygon(corners[::every]) for every in (1, 2))
    return fine + (fine - coarse) / 3.0


def corner_weights(dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return the weights (7, K) of the stages at the corners of the way between two steps."""
    shares = torch.arange(PIECES + 1, dtype=dtype, device=device) / PIECES
    powers = torch.stack([shares**k for k in range(1, 5)])
    return torch.as_tensor(DENSE, dtype=dtype, device=device) @ powers


def _polygon(corners: Tensor) -> Tensor:
    """Return the length (R,) of the polygon with corners (K, R, P)."""
    chords: Tensor = torch.linalg.vector_norm(corners.diff(dim=0), dim=2)
    return chords.nan_to_num(0.0).sum(0)


def _mixed(weights: tuple[float, ...], values: list[Tensor]) -> Tensor:
    """Return the sum of values with weights; those of weight 0 are left out."""
    parts = [w * v for w, v in zip(weights, values, strict=True) if w]
    return torch.stack(parts).sum(0)
