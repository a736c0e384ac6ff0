"""What axes hold: runs and replicas that did not diverge, as long as there are any; the others go beyond them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from engine.protocol.messages import RunStatus
from engine.protocol.run_history import DIVERGED, RunHistory
from engine.words.formats import counted

from .ranges import Range, joined

RUINED = 1.5
"""How many times as long an axis would have to be before it no longer holds what diverged."""


def lost_replicas(history: RunHistory) -> NDArray[np.bool_]:
    """Say which replicas (R,) diverged."""
    replicas = history.records.replicas
    if history.status is RunStatus.DIVERGED:
        return np.ones(replicas, bool)
    steps = history.events.get(DIVERGED, [])
    return np.array([r < len(steps) and steps[r] is not None for r in range(replicas)], bool)


class HeldSpan:
    """Gathers what lines span, and says what an axis holds of it."""

    def __init__(self) -> None:
        self._wholes: list[Range | None] = []
        self._calms: list[Range | None] = []
        self._spans: list[tuple[str, Range]] = []

    def add(self, run: str, whole: Range | None, calm: Range | None) -> None:
        """Take in a line of a run: what it spans, and what those of its replicas span that did not diverge."""
        self._wholes.append(whole)
        self._calms.append(calm)
        if whole is not None and whole != calm:
            self._spans.append((run, whole))

    def range(self, *, diverged: bool) -> Range | None:
        """Return what the axis holds: what did not diverge where there is anything, else all; None for nothing.

        Args:
            diverged: whether it holds what diverged in any case.
        """
        calm, whole = self._joined()
        return whole if diverged or not is_ruined(calm, whole) else calm

    def beyond(self) -> set[str]:
        """Return the runs that leave an axis which holds what did not diverge; none where it can hold all."""
        calm, whole = self._joined() if self._spans else (None, None)
        if calm is None or not is_ruined(calm, whole):
            return set()
        low, high = calm
        return {run for run, span in self._spans if span[0] < low or span[1] > high}

    def _joined(self) -> tuple[Range | None, Range | None]:
        """Return what did not diverge, and all."""
        return joined(*self._calms), joined(*self._wholes)


def is_ruined(calm: Range | None, whole: Range | None) -> bool:
    """Say whether an axis that holds all leaves too little room for what did not diverge."""
    if calm is None or whole is None:
        return False
    return whole[1] - whole[0] > RUINED * (calm[1] - calm[0])


def diverged_words(beyond: Iterable[RunHistory], one: str = "run", part: str = "replica") -> str:
    """Say how many diverged: '2 diverged runs and 1 diverged replica'; '' for none.

    Args:
        beyond: what diverged runs, or runs with diverged replicas, told.
        one: what each is called of which all diverged.
        part: what each of the others' replicas is called.
    """
    runs = replicas = 0
    for history in beyond:
        lost = lost_replicas(history)
        runs += bool(lost.all())
        replicas += 0 if lost.all() else int(lost.sum())
    told = [counted(n, f"diverged {noun}") for n, noun in ((runs, one), (replicas, part)) if n]
    return " and ".join(told)
