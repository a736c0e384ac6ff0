"""The engine process: commands in, messages out. It ends when its pipe closes."""

from __future__ import annotations

import signal
import time
import traceback
from collections import deque
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from .errors import Refusal
from .messages import (
    Advance,
    AskKernel,
    AskSurface,
    Close,
    Command,
    Edit,
    Edited,
    Failed,
    Finished,
    Message,
    NoKernel,
    NoSurface,
    Pause,
    Paused,
    Ready,
    Recorded,
    Refused,
    Resume,
    Resumed,
    RunStatus,
    SnapshotTaken,
    Stop,
    Train,
)
from .records import RecordBatch, joined

INTERVAL = 1 / 30
"""Seconds between two batches of records on their way to the window."""
KEEP_EVERY = 10.0
"""Seconds between two resumable snapshots of a run under way."""
KEEP_BYTES = 8 * 2**20
"""Size above which a run keeps resumable snapshots only where it pauses or ends."""


def main(connection: Connection) -> None:
    """Serve one window until it closes its end of the pipe."""
    # Ctrl-C in a terminal reaches the whole group; the window decides what it means
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _Engine(connection).serve()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


class _Engine:
    """Serves commands between slices of training; one run at a time, further ones wait in line."""

    def __init__(self, connection: Connection) -> None:
        started = time.perf_counter()
        from .device import devices, versions
        from .inspection.inspected_run import InspectionCache
        from .inspection.kernel import KernelPictures
        from .inspection.predictors import PREDICTORS
        from .inspection.surface import SurfacePictures

        self._connection = connection
        self._line: deque[Train] = deque()
        self._active: _ActiveRun | None = None
        looking = InspectionCache()
        self._surfaces, self._kernels = SurfacePictures(looking), KernelPictures(looking)
        comparators = {name: comparator.title for name, comparator in PREDICTORS.items()}
        self._send(Ready(devices(), versions(), time.perf_counter() - started, comparators))

    def serve(self) -> None:
        """Handle commands and train in turn, for ever."""
        while True:
            busy = bool(self._line) if self._active is None else not self._active.paused
            while self._connection.poll(0 if busy else None):
                command = self._connection.recv()
                if isinstance(command, Close):
                    return
                self._handle(command)
                busy = True
            if self._active is None and self._line:
                self._begin(self._line.popleft())
            if self._active is not None and not self._active.paused:
                self._guarded(self._active.name, self._active.train_a_while)
                if self._active.ended:
                    self._active = None

    def _send(self, message: Message) -> None:
        self._connection.send(message)

    def _handle(self, command: Command) -> None:
        match command:
            case Train():
                self._line.append(command)
            case AskSurface() | AskKernel():
                self._answer(command)
            case Stop(run=run) if any(waiting.run == run for waiting in self._line):
                self._line = deque(waiting for waiting in self._line if waiting.run != run)
                self._send(Finished(run, RunStatus.STOPPED, 0, "stopped before it began", 0.0))
            case Pause() | Resume() | Advance() | Stop() | Edit():
                active = self._active
                if active is None or active.name != command.run:
                    return  # it ended while the command was on its way
                self._guarded(command.run, partial(active.handle, command))

    def _begin(self, command: Train) -> None:
        self._guarded(command.run, partial(self._start, command))

    def _start(self, command: Train) -> None:
        self._active = _ActiveRun(command, self._connection)

    def _guarded(self, run: str, action: Callable[[], None]) -> None:
        """Do something for a run; what goes wrong becomes a message and ends that run alone."""
        try:
            action()
        except Refusal as refusal:
            self._send(Failed(run, str(refusal)))
            self._active = None
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise
        except Exception as error:
            sentence = (
                "the machine has too little memory for this run"
                if _is_memory(error)
                else f"the engine failed: {error}"
            )
            self._send(Failed(run, sentence, traceback.format_exc()))
            self._active = None

    def _answer(self, question: AskSurface | AskKernel) -> None:
        """Answer a question about a run, between two slices of training; what goes wrong is an answer too."""
        training = self._active.training if self._active and self._active.name == question.run else None
        none, what = (NoSurface, "surface") if isinstance(question, AskSurface) else (NoKernel, "kernel")
        found: Message
        try:
            if isinstance(question, AskSurface):
                found = self._surfaces.answer(question, training)
            else:
                found = self._kernels.answer(question, training)
        except (Refusal, ValueError) as error:
            found = none(question.request, question.run, str(error))
        except Exception as error:
            why = "the machine has too little memory for it" if _is_memory(error) else str(error)
            found = none(question.request, question.run, f"no {what}: {why}")
        self._send(found)


class _ActiveRun:
    """The run under way: drives its training in slices and tells what it recorded."""

    def __init__(self, command: Train, connection: Connection) -> None:
        from .experiment.document import parse
        from .training.loop import Training
        from .training.preamble import preamble

        self.name = command.run
        self._connection = connection
        folder = Path(command.folder) if command.folder else None
        experiment = parse(command.text, folder).experiments()[command.name]
        self.training = Training(experiment, folder, command.resume_from)
        self.paused = command.paused
        self.ended = False
        self.training.solve()
        for message in preamble(experiment, self.training, command.run):
            self._send(message)
        self._batches: list[RecordBatch] = []
        self._run = self.training.run()
        self._hold_at: int | None = None
        self._told = self._kept = time.perf_counter()
        self._told_step, self._told_seconds = self.training.step, 0.0
        self._pace = 0.0
        if self.paused:
            self._take_first_record()

    def _send(self, message: Message) -> None:
        self._connection.send(message)

    def _take_first_record(self) -> None:
        batch = next(self._run, None)
        if batch is not None:
            self._collect(batch)
        self._tell()
        self._hold()

    def handle(self, command: Pause | Resume | Advance | Stop | Edit) -> None:
        """Obey a command about this run."""
        match command:
            case Pause():
                if not self.paused:
                    self._tell()
                    self._hold()
            case Resume():
                self.paused, self._hold_at = False, None
                self._send(Resumed(self.name))
            case Advance(steps=steps):
                self.training.record_every_step(steps)
                self.paused, self._hold_at = False, self.training.step + steps
            case Stop():
                self.training.stop()
                self.paused, self._hold_at = False, None
            case Edit(changes=changes):
                try:
                    self.training.edit(changes)
                    self._send(Edited(self.name, self.training.step, dict(changes)))
                except Refusal as refusal:
                    self._send(Refused(self.name, str(refusal)))

    def train_a_while(self) -> None:
        """Train until the next batch is due, the run is to hold, or it has ended."""
        while True:
            batch = next(self._run, _ENDED)
            if batch is _ENDED:
                self._end()
                return
            if isinstance(batch, RecordBatch):
                self._collect(batch)
                if self._hold_at is not None and self.training.step >= self._hold_at:
                    self._tell()
                    self._hold()
                    return
            if time.perf_counter() - self._told >= INTERVAL:
                self._tell()
                self._keep_now_and_then()
                return

    def _collect(self, batch: RecordBatch) -> None:
        self._batches.append(batch)
        snapshot = self.training.take_snapshot()
        if snapshot is not None:
            self._send(SnapshotTaken(self.name, snapshot))

    def _tell(self) -> None:
        now, log = time.perf_counter(), self.training.log
        steps, seconds = self.training.step - self._told_step, log.seconds - self._told_seconds
        if seconds > 0 and steps > 0:
            pace = steps / seconds
            self._pace = pace if not self._pace else 0.8 * self._pace + 0.2 * pace
            self._told_step, self._told_seconds = self.training.step, log.seconds
        self._told = now
        batch, self._batches = joined(self._batches), []
        self._send(
            Recorded(
                self.name,
                batch,
                dict(log.events),
                dict(log.counters),
                self.training.step,
                log.seconds,
                self._pace,
            )
        )

    def _hold(self) -> None:
        self.paused, self._hold_at = True, None
        self._send(SnapshotTaken(self.name, self.training.snapshot(resumable=True)))
        self._send(Paused(self.name, self.training.step))

    def _keep_now_and_then(self) -> None:
        now = time.perf_counter()
        if now - self._kept < KEEP_EVERY:
            return
        self._kept = now
        if self.training.state.nbytes <= KEEP_BYTES:
            self._send(SnapshotTaken(self.name, self.training.snapshot(resumable=True)))

    def _end(self) -> None:
        self._tell()
        self._send(SnapshotTaken(self.name, self.training.snapshot(resumable=True)))
        log = self.training.log
        self._send(Finished(self.name, log.status, self.training.step, self.training.sentence, log.seconds))
        self.ended = True


_ENDED = object()


def _is_memory(error: Exception) -> bool:
    return (
        isinstance(error, MemoryError)
        or "out of memory" in str(error).lower()
        or "allocate memory" in str(error).lower()
    )
