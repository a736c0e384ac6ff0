"""Train one experiment from the command line: progress, Ctrl-C, and a session that is written meanwhile."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import numpy as np

from ..experiment.document import Document, to_toml
from ..experiment.experiment import Experiment
from ..experiment.refusals import Refusal
from ..messages import ReferenceSolved, Started
from ..records import RecordBatch, Records, RunLog
from .progress import Progress

if TYPE_CHECKING:
    from ..session import Session
    from ..training import Training

FLUSH = 1.0
"""Seconds between two writes of a session: at most 2 s may be unwritten."""


@dataclass
class Trained:
    """One experiment of a document after, or during, its training."""

    name: str
    experiment: Experiment
    log: RunLog
    step: int = 0
    sentence: str = ""
    """Why it ended."""
    failure: Exception | None = None
    """What the engine failed with."""
    interrupted: bool = False
    """Whether Ctrl-C ended it."""
    place: str = ""
    """Device, precision and threads, for people."""
    references: list[ReferenceSolved] = field(default_factory=list)


class Keeper:
    """Writes runs into a session while they go on; without a session it does nothing."""

    def __init__(self, session: Session | None, document: Document) -> None:
        self._session, self._document = session, document
        self._run = ""
        self._flushed = time.monotonic()
        if session is not None:
            session.document = to_toml(document)
            session.document_folder = _folder_text(document.folder)

    def begin(self, trained: Trained, training: Training) -> None:
        """Add a run that was prepared, with what is known of it."""
        trained.references = _references("", training)
        if self._session is None:
            return
        self._run = self._session.add_run(
            to_toml(self._document),
            title=trained.name or trained.experiment.title,
            experiment=trained.name,
            folder=_folder_text(self._document.folder),
            replicas=trained.experiment.replicas,
        )
        self._session.start_run(_started(self._run, trained.experiment, training))
        for reference in _references(self._run, training):
            self._session.put_reference(reference)
        self._session.flush()

    def add(self, batch: RecordBatch, training: Training) -> None:
        """Add records, and the snapshot that is due with them."""
        if self._session is None:
            return
        log = training.log
        self._session.extend_records(self._run, batch, log.events, log.counters, log.seconds)
        snapshot = training.take_snapshot()
        if snapshot is not None:
            self._session.put_snapshot(self._run, snapshot)
        if time.monotonic() - self._flushed > FLUSH:
            self._session.flush()
            self._flushed = time.monotonic()

    def end(self, trained: Trained, training: Training) -> None:
        """Note how a run ended; one that the engine did not fail can be continued from there."""
        if self._session is None:
            return
        if trained.failure is None:
            self._session.put_snapshot(self._run, training.snapshot(resumable=True))
        self._session.finish_run(self._run, trained.log.status, trained.sentence, trained.log.seconds)
        self._session.flush()


def train_all(document: Document, progress: Progress, session: Session | None = None, title: str = "") -> list[Trained]:
    """Train every experiment of a document in turn, up to the first that Ctrl-C or a failure ends.

    Raises:
        Refusal: where one cannot be run here; those before it are in the session.
    """
    keeper = Keeper(session, document)
    done: list[Trained] = []
    for name, experiment in document.experiments().items():
        what = ": ".join(word for word in (title or experiment.title, name) if word)
        done.append(train(name, experiment, document.folder, progress, keeper, what))
        if done[-1].interrupted or done[-1].failure is not None:
            break
    return done


def train(
    name: str, experiment: Experiment, folder: Path | None, progress: Progress, keeper: Keeper, what: str
) -> Trained:
    """Train one experiment to its end, or until Ctrl-C; what was recorded before a failure is kept.

    Raises:
        Refusal: where it cannot be run here.
    """
    trained = Trained(name, experiment, RunLog(Records(experiment.replicas)))
    progress.begin(what, experiment.run.steps)
    try:
        from ..training import Training  # torch: seconds, so after the progress has something to show

        training = Training(experiment, folder)
        trained.log, trained.place = training.log, _place(training)
        training.solve()
        keeper.begin(trained, training)
    except KeyboardInterrupt:
        return _ended(trained, "stopped", "stopped before its first step", interrupted=True)
    except Refusal:
        raise
    except Exception as error:
        return _ended(trained, "failed", "the engine failed before the first step", failure=error)
    try:
        _drive(trained, training, progress, keeper)
    except KeyboardInterrupt:
        _ended(trained, "stopped", "stopped by a second Ctrl-C", interrupted=True)
    except Refusal:
        raise
    except Exception as error:
        _ended(trained, "failed", f"the engine failed after step {training.step:,}", failure=error)
    trained.step = training.step
    keeper.end(trained, training)
    return trained


def _drive(trained: Trained, training: Training, progress: Progress, keeper: Keeper) -> None:
    """Ask for one record after the other; the first Ctrl-C asks for the last one."""
    log = trained.log
    with _stopped_by_ctrl_c(training) as asked:
        for batch in training.run():
            if batch is not None:
                keeper.add(batch, training)
            progress.show(training.step, _remark(log))
    trained.sentence = training.sentence
    if asked and log.status == "stopped":
        trained.interrupted, trained.sentence = True, trained.sentence or "stopped by Ctrl-C"


def _ended(
    trained: Trained, status: str, sentence: str, *, failure: Exception | None = None, interrupted: bool = False
) -> Trained:
    """Note that a run ended out of turn."""
    trained.log.status, trained.log.finished = status, True
    trained.sentence, trained.failure, trained.interrupted = sentence, failure, interrupted
    return trained


@contextmanager
def _stopped_by_ctrl_c(training: Training) -> Iterator[list[bool]]:
    """Let the first Ctrl-C end the run after its step and the second one break it off; yield what was asked."""
    asked: list[bool] = []

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(True)
        training.stop()

    if threading.current_thread() is not threading.main_thread():  # only there can signals be handled
        yield asked
        return
    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def _remark(log: RunLog) -> str:
    """Say where the loss stands."""
    if not len(log.records):
        return "first record"
    worst = float(np.max(log.records.final("log_loss")))
    return f"log10 loss {worst / math.log(10):.1f}"


def _place(training: Training) -> str:
    setting = training.setting
    threads = f"{setting.threads} thread{'s' if setting.threads != 1 else ''}"
    return f"{setting.device}, {_dtype(training)}, {threads}"


def _dtype(training: Training) -> str:
    return str(training.setting.dtype).removeprefix("torch.")


def _folder_text(folder: Path | None) -> str | None:
    return None if folder is None else str(folder)


def _started(run: str, experiment: Experiment, training: Training) -> Started:
    """Return what a session keeps of the moment before the first step."""
    from ..theory import facts

    setting = training.setting
    notes = {name: m.note for m in training.measurements if m.note for name in m.columns}
    return Started(
        run=run,
        step=training.step,
        device=str(setting.device),
        dtype=_dtype(training),
        threads=setting.threads,
        parameters=setting.structure.parameters,
        degree=setting.structure.degree,
        notes=notes,
        facts=facts(experiment, setting.structure),
        environment=training.environment,
    )


def _references(run: str, training: Training) -> list[ReferenceSolved]:
    """Return the exact answers there are, one value a replica, and why others are missing."""
    found = training.references
    solved = []
    if found.predictor:
        first = found.predictor[0]
        values, gaps = tuple(r.value for r in found.predictor), tuple(r.gap for r in found.predictor)
        solved.append(ReferenceSolved(run, first.kind, first.title, values, gaps, first.seconds))
    if found.kernel:
        # several classes: the smallest of the one-vs-rest margins
        smallest = [min(each, key=lambda reference: reference.value) for each in found.kernel]
        values, gaps = tuple(r.value for r in smallest), tuple(r.gap for r in smallest)
        seconds = sum(r.seconds for r in found.kernel[0])
        solved.append(ReferenceSolved(run, smallest[0].kind, smallest[0].title, values, gaps, seconds))
    return solved + [ReferenceSolved(run, name, name, (), (), 0.0, why) for name, why in found.why_none.items()]
