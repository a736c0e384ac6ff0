"""The training loop: update, observe, record, step."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from ..device import computing, keep_freed_memory
from ..experiment.edits import EditSpec, LiveEdit, edits_between, taken_up, with_edit
from ..experiment.experiment import Experiment
from ..experiment.known_data import NOTHING_KNOWN, KnownData
from ..kernels import Twin
from ..measurements import References, light
from ..measurements.base import Measurement
from ..measurements.record_point import Frame
from ..measurements.twin import initial_twin_state
from ..protocol.messages import RunStatus
from ..protocol.records import LOOKED_AT, KeptVectors, RecordBatch, Records, Snapshot
from ..protocol.run_history import RunHistory
from ..references import Ask, answered
from ..run.iterate import Iterate
from ..run.problem import prepare
from ..run.state import RunState, beginning
from ..run.step_monitor import StepMonitor, told
from ..steppers import Stepper, build_solvers, build_stepper, build_twin_steps
from .divergence import Divergence, GoodState, why_diverged
from .measuring import Measuring
from .pictures import Pictures
from .record_schedule import RecordSchedule
from .recording import MeasuredRecords, Recorder
from .resumption import restore
from .steps_path import Ready, steps_path
from .stop_rules import looks_every, records_to_stop, time_is_up
from .stream import RecordStream

YIELD_EVERY = 0.25
"""Seconds of training after which what waits is measured, and whoever drives the loop can pause, stop or edit."""


class Training:
    """One run of an experiment: R replicas in one parameter tensor theta (R, P), advanced together.

    Everything that changes lives in `state`; everything else is fixed by the experiment.
    Drive it with `for batch in training.run()`: a `RecordBatch` whenever records were measured, and `None` now and
    then in between. Not asking for the next one pauses the run; `stream.settled` measures what is recorded.
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
        steps: str = "",
    ) -> None:
        """Make data, network and optimizer; go on from a resumable snapshot where one is given.

        Args:
            experiment: what is trained.
            folder: where relative paths start.
            resume_from: a resumable snapshot to go on from; None: begin.
            yield_every: seconds of training after which the loop yields; 0: after every step.
            edits: what it takes on its way, as if edited then; those up to the snapshot's step are in its state.
            known: what is known of its data, where it ran before.
            tell: hears what takes time before it begins.
            ask: what gives the answers of the solvers of its references.
            steps: what took the steps of the run that it begins again: compiled or torch; '': it begins none again.
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
        self.history = RunHistory(Records(problem.replicas), RunStatus.RUNNING)
        self.measuring = Measuring(problem, ask, resume_from)
        self._due_here: list[Measurement] = []
        """What was measured at the last record."""
        self._yield_every = yield_every
        self._path = steps_path(experiment, problem, resume_from, steps, tell, ready)
        self.stepper: Stepper = build_stepper(experiment, problem, compiled=self._path.compiled)
        self.environment = self._path.environment_of(problem, self.stepper.layout)
        self.twin: Twin | None = None
        if experiment.measure.twin:
            self.twin = Twin(problem, build_twin_steps(problem, compiled=self._path.compiled))
        optimizer = self.stepper.optimizer
        self._monitor = StepMonitor(problem, optimizer.geometry, counting=optimizer.full_batch)
        self.step = 0
        self.state = self._initial_state(problem.initial)
        edited_at = -1
        if resume_from is not None:
            self.history.seconds = restore(resume_from, self.state, self._monitor)
            self.step = resume_from.step
            edited_at = self._take_up_earlier_edits()
        self.iterate = Iterate(problem, self.state, optimizer.full_batch)
        self._recorder = Recorder(problem, self.iterate, self._monitor, build_solvers(self._path.compiled))
        self._schedule = RecordSchedule()
        self._divergence = Divergence(self.iterate, self._monitor, self._schedule)
        self.glances = False
        self._careful_until = -1
        """Up to this step every one is looked at: a replica is lost on the way."""
        self._stopping = False
        spare = self._path.compiled and problem.threads_at_most > self.stepper.threads
        self._core_to_spare = spare and yield_every > 0
        """Whether a core is free that measures while steps go on."""
        self._meanwhile: GoodState | None = None
        """Where the run stood when records were given to a thread."""
        self.stream = RecordStream(self._recorder, self.history, problem.threads)
        recorded = int(self.state.scheduled.step[0])
        self._schedule.plan(max(recorded, edited_at), self.experiment.measure)
        self._pictures = Pictures(problem.initial, recorded)

    def edit(self, changes: Mapping[str, Any]) -> None:
        """Change what can change while the run goes on: step sizes, length, record density; one at its end stays.

        Raises:
            Refusal: where a value is not allowed or needs a new run; the run goes on as before.
        """
        self.stream.settle()
        edited = with_edit(self.experiment, changes)
        if self._stopping or edited == self.experiment or self._all_diverge():
            return
        self._become(edited, self.step)
        if not self._schedule.means(self.step):  # else a record is due here first, and plans the next one
            self._schedule.plan(self.step, edited.measure)
        if self._divergence.step >= 0:
            self._divergence.remember_now(self.step)
        if again := self.measuring.ahead_of(self.history.records, self.step):
            self.measuring.anew.append(self._measured_aside(again))

    def _become(self, edited: Experiment, step: int) -> None:
        """Be a run of this experiment from a step on."""
        if self.twin is not None:
            self.twin.stepping_as(edited)
        edits = edits_between(step, self.experiment, edited)
        self.untold += edits
        self.history.edits = taken_up(self.history.edits, edits)
        self.experiment = edited
        self.stepper = build_stepper(edited, self.problem, compiled=self._path.compiled)
        self._monitor.stepping_as(edited, self.state)

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
        while self._edit_is_due:
            self.edit(self._planned.popleft().set)

    def stop(self) -> None:
        """End the run before its next step; its last state is recorded."""
        self._stopping = True

    def record_every_step(self, steps: int) -> None:
        """Record each of the next steps, as single stepping does, and yield after them."""
        self.stream.settle()
        self._schedule.record_until(self.step + steps)
        if not self._schedule.due(self.step):  # else a record is due here first, and plans the next one
            self._schedule.plan(self.step, self.experiment.measure)

    def yield_at(self, step: int, *, glance: bool = False) -> None:
        """Yield where a record of this step was taken; glance: what is quick of it first, and then the whole of it."""
        self._schedule.hold_at, self.glances = step, glance

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
        self.stream.settle()
        if resumable:
            return self._standing_snapshot().with_vectors(self.measuring.kept())
        tensors = self.state.tensors()
        arrays = {name: tensors[name].cpu().numpy().copy() for name in LOOKED_AT if name in tensors}
        return Snapshot(self.step, arrays)

    def resumable(self) -> tuple[Snapshot, dict[str, KeptVectors]]:
        """Return what going on needs in two parts: the state, and the vectors kept since this was last asked."""
        self.stream.settle()
        return self._standing_snapshot(), self.measuring.untold()

    def _standing_snapshot(self) -> Snapshot:
        standing = self._divergence.standing(self.step)
        return standing.snapshot(self.history.seconds, self._path.compiled, self.measuring.histories)

    def take_snapshots(self) -> list[Snapshot]:
        """Return the snapshots that were due at the records just measured."""
        return self._pictures.taken(self.stream.frames)

    # --- the loop ---

    def solve(self) -> References:
        """Solve the exact references; not part of the run's own seconds."""
        self.measuring.solve(self.stepper, self.twin, self._recorder)
        return self.references

    @property
    def references(self) -> References:
        """Return the exact answers that are known by now."""
        return self.measuring.references

    @property
    def measurements(self) -> list[Measurement]:
        """Return what is measured; solves the references first where that was not done."""
        if not self.measuring.solved:
            self.solve()
        return self.measuring.all

    def run(self) -> Iterator[RecordBatch | None]:
        """Train to the end, yielding records, and None in between."""
        if not self.measuring.solved:
            self.solve()
        return self.stream.of(self._train())

    def close(self) -> None:
        """Let go of the run, which nobody asks anything more."""
        self._recorder.abandon()
        self.stream.close()

    def _train(self) -> Iterator[RecordBatch | None]:
        self._begin()
        yielded, yielded_at = time.perf_counter(), self.step
        while True:
            self._take_what_is_due()
            at_the_end = self._stopping or self.step >= self.experiment.run.steps
            over = at_the_end and not self._schedule.due(self.step)  # one that is due still had no room
            patience = looks_every(self.experiment.run.stop, self._yield_every)
            looked = self._recorder.can_tell or self.step != yielded_at
            impatient = looked and time.perf_counter() - yielded >= patience
            pressing = over or self.stream.settling or self._holds
            if not (pressing or impatient or self._has_no_room):
                careful = self.step < self._careful_until
                (self._go_carefully if careful else self.take_steps)(self._next_stop())
                continue
            if not self._recorder.measures_beside:
                if self._divergence.has_lost(self._recorder, self.step, over):
                    self._go_back()
                    continue
                if self._core_to_spare and self._recorder.waiting and not pressing:
                    self._measure_beside()
                    continue
                if self.glances and self._recorder.waiting and not self.stream.settling:
                    yield self._glance()
                    self.glances = False
            batch, over = self._measured(over, wanted=pressing or self._has_no_room)
            if batch is not None or not over:
                yield batch
            if over:
                break
            yielded, yielded_at = time.perf_counter(), self.step
            self._stop_if(time_is_up(self.experiment.run.stop, self.history))
        yield from self._close()

    def _begin(self) -> None:
        """Look at where the run stands."""
        if self.begun:
            self.iterate.reevaluate()
        else:
            self.iterate.update()
            if self.iterate.full_batch:
                self.observe()
        self._divergence.remember_now(self.step)

    def _take_what_is_due(self) -> None:
        """Take edits and records that are due at this step, where nothing has to be measured before."""
        if self._edit_is_due and not self._recorder.busy:
            self._take_planned_edits()
        scheduled = self._schedule.means(self.step)
        if self._schedule.due(self.step) and self._recorder.has_room(self.step, scheduled):
            self._recorder.keep(self.step, self.stepper, scheduled=scheduled)
            self._schedule.plan(self.step, self.experiment.measure)

    @property
    def _edit_is_due(self) -> bool:
        """Say whether an edit is planned for this step, or one that was passed over."""
        return bool(self._planned) and self._planned[0].step <= self.step

    @property
    def _has_no_room(self) -> bool:
        """Say whether the record that is due has to wait until others are measured."""
        return bool(self._recorder.waiting) and self._schedule.due(self.step)

    @property
    def _holds(self) -> bool:
        """Say whether all that was recorded must be measured before anything else is done here."""
        waiting = self._recorder.waiting
        held = bool(waiting) and waiting[-1].step == self._schedule.hold_at
        return held or (self._recorder.busy and self._edit_is_due)

    def _next_stop(self) -> int:
        """Return the step at which steps are to be interrupted at the latest."""
        if self._yield_every == 0:
            return self.step + 1
        return min(self._schedule.next, self.experiment.run.steps, *(edit.step for edit in self._planned))

    def _stop_if(self, sentence: str) -> None:
        """End the run where it is if a stop rule says so; everything is measured there before."""
        if sentence and not self._stopping:
            self.history.sentence, self._stopping = sentence, True

    def take_steps(self, last: int) -> None:
        """Take some steps, not beyond `last`, with what is to be seen after each."""
        self._reached(self.stepper.advance(self.iterate, self.step, last, self._monitor))

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
        self.stream.settle()
        self.iterate.reevaluate()
        return self._measured_aside([m for m in self.measurements if m.pace.due_at_the_end(self.step)])

    def measure_waiting(self) -> Iterator[RecordBatch]:
        """Measure what was recorded, where the run was broken off and nobody asks for its next records."""
        with computing(self.problem.threads):
            if self._recorder.measures_beside:
                yield self._collect()
            if self._recorder.waiting:
                yield self._measure_here(self.step)

    def _measured(self, over: bool, *, wanted: bool) -> tuple[RecordBatch | None, bool]:
        """Return what was measured, beside or here; over: whether the run ends where it is, and does so now.

        What is measured beside is waited for where it is wanted.
        """
        if self._recorder.measures_beside:
            return self._collect() if wanted or self._recorder.has_measured else None, False
        self._stopping = self._stopping or over
        return self._measure_here(self.step if over else -1) if self._recorder.waiting else None, over

    def _measure_beside(self) -> None:
        """Let what waits be measured while steps go on."""
        self._meanwhile = self._divergence.mark(self.step)
        self._recorder.measure_beside(self._recorder.point(), self.measurements)

    def _collect(self) -> RecordBatch:
        """Take up what was measured meanwhile: when that began, the run was a good one."""
        batch, ends = self._taken(self._recorder.collected())
        good, self._meanwhile = self._meanwhile, None
        last = self._divergence
        last.remember_now(self.step) if ends or good is None else last.remember(good)
        return batch

    def _measure_here(self, but: int) -> RecordBatch:
        """Measure the records that wait, and be at the last of them; but: the step of one that ends the run anyway."""
        batch, _ = self._taken(self._recorder.measured(self._recorder.point(), self.measurements), but)
        self._divergence.remember_now(self.step)
        return batch

    def _taken(self, measured: MeasuredRecords, but: int = -1) -> tuple[RecordBatch, bool]:
        """Take up records, up to one that ends the run, and be there; say whether one does."""
        columns = self._divergence.without_lost(measured.batch()).columns
        stop, margins = self.experiment.run.stop, self.measuring.margins
        count, sentence = records_to_stop(stop, measured.frames, columns, margins, but)
        if sentence:
            self.history.sentence, self.history.status = sentence, RunStatus.RUNNING
            self._stopping = True
            measured = measured.up_to(count)
            self._return_to(measured.frames)
        self._recorder.done(measured.frames)
        self._due_here = [m for m, rows in measured.taken if count - 1 in rows]
        self.stream.frames = measured.frames
        return self._taken_up(measured), bool(sentence)

    def _glance(self) -> RecordBatch:
        """Measure what is quick of what waits, and leave no trace of it: all of it is measured next."""
        quick = light(self.measurements, self.problem)
        measured = self._recorder.measured(self._recorder.point(), quick)
        return self._known(measured.batch(), measured.frames[-1])

    def _return_to(self, frames: Sequence[Frame]) -> None:
        """Be at the last of these records again: the steps up to it are taken once more."""
        self._recorder.drop()
        if self.step == frames[-1].step:
            return
        lost = self._divergence.left_since
        self.step = self._divergence.go_back(self.step)
        for frame in frames:
            while self.step < frame.step:
                (self._go_carefully if lost else self.take_steps)(frame.step)
            if frame.scheduled:
                self._recorder.look(self.step)
        self._schedule.plan(self.step, self.experiment.measure)

    def _measured_aside(self, measurements: list[Measurement], *, closing: bool = False) -> RecordBatch:
        """Measure what the schedule does not mean."""
        measured = self._recorder.alone(self._recorder.frame_aside(self.step, self.stepper), measurements)
        return self._taken_up(measured, closing=closing)

    def _taken_up(self, measured: MeasuredRecords, *, closing: bool = False) -> RecordBatch:
        """Take records up in the run's history, with the events and counters of the last."""
        batch = self._known(replace(measured.in_order(), closing=closing), measured.frames[-1])
        self.history.records.extend(batch)
        return batch

    def _known(self, batch: RecordBatch, last: Frame) -> RecordBatch:
        """Know what had happened by the last of some records, and return what they say of replicas not lost."""
        self.history.step = self.step
        self.history.events = told(last.events)
        self.history.counters = {n: v.cpu().double().numpy().copy() for n, v in last.counters.items()}
        return self._divergence.without_lost(batch)

    # --- ends ---

    def _go_back(self) -> None:
        """Be at the last good state; from there to here it is looked for where replicas are lost."""
        self._recorder.drop()
        self._careful_until = self.step
        self.step = self._divergence.go_back(self.step)

    def _go_carefully(self, last: int) -> None:
        """Take steps, not beyond `last`, that lose no replica; or one, without those it loses, which may be the end."""
        before, told = self._divergence.mark(self.step), (self.step, self._stopping, self.history.sentence)
        self.take_steps(min(last, self.step + self._divergence.stride))
        if self.step > told[0] + 1:
            if not self._divergence.loses_none(before):
                self.step, self._stopping, self.history.sentence = told
        elif self._divergence.leave_lost(before, self.step):
            self._monitor.forget()
            self.step, self._careful_until, self._stopping = told[0], -1, True
            self.history.status = RunStatus.DIVERGED
            finite = self._divergence.stands_finite
            self.history.sentence = why_diverged(self.experiment, self.step, from_finite=finite)

    def _all_diverge(self) -> bool:
        """Go on without replicas that diverged since the last good state; say whether none is left."""
        if self.step > self._divergence.step >= 0 and not self._divergence.all_finite():
            self._go_back()
            while self.step < self._careful_until:
                self._go_carefully(self._careful_until)
        return self._stopping

    def _close(self) -> Iterator[RecordBatch]:
        """Record the end besides what the schedule means, with columns known only now, and say how it came."""
        done = self._due_here if self._recorder.is_scheduled(self.step) else []
        chosen = [m for m in self.measurements if m not in done and m.pace.due_at_the_end(self.step)]
        self.stream.frames = ()
        yield self._measured_aside(chosen, closing=True)
        for late in self.measuring.late():
            batch = self._divergence.without_lost(late)
            self.history.records.extend(batch)
            yield batch
        if not self.history.finished:
            ended_early = self._stopping and self.step < self.experiment.run.steps and not self.sentence
            self.history.status = RunStatus.STOPPED if ended_early else RunStatus.DONE
