"""The training loop: arrive, look, record, step."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .batches import Batches
from .device import computing, versions
from .experiment.differences import differences, needs_restart
from .experiment.experiment import Experiment, with_values
from .experiment.refusals import Refusal
from .gradient_window import GradientWindow
from .losses import Evaluation
from .measurements import References, build_measurements
from .measurements.base import Measurement, Moment
from .networks.dense import Tape
from .optimizers import LossBasedStep, State, build_optimizer, build_step_rule
from .optimizers.step_rules import Situation, log_reduction
from .records import RecordBatch, Records, RunLog, Snapshot, next_record
from .run_state import beginning, copied, merged, put_back
from .setting import prepare
from .solve import solve_references
from .stopping import time_is_up, why_diverged, why_stop
from .watch import Watch, counters, events

BREATH = 0.02
"""Seconds of training after which the loop yields, so that whoever drives it can pause, stop or edit."""
SNAPSHOTS_PER_DECADE = 16
SNAPSHOT_BYTES = 96 * 2**20


class Training:
    """One run of an experiment: R replicas in one parameter tensor theta (R, P), advanced together.

    Everything that changes lives in `state`, a dictionary of tensors; everything else is fixed by the experiment.
    Drive it with `for batch in training.run()`: a `RecordBatch` at every record, `None` as breathing points. Not
    asking for the next one pauses the run.
    """

    def __init__(
        self, experiment: Experiment, folder: Path | None = None, resume_from: Snapshot | None = None
    ) -> None:
        """Make data, network and optimizer; go on from a resumable snapshot where one is given.

        Raises:
            Refusal: where the experiment cannot be run here.
        """
        self.setting = setting = prepare(experiment, folder)
        self.experiment = experiment
        self.references = References()
        self.log = RunLog(Records(setting.replicas))
        self.sentence = ""
        self.environment = versions() | {"device": str(setting.device), "threads": str(setting.threads)}
        self._network, self._loss = setting.network, setting.loss
        self._measurements: list[Measurement] | None = None
        self._build()
        self.step = 0
        self.state = self._initial_state(setting.initial)
        if resume_from is not None:
            self._restore(resume_from)
        self._theta = self.state["theta"]
        self._weights = self._network.views(self._theta)
        self._gradient = torch.empty_like(self._theta)
        self._gradient_views = self._network.views(self._gradient)
        self._last_good: tuple[int, State] | None = None
        self._next_snapshot = self.step
        self._stopping = False
        self._some_died = not bool(self.state["alive"].all())
        self._from_zero = bool((torch.linalg.vector_norm(setting.initial, dim=1) == 0).any())
        self._attempt = 0
        self._dense_until = 0
        self._plan_record(int(self.state["record.step"][0]))

    # --- what is built from the experiment's numbers, again after an edit ---

    def _build(self) -> None:
        setting = self.setting
        members = self.experiment.members()
        self._optimizer = build_optimizer(members, setting.dtype, setting.device)
        self._rule = build_step_rule(
            members, self._optimizer, self._network.degree, setting.dtype, setting.device
        )
        own = self._optimizer.norm_name != "l2"
        # counters are about every step; with batches only records are looked at
        degree = self._network.degree if self._optimizer.full_batch else None
        self._watch = Watch(self._loss, degree, setting.replicas, own, setting.initial)
        self._window = GradientWindow(setting.initial) if self._optimizer.full_batch else None
        optimizer = self.experiment.optimizer
        self._batches: Batches | None = None
        if optimizer.kind == "sgd":
            seeds = [m.seed for m in members]
            self._batches = Batches(
                seeds, setting.samples, optimizer.batch, optimizer.replacement, setting.device
            )
        reduction = self.experiment.loss.reduction
        self._log_units = log_reduction(reduction, setting.samples)
        self._log_batch_units = (
            log_reduction(reduction, self._batches.size) if self._batches else self._log_units
        )

    def edit(self, changes: Mapping[str, Any]) -> None:
        """Change what can change while the run goes on: step sizes, length, record density.

        Raises:
            Refusal: where a value is not allowed or needs a new run; the run goes on as before.
        """
        for path in changes.keys() & self.experiment.vary.keys():
            raise Refusal(path, changes[path], "differs between replicas here; edit vary, for a new run")
        edited = with_values(self.experiment, changes)
        for path in needs_restart(self.experiment, edited):
            value = differences(self.experiment, edited)[path][1]
            raise Refusal(path, value, "cannot change while a run goes on; it takes effect with a new run")
        if self._last_good is not None and bool(self._finite().all()):
            self._remember()  # should a replica diverge later, these steps are not taken again with other numbers
        self.experiment = edited
        members = self.experiment.members()
        setting = self.setting
        self._optimizer = build_optimizer(members, setting.dtype, setting.device)
        self._rule = build_step_rule(
            members, self._optimizer, self._network.degree, setting.dtype, setting.device
        )
        self._plan_record(self.step)

    def stop(self) -> None:
        """End the run before its next step; its last state is recorded."""
        self._stopping = True

    def record_every_step(self, steps: int) -> None:
        """Record each of the next steps, as single stepping does."""
        self._dense_until = self.step + steps
        self._plan_record(self.step)

    # --- state ---

    def _initial_state(self, theta: Tensor) -> State:
        theta = theta.clone()
        state = beginning(theta)
        state |= (
            self._optimizer.initial_state(theta)
            | self._rule.initial_state(theta)
            | self._watch.initial_state(theta)
        )
        if self._window:
            state |= self._window.initial_state(theta)
        return state

    def _restore(self, snapshot: Snapshot) -> None:
        missing = [name for name in self.state if name not in snapshot.arrays]
        if missing or not snapshot.resumable:
            lacks = ", ".join(missing) or "its state"
            raise ValueError(f"the snapshot at step {snapshot.step} cannot be continued: it lacks {lacks}")
        for name, tensor in self.state.items():
            tensor.copy_(torch.as_tensor(np.array(snapshot.arrays[name])))
        self.step = snapshot.step

    def snapshot(self, resumable: bool) -> Snapshot:
        """Return the parameters at the current step, with everything else that going on needs where asked."""
        if resumable:
            self._watch.digest(self.state)
        names = list(self.state) if resumable else ["theta"]
        return Snapshot(self.step, {name: self.state[name].cpu().numpy().copy() for name in names}, resumable)

    def take_snapshot(self) -> Snapshot | None:
        """Return the snapshot that is due at this record, if any: log-spaced, within a bound on memory."""
        if self.step < self._next_snapshot:
            return None
        size = self._theta.numel() * self._theta.element_size()
        per_decade = min(SNAPSHOTS_PER_DECADE, max(2, SNAPSHOT_BYTES // (6 * size)))
        self._next_snapshot = next_record(self.step, 2**62, int(per_decade), None)
        return self.snapshot(resumable=False)

    # --- the loop ---

    def solve(self) -> References:
        """Solve the exact references; not part of the run's own seconds."""
        with computing(self.setting.threads):
            self.references = solve_references(self.setting)
            self._measurements = build_measurements(self.setting, self._optimizer, self.references)
        return self.references

    @property
    def measurements(self) -> list[Measurement]:
        """Return what is measured; solves the references first where that was not done."""
        if self._measurements is None:
            self.solve()
        return self._measurements or []

    def run(self) -> Iterator[RecordBatch | None]:
        """Train to the end, yielding records and breathing points."""
        measurements = self.measurements
        steps = self._train(measurements)
        while True:
            started = time.perf_counter()
            with computing(self.setting.threads):
                try:
                    batch = next(steps)
                except StopIteration:
                    return
                finally:
                    self.log.seconds += time.perf_counter() - started
            yield batch

    def _train(self, measurements: list[Measurement]) -> Iterator[RecordBatch | None]:
        breath, noted, first = time.perf_counter(), -1, True
        self._arrive()
        while True:
            if self._optimizer.full_batch and self.step != noted:
                noted = self.step
                self._watch.note(self.step, *self._watched(), self.state)
            last = self._stopping or self.step >= self.experiment.run.steps
            if last or first or self.step >= self._next_record:
                last = self._check_finite() or last
                yield self._record(measurements, complete=last)
                if last:
                    break
                first, breath = False, time.perf_counter()
                self._heed(why_stop(self.experiment.run.stop, self.log, self.state["alive"].cpu().numpy()))
            elif time.perf_counter() - breath > BREATH:
                yield None
                breath = time.perf_counter()
                self._heed(time_is_up(self.experiment.run.stop, self.log))
            else:
                self._advance()
        yield from self._finish(measurements)

    def _heed(self, sentence: str) -> None:
        """End the run where it is if a stop rule says so; everything is measured there before."""
        if sentence:
            self.sentence, self._stopping = sentence, True

    def _arrive(self) -> None:
        """Look at the parameters just reached: norm, path, and for full-batch optimizers the loss."""
        state, theta = self.state, self._theta
        self._norm = torch.linalg.vector_norm(theta, dim=1)
        direction = theta / self._norm.unsqueeze(1)
        moved = torch.linalg.vector_norm(direction - state["direction"], dim=1)
        # at 0 there is no direction; the path begins with the first one
        state["direction_path"].add_(moved.nan_to_num(0.0) if self._from_zero else moved)
        state["direction"].copy_(direction)
        if self._optimizer.full_batch:
            self._look()

    def _look(self) -> None:
        """Evaluate the loss over the whole training set, and its normalised gradient."""
        self._evaluation, self._tape = self._evaluate(self.setting.x)
        self._network.backward(self._weights, self._tape, self._evaluation.cotangent, self._gradient_views)

    def _evaluate(self, x: Tensor) -> tuple[Evaluation, Tape]:
        outputs, tape = self._network.forward(self._weights, x)
        return self._loss.evaluate(outputs), tape

    def _watched(self) -> tuple[Tensor, Tensor, list[Tensor]]:
        norms = [self._norm]
        if self._optimizer.norm_name != "l2":
            norms.append(self._optimizer.norm(self._theta))
        return self._evaluation.log_loss, self._evaluation.q.amin(1), norms

    def _advance(self) -> None:
        if isinstance(self._rule, LossBasedStep):
            self._advance_epoch(self._rule)
        else:
            self._advance_step()

    def _advance_step(self) -> None:
        """Take one step: theta += a * direction."""
        state, gradient = self.state, self._gradient
        batches = self._batches
        log_weight = self._evaluation.log_weight if batches is None else self._look_at_batch(batches)
        log_units = self._log_batch_units
        situation = Situation(
            self.step, self._norm, self._optimizer.dual_norm(gradient), log_weight, log_units, self._curvature
        )
        size = self._rule.size(situation, state)
        direction = self._optimizer.direction(
            gradient, log_weight - log_units if log_units else log_weight, state
        )
        if self._window:
            self._window.add(self.step, gradient, state)
        if self._some_died:
            alive = state["alive"]
            size = torch.where(alive, size, 0.0)
            direction = torch.where(alive.unsqueeze(1), direction, 0.0)
        self._theta.addcmul_(size.unsqueeze(1), direction)
        state["step_size"].copy_(size)
        if self._optimizer.gradient_units:
            torch.sub(size.log(), log_weight, out=state["log_learning_rate"])
            torch.logaddexp(state["log_time"], state["log_learning_rate"], out=state["log_time"])
        self.step += 1
        self._arrive()

    def _look_at_batch(self, batches: Batches) -> Tensor:
        """Write the batch's normalised gradient and return its log S (R,)."""
        chosen = batches.at(self.step, self._attempt)
        x = self.setting.x.gather(1, chosen.unsqueeze(-1).expand(-1, -1, self.setting.x.shape[2]))
        labels = self.setting.labels.gather(1, chosen)
        outputs, tape = self._network.forward(self._weights, x)
        log_weight, cotangent = self._loss.of(labels).pull(outputs)
        self._network.backward(self._weights, tape, cotangent, self._gradient_views)
        return log_weight

    def _curvature(self) -> Tensor:
        """Measure B^2 (R,): the largest squared gradient norm of a margin, over samples and other classes."""
        pairs = self._loss.pair_cotangents(self._evaluation.outputs)
        squares = [self._network.sample_gradient_norms(self._weights, self._tape, c).amax(1) for c in pairs]
        return torch.stack(squares).amax(0)

    def _advance_epoch(self, rule: LossBasedStep) -> None:
        """Run one epoch at eta = alpha / loss; undo and repeat it with a smaller alpha where the loss did not fall."""
        if self._batches is not None:
            self._look()
        start, state = self.step, self.state
        before = self._evaluation.log_loss.clone()
        state["loss_based.log_mean_loss"].copy_(before - self._log_units)
        checkpoint = copied(state)
        accepted: State | None = None
        open_ = torch.ones_like(state["alive"])
        for self._attempt in range(rule.patience):
            for _ in range(self._batches.per_epoch if self._batches else 1):
                self._advance_step()
            if self._batches is not None:
                self._look()
            lowered = self._evaluation.log_loss < before
            closes = open_ & (lowered | ~state["alive"])
            rule.judge(state, lowered, open_)
            accepted = merged(accepted or state, state, closes)
            open_ = open_ & ~closes
            if not bool(open_.any()):
                break
            log_alpha = state["loss_based.log_alpha"].clone()
            put_back(self.state, checkpoint)
            self._arrive_again()
            state["loss_based.log_alpha"].copy_(log_alpha)
            self.step = start
        else:
            # nothing lowers the loss of these: they stay where they are, and the run ends with the last one
            accepted = merged(accepted or checkpoint, checkpoint, open_)
            accepted["alive"] = accepted["alive"] & ~open_
            self._some_died = True
            if bool(accepted["alive"].any()):
                self.step = start + (self._batches.per_epoch if self._batches else 1)
            else:
                self._heed("no learning rate lowered the loss any further")
        if accepted is not None:
            put_back(self.state, accepted)
        self._arrive_again()
        if self._batches is not None:
            self._look()

    # --- records ---

    def _plan_record(self, after: int) -> None:
        measure = self.experiment.measure
        if after < self._dense_until or after < 0:
            self._next_record = after + 1
        else:
            self._next_record = next_record(after, 2**62, measure.per_decade, measure.every)

    def _record(self, measurements: list[Measurement], complete: bool) -> RecordBatch:
        """Measure what is due at this step and remember the state as good."""
        if not self._optimizer.full_batch:
            self._look()
            self._watch.note(self.step, *self._watched(), self.state)
        self._watch.digest(self.state)
        number, previous = self._count_record()
        moment = Moment(
            self.step, self._theta, self._weights, self._tape, self._evaluation, self._gradient, self._norm,
            self.state, previous, self._mean_gradient,
        )  # fmt: skip
        values: dict[str, Tensor] = {}
        for measurement in measurements:
            if complete or number % measurement.every == 0:
                values |= measurement.measure(moment)
        stacked = torch.stack([v.to(self.setting.dtype) for v in values.values()]).cpu().double().numpy()
        stacked[~np.isfinite(stacked)] = math.nan  # the logarithm of 0 and what is over 0 are not defined
        batch = RecordBatch(
            np.array([self.step]), {name: row[None] for name, row in zip(values, stacked, strict=True)}
        )
        self.log.records.extend(batch)
        self.log.events, self.log.counters = events(self.state), counters(self.state)
        self._remember()
        self._plan_record(self.step)
        return batch

    def _remember(self) -> None:
        """Keep the state as the last good one."""
        self._watch.digest(self.state)
        self._last_good = (self.step, copied(self.state))

    def _count_record(self) -> tuple[int, Tensor]:
        """Return the record's number in the schedule (-1: not in it) and theta at the scheduled one before.

        Both live in the state and depend on the schedule alone, so that a run that was held and continued
        between two records records what it would have without.
        """
        state = self.state
        if self.step >= self._next_record:
            state["record.previous"].copy_(state["record.theta"])
            state["record.theta"].copy_(self._theta)
            state["record.step"].fill_(self.step)
            state["record.number"].add_(1)
        if int(state["record.step"][0]) == self.step:
            return int(state["record.number"][0]), state["record.previous"]
        return -1, state["record.theta"]

    def _mean_gradient(self) -> Tensor | None:
        return self._window.mean(self.step, self.state) if self._window else None

    # --- ends ---

    def _check_finite(self) -> bool:
        """Where a replica diverged since the last record, return it to its last finite state; say whether all have."""
        if bool((self._finite() | ~self.state["alive"]).all()) or self._last_good is None:
            return False
        target = self.step
        self.step, saved = self._last_good
        self._watch.forget()
        put_back(self.state, saved)
        self._arrive_again()
        while self.step < target:
            before, reached = copied(self.state), self.step
            self._advance()
            lost = self.state["alive"] & ~self._finite()
            if bool(lost.any()):
                self.state["alive"] &= ~lost
                kept = merged(self.state, before, lost) | {"alive": self.state["alive"].clone()}
                kept["event.diverged"] = torch.where(lost, self.step, self.state["event.diverged"])
                self._some_died = True
                put_back(self.state, kept)
                self._arrive_again()
            if not bool(self.state["alive"].any()):
                self.step = reached
                self.log.status = "diverged"
                self.sentence = why_diverged(self.experiment, self.step)
                return True
            if self._optimizer.full_batch and self.step < target:
                self._watch.note(self.step, *self._watched(), self.state)
        if self._optimizer.full_batch:
            self._watch.note(self.step, *self._watched(), self.state)
        return False

    def _finite(self) -> Tensor:
        """Say which replicas (R,) have finite parameters and a finite loss there."""
        if not self._optimizer.full_batch:
            self._look()
        return torch.isfinite(self._theta).all(1) & torch.isfinite(self._evaluation.log_loss)

    def _arrive_again(self) -> None:
        """Look at parameters that were put back, without counting a path."""
        self._norm = torch.linalg.vector_norm(self._theta, dim=1)
        if self._optimizer.full_batch:
            self._look()

    def _finish(self, measurements: list[Measurement]) -> Iterator[RecordBatch]:
        """Fill in the columns that are known only now, and say how the run ended."""
        for measurement in measurements:
            if measurement.finish is None:
                continue
            steps, columns = measurement.finish()
            if steps:
                late = {name: values.cpu().double().numpy() for name, values in columns.items()}
                batch = RecordBatch(np.array(steps), late)
                self.log.records.extend(batch)
                yield batch
        if self.log.status == "running":
            ended_early = self._stopping and self.step < self.experiment.run.steps and not self.sentence
            self.log.status = "stopped" if ended_early else "done"
        self.log.finished = True
