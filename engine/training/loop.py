"""The training loop: update, observe, record, step."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..device import computing, keep_freed_memory, versions
from ..experiment.edits import EditSpec, LiveEdit, edits_between, taken_up, with_edit
from ..experiment.experiment import Experiment
from ..experiment.known_data import NOTHING_KNOWN, KnownData
from ..kernels import Twin
from ..measurements import References, build_measurements
from ..measurements.base import Measurement, RecordPoint
from ..measurements.twin import initial_twin_state
from ..measurements.vector_history import VectorHistory
from ..protocol.messages import RunStatus
from ..protocol.records import LOOKED_AT, KeptVectors, RecordBatch, Records, Snapshot, next_record
from ..protocol.run_history import RunHistory
from ..references import Ask, answered
from ..run.iterate import Iterate
from ..run.problem import prepare
from ..run.state import RunState, beginning
from ..run.step_monitor import StepMonitor, events
from ..steppers import Stepper, build_stepper, build_twin_steps
from .divergence import Divergence, why_diverged
from .resumption import Standing, kept_by, restore, restore_histories, untold_of
from .solve_references import PosedReferences
from .steps_path import Ready, steps_path
from .stop_rules import time_is_up, why_stop

YIELD_EVERY = 0.02
"""Seconds of training after which the loop yields, so that whoever drives it can pause, stop or edit."""
SNAPSHOTS_PER_DECADE = 16
SNAPSHOT_BYTES = 96 * 2**20
MARGIN = "normalized_margin"
"""The column that says whether a run has reached a plateau."""


class Training:
    """One run of an experiment: R replicas in one parameter tensor theta (R, P), advanced together.

    Everything that changes lives in `state`; everything else is fixed by the experiment.
    Drive it with `for batch in training.run()`: a `RecordBatch` at every record, and `None` now and then in between.
    Not asking for the next one pauses the run.
    """

    def __init__(
        self,
        experiment: Experiment,
        folder: Path | None = None,
        resume_from: Snapshot | None = None,
        yield_every: float = YIELD_EVERY,
        edits: Sequence[EditSpec] = (),
        known: KnownData = NOTHING_KNOWN,
        tell: Callable[[str], None] = lambda sentence: None,
        ask: Ask = answered,
        ready: Ready | None = None,
    ) -> None:
        """Make data, network and optimizer; go on from a resumable snapshot where one is given.

        Args:
            experiment: what is trained.
            folder: where relative paths start.
            resume_from: a resumable snapshot to go on from; None: begin.
            yield_every: seconds of training after which the loop yields between two records; 0: after every step.
            edits: what it takes on its way, as if edited then; those up to the snapshot's step are in its state.
            known: what is known of its data, where it ran before.
            tell: hears what takes time before it begins.
            ask: what gives the answers of the solvers of its references.
            ready: says whether compiled steps are there; it goes on without where not. None: it waits for them.

        Raises:
            Refusal: where the experiment cannot be run here.
        """
        keep_freed_memory()
        self.problem = problem = prepare(experiment, folder, known)
        self.experiment = experiment
        """As it stands now, edited or not."""
        self.untold: list[LiveEdit] = []
        """Edits that whoever drives the run has not told yet."""
        self._planned = deque(sorted(edits, key=lambda edit: edit.step))
        self.references = References()
        self.history = RunHistory(Records(problem.replicas), RunStatus.RUNNING)
        self._margins = VectorHistory(MARGIN)
        self._resumed_from, self._ask = resume_from, ask
        self._due_here: list[Measurement] = []
        """What was measured at the last record."""
        self._yield_every = yield_every
        self._path = steps_path(experiment, problem, resume_from, tell, ready)
        self.environment = versions() | {
            "device": str(problem.device),
            "threads": str(problem.threads),
            **self._path.environment,
        }
        self._measurements: list[Measurement] | None = None
        self.stepper: Stepper = build_stepper(experiment, problem, compiled=self._path.compiled)
        self.twin: Twin | None = None
        if experiment.measure.twin:
            self.twin = Twin(problem, build_twin_steps(problem, compiled=self._path.compiled))
        optimizer = self.stepper.optimizer
        # counters are about every step; with batches only records are looked at
        self._monitor = StepMonitor(problem, optimizer.geometry, counting=optimizer.full_batch)
        self.step = 0
        self.state = self._initial_state(problem.initial)
        edited_at = -1
        if resume_from is not None:
            self.history.seconds = restore(resume_from, self.state, self._monitor)
            self.step = resume_from.step
            restore_histories(resume_from, [self._margins], problem.initial)
            edited_at = self._take_up_earlier_edits()
        self.iterate = Iterate(problem, self.state, optimizer.full_batch)
        self._divergence = Divergence(self.iterate, self._monitor)
        self._stopping = False
        self._dense_until = 0
        recorded = int(self.state.scheduled.step[0])
        self._plan_record(max(recorded, edited_at))
        self._next_snapshot = self._snapshot_after(recorded) if self.begun else 0

    def edit(self, changes: Mapping[str, Any]) -> None:
        """Change what can change while the run goes on: step sizes, length, record density; one at its end stays.

        Raises:
            Refusal: where a value is not allowed or needs a new run; the run goes on as before.
        """
        edited = with_edit(self.experiment, changes)
        if self._stopping or edited == self.experiment or self._have_all_diverged():
            return
        self._divergence.remember_edited(self.step)
        self._become(edited, self.step)
        if self.step < self._next_scheduled:  # else a record is due here first, and plans the next one
            self._plan_record(self.step)

    def _become(self, edited: Experiment, step: int) -> None:
        """Be a run of this experiment from a step on."""
        edits = edits_between(step, self.experiment, edited)
        self.untold += edits
        self.history.edits = taken_up(self.history.edits, edits)
        self.experiment = edited
        self.stepper = build_stepper(edited, self.problem, compiled=self._path.compiled)
        if self.twin is not None:
            self.twin.stepping_as(edited)

    def _take_up_earlier_edits(self) -> int:
        """Be what a run has become that goes on; return the step of its last edit, -1 for none."""
        last = -1
        while self._planned and self._planned[0].step <= self.step:
            edit = self._planned.popleft()
            self._become(with_edit(self.experiment, edit.set), edit.step)
            last = edit.step
        return last

    def _take_planned_edits(self) -> None:
        """Take the edits that are planned for this step, or that it has passed over."""
        while self._planned and self._planned[0].step <= self.step:
            self.edit(self._planned.popleft().set)

    def stop(self) -> None:
        """End the run before its next step; its last state is recorded."""
        self._stopping = True

    def record_every_step(self, steps: int) -> None:
        """Record each of the next steps, as single stepping does."""
        self._dense_until = self.step + steps
        self._plan_record(self.step)

    @property
    def sentence(self) -> str:
        """Why the run ended before its last step; '' for no reason."""
        return self.history.sentence

    @property
    def lost_words(self) -> str:
        """Which replicas diverged, where others went on; '' for none."""
        return self._divergence.words if bool(self.state.alive.any()) else ""

    # --- state ---

    def _initial_state(self, theta: Tensor) -> RunState:
        theta = theta.clone()
        state = beginning(theta, self.stepper.initial_state(theta))
        self._monitor.begin(state)
        if self.twin is not None:
            state.twin = initial_twin_state(self.twin, theta)
        return state

    @property
    def begun(self) -> bool:
        """Say whether its first record was taken, here or before it was resumed."""
        return int(self.state.scheduled.step[0]) >= 0

    def snapshot(self, resumable: bool) -> Snapshot:
        """Return the parameters at the current step, with everything else that going on needs where asked."""
        if resumable:
            return self._standing_snapshot().with_vectors(kept_by(self._histories))
        tensors = self.state.tensors()
        arrays = {name: tensors[name].cpu().numpy().copy() for name in LOOKED_AT if name in tensors}
        return Snapshot(self.step, arrays)

    def resumable(self) -> tuple[Snapshot, dict[str, KeptVectors]]:
        """Return what going on needs in two parts: the state, and the vectors kept since this was last asked."""
        return self._standing_snapshot(), untold_of(self._histories)

    def _standing_snapshot(self) -> Snapshot:
        standing = self._divergence.standing(self.step)
        return standing.snapshot(self.history.seconds, self._path.compiled, self._histories)

    @property
    def _histories(self) -> list[VectorHistory]:
        return [self._margins, *(m.history for m in self._measurements or () if m.history is not None)]

    def take_snapshot(self) -> Snapshot | None:
        """Return the snapshot that is due at this record, if any: log-spaced, within a bound on memory."""
        if self.step < self._next_snapshot:
            return None
        self._next_snapshot = self._snapshot_after(self.step)
        return self.snapshot(resumable=False)

    def _snapshot_after(self, step: int) -> int:
        theta = self.iterate.theta
        size = theta.numel() * theta.element_size()
        per_decade = min(SNAPSHOTS_PER_DECADE, max(2, SNAPSHOT_BYTES // (6 * size)))
        return next_record(step, 2**62, int(per_decade), None)

    # --- the loop ---

    def solve(self) -> References:
        """Solve the exact references; not part of the run's own seconds."""
        with computing(self.problem.threads):
            self.references = PosedReferences.of(self.problem).solved(self._ask)
            if self.twin is not None:
                self.twin.prepare()
            self._measurements = build_measurements(
                self.problem, self.stepper.optimizer, self.references, self.twin
            )
        if self._resumed_from is not None:
            restore_histories(self._resumed_from, self._histories, self.problem.initial)
            self._resumed_from = None
        return self.references

    @property
    def measurements(self) -> list[Measurement]:
        """Return what is measured; solves the references first where that was not done."""
        if self._measurements is None:
            self.solve()
        return self._measurements or []

    def run(self) -> Iterator[RecordBatch | None]:
        """Train to the end, yielding records, and None in between."""
        self.solve() if self._measurements is None else None
        steps = self._train()
        while True:
            started = time.perf_counter()
            with computing(self.problem.threads):
                try:
                    batch = next(steps)
                except StopIteration:
                    return
                finally:
                    self.history.seconds += time.perf_counter() - started
            yield batch

    def _train(self) -> Iterator[RecordBatch | None]:
        yielded, yielded_at = time.perf_counter(), self.step
        if self.begun:
            self.iterate.reevaluate()
            self._divergence.remember(self.step)
        else:
            self.iterate.update()
            if self.iterate.full_batch:
                self.observe()
        while True:
            self._take_planned_edits()
            last = self._stopping or self.step >= self.experiment.run.steps
            if last or self.step >= self._next_record:
                last = self._have_all_diverged() or last
                self._stopping = last
                if self.step >= self._next_record:
                    yield self._record()
                if last:
                    break
                yielded, yielded_at = time.perf_counter(), self.step
                self._stop_if(self._why_stop())
            elif self.step != yielded_at and time.perf_counter() - yielded >= self._yield_every:
                yield None
                yielded, yielded_at = time.perf_counter(), self.step
                self._stop_if(time_is_up(self.experiment.run.stop, self.history))
            else:
                self.take_steps(self._next_stop())
        yield from self._close()

    def _next_stop(self) -> int:
        """Return the step at which steps are to be interrupted at the latest."""
        if self._yield_every == 0:
            return self.step + 1
        ahead = [self._next_record, self.experiment.run.steps, *(edit.step for edit in self._planned)]
        return min(ahead)

    def _why_stop(self) -> str:
        """Return the sentence of the stop rule that this record meets; what is recorded besides decides nothing."""
        stop = self.experiment.run.stop
        if not self._is_scheduled:
            return time_is_up(stop, self.history)
        return why_stop(stop, self.history, self.state.alive.cpu().numpy(), self._margins)

    def _stop_if(self, sentence: str) -> None:
        """End the run where it is if a stop rule says so; everything is measured there before."""
        if sentence:
            self.history.sentence, self._stopping = sentence, True

    def take_steps(self, last: int) -> None:
        """Take some steps, not beyond `last`, with what is to be seen after each."""
        self._reached(self.stepper.advance(self.iterate, self.step, last, self._monitor))

    def take_step(self) -> None:
        """Take one step, and look at nothing."""
        self._reached(self.stepper.step(self.iterate, self.step))

    def _reached(self, step: int) -> None:
        """Be at a step, and let a linearised twin take as many."""
        taken, self.step = step - self.step, step
        if self.twin is not None:
            self.twin.advance(self.state, taken, some_died=self.iterate.some_died)
        self._stop_if(self.stepper.sentence)

    def observe(self) -> None:
        """Keep what is watched at every step."""
        self._monitor.observe(self.step, self.iterate)

    # --- records ---

    def measure_now(self) -> RecordBatch:
        """Measure everything at the parameters as they are now, whatever is due there."""
        self.iterate.reevaluate()
        return self._measured_aside([m for m in self.measurements if m.pace.due_at_the_end(self.step)])

    def _plan_record(self, after: int) -> None:
        measure = self.experiment.measure
        self._next_scheduled = (
            0 if after < 0 else next_record(after, 2**62, measure.per_decade, measure.every)
        )
        self._next_record = after + 1 if 0 <= after < self._dense_until else self._next_scheduled

    def _record(self) -> RecordBatch:
        """Measure what is due at this step and remember the state as good."""
        if self.step >= self._next_scheduled:
            number, before, previous = self._count_record()
            self._look()
            self._due_here = [m for m in self.measurements if m.pace.due(number, before, self.step)]
            batch = self._measured(self._due_here, self._point(previous))
            if MARGIN in batch.columns:
                self._margins.add(self.step, torch.as_tensor(batch.columns[MARGIN][0]).unsqueeze(1))
        else:
            batch = self._measured_aside([m for m in self.measurements if m.pace.full])
        self._divergence.remember(self.step)
        self._plan_record(self.step)
        return batch

    def _measured_aside(self, measurements: list[Measurement], *, closing: bool = False) -> RecordBatch:
        """Measure what the schedule does not mean: what was seen for that is forgotten, as if it had not been."""
        last = self.state.scheduled
        standing = Standing.of(self.step, self.state, self._monitor)
        self._look()
        point = self._point(last.previous if self._is_scheduled else last.theta, scheduled=False)
        batch = self._measured(measurements, point, closing=closing)
        standing.put_back(self.state, self._monitor)
        return batch

    def _point(self, previous: Tensor, *, scheduled: bool = True) -> RecordPoint:
        return RecordPoint(self.step, self.iterate, previous, self._mean_gradient, scheduled)

    @property
    def _is_scheduled(self) -> bool:
        """Say whether the schedule meant a record of this step, which was taken."""
        return int(self.state.scheduled.step[0]) == self.step

    def _look(self) -> None:
        """See what there is to see at a record."""
        if not self.iterate.full_batch:
            self.iterate.evaluate()
            self.observe()
        self._monitor.flush(self.state)

    def _measured(
        self, measurements: list[Measurement], point: RecordPoint, *, closing: bool = False
    ) -> RecordBatch:
        """Measure, and take it up in the run's history with the events and counters of now."""
        values: dict[str, Tensor] = {}
        for measurement in measurements:
            values |= measurement.measure(point)
        columns: dict[str, np.ndarray] = {}
        if values:
            stacked = torch.stack([v.to(self.problem.dtype) for v in values.values()]).cpu().double().numpy()
            stacked[~np.isfinite(stacked)] = math.nan  # the log of 0 and what is over 0 are not defined
            columns = {name: row[None] for name, row in zip(values, stacked, strict=True)}
        batch = self._divergence.without_lost(RecordBatch(np.array([self.step]), columns, closing))
        self.history.records.extend(batch)
        self.history.step = self.step
        self.history.events = events(self.state)
        self.history.counters = {
            name: values.cpu().double().numpy().copy() for name, values in self.state.counters.items()
        }
        return batch

    def _count_record(self) -> tuple[int, int, Tensor]:
        """Count a record of the schedule; return its number, and step and theta of the one before.

        Both live in the state and depend on the schedule alone, so that a run that was held and continued
        between two records, or stepped singly, records what it would have without.
        """
        last = self.state.scheduled
        last.previous.copy_(last.theta)
        last.theta.copy_(self.iterate.theta)
        last.before.copy_(last.step)
        last.step.fill_(self.step)
        last.number.add_(1)
        return int(last.number[0]), int(last.before[0]), last.previous

    def _mean_gradient(self) -> Tensor | None:
        return self.stepper.mean_gradient(self.step, self.state)

    # --- ends ---

    def _have_all_diverged(self) -> bool:
        """Go on without replicas that diverged since the last record; say whether none is left."""
        if not self._divergence.ends(self):
            return False
        self._stopping = True
        self.history.status = RunStatus.DIVERGED
        self.history.sentence = why_diverged(
            self.experiment, self.step, from_finite=self._divergence.stands_finite
        )
        return True

    def _close(self) -> Iterator[RecordBatch]:
        """Record the end besides what the schedule means, with columns known only now, and say how it came."""
        done = self._due_here if self._is_scheduled else []
        chosen = [m for m in self.measurements if m not in done and m.pace.due_at_the_end(self.step)]
        yield self._measured_aside(chosen, closing=True)
        for measurement in self.measurements:
            if measurement.finish is None:
                continue
            steps, columns = measurement.finish()
            if steps:
                late = {name: values.cpu().double().numpy() for name, values in columns.items()}
                batch = self._divergence.without_lost(RecordBatch(np.array(steps), late, closing=True))
                self.history.records.extend(batch)
                yield batch
        if not self.history.finished:
            ended_early = self._stopping and self.step < self.experiment.run.steps and not self.sentence
            self.history.status = RunStatus.STOPPED if ended_early else RunStatus.DONE
