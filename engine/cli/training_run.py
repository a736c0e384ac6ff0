"""Train experiments from the command line: progress, signals, and a session that is written meanwhile."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from ..errors import Refusal
from ..experiment.document import Document, to_toml
from ..experiment.experiment import Experiment
from ..files import STANDARD_OUTPUT, check_writable
from ..formats import log10_loss
from ..protocol.messages import Failed, Finished, Message, Recorded, RunStatus, Started
from ..protocol.records import Records
from ..protocol.run_history import RunHistory
from .progress import ProgressDisplay
from .signals import StopSignals

if TYPE_CHECKING:
    from ..session import Session

FLUSH = 1.0
"""Seconds between two writes of a session: at most 2 s may be unwritten."""
BROKEN_OFF = "stopped by a second signal"
Listener = Callable[[Message], None]


@dataclass
class Trained:
    """One experiment of a document after, or during, its training."""

    name: str
    experiment: Experiment
    history: RunHistory
    failure: Exception | None = None
    """What the engine failed with, or why it cannot be run here."""
    interrupted: bool = False
    """Whether a signal ended it."""

    @property
    def begun(self) -> bool:
        """Say whether it can be run here."""
        return not isinstance(self.failure, Refusal) or len(self.history.records) > 0


class Keeper:
    """Writes runs into a session while they go on; without a path it does nothing."""

    def __init__(self, document: Document, path: Path | None = None) -> None:
        """Keep the runs of a document in a new session at a path.

        Raises:
            Refusal: where a file is there already, or none can be.
        """
        if path is not None:
            if path == STANDARD_OUTPUT:
                raise Refusal(
                    "--out", str(path), "would be standard output, and a session is a file; name one"
                )
            if path.exists():
                raise Refusal("--out", str(path), "exists already; choose another name")
            check_writable(path, "--out")
        self._document, self._path = document, path
        self._session: Session | None = None
        self._flushed = -math.inf

    @property
    def keeps(self) -> bool:
        """Say whether anything is written."""
        return self._path is not None

    def __enter__(self) -> Keeper:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            self._session.__exit__(kind, error, trace)

    def listener(self, name: str, experiment: Experiment) -> Listener:
        """Return what writes the messages of a run; one that was refused leaves no trace."""

        def listen(message: Message) -> None:
            if self._path is None:
                return
            if isinstance(message, Started):
                self._add_run(self._path, message.run, name, experiment)
            if self._session is not None:
                self._write(self._session, message)

        return listen

    def _add_run(self, path: Path, run: str, name: str, experiment: Experiment) -> None:
        text = to_toml(self._document)
        folder = None if self._document.folder is None else str(self._document.folder)
        if self._session is None:
            from ..session import Session

            self._session = Session.create(path)
            self._session.document, self._session.document_folder = text, folder
        self._session.add_run(
            text,
            id=run,
            title=name or experiment.title,
            experiment=name,
            folder=folder,
            replicas=experiment.replicas,
        )
        self._flushed = -math.inf

    def _write(self, session: Session, message: Message) -> None:
        """Take a message up; write what waits now and then, and where a run ends."""
        session.store(message)
        now = time.monotonic()
        if now - self._flushed > FLUSH or isinstance(message, Finished | Failed):
            self._flushed = now
            session.flush()


def train_all(
    document: Document, progress: ProgressDisplay, keeper: Keeper, signals: StopSignals, title: str = ""
) -> list[Trained]:
    """Train every experiment of a document in turn, up to the first that a signal, a refusal or a failure ends."""
    done: list[Trained] = []
    for name, experiment in document.experiments().items():
        what = ": ".join(word for word in (title or experiment.title, name) if word)
        done.append(train(name, document, progress, keeper, signals, what))
        if done[-1].interrupted or done[-1].failure is not None:
            break
    return done


def train(
    name: str,
    document: Document,
    progress: ProgressDisplay,
    keeper: Keeper,
    signals: StopSignals,
    what: str,
) -> Trained:
    """Train one experiment of a document to its end, or until a signal; what was recorded before a failure is kept."""
    experiment = document.experiments()[name]
    trained = Trained(name, experiment, RunHistory(Records(experiment.replicas)))
    history, run = trained.history, uuid.uuid4().hex
    progress.begin(what, experiment.run.steps)

    def show(message: Message) -> None:
        if isinstance(message, Recorded):
            progress.show(message.step, _remark(history))

    listeners = (history.apply, keeper.listener(name, experiment), show)
    try:
        with signals.breaking():
            from ..training.driver import Driver
            from ..training.loop import Training

            prepare = partial(Training, experiment, document.folder, edits=document.edits_of(name))
            driver = Driver(run, prepare, snapshots=keeper.keeps)
            _tell(listeners, driver.begin())
    except KeyboardInterrupt:
        _tell(listeners, [Finished(run, RunStatus.STOPPED, 0, "stopped before its first step", 0.0)])
        trained.interrupted = True
        return trained
    try:
        if not driver.ended:
            with signals.stopping(driver.stop):
                while not driver.ended:
                    _tell(listeners, driver.go_on())
        trained.interrupted = signals.number is not None and history.status is RunStatus.STOPPED
    except KeyboardInterrupt:
        _tell(listeners, driver.break_off(BROKEN_OFF))
        trained.interrupted = True
    trained.failure = driver.failure
    return trained


def _tell(listeners: Iterable[Listener], messages: Iterable[Message]) -> None:
    for message in messages:
        for listener in listeners:
            listener(message)


def _remark(history: RunHistory) -> str:
    """Say where the loss stands."""
    if not len(history.records):
        return "first record"
    return log10_loss(float(np.max(history.records.final("log_loss"))))
