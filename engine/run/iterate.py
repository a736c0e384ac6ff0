"""Where a run is: its parameters, and the loss and its normalised gradient there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..losses import Evaluation
from ..networks import Tape
from ..networks.lengths import length
from ..optimizers import Geometry
from ..optimizers.geometry import sample_dual_squares
from .problem import Problem
from .state import RunState


@dataclass(frozen=True)
class Seen:
    """What was last seen at the parameters: their norm, and the loss where a step sees all samples."""

    norm: Tensor
    evaluation: Evaluation | None
    tape: Tape | None


class Evaluated:
    """Parameters theta (R, P) of a problem as views, and the loss and its normalised gradient there once asked for."""

    def __init__(self, problem: Problem, theta: Tensor) -> None:
        self.problem, self.theta = problem, theta
        self.weights = problem.network.views(theta)
        self.gradient = torch.empty_like(theta)
        """ghat (R, P) at the last evaluation."""
        self._gradient_views = problem.network.views(self.gradient)
        self.norm: Tensor
        """||theta||_2 (R,)."""
        self.evaluation: Evaluation
        self.tape: Tape
        self._evaluated = False
        """Whether the last evaluation was at these parameters."""
        self.changes = 0
        """How often the parameters became others."""

    def moved(self) -> None:
        """Know that the parameters are others now; what is to be seen there is looked at once it is asked for."""
        self.changes += 1
        self.norm = length(self.theta)
        self._evaluated = False

    def evaluate(self) -> None:
        """Evaluate the loss over the whole training set, and its normalised gradient, unless that was just done."""
        if self._evaluated:
            return
        problem = self.problem
        outputs, self.tape = problem.network.forward(self.weights, problem.x)
        self.evaluation = problem.loss.evaluate(outputs)
        problem.network.backward(self.weights, self.tape, self.evaluation.cotangent, self._gradient_views)
        self._evaluated = True

    def curvature_in(self, geometry: Geometry) -> Callable[[], Tensor]:
        """Return what measures B^2 (R,): the largest squared dual norm of a margin's gradient.

        Over samples, and over every other class. Source: theory section 0.1.
        """

        def measure() -> Tensor:
            pairs = self.problem.loss.pair_cotangents(self.evaluation.outputs)
            squares = [
                sample_dual_squares(geometry, self.problem.network, self.weights, self.tape, c).amax(1)
                for c in pairs
            ]
            return torch.stack(squares).amax(0)

        return measure

    def log_loss_at(self, theta: Tensor) -> Tensor:
        """Return the log of the summed loss (R,) over the training set at other parameters (R, P)."""
        problem = self.problem
        return problem.loss.log_loss(problem.network.outputs(theta, problem.x))

    def finite(self) -> Tensor:
        """Say which replicas (R,) have finite parameters and a finite loss there."""
        self.evaluate()
        return torch.isfinite(self.theta).all(1) & torch.isfinite(self.evaluation.log_loss)


class Iterate(Evaluated):
    """The parameters theta (R, P) of a run, and what was last seen there.

    `theta` is the state's own tensor; whoever moves it calls `update` (or, where it was put back, `reevaluate`).
    """

    def __init__(self, problem: Problem, state: RunState, full_batch: bool) -> None:
        super().__init__(problem, state.theta)
        self.state = state
        self.full_batch = full_batch
        """Whether every update evaluates the loss on the whole training set."""
        self.some_died = not bool(state.alive.all())
        """Whether a replica stays where it is."""
        self._from_zero = bool((problem.initial == 0).all(1).any())

    def update(self, path: Tensor | None = None) -> None:
        """Look at the parameters just reached: norm, path, and for full-batch optimizers the loss.

        `path` (R,) is the length of the way that the direction took, where it is known to have been no chord.
        """
        self.moved()
        state = self.state
        direction = self.theta / self.norm.unsqueeze(1)
        moved = torch.linalg.vector_norm(direction - state.direction, dim=1) if path is None else path
        # at 0 there is no direction; the path begins with the first one
        state.direction_path.add_(moved.nan_to_num(0.0) if self._from_zero else moved)
        state.direction.copy_(direction)
        if self.full_batch:
            self.evaluate()

    def reevaluate(self) -> None:
        """Look at parameters that were put back, without counting a path."""
        self.moved()
        if self.full_batch:
            self.evaluate()

    @property
    def seen(self) -> Seen:
        """Return what was last seen."""
        return Seen(self.norm, *((self.evaluation, self.tape) if self._evaluated else (None, None)))

    def stand(self, seen: Seen) -> None:
        """Be where this was seen, the parameters and their gradient being there already."""
        self.changes += 1
        self.norm, self._evaluated = seen.norm, False
        if seen.evaluation is not None and seen.tape is not None:
            self.evaluation, self.tape, self._evaluated = seen.evaluation, seen.tape, True

    def evaluate_batch(self, chosen: Tensor) -> Tensor:
        """Write the normalised gradient of a batch, samples (R, B), and return its log S (R,)."""
        problem = self.problem
        x = problem.x.gather(1, chosen.unsqueeze(-1).expand(-1, -1, problem.x.shape[2]))
        labels = problem.labels.gather(1, chosen)
        outputs, tape = problem.network.forward(self.weights, x)
        log_weight, cotangent = problem.loss.of(labels).pull(outputs)
        problem.network.backward(self.weights, tape, cotangent, self._gradient_views)
        self._evaluated = False
        return log_weight

    def pull_at(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return ghat (R, P) and log S (R,) over the whole training set at other parameters (R, P)."""
        problem = self.problem
        weights = problem.network.views(theta)
        outputs, tape = problem.network.forward(weights, problem.x)
        log_weight, cotangent = problem.loss.pull(outputs)
        gradient = torch.empty_like(theta)
        problem.network.backward(weights, tape, cotangent, problem.network.views(gradient))
        return gradient, log_weight
