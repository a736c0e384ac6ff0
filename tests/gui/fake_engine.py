"""An engine process without mathematics: it speaks the protocol of engine.protocol.messages, quickly and predictably.

A document's title steers it: 'crash' dies at the first step, 'refuse' and 'fail' fail, 'slow' takes its time.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from engine.experiment.edits import LiveEdit, edits_between
from engine.experiment.experiment import Experiment, with_values
from engine.experiment.fact import Fact
from engine.experiment.provenance import BASED_ON
from engine.experiment.run import Device
from engine.protocol.kernel import AskKernel, KernelReady, Spectrum
from engine.protocol.messages import (
    Advance,
    Close,
    Command,
    Drafted,
    Edit,
    Edited,
    Failed,
    Finished,
    KeepDraft,
    Message,
    Pause,
    Paused,
    Ready,
    Recorded,
    ReferenceSolved,
    Resume,
    Resumed,
    RunStatus,
    SnapshotTaken,
    Started,
    Stop,
    Train,
    TrainDraft,
)
from engine.protocol.pictures import NoPicture
from engine.protocol.records import RecordBatch, Snapshot, next_record
from engine.protocol.surface import AskSurface, SurfaceReady
from engine.words.errors import Refusal

TICK = 0.01


def main(connection: Connection) -> None:
    """Serve commands until told to close or until nobody is left."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    devices = (Device("cpu", "Processor", 8 << 30), Device("cuda", "Pretend GPU", 80 << 30))
    connection.send(Ready(devices, {"torch": "0.0", "python": "3"}, 0.1))
    engine = FakeEngine(connection)
    while engine.alive:
        try:
            if connection.poll(TICK):
                engine.serve(connection.recv())
            else:
                engine.tick()
        except (EOFError, OSError):
            return


def deaf(connection: Connection) -> None:
    """Never listen and never end by asking."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    connection.send(Ready((), {}, 0.0))
    while True:
        time.sleep(60)


class FakeEngine:
    """At most one run, some hundred steps a tick."""

    def __init__(self, connection: Connection) -> None:
        self.send: Callable[[Message], None] = connection.send
        self.alive = True
        self.run: str | None = None
        self.paused = False
        self.step = 0
        self.recorded = -1
        self.experiment: Experiment
        self.pace = 100
        self.unfinished: str | None = None
        """A draft that has not ended."""

    def serve(self, command: Command) -> None:
        match command:
            case Train():
                self.train(command)
            case TrainDraft():
                self.draft(command)
            case KeepDraft() if command.run == self.unfinished:
                self.run, self.unfinished = self.unfinished, None
            case Pause() if command.run == self.run:
                self.paused = True
                self.send(Paused(command.run, self.step))
            case Resume() if command.run == self.run:
                self.paused = False
                self.send(Resumed(command.run))
            case Advance() if command.run == self.run and self.paused:
                self.record(self.step + command.steps)
                self.send(Paused(command.run, self.step))
            case Stop() if command.run == self.run:
                self.end(RunStatus.STOPPED, f"stopped at step {self.step:,}")
            case Edit() if command.run == self.run:
                before, self.experiment = self.experiment, with_values(self.experiment, command.changes)
                self.send(Edited(command.run, edits_between(self.step, before, self.experiment)))
            case AskSurface():
                self.answer(command)
            case AskKernel():
                self.answer_kernel(command)
            case Close():
                self.alive = False
            case _:  # about a run that ended while the command was on its way
                pass

    def train(self, command: Train) -> None:
        self.experiment = command.document.experiment()
        title = self.experiment.title.removeprefix(BASED_ON)
        if title == "refuse":
            refusal = Refusal("run.device", "cuda", "is not there; allowed: cpu")
            self.send(Failed(command.run, str(refusal), refusal=refusal))
            return
        if title == "fail":
            self.send(Failed(command.run, "The engine stumbled.", "Traceback: nothing"))
            return
        self.pace = 2 if title == "slow" else 100
        self.run, self.paused = command.run, command.paused
        self.step = command.resume_from.step if command.resume_from else 0
        taken = self.edited(command)
        self.recorded = -1
        facts = (
            Fact("Lyu & Li 2020", "applies", True),
            Fact("Ji & Telgarsky 2019", "needs a linear network", False),
        )
        self.send(
            Started(
                command.run,
                self.step,
                "cpu",
                "float64",
                1,
                60,
                2.0,
                facts=facts,
                environment={
                    "torch": "0.0",
                    "steps": "torch",
                    "not compiled": command.steps or "nothing is computed",
                },
            )
        )
        if taken:
            self.send(Edited(command.run, taken))
        self.send(ReferenceSolved(command.run, "f1", "F1 margin", (0.0461480,), (1e-9,), 0.1))
        if title == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        self.record(self.step)
        if self.paused:
            self.send(Paused(command.run, self.step))

    def draft(self, command: TrainDraft) -> None:
        """Tell all of a short run at once, and of one that is slow the beginning."""
        told: list[Message] = []
        send, self.send = self.send, told.append
        self.train(Train(command.run, command.document))
        if self.run == command.run:
            slow = self.pace < 100
            self.record(50 if slow else self.experiment.run.steps)
            if slow:
                self.run, self.unfinished = None, command.run
            else:
                self.end(RunStatus.DONE, "all steps taken")
        self.send = send
        send(Drafted(command.run, tuple(told)))

    def edited(self, command: Train) -> tuple[LiveEdit, ...]:
        """Take the edits of a run that goes on, those of before and those of now."""
        planned = command.document.document().edits_of(command.document.name)
        steps = [(e.step, e.set) for e in planned if command.resume_from and e.step <= self.step]
        taken: tuple[LiveEdit, ...] = ()
        for step, changes in [*steps, (self.step, command.changes)]:
            before, self.experiment = self.experiment, with_values(self.experiment, changes)
            taken += edits_between(step, before, self.experiment)
        return taken

    def tick(self) -> None:
        if self.run is None or self.paused:
            return
        self.record(min(self.experiment.run.steps, self.step + self.pace))
        if self.step >= self.experiment.run.steps:
            self.end(RunStatus.DONE, "all steps taken")

    def record(self, last: int) -> None:
        """Record everything up to a step, in one batch."""
        assert self.run is not None
        steps = []
        every = self.experiment.measure
        while self.recorded < last:
            following = (
                0 if self.recorded < 0 else next_record(self.recorded, last, every.per_decade, every.every)
            )
            steps.append(max(following, self.step if self.recorded < 0 else 0))
            self.recorded = steps[-1]
        self.step = last
        if not steps:
            return
        t = np.array(steps, float)[:, None] + np.zeros((1, self.experiment.replicas))
        columns = columns_at(t)
        fitted: list[int | None] = [40 if last >= 40 else None] * self.experiment.replicas
        events = {"separated_step": fitted, "fitted_step": fitted}
        counters = {"smoothed_margin_decreases": np.zeros(self.experiment.replicas)}
        batch = RecordBatch(np.array(steps), columns)
        self.send(Recorded(self.run, batch, events, counters, last, last / 1000, 12_345.0))
        self.send(SnapshotTaken(self.run, self.snapshot(resumable=True)))

    def snapshot(self, resumable: bool) -> Snapshot:
        theta = np.full((self.experiment.replicas, 60), float(self.step))
        return Snapshot(self.step, {"theta": theta}, resumable)

    def end(self, status: RunStatus, sentence: str) -> None:
        assert self.run is not None
        self.send(Finished(self.run, status, self.step, sentence, self.step / 1000))
        self.run = None

    def answer(self, asked: AskSurface) -> None:
        if asked.subject.theta is None and asked.subject.run != self.run:
            self.send(NoPicture(asked.subject.request, asked.subject.run, "no such run is under way"))
            return
        axis = np.linspace(-1.2, 1.2, asked.resolution)[:: asked.every]
        surface = axis[:, None] * axis[None, :]
        points = np.array([[1.0, 0.5], [-1.0, 0.5]])
        self.send(
            SurfaceReady(
                asked.subject.request,
                asked.subject.run,
                asked.subject.step,
                asked.subject.replica,
                axis,
                surface,
                surface,
                points=points,
                labels=np.array([1, -1]),
                predictor=asked.predictor,
                every=asked.every,
            )
        )

    def answer_kernel(self, asked: AskKernel) -> None:
        if asked.subject.theta is None and asked.subject.run != self.run:
            self.send(NoPicture(asked.subject.request, asked.subject.run, "no such run is under way"))
            return
        labels = np.array([-1, -1, 1])
        values = np.outer(labels, labels).astype(np.float32) * (1 + asked.subject.step)
        start, now = (
            Spectrum(np.array([3.0, 1.0, 0.0]) * k, 1.75, 4.0 * k) for k in (1, 1 + asked.subject.step)
        )
        said = (
            asked.subject.request,
            asked.subject.run,
            asked.subject.step,
            asked.subject.replica,
            asked.layer,
            asked.choice,
            asked.normalised,
        )
        shares = {"W1": (0.5, 0.25), "W2": (0.5, 0.75)}
        self.send(KernelReady(*said, values, np.array([0, 2, 1]), labels, start, now, 0.9, shares))


def columns_at(t: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """Return plausible curves over steps t (T, R)."""
    grown = np.log1p(t)
    ratio = 1 - 1 / (1 + grown)
    return {
        "log_loss": 3.0 - 0.01 * t - grown,
        "accuracy": np.minimum(1.0, 0.5 + t / 80),
        "margin": t / 100 - 0.4,
        "normalized_margin": 0.0230740 * ratio,
        "smoothed_margin": 0.0230740 * ratio * 0.95,
        "margin_ratio": ratio,
        "param_norm": 1 + 0.3 * grown,
        "cos_gradient": ratio,
        "cos_initial": 1 - 0.05 * grown,
        "log_time": grown,
    }
