"""Train one experiment from the command line: progress, Ctrl-C, and a session that is written meanwhile."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

import numpy as np

from ..errors import Refusal
from ..experiment.document import Document, to_toml
from ..experiment.experiment import Experiment
from ..formats import log10_loss
from ..process import KEEP_BYTES, KEEP_EVERY
from ..records import RecordBatch, Records, RunLog
from ..training.preamble import Preamble, preamble
from .progress import ProgressDisplay

if TYPE_CHECKING:
    from ..session import Session
    from ..training.loop import Training

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
    preamble: list[Preamble] = field(default_factory=list)
    """What the engine said before the first step: device, facts, references."""


class Keeper:
    """Writes runs into a session while they go on; without a path it does nothing."""

    def __init__(self, document: Document, path: Path | None = None) -> None:
        """Keep the runs of a document in a new session at a path.

        Raises:
            Refusal: where a file is there already.
        """
        if path is not None and path.exists():
            raise Refusal("--out", str(path), "exists already; choose another name")
        self._document, self._path = document, path
        self._session: Session | None = None
        self._run = ""
        self._flushed = self._kept = time.monotonic()

    def __enter__(self) -> Keeper:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            self._session.__exit__(kind, error, trace)

    def _made(self) -> Session | None:
        """Return the session, made when the first run was prepared: a refused one leaves no file."""
        if self._session is None and self._path is not None:
            from ..session import Session

            self._session = Session.create(self._path)
            self._session.document = to_toml(self._document)
            self._session.document_folder = _folder_text(self._document.folder)
        return self._session

    def begin(self, trained: Trained) -> None:
        """Add a run that was prepared, with what is known of it."""
        session = self._made()
        if session is None:
            return
        self._run = session.add_run(
            to_toml(self._document),
            title=trained.name or trained.experiment.title,
            experiment=trained.name,
            folder=_folder_text(self._document.folder),
            replicas=trained.experiment.replicas,
        )
        for message in trained.preamble:
            session.store(replace(message, run=self._run))
        session.flush()

    def add(self, batch: RecordBatch, training: Training) -> None:
        """Add records, and the snapshot that is due with them."""
        if self._session is None:
            return
        log = training.log
        self._session.extend_records(self._run, batch, log.events, log.counters, log.seconds)
        snapshot = training.take_snapshot()
        if snapshot is not None:
            self._session.put_snapshot(self._run, snapshot)

    def breathe(self, training: Training) -> None:
        """Write what waits, and now and then a state to go on from, should this process be killed."""
        if self._session is None:
            return
        now = time.monotonic()
        if now - self._kept > KEEP_EVERY:
            self._kept = now
            if training.state.nbytes <= KEEP_BYTES:
                self._session.put_snapshot(self._run, training.snapshot(resumable=True))
        if now - self._flushed > FLUSH:
            self._flushed = now
            self._session.flush()

    def end(self, trained: Trained, training: Training, *, whole: bool) -> None:
        """Note how a run ended; one that was not broken off within a step can be continued from there."""
        if self._session is None:
            return
        if whole:
            self._session.put_snapshot(self._run, training.snapshot(resumable=True))
        self._session.finish_run(self._run, trained.log.status, trained.sentence, trained.log.seconds)
        self._session.flush()


def train_all(
    document: Document, progress: ProgressDisplay, keeper: Keeper, title: str = ""
) -> list[Trained]:
    """Train every experiment of a document in turn, up to the first that Ctrl-C or a failure ends.

    Raises:
        Refusal: where one cannot be run here; those before it are kept.
    """
    done: list[Trained] = []
    for name, experiment in document.experiments().items():
        what = ": ".join(word for word in (title or experiment.title, name) if word)
        done.append(train(name, experiment, document.folder, progress, keeper, what))
        if done[-1].interrupted or done[-1].failure is not None:
            break
    return done


def train(
    name: str,
    experiment: Experiment,
    folder: Path | None,
    progress: ProgressDisplay,
    keeper: Keeper,
    what: str,
) -> Trained:
    """Train one experiment to its end, or until Ctrl-C; what was recorded before a failure is kept.

    Raises:
        Refusal: where it cannot be run here.
    """
    trained = Trained(name, experiment, RunLog(Records(experiment.replicas)))
    progress.begin(what, experiment.run.steps)
    try:
        from ..training.loop import Training

        training = Training(experiment, folder)
        trained.log = training.log
        training.solve()
        trained.preamble = preamble(experiment, training)
        keeper.begin(trained)
    except KeyboardInterrupt:
        return _ended(trained, "stopped", "stopped before its first step", interrupted=True)
    except Refusal:
        raise
    except Exception as error:
        return _ended(trained, "failed", "the engine failed before the first step", failure=error)
    whole = False
    try:
        _drive(trained, training, progress, keeper)
        whole = True
    except KeyboardInterrupt:
        _ended(trained, "stopped", "stopped by a second Ctrl-C", interrupted=True)
    except Refusal:
        raise
    except Exception as error:
        _ended(trained, "failed", f"the engine failed after step {training.step:,}", failure=error)
    trained.step = training.step
    keeper.end(trained, training, whole=whole)
    return trained


def _drive(trained: Trained, training: Training, progress: ProgressDisplay, keeper: Keeper) -> None:
    """Ask for one record after the other; the first Ctrl-C asks for the last one."""
    log = trained.log
    with _stopped_by_ctrl_c(training) as asked:
        for batch in training.run():
            if batch is not None:
                keeper.add(batch, training)
            keeper.breathe(training)
            progress.show(training.step, _remark(log))
    trained.sentence = training.sentence
    if asked and log.status == "stopped":
        trained.interrupted, trained.sentence = True, trained.sentence or "stopped by Ctrl-C"


def _ended(
    trained: Trained,
    status: str,
    sentence: str,
    *,
    failure: Exception | None = None,
    interrupted: bool = False,
) -> Trained:
    """Note that a run ended out of turn."""
    trained.log.status, trained.log.finished = status, True
    trained.sentence, trained.failure, trained.interrupted = sentence, failure, interrupted
    return trained


@contextmanager
def _stopped_by_ctrl_c(training: Training) -> Iterator[list[bool]]:
    """Let the first Ctrl-C end the run after its step, and the second one break it off."""
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
    return log10_loss(worst)


def _folder_text(folder: Path | None) -> str | None:
    return None if folder is None else str(folder)
