"""What measurements see: some records of a run side by side, folded into the axis of its replicas.

A record costs as much where one replica is measured as where dozens are, so that records wait for one another. Each has
a place among so many that sizes decide; places that nobody waits in repeat a record. What is measured of a record then
depends on nothing but itself and its place, which follows from its number: never on which others are measured with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import torch
from torch import Tensor

from ..losses import Evaluation
from ..networks import Tape, Weights
from ..optimizers import Geometry
from ..protocol.records import record_count
from ..run.iterate import Evaluated
from ..run.next_step import NextStep
from ..run.problem import Problem, repeated
from ..run.state import RunState
from ..run.step_monitor import SeenSoFar
from .solvers import Solvers

AT_ONCE = {"cpu": 2**18}
"""Numbers of a record's largest tensor, times the records measured at once, by kind of device."""
AT_ONCE_ELSEWHERE = 2**22
MOST = 64
"""Records measured at once, at most."""
HARDLY = 3
"""Records of a run, so few that each is measured by itself."""
FEW = 8
"""Of the first records, for which somebody waits, of those besides the schedule, and of measurements that are taken at
some records alone."""


def first_at_once(problem: Problem) -> int:
    """Return how many of the first records are measured at once, and of those besides the schedule."""
    return min(FEW, records_at_once(problem))


def records_at_once(problem: Problem) -> int:
    """Return how many records are measured at once: many small ones, a power of two, and one where one is large.

    One, too, of a run that makes hardly more than its first and its last: other places would be filled in vain.
    """
    run, measure = problem.experiment.run, problem.experiment.measure
    if record_count(run.steps, measure.per_decade, measure.every) <= HARDLY:
        return 1
    widest = max(layer.positions * max(layer.rows, layer.columns) for layer in problem.structure.layers)
    numbers = problem.replicas * max(problem.samples * widest, problem.structure.parameters)
    fitting = AT_ONCE.get(problem.device.type, AT_ONCE_ELSEWHERE) // numbers
    return 1 << min(MOST, max(1, fitting)).bit_length() - 1


@dataclass(frozen=True, eq=False)
class Frame:
    """What is kept of a run at a record until it is measured; R replicas."""

    step: int
    number: int
    """Among the records of the schedule; -1: the schedule does not mean it, and it leaves no trace."""
    before: int
    """The step of the scheduled record before."""
    theta: Tensor
    previous: Tensor
    """theta at the scheduled record before (R, P)."""
    mean_gradient: Tensor | None
    """ghat (R, P) averaged over the last steps."""
    conditioner: Tensor | None
    """h (R, P) of an optimizer that makes its own metric 1/h."""
    coefficients: Tensor | None
    """What the linearised twin has learnt (R, N C)."""
    moved: Tensor
    """Length of the direction's path, step size, log learning rate and log time (4, R)."""
    happened: Mapping[str, Tensor]
    """The step (R,) of what optimizer and divergence tell of; -1: not yet."""
    seen: SeenSoFar
    """What the monitor counted, and saw happen."""
    alive: Tensor
    """Which replicas (R,) still train."""
    next_step: NextStep | None = None
    """What decides how long the step from here is."""

    @classmethod
    def of(
        cls,
        state: RunState,
        step: int,
        number: int,
        before: int,
        previous: Tensor,
        mean: Tensor | None,
        seen: SeenSoFar,
        next_step: NextStep | None = None,
    ) -> Frame:
        """Return what is kept of a state, which later steps leave alone."""
        moved = (state.direction_path, state.step_size, state.log_learning_rate, state.log_time)
        conditioner, twin = state.conditioner, state.twin
        return cls(
            step=step,
            number=number,
            before=before,
            theta=state.theta.clone(),
            previous=previous,
            mean_gradient=mean,
            conditioner=None if conditioner is None else conditioner.clone(),
            coefficients=None if twin is None else twin.coefficients.clone(),
            moved=torch.stack(moved),
            happened={name: steps.clone() for name, steps in state.others_events.items()},
            seen=seen,
            alive=state.alive.clone(),
            next_step=next_step,
        )

    @property
    def counters(self) -> Mapping[str, Tensor]:
        """Return the counters (R,) of every step so far."""
        return self.seen.counters

    @property
    def events(self) -> Mapping[str, Tensor]:
        """Return the step (R,) of every event; -1: not yet."""
        return {**self.happened, **self.seen.happened}

    @property
    def scheduled(self) -> bool:
        """Say whether the schedule means it; what is measured besides leaves no trace in what the run goes on from."""
        return self.number >= 0


class RecordPoint:
    """Some records at once, K places of R replicas each: replica r of place k is replica k R + r of the problem."""

    def __init__(
        self,
        problem: Problem,
        state: RunState,
        places: Sequence[Frame | None],
        solvers: Solvers | None = None,
    ) -> None:
        """Put records in their places.

        Args:
            problem: the run's, times the places.
            state: the run's, for what depends on earlier records.
            places: who is where; None where nobody is.
            solvers: what solves for all of them at once; None: each is solved by the references' solvers.
        """
        self.solvers = solvers
        self.problem, self.state, self.frames = problem, state, tuple(places)
        self._filled = next(frame for frame in places if frame is not None)
        self.theta = self._folded(lambda frame: frame.theta)
        self._place = Evaluated(problem, self.theta)
        self._place.moved()

    def _folded(self, part: Callable[[Frame], Tensor]) -> Tensor:
        return torch.cat([part(self._filled if frame is None else frame) for frame in self.frames])

    # --- its places ---

    @property
    def replicas(self) -> int:
        """Return R."""
        return self.problem.replicas // len(self.frames)

    @property
    def taken(self) -> list[int]:
        """Return the places where somebody is."""
        return [k for k, frame in enumerate(self.frames) if frame is not None]

    @property
    def rows(self) -> list[int]:
        """Return the replicas, of all places, of records that are there."""
        return [k * self.replicas + r for k in self.taken for r in range(self.replicas)]

    def each(self, values: Tensor) -> Tensor:
        """Return what belongs to the run's replicas (R, ...) for every place (K R, ...)."""
        return repeated(values, len(self.frames))

    def at(self, values: Tensor, place: int) -> Tensor:
        """Return the part (R, ...) of one place."""
        return values[place * self.replicas : (place + 1) * self.replicas]

    def frame(self, place: int) -> Frame:
        """Return who is in a place."""
        frame = self.frames[place]
        assert frame is not None, "nobody asks for an empty place"
        return frame

    def step(self, place: int) -> int:
        """Return the step at which the record of a place was taken."""
        return (self.frames[place] or self._filled).step

    # --- what is kept ---

    @cached_property
    def previous(self) -> Tensor:
        """Theta at the scheduled record before (K R, P)."""
        return self._folded(lambda frame: frame.previous)

    @cached_property
    def mean_gradient(self) -> Tensor:
        """Ghat (K R, P) averaged over the last steps; NaN before the first, and where nothing is averaged."""
        nothing = torch.full_like(self._filled.theta, torch.nan)
        return self._folded(lambda frame: nothing if frame.mean_gradient is None else frame.mean_gradient)

    @cached_property
    def conditioner(self) -> Tensor | None:
        """H (K R, P) of an optimizer that makes its own metric 1/h."""
        if self._filled.conditioner is None:
            return None
        return self._folded(lambda frame: _known(frame.conditioner))

    @cached_property
    def coefficients(self) -> Tensor:
        """What the linearised twin has learnt (K R, N C)."""
        return self._folded(lambda frame: _known(frame.coefficients))

    @cached_property
    def counters(self) -> Mapping[str, Tensor]:
        """The counters (K R,) of every step so far."""
        return {name: self._folded(partial(_counter, name)) for name in self._filled.counters}

    @cached_property
    def _moved(self) -> tuple[Tensor, ...]:
        moved = [(self._filled if frame is None else frame).moved for frame in self.frames]
        return torch.cat(moved, 1).unbind()

    @property
    def alive(self) -> Tensor:
        """Return which replicas (K R,) still train."""
        return self._folded(lambda frame: frame.alive)

    @property
    def direction_path(self) -> Tensor:
        """Return the length (K R,) of the path of theta/||theta||."""
        return self._moved[0]

    @property
    def step_size(self) -> Tensor:
        """Return a (K R,) of the last step."""
        return self._moved[1]

    @property
    def log_learning_rate(self) -> Tensor:
        """Return the log learning rate (K R,) of the last step."""
        return self._moved[2]

    @property
    def log_time(self) -> Tensor:
        """Return the log of the sum of learning rates (K R,)."""
        return self._moved[3]

    @property
    def next_steps(self) -> list[NextStep]:
        """Return what decides about the step from every place."""
        steps = [(self._filled if frame is None else frame).next_step for frame in self.frames]
        return [step for step in steps if step is not None]

    # --- what is seen there ---

    @property
    def weights(self) -> list[Weights]:
        """Return the layers' parameters."""
        return self._place.weights

    @property
    def norm(self) -> Tensor:
        """Return ||theta||_2 (K R,)."""
        return self._place.norm

    @property
    def tape(self) -> Tape:
        """Return what the forward pass over the training set left."""
        self._place.evaluate()
        return self._place.tape

    @property
    def evaluation(self) -> Evaluation:
        """Return the loss over the training set."""
        self._place.evaluate()
        return self._place.evaluation

    @property
    def gradient(self) -> Tensor:
        """Return the normalised gradient (K R, P) over the training set."""
        self._place.evaluate()
        return self._place.gradient

    @cached_property
    def radial(self) -> list[Tensor]:
        """<theta, grad q_n> (K R, N), or <theta, grad s_nj> for every other class; layers with a lambda times it."""
        cotangents = self.problem.loss.pair_cotangents(self.evaluation.outputs)
        radial = self.problem.network.radial_derivative
        return [radial(self.weights, self.tape, cotangent) for cotangent in cotangents]

    def curvature_in(self, geometry: Geometry) -> Tensor:
        """Return B^2 (K R,): the largest squared dual norm of a margin's gradient."""
        self._place.evaluate()
        return self._place.curvature_in(geometry)()

    def log_loss_at(self, theta: Tensor) -> Tensor:
        """Return the log of the summed loss (K R,) over the training set at other parameters (K R, P)."""
        return self._place.log_loss_at(theta)

    def lost(self, after: int) -> bool:
        """Say whether a replica that still trains is not finite in a record after a step."""
        finite = self._place.finite()
        lost = [
            frame.alive & ~self.at(finite, k)
            for k, frame in enumerate(self.frames)
            if frame is not None and frame.step > after
        ]
        return bool(lost) and bool(torch.stack(lost).any())


def _counter(name: str, frame: Frame) -> Tensor:
    return frame.counters[name]


def _known(values: Tensor | None) -> Tensor:
    assert values is not None, "of one run all records keep the same"
    return values
