"""Drives one training and says what comes of it, as messages: pipe, session file and terminal listen."""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..device import return_freed_memory
from ..protocol.messages import (
    Advance,
    Edit,
    Edited,
    Failed,
    Finished,
    Message,
    Pause,
    Paused,
    Recorded,
    Refused,
    Resume,
    Resumed,
    RunStatus,
    SnapshotTaken,
    Stop,
)
from ..protocol.records import RecordBatch, joined
from ..words.errors import Refusal, is_out_of_memory, one_line
from .hints import hint
from .keeping import Keeping
from .loop import Training
from .preamble import preamble

INTERVAL = 1 / 30
"""Seconds between two batches of records on their way to whoever listens."""
_NO_MORE = object()


class Driver:
    """One run under way: `begin` it, then `go_on` while it is neither paused nor ended; `obey` in between.

    Each of these does its work as its messages are asked for. What goes wrong is the last of them, `Failed`.
    """

    training: Training

    def __init__(
        self,
        run: str,
        prepare: Callable[[], Training],
        *,
        paused: bool = False,
        snapshots: bool = True,
        resumable: bool = True,
        changes: Mapping[str, Any] | None = None,
        watched: bool = False,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Make one that has not begun.

        Args:
            run: what its messages call the run.
            prepare: makes the training; a refusal is a message like any other.
            paused: prepare, record the first step and hold.
            snapshots: whether anybody keeps them.
            resumable: whether anybody may go on from where it is held or ends.
            changes: what is edited before the next step, as where a run goes on otherwise.
            watched: whether somebody waits for its first record, which is told before it trains on.
            clock: the seconds that have passed since some moment.
        """
        self.run = run
        self.paused, self.ended = paused, False
        self.failure: Exception | None = None
        self._prepare, self._snapshots, self._changes = prepare, snapshots, changes or {}
        self._goes_on = resumable
        self._watched, self._clock, self._keeping = watched, clock, Keeping(clock)
        self._begun = False
        self._why_stopped = ""
        self._batches: list[RecordBatch] = []
        self._hold_at: int | None = None
        self._last_record = -1
        """The step of the last record that was measured."""
        self._pace = _Pace()

    def begin(self) -> Iterator[Message]:
        """Prepare the run and say what is known of it."""
        return self._guarded(self._begin())

    def go_on(self) -> Iterator[Message]:
        """Train until the next batch is due, the run is to hold, or it has ended."""
        return self._guarded(self._go_on())

    def obey(self, command: Pause | Resume | Advance | Stop | Edit) -> Iterator[Message]:
        """Do what is asked of the run."""
        return self._guarded(self._obey(command))

    def stop(self, sentence: str = "") -> None:
        """End the run before its next step; nothing is said before it goes on."""
        self.training.stop()
        self._why_stopped = sentence
        self.paused, self._hold_at = False, None

    def break_off(self, sentence: str) -> Iterator[Message]:
        """End a run that was interrupted within a step: its records are told, and there is no state to go on from."""
        self.ended = True
        self._take_waiting()
        yield from self._records_told()
        history = self.training.history
        yield Finished(self.run, RunStatus.STOPPED, self.training.step, sentence, history.seconds)

    def close(self) -> None:
        """Let go of a run that nobody goes on with."""
        if self._begun:
            self.training.close()

    # --- what it does ---

    def _begin(self) -> Iterator[Message]:
        self.training = self._prepare()
        self.training.measuring.keeps_parameters = self._snapshots and self._goes_on
        self.training.solve()
        yield from preamble(self.training.problem.experiment, self.training, self.run)
        yield from self._edits_told()
        if self._changes:
            yield from self._edited(self._changes)
        self._steps = self.training.run()
        self._recorded_at = self._clock() - INTERVAL  # the first records are waited for
        self._keeping.begin(self.training.state.nbytes)
        self._pace.begin(self.training.step, self.training.history.seconds)
        self._begun = True
        if self.paused or self._watched:
            self.training.yield_at(self.training.step, glance=not self.paused and not self.training.begun)
        if self.paused:
            batch = None if self.training.begun else next(self._steps, None)
            yield from self._edits_told()
            if batch is not None:
                yield from self._collected(batch)
            yield from self._held()

    def _go_on(self) -> Iterator[Message]:
        while True:
            if self._is_where_to_hold():
                yield from self._held()
                return
            batch = next(self._steps, _NO_MORE)
            yield from self._edits_told()
            if batch is _NO_MORE:
                yield from self._finished()
                return
            if isinstance(batch, RecordBatch):
                if self.training.glances:  # the whole of it is measured while this is on its way
                    yield replace(self._recorded([batch]), glance=True)
                    continue
                yield from self._collected(batch)
                if self._is_where_to_hold():
                    continue
            if self._clock() - self._recorded_at >= INTERVAL:
                keeps = self._goes_on and self._keeping.due
                if keeps:
                    yield from self._settled()
                yield from self._records_told()
                if keeps:
                    yield from self._resumable()
                return

    def _is_where_to_hold(self) -> bool:
        """Say whether the record was measured at which the run is to hold."""
        return self._hold_at is not None and self._last_record >= self._hold_at

    def _obey(self, command: Pause | Resume | Advance | Stop | Edit) -> Iterator[Message]:
        match command:
            case Pause():
                if not self.paused:
                    yield from self._held()
            case Resume():
                self.paused, self._hold_at = False, None
                yield Resumed(self.run)
            case Advance(steps=steps):
                yield from self._settled()
                self.training.record_every_step(steps)
                self.paused, self._hold_at = False, self.training.step + steps
            case Stop():
                self.stop()
            case Edit(changes=changes):
                yield from self._edited(changes)

    def _edited(self, changes: Mapping[str, Any]) -> Iterator[Message]:
        """Let the training take an edit, and tell it."""
        yield from self._settled()
        try:
            self.training.edit(changes)
        except Refusal as refusal:
            yield Refused(self.run, str(refusal))
        yield from self._edits_told()

    def _guarded(self, messages: Iterator[Message]) -> Iterator[Message]:
        """Pass messages on; what goes wrong becomes the last one."""
        try:
            yield from messages
        except Exception as error:
            self.failure, self.ended = error, True
            end = failed(self.run, error)
            yield from self._last_records()
            yield end

    # --- what it says ---

    def _collected(self, batch: RecordBatch) -> Iterator[Message]:
        self._batches.append(batch)
        self._last_record = max(self._last_record, int(batch.steps[-1]))
        if self._snapshots and not batch.closing:
            for snapshot in self.training.take_snapshots():
                yield SnapshotTaken(self.run, snapshot)

    def _settled(self) -> Iterator[Message]:
        """Have all measured that was recorded."""
        for batch in self.training.stream.settled():
            yield from self._collected(batch)

    def _edits_told(self) -> Iterator[Message]:
        """Tell what the training has taken of edits, by now or by plan."""
        if self.training.untold:
            edits, self.training.untold = tuple(self.training.untold), []
            yield Edited(self.run, edits)
        if anew := self.training.measuring.anew:
            self._batches += anew
            anew.clear()
            yield self._recorded(self._batches)  # no later record is joined with what fills in a told one
            self._batches.clear()

    def _records_told(self) -> Iterator[Message]:
        """Tell what was recorded; it waits until whoever listens has it."""
        self._recorded_at = self._clock()
        closing = [batch for batch in self._batches if batch.closing]
        yield self._recorded(self._batches[: len(self._batches) - len(closing)])
        del self._batches[: len(self._batches) - len(closing)]
        if closing:
            yield self._recorded(closing)
            self._batches.clear()

    def _recorded(self, batches: list[RecordBatch]) -> Recorded:
        training, history = self.training, self.training.history
        batch, pace = joined(batches), self._pace.at(training.step, history.seconds)
        counters = dict(history.counters)
        return Recorded(self.run, batch, dict(history.events), counters, training.step, history.seconds, pace)

    def _last_records(self) -> Iterator[Message]:
        """Tell what was recorded before a failure; where that fails too, the failure is told without it."""
        if not self._begun:
            return
        with contextlib.suppress(Exception):  # as where memory is what the run failed for
            self._take_waiting()
        waiting, self._batches = [batch for batch in self._batches if not batch.closing], []
        try:
            recorded = self._recorded(waiting)
        except Exception:
            return
        yield recorded

    def _take_waiting(self) -> None:
        """Have what the run has not measured yet."""
        self._batches += self.training.measure_waiting()

    def _resumable(self) -> Iterator[Message]:
        if not self._snapshots:
            return
        if not self._goes_on:
            yield SnapshotTaken(self.run, self.training.snapshot(resumable=False))
            return
        with self._keeping.kept(self.training.state.nbytes):
            yield SnapshotTaken(self.run, *self.training.resumable())

    def _held(self) -> Iterator[Message]:
        yield from self._settled()
        yield from self._records_told()
        self.paused, self._hold_at = True, None
        yield from self._resumable()
        yield Paused(self.run, self.training.step)

    def _finished(self) -> Iterator[Message]:
        self.ended = True
        yield from self._records_told()
        yield from self._resumable()
        history = self.training.history
        why = history.sentence or (self._why_stopped if history.status is RunStatus.STOPPED else "")
        slow = hint(history, self.training.experiment.optimizer)
        told = "; ".join(words for words in (why, self.training.lost_words, slow) if words)
        yield Finished(self.run, history.status, self.training.step, told, history.seconds)


def tidy_up() -> None:
    """Give memory back that runs freed; not at the end of each, as it takes long and the next one wants it again."""
    return_freed_memory()


class _Pace:
    """Steps a second of training, smoothed over what was told, but for the first of it: much is compiled then."""

    def __init__(self) -> None:
        self._rate = self._seconds = 0.0
        self._step = 0
        self._began = False

    def begin(self, step: int, seconds: float) -> None:
        self._step, self._seconds = step, seconds

    def at(self, step: int, seconds: float) -> float:
        """Return the rate now that a step was reached after so many seconds."""
        steps, passed = step - self._step, seconds - self._seconds
        if passed > 0 and steps > 0:
            if self._began:
                rate = steps / passed
                self._rate = 0.8 * self._rate + 0.2 * rate if self._rate else rate
            self._began = True
            self._step, self._seconds = step, seconds
        return self._rate


def failed(run: str, error: Exception) -> Failed:
    """Return what is said of a run that an error ended, while the error is handled."""
    if isinstance(error, Refusal):
        return Failed(run, str(error), refusal=error)
    sentence = (
        "the machine has too little memory for this run"
        if is_out_of_memory(error)
        else f"the engine failed: {one_line(str(error))}"
    )
    return Failed(run, sentence, traceback.format_exc())
