"""The engine process: commands in, messages out. It ends when its pipe closes."""

from __future__ import annotations

import contextlib
import gc
import signal
import time
from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from .protocol.heartbeat import loaded
from .protocol.limit import AskLimit
from .protocol.messages import (
    Advance,
    Close,
    Command,
    DropDraft,
    Edit,
    Finished,
    KeepDraft,
    Message,
    Pause,
    Resume,
    RunStatus,
    Stop,
    Train,
    TrainDraft,
)
from .protocol.pictures import DropQuestion, Question

if TYPE_CHECKING:
    from .training.driver import Driver

REST = 0.2
"""Seconds without anything to do, after which memory that was freed is given back."""


def main(connection: Connection) -> None:
    """Serve one window until it closes its end of the pipe."""
    # they reach the whole group, or every process of a job; the window decides what they mean, and closes the pipe
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    try:
        _Engine(connection).serve()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


class _Engine:
    """Serves commands between slices of training; one run at a time, further ones wait in line.

    A draft trains while no run is under way.
    """

    def __init__(self, connection: Connection) -> None:
        started = time.perf_counter()
        gc.disable()  # until everything is loaded
        from .inspection.answers import Answers
        from .inspection.aside import Aside
        from .inspection.predictors import PREDICTORS
        from .training.asked import asked_training, ready_since
        from .training.drafts import Drafts
        from .training.first_use import FirstUse
        from .training.warm_up import warm_up

        self._connection = connection
        self._line: deque[Train] = deque()
        self._active: Driver | None = None
        self._first_use = FirstUse()
        self._training = partial(asked_training, ready=self._first_use.ready)
        self._drafts = Drafts(self._training)
        self._answers = Answers()
        self._aside = Aside()
        self._cold: Iterator[None] | None = warm_up()
        """What is left to be loaded before the first run finds everything there."""
        self._untidy = False
        """Whether anything was done since freed memory was given back."""
        predictors = {name: predictor.title for name, predictor in PREDICTORS.items()}
        self._send([ready_since(started, predictors)])
        self._first_use.begin()

    def serve(self) -> None:
        """Handle commands and train in turn, for ever."""
        try:
            self._serve()
        finally:
            gc.enable()
            self._first_use.end()

    def _serve(self) -> None:
        while True:
            waits = self._waits()
            work = (bool(self._line) or self._drafts.busy) and not waits
            busy = work if self._active is None else not self._active.paused
            if not busy:
                self._warm_up()
                self._tidy_up()
            self._send(self._first_use.news())
            self._send(self._aside.news())
            idle = REST if waits or self._first_use.under_way or self._aside.busy else None
            while self._connection.poll(0 if busy else idle):
                command = self._connection.recv()
                if isinstance(command, Close):
                    return
                self._handle(command)
                busy = True
            waits = self._waits()
            if self._active is None and self._line and not waits:
                self._begin(self._line.popleft())
            if self._active is not None and not self._active.paused:
                self._tell(self._active, self._active.go_on())
            elif self._active is None and not waits:
                self._send(self._drafts.go_on())

    def _waits(self) -> bool:
        """Say whether what begins next waits for code that is being compiled."""
        asked = self._line[0] if self._line else self._drafts.next
        return self._active is None and asked is not None and self._first_use.holds(asked)

    def _warm_up(self) -> None:
        """Load what the first run needs, as long as there is nothing else to do."""
        with contextlib.suppress(Exception):  # a run that meets it will say it
            while self._cold is not None:
                if self._connection.poll(0):
                    return
                next(self._cold)
        self._has_loaded()

    def _has_loaded(self) -> None:
        """Load nothing ahead any longer."""
        self._cold = None
        if not gc.isenabled():
            loaded()

    def _tidy_up(self) -> None:
        """Give memory back that was freed, unless there is something to do soon."""
        from .training.driver import tidy_up

        if self._untidy and not self._connection.poll(REST):
            tidy_up()
            self._untidy = False

    def _handle(self, command: Command) -> None:
        self._untidy = True
        self._has_loaded()  # a run loads what else it needs
        match command:
            case Train():
                self._drafts.drop()
                self._line.append(command)
            case TrainDraft():
                self._drafts.ask(command)
            case DropDraft():
                self._drafts.drop()
            case KeepDraft(run=run):
                self._keep(run)
            case Question():
                active = self._active if self._active and self._active.run == command.subject.run else None
                training = active.training if active else None
                if isinstance(command, AskLimit):  # it takes many seconds
                    self._aside.take(self._answers.aside(command, training, self._aside.wants))
                else:
                    self._send([self._answers.to(command, training)])
            case DropQuestion(request=request):
                self._aside.drop(request)
            case Stop(run=run) if any(waiting.run == run for waiting in self._line):
                self._line = deque(waiting for waiting in self._line if waiting.run != run)
                self._send([Finished(run, RunStatus.STOPPED, 0, "stopped before it began", 0.0)])
            case Pause() | Resume() | Advance() | Stop() | Edit():
                active = self._active
                if active is not None and active.run == command.run:  # else it ended meanwhile
                    self._tell(active, active.obey(command))

    def _keep(self, run: str) -> None:
        """Go on with the draft as the run under way."""
        driver, untold = self._drafts.keep(run)
        if driver is not None:
            self._active = driver
            self._tell(driver, untold)

    def _begin(self, command: Train) -> None:
        from .training.driver import Driver

        self._active = Driver(
            command.run,
            partial(self._training, command),
            paused=command.paused,
            changes=command.changes,
            watched=True,
        )
        self._tell(self._active, self._active.begin())

    def _tell(self, driver: Driver, messages: Iterable[Message]) -> None:
        """Send what a run says; one that cannot be told, as where memory holds no copy of a message, ends alone."""
        from .training.driver import failed

        try:
            self._send(messages)
        except (BrokenPipeError, ConnectionResetError):  # the window is gone
            raise
        except Exception as error:
            driver.ended = True
            self._send([failed(driver.run, error)])
        if driver.ended:
            self._active = None

    def _send(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._connection.send(message)
