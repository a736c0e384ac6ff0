"""Train experiments from the command line: progress, signals, and what becomes of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..experiment.document import Document
from ..experiment.experiment import Experiment
from ..protocol.messages import Finished, Message, Recorded, RunStatus
from ..protocol.records import Records
from ..protocol.run_history import RunHistory
from ..words.errors import Refusal
from ..words.formats import log10_loss
from .keeper import FULL, Keeper, Listener
from .progress import ProgressDisplay
from .signals import StopSignals

BROKEN_OFF = "stopped by a second signal"


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

    listeners = (history.apply, keeper.listener(name, experiment, history), show)
    try:
        with signals.breaking():
            from ..training.driver import Driver
            from ..training.loop import Training

            prepare = partial(
                Training, experiment, document.folder, edits=document.edits_of(name), tell=progress.tell
            )
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
                    if keeper.is_full:
                        driver.stop(FULL)
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
