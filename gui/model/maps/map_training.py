"""Trains a map beside the window: a thread plans and gathers, processes train, and the window hears now and then."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event, Thread

from engine.experiment.document import Document
from engine.protocol.points import PointResult
from engine.sweep.conduct import Conductor, SweepProgress
from engine.sweep.points import Point, points_of
from engine.sweep.workers import Workers, WorkersState
from engine.words.errors import Refusal

from ..patience import no_collection

AT_ONCE = 400
"""Points that one look takes up: a turn of the window's thread stays short."""


@dataclass(frozen=True)
class Prepared:
    """All points were worked out, and judged."""

    points: Sequence[Point]


@dataclass(frozen=True)
class Ended:
    """Some points have ended."""

    results: Sequence[PointResult]
    progress: SweepProgress


@dataclass(frozen=True)
class Over:
    """Nothing more comes."""

    refusal: Refusal | None = None


News = Prepared | Ended | Over


@dataclass
class MapTraining:
    """One training of a map's points that are not known yet."""

    document: Document
    known: Callable[[Sequence[Point]], tuple[Collection[int], Sequence[PointResult]]]
    """Returns the numbers of the points that are known, once all were worked out, and results that other maps have."""
    make_workers: Callable[[Document, Sequence[Point]], Workers]
    """Called by its thread: a cluster may take a while to answer."""
    staff: WorkersState | None = None
    """What trains by now; None before it is there."""
    told: str = ""
    """What was last said of them."""
    news: SimpleQueue[News] = field(default_factory=SimpleQueue)
    _conductor: Conductor | None = None
    _paused: bool = False
    _stopping: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def begin(self) -> None:
        """Begin in a thread of its own."""
        self._thread = Thread(target=self._train, name="map", daemon=True)
        self._thread.start()

    def pause(self, wanted: bool) -> None:
        """Begin no further task for now; or go on."""
        self._paused = wanted
        if self._conductor is not None:
            self._conductor.paused = wanted

    def stop(self) -> None:
        """Train nothing more; what is under way is not waited for."""
        self._stopping.set()
        if self._conductor is not None:
            self._conductor.stop()

    def wait(self, seconds: float) -> None:
        """Wait until its processes are gone."""
        if self._thread is not None:
            self._thread.join(seconds)

    def taken(self) -> list[News]:
        """Return what has come since, at most as much as a turn of the window's thread takes."""
        found: list[News] = []
        count = 0
        while count < AT_ONCE:
            try:
                told = self.news.get_nowait()
            except Empty:
                break
            found.append(told)
            count += len(told.results) if isinstance(told, Ended) else 1
        return found

    def _train(self) -> None:
        with no_collection():
            try:
                self._conducted()
            except Refusal as refusal:
                self.news.put(Over(refusal))
            except Exception as error:  # whatever befalls a worker, the window goes on
                self.news.put(Over(Refusal("", None, f"the map cannot be trained: {error}")))
            else:
                self.news.put(Over())

    def _conducted(self) -> None:
        points = list(points_of(self.document))
        gc.freeze()  # they are very many objects, in which collecting would look for cycles for long
        self.news.put(Prepared(points))
        there, found = self.known(points)
        known = {*there, *(result.point for result in found)}
        if found:
            self.news.put(Ended(found, SweepProgress(len(points), len(known), 0)))
        if len(known) == len(points) or self._stopping.is_set():
            return
        self._conductor = Conductor(self.document, points, known, paused=self._paused)
        workers = self.make_workers(self.document, points)
        try:
            for results, progress in self._conductor.results(workers):
                self.staff = workers.state
                for sentence in workers.told():
                    self.told = sentence
                if results:
                    self.news.put(Ended(results, progress))
                if self._stopping.is_set():
                    self._conductor.stop()
        finally:
            workers.close()
