"""Exact references while a hand moves: those that are known, and those that are soon solved."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

from ..references import Asymptote, NotKept, Reference, ReferenceUnavailable, answered, asked_anew, recalled

T = TypeVar("T", bound=Reference | Asymptote | list[Reference])
QUICK = 0.02
"""Seconds of the processor that solving may take while a hand moves."""
WAITS = "solved once the hand rests"


class QuickAnswers:
    """Asks solvers, and remembers how long each of them took the last time."""

    def __init__(self, clock: Callable[[], float] = time.thread_time) -> None:
        self._clock = clock
        self._took: dict[Callable[..., Any], float] = {}

    def whole(self, solve: Callable[..., T], *asked: Any) -> T:
        """Return what a solver answers, however long that takes.

        Raises:
            ReferenceUnavailable: where there is no answer.
        """
        try:
            return recalled(solve, *asked)
        except NotKept:
            return cast(T, self._timed(solve, answered, asked))

    def at_hand(self, solve: Callable[..., T], *asked: Any) -> T:
        """Return what a solver answers, where that is known or will not take long.

        Raises:
            ReferenceUnavailable: where there is no answer, or none yet.
        """
        try:
            return recalled(solve, *asked)
        except NotKept:
            if self._took.get(solve, math.inf) > QUICK:
                raise ReferenceUnavailable(WAITS) from None
            # nothing is written of one that is soon outdated
            return cast(T, self._timed(solve, asked_anew, asked))

    def _timed(self, solve: Callable[..., Any], ask: Callable[..., Any], asked: tuple[Any, ...]) -> Any:
        started = self._clock()
        try:
            return ask(solve, *asked)
        finally:
            self._took[solve] = self._clock() - started
