"""When a run under way keeps a state to go on from: soon at first, then less often as it costs and as time goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

FIRST = 0.5
"""Seconds after its beginning at which a run keeps its first state, at the latest."""
SMALL = 8 * 2**20
"""Bytes above which a run does so as soon as one tenth of `QUICKEST` has passed for each of them."""
QUICKEST = 2**30
"""Bytes a second that no state is written faster than."""
SHARE = 0.05
"""Of a run's time that keeping states may take."""
RATE = 8 * 2**20
"""Bytes a second that states may take of a disk."""
GROWTH, LEAST, MOST = 0.1, 1.0, 10.0
"""A state that costs nothing is kept whenever the run is older by a tenth, within these seconds."""


class Keeping:
    """Says when the next state is due, from what the last ones took; no cost puts it off for ever."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = self._next = 0.0

    def begin(self, size: int) -> None:
        """Begin a run whose state has so many bytes."""
        self._began = self._clock()
        self._next = self._began + (FIRST if size <= SMALL else min(FIRST, 10 * size / QUICKEST))

    @property
    def due(self) -> bool:
        """Say whether a state is due."""
        return self._clock() >= self._next

    @contextmanager
    def kept(self, size: int) -> Iterator[None]:
        """Keep one of so many bytes inside, however long whoever listens takes for it."""
        started = self._clock()
        yield
        now = self._clock()
        aged = min(MOST, max(LEAST, GROWTH * (now - self._began)))
        self._next = now + max((now - started) / SHARE, size / RATE, aged)
