"""Records that wait to be measured together, and what is made of them: columns, one row a record."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
from torch import Tensor

from ..device import computing
from ..measurements.base import Measurement
from ..measurements.record_point import FEW, Frame, RecordPoint, first_at_once, records_at_once
from ..measurements.solvers import Solvers
from ..measurements.vector_history import KeptRecord
from ..protocol.records import RecordBatch
from ..run.iterate import Iterate
from ..run.problem import Problem
from ..run.step_monitor import SeenSoFar, StepMonitor
from ..steppers import Stepper
from .resumption import Standing

Columns = dict[str, np.ndarray]
"""Values (T, R) of some records by column; NaN where a measurement is not taken."""


@dataclass(frozen=True)
class MeasuredRecords:
    """Records side by side, what was measured of each, and the values of all that does not depend on earlier ones."""

    frames: tuple[Frame, ...]
    """In the order of their steps."""
    places: tuple[int, ...]
    point: RecordPoint
    taken: tuple[tuple[Measurement, frozenset[int]], ...]
    """What was measured, and of which of the records."""
    columns: Columns

    def up_to(self, count: int) -> MeasuredRecords:
        """Return the first of them."""
        columns = {name: values[:count] for name, values in self.columns.items()}
        return MeasuredRecords(self.frames[:count], self.places[:count], self.point, self.taken, columns)

    def batch(self) -> RecordBatch:
        """Return what depends on no earlier records."""
        return RecordBatch(np.array([frame.step for frame in self.frames]), self.columns)

    def in_order(self) -> RecordBatch:
        """Take them up one after another, and return all columns, with those that depend on earlier records."""
        table = _Table(len(self.frames), self.point)
        following = [(m.follow, rows) for m, rows in self.taken if m.follow is not None]
        for i, place in enumerate(self.places):
            for follow, rows in following:
                if i in rows:
                    table.put(follow(self.point, place), {i: 0})
        return replace(self.batch(), columns=self.columns | table.columns)


class Recorder:
    """Holds records until as many wait as are measured at once, and measures them."""

    def __init__(
        self, problem: Problem, iterate: Iterate, monitor: StepMonitor, solvers: Solvers | None = None
    ) -> None:
        """Hold nothing yet; solvers: what solves for all records of a batch at once, where there is such."""
        self._iterate, self._monitor, self._state = iterate, monitor, iterate.state
        self._many, self._few = records_at_once(problem), first_at_once(problem)
        self._problems, self.solvers = {1: problem}, solvers
        self._waiting: dict[int, Frame] = {}
        """By place, in the order of their steps."""
        self._newest: Frame | None = None
        """The last that the schedule means."""
        self._point_of: RecordPoint | None = None
        """What waits, side by side, once somebody asked."""
        self._beside: tuple[Callable[[], MeasuredRecords], Future[MeasuredRecords] | None] | None = None
        """What is measured while steps go on, and where it is found."""

    @property
    def busy(self) -> bool:
        """Say whether anything waits, or is measured while steps go on."""
        return bool(self._waiting) or self.measures_beside

    @property
    def can_tell(self) -> bool:
        """Say whether a look tells of records, without waiting for a thread."""
        return self.has_measured if self.measures_beside else bool(self._waiting)

    # --- what waits ---

    @property
    def waiting(self) -> tuple[Frame, ...]:
        """Return what waits, in the order of steps."""
        return tuple(self._waiting.values())

    def has_room(self, step: int, scheduled: bool) -> bool:
        """Say whether the place of the next record is free, beside those that wait."""
        number = self._last_scheduled[0] + 1 if scheduled else -1
        first = next(iter(self._waiting.values()), None)
        beside = first is None or self._at_once(first.number) == self._at_once(number)
        return beside and self._place(number, step) not in self._waiting

    def keep(self, step: int, stepper: Stepper, *, scheduled: bool) -> None:
        """Keep what is measured of the run as it stands, and what its stepper says of steps before and after."""
        if scheduled:
            self.look(step)
            number, before, theta = self._last_scheduled
            seen = self._monitor.mark()
            frame = self._newest = self._frame(stepper, step, number + 1, before, theta, seen)
        else:
            frame = self.frame_aside(step, stepper)
        self._waiting[self._place(frame.number, step)] = frame
        self._point_of = None

    def _frame(
        self, stepper: Stepper, step: int, number: int, before: int, previous: Tensor, seen: SeenSoFar
    ) -> Frame:
        state = self._state
        mean, ahead = stepper.mean_gradient(step, state), stepper.next_step(step, state)
        return Frame.of(state, step, number, before, previous, mean, seen, ahead)

    def frame_aside(self, step: int, stepper: Stepper) -> Frame:
        """Return what the schedule does not mean: what was seen for it is forgotten, as if it had not been."""
        last = self._state.scheduled
        _, recorded, theta = self._last_scheduled
        standing = Standing.of(step, self._state, self._monitor)
        self.look(step)
        previous = last.previous if recorded == step else theta
        frame = self._frame(stepper, step, -1, -1, previous, self._monitor.mark())
        self._monitor.flush(self._state)
        standing.put_back(self._state, self._monitor)
        return frame

    def look(self, step: int) -> None:
        """See what there is to see at a record."""
        if not self._iterate.full_batch:
            self._iterate.evaluate()
            self._monitor.flush(self._state)  # rows are of steps that follow one another
            self._monitor.observe(step, self._iterate)

    def drop(self) -> None:
        """Let nothing wait any longer."""
        self._waiting.clear()
        self._newest = self._point_of = None

    def done(self, frames: Sequence[Frame]) -> None:
        """Let these wait no longer, and keep the last that the schedule means in the state.

        It depends on the schedule alone, so that a run that was held and continued between two records, or stepped
        singly, records what it would have without.
        """
        self._waiting = {place: frame for place, frame in self._waiting.items() if frame not in frames}
        self._point_of = None
        if not self._waiting:
            self._newest = None
        newest = next((frame for frame in reversed(frames) if frame.scheduled), None)
        if newest is None:
            return
        last = self._state.scheduled
        last.previous.copy_(newest.previous)
        last.theta.copy_(newest.theta)
        last.before.fill_(newest.before)
        last.step.fill_(newest.step)
        last.number.fill_(newest.number)

    def is_scheduled(self, step: int) -> bool:
        """Say whether the schedule meant a record of this step, which was taken."""
        return int(self._state.scheduled.step[0]) == step

    @property
    def _last_scheduled(self) -> tuple[int, int, Tensor]:
        """Return number, step and theta of the last record of the schedule."""
        if self._newest is not None:
            return self._newest.number, self._newest.step, self._newest.theta
        last = self._state.scheduled
        return int(last.number[0]), int(last.step[0]), last.theta.clone()

    # --- measuring ---

    def point(self) -> RecordPoint:
        """Return what waits, side by side."""
        if self._point_of is None:
            self._point_of = self._point(self._waiting, self._at_once(self.waiting[0].number))
        return self._point_of

    def measured(self, point: RecordPoint, measurements: Sequence[Measurement]) -> MeasuredRecords:
        """Measure the records of a point, each by what its schedule means."""
        return self._measured(point, *self._meant(measurements))

    def measure_beside(self, point: RecordPoint, measurements: Sequence[Measurement]) -> None:
        """Let the records of a point be measured in a thread of their own; they wait no longer."""
        frames, meant = self._meant(measurements)

        def measure() -> MeasuredRecords:
            with computing(point.problem.threads):
                return self._measured(point, frames, meant)

        try:
            future = _pool().submit(measure)
        except RuntimeError:  # no thread is to be had
            future = None
        self._beside = measure, future
        self._waiting, self._point_of = {}, None

    @property
    def measures_beside(self) -> bool:
        """Say whether records were given to a thread, and are not collected."""
        return self._beside is not None

    @property
    def has_measured(self) -> bool:
        """Say whether it is done with them."""
        return self._beside is not None and (self._beside[1] is None or self._beside[1].done())

    def collected(self) -> MeasuredRecords:
        """Return what a thread has measured, or does; where it failed, as for memory, they are measured here."""
        assert self._beside is not None, "something is measured before it is collected"
        measure, future = self._beside
        measured = None
        with contextlib.suppress(Exception):  # and all that it held is let go before they are measured here
            measured = None if future is None else future.result()
        if measured is None:
            measured = measure()
        self._beside = None
        return measured

    def abandon(self) -> None:
        """Wait for no thread any longer."""
        if self._beside is not None and self._beside[1] is not None:
            self._beside[1].cancel()
        self._beside = None

    def recalled(self, records: Mapping[int, KeptRecord]) -> Iterator[RecordPoint]:
        """Give records of before again, by step, each in its place beside those that it was measured with."""
        there: dict[int, Frame] = {}
        together = 0
        for step, record in sorted(records.items()):
            assert record.theta is not None, "a record is made of its parameters"
            here = Frame.of(self._state, step, record.number, -1, record.theta, None, SeenSoFar(0))
            place, count = self._place(record.number, step), self._at_once(record.number)
            if there and (place in there or count != together):
                yield self._point(there, together)
                there = {}
            there[place], together = replace(here, theta=record.theta), count
        if there:
            yield self._point(there, together)

    def alone(self, frame: Frame, measurements: Sequence[Measurement]) -> MeasuredRecords:
        """Measure one record by all of these, whatever its schedule means."""
        point = self._point({self._place(frame.number, frame.step): frame}, self._at_once(frame.number))
        return self._measured(point, (frame,), [(m, [0]) for m in measurements])

    def _meant(
        self, measurements: Sequence[Measurement]
    ) -> tuple[tuple[Frame, ...], list[tuple[Measurement, list[int]]]]:
        """Return what waits, with all that had been seen by then, and which of it each measurement means."""
        frames = self.waiting
        self._monitor.flush(self._state)
        return frames, [(m, _due(m, frames)) for m in measurements]

    def _measured(
        self, point: RecordPoint, frames: tuple[Frame, ...], meant: Sequence[tuple[Measurement, list[int]]]
    ) -> MeasuredRecords:
        places = {i: self._place(frame.number, frame.step) for i, frame in enumerate(frames)}
        table = _Table(len(frames), point)
        together: dict[str, Tensor] = {}
        due: dict[str, list[int]] = {}
        for measurement, rows in meant:
            if not rows:
                continue
            if measurement.few and not measurement.pace.full and len(point.frames) > FEW:
                self._measure_few(measurement, frames, rows, table)
                continue
            values = measurement.measure(point)
            together |= values
            due |= dict.fromkeys(values, rows)
        table.put(together, places, due)
        taken = tuple((measurement, frozenset(rows)) for measurement, rows in meant if rows)
        return MeasuredRecords(frames, tuple(places.values()), point, taken, table.columns)

    def _measure_few(
        self, measurement: Measurement, frames: Sequence[Frame], rows: list[int], table: _Table
    ) -> None:
        """Measure what is meant of some records alone, in places that follow from how many were meant before."""
        there: dict[int, tuple[int, Frame]] = {}

        def measure() -> None:
            point = self._point({place: frame for place, (_, frame) in there.items()}, FEW)
            table.put(measurement.measure(point), {row: place for place, (row, _) in there.items()})
            there.clear()

        for row in rows:
            frame = frames[row]
            count = measurement.pace.place(frame.number, frame.step) if frame.scheduled else frame.step
            if count % FEW in there:
                measure()
            there[count % FEW] = row, frame
        measure()

    def _place(self, number: int, step: int) -> int:
        return (number if number >= 0 else step) % self._at_once(number)

    def _at_once(self, number: int) -> int:
        """Return how many records are measured at once beside that of a number; -1: none of the schedule's."""
        return self._many if number >= self._few else self._few

    def _point(self, there: Mapping[int, Frame], count: int) -> RecordPoint:
        if count not in self._problems:
            self._problems[count] = self._problems[1].times(count)
        places = [there.get(k) for k in range(count)]
        return RecordPoint(self._problems[count], self._state, places, self.solvers)


class _Table:
    """Columns (T, R) of some records that are filled in."""

    def __init__(self, records: int, point: RecordPoint) -> None:
        self._shape, self._dtype = (records, point.replicas), point.theta.dtype
        self.columns: Columns = {}

    def put(
        self,
        values: Mapping[str, Tensor],
        places: Mapping[int, int],
        due: Mapping[str, list[int]] | None = None,
    ) -> None:
        """Take values (K R,) by column of the records whose places are given; due: which have one, if not all."""
        if not values:
            return
        stacked = torch.stack([v.to(self._dtype) for v in values.values()]).cpu().double().numpy()
        stacked[~np.isfinite(stacked)] = math.nan  # the log of 0 and what is over 0 are not defined
        by_place = stacked.reshape(len(stacked), -1, self._shape[1])
        for name, seen in zip(values, by_place, strict=True):
            rows = list(places) if due is None else due[name]
            column = self.columns.setdefault(name, np.full(self._shape, math.nan))
            column[rows] = seen[[places[row] for row in rows]]


def _due(measurement: Measurement, frames: Sequence[Frame]) -> list[int]:
    """Return which records a measurement's pace means."""
    pace = measurement.pace
    if pace.full and pace.at_start:
        return list(range(len(frames)))
    return [i for i, frame in enumerate(frames) if pace.due(frame.number, frame.before, frame.step)]


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="measuring")
