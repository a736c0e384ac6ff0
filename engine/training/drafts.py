"""The draft that a window steers: the one asked for last trains, and what it tells comes in few messages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from ..measurements import light
from ..protocol.messages import Drafted, Message, TrainDraft
from ..references import Ask
from .asked import PATIENCE
from .driver import Driver, failed
from .loop import Training
from .quick_answers import QuickAnswers


class Drafts:
    """Trains one draft at a time; another one takes its place at once, between two slices of its training."""

    def __init__(
        self, prepare: Callable[[TrainDraft, Ask], Training], clock: Callable[[], float] = time.perf_counter
    ) -> None:
        """Make it without a draft.

        Args:
            prepare: makes the training of a draft that begins, given what solves its references; a refusal is a
                message like any other.
            clock: the seconds that have passed since some moment.
        """
        self._prepare, self._clock = prepare, clock
        self.asked: TrainDraft | None = None
        """What has not begun yet."""
        self._driver: Driver | None = None
        self._answers = QuickAnswers()
        self._untold: list[Message] = []
        self._told_at = 0.0

    @property
    def busy(self) -> bool:
        """Say whether there is anything to do."""
        return self.asked is not None or self._driver is not None

    def ask(self, draft: TrainDraft) -> None:
        """Train this one from now on; the one before ends where it is."""
        self.drop()
        self.asked = draft

    def drop(self) -> None:
        """End the draft, and say nothing more of it."""
        self.asked = self._driver = None
        self._untold = []

    def go_on(self) -> Iterator[Drafted]:
        """Take the next slice of the draft's training; tell what came of it once it is due."""
        if self.asked is not None:
            yield from self._begin(self.asked)
        elif self._driver is not None:
            yield from self._take(self._driver, self._driver.go_on())

    def keep(self, run: str) -> tuple[Driver | None, list[Message]]:
        """Hand over the draft of this name as a run under way, with what it has not told; None where there is none."""
        driver, untold = self._driver, self._untold
        if driver is None or driver.run != run:
            return None, []
        self.drop()
        return driver, untold

    def _begin(self, draft: TrainDraft) -> Iterator[Drafted]:
        self.asked, self._told_at = None, self._clock()
        self._driver = driver = Driver(draft.run, partial(self._prepared, draft), clock=self._clock)
        yield from self._take(driver, driver.begin())

    def _prepared(self, draft: TrainDraft) -> Training:
        if not draft.at_hand:
            return self._prepare(draft, self._answers.whole)
        training = self._prepare(draft, self._answers.at_hand)
        training.choose = light
        return training

    def _take(self, driver: Driver, messages: Iterable[Message]) -> Iterator[Drafted]:
        """Gather what a slice of training tells; one that goes wrong, as for memory, is the last."""
        try:
            self._untold += messages
        except Exception as error:
            self._untold, driver.ended = [failed(driver.run, error)], True
        if not driver.ended and self._clock() - self._told_at < PATIENCE:
            return
        told, self._untold = tuple(self._untold), []
        if driver.ended:
            self._driver = None
        yield Drafted(driver.run, told)
        self._told_at = self._clock()
