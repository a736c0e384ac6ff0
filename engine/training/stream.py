"""What a training loop yields: as it is asked for, or before, where everything recorded has to be measured."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator

from ..device import computing
from ..measurements.record_point import Frame
from ..protocol.records import RecordBatch
from ..protocol.run_history import RunHistory
from .recording import Recorder


class RecordStream:
    """The records of a run; whatever its loop does is counted in the run's seconds."""

    def __init__(self, recorder: Recorder, history: RunHistory, threads: int) -> None:
        """Wait for a loop; threads: with which it computes."""
        self._recorder, self._history, self._threads = recorder, history, threads
        self._loop: Iterator[RecordBatch | None] = iter(())
        self._unasked: deque[tuple[RecordBatch, tuple[Frame, ...]]] = deque()
        self.frames: tuple[Frame, ...] = ()
        """The records that were yielded last."""
        self.settling = False
        """Whether the loop is to measure what was recorded, and to take no step."""

    def of(self, loop: Iterator[RecordBatch | None]) -> Iterator[RecordBatch | None]:
        """Yield what a loop does, and before that what nobody asked for yet."""
        self._loop = loop
        while True:
            while self._unasked:
                batch, self.frames = self._unasked.popleft()
                yield batch
            try:
                yield self._next()
            except StopIteration:
                self.close()
                return

    def close(self) -> None:
        """Let go of the loop, which holds all of its run."""
        self._loop = iter(())

    def settled(self) -> Iterator[RecordBatch]:
        """Have everything measured that was recorded, and yield it."""
        self.settling = True
        try:
            while self._recorder.busy:
                batch = self._next()
                if batch is not None:
                    yield batch
        finally:
            self.settling = False

    def settle(self) -> None:
        """Have everything measured that was recorded; it is yielded once somebody asks for the next."""
        self._unasked.extend((batch, self.frames) for batch in self.settled())

    def _next(self) -> RecordBatch | None:
        started = time.perf_counter()
        with computing(self._threads):
            try:
                return next(self._loop)
            finally:
                self._history.seconds += time.perf_counter() - started
