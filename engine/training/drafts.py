"""The draft that a window steers: the newest asked for is the next, and what one tells comes in few messages."""

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
    """Trains one draft at a time; of those asked for meanwhile the newest is the next.

    It begins at once, but for a draft of a moving hand, which tells something first: nothing would ever be seen where
    each gave way to the next. Whoever steers says every edit as it comes, and so no draft waits for a question.
    """

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
        self._asked: TrainDraft | None = None
        """What has not begun yet."""
        self._driver: Driver | None = None
        self._gives_way = False
        """Whether what trains ends where it is as soon as there is another."""
        self._answers = QuickAnswers()
        self._untold: list[Message] = []
        self._told_at = 0.0

    @property
    def busy(self) -> bool:
        """Say whether there is anything to do."""
        return self._asked is not None or self._driver is not None

    @property
    def next(self) -> TrainDraft | None:
        """Return what begins now; None where what trains goes on."""
        return self._asked if self._driver is None or self._gives_way else None

    def ask(self, draft: TrainDraft) -> None:
        """Train this one next, in place of any that has not begun."""
        self._asked = draft

    def drop(self) -> None:
        """End the draft, and say nothing more of it."""
        if self._driver is not None:
            self._driver.close()
        self._let_go()

    def go_on(self) -> Iterator[Drafted]:
        """Take the next slice of the draft's training; tell what came of it once it is due."""
        if self.next is not None:
            yield from self._begin(self.next)
        elif self._driver is not None:
            yield from self._take(self._driver, self._driver.go_on())

    def keep(self, run: str) -> tuple[Driver | None, list[Message]]:
        """Hand over the draft of this name as a run under way, with what it has not told; None where there is none."""
        driver, untold = self._driver, self._untold
        if driver is None or driver.run != run:
            return None, []
        self._let_go()
        return driver, untold

    def _let_go(self) -> None:
        self._asked = self._driver = None
        self._untold = []

    def _begin(self, draft: TrainDraft) -> Iterator[Drafted]:
        self.drop()
        self._told_at = self._clock()
        self._gives_way = not draft.at_hand
        self._driver = driver = Driver(
            draft.run, partial(self._prepared, draft), resumable=not draft.at_hand, clock=self._clock
        )
        yield from self._take(driver, driver.begin())

    def _prepared(self, draft: TrainDraft) -> Training:
        if not draft.at_hand:
            return self._prepare(draft, self._answers.whole)
        training = self._prepare(draft, self._answers.at_hand)
        training.measuring.choose = light
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
        self._gives_way = True
        if driver.ended:
            self._driver = None
        yield Drafted(driver.run, told)
        self._told_at = self._clock()
