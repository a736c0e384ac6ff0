"""Train one experiment from the command line: progress, Ctrl-C, and a session that is written meanwhile."""

from __future__ import annotations

import math
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

import numpy as np

from ..errors import Refusal
from ..experiment.document import Document, to_toml
from ..experiment.experiment import Experiment
from ..formats import log10_loss
from ..protocol.messages import Failed, Finished, Message, Recorded, RunStatus, Started
from ..protocol.records import Records
from ..protocol.run_history import RunHistory
from .progress import ProgressDisplay

if TYPE_CHECKING:
    from ..session import Session
    from ..training.driver import Driver

FLUSH = 1.0
"""Seconds between two writes of a session: at most 2 s may be unwritten."""
BROKEN_OFF = "stopped by a second Ctrl-C"
Listener = Callable[[Message], None]


@dataclass
class Trained:
    """One experiment of a document after, or during, its training."""

    name: str
    experiment: Experiment
    history: RunHistory
    failure: Exception | None = None
    """What the engine failed with."""
    interrupted: bool = False
    """Whether Ctrl-C ended it."""


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
    trained = Trained(name, experiment, RunHistory(Records(experiment.replicas)))
    history, run = trained.history, uuid.uuid4().hex
    progress.begin(what, experiment.run.steps)

    def show(message: Message) -> None:
        if isinstance(message, Recorded):
            progress.show(message.step, _remark(history))

    listeners = (history.apply, keeper.listener(name, experiment), show)
    try:
        from ..training.driver import Driver
        from ..training.loop import Training

        driver = Driver(run, partial(Training, experiment, folder), snapshots=keeper.keeps)
        _tell(listeners, driver.begin())
    except KeyboardInterrupt:
        _tell(listeners, [Finished(run, RunStatus.STOPPED, 0, "stopped before its first step", 0.0)])
        trained.interrupted = True
        return trained
    try:
        with _stopped_by_ctrl_c(driver) as asked:
            while not driver.ended:
                _tell(listeners, driver.go_on())
        trained.interrupted = bool(asked) and history.status is RunStatus.STOPPED
    except KeyboardInterrupt:
        _tell(listeners, driver.break_off(BROKEN_OFF))
        trained.interrupted = True
    if isinstance(driver.failure, Refusal):
        raise driver.failure
    trained.failure = driver.failure
    return trained


def _tell(listeners: Iterable[Listener], messages: Iterable[Message]) -> None:
    for message in messages:
        for listener in listeners:
            listener(message)


@contextmanager
def _stopped_by_ctrl_c(driver: Driver) -> Iterator[list[bool]]:
    """Let the first Ctrl-C end the run after its step, and the second one break it off."""
    asked: list[bool] = []

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(True)
        driver.stop("stopped by Ctrl-C")

    if threading.current_thread() is not threading.main_thread():  # only there can signals be handled
        yield asked
        return
    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def _remark(history: RunHistory) -> str:
    """Say where the loss stands."""
    if not len(history.records):
        return "first record"
    return log10_loss(float(np.max(history.records.final("log_loss"))))
