"""Trains a map beside the window: a thread plans and gathers, processes train, and the window hears now and then."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event, Thread

from engine.experiment.data import DataSpec
from engine.experiment.document import Document
from engine.protocol.points import PointResult
from engine.session.session_maps import SessionMaps
from engine.sweep.conduct import Conductor, SweepProgress
from engine.sweep.plan import MapPlan
from engine.sweep.points import points_of
from engine.sweep.workers import Workers, WorkersState
from engine.words.errors import Refusal

from ..patience import no_collection

AT_ONCE = 100
"""Points that one look takes up: a turn of the window's thread stays short."""

MOST_WAITING = 20
"""Pieces of news that wait for the window; no more points that the session has are read meanwhile: they are whole."""
PAUSE = 0.02
"""Seconds between two looks whether the window took some."""


@dataclass(frozen=True)
class Prepared:
    """All points were worked out, and judged."""

    keys: Sequence[str]
    """What stands for each point's experiment, by its number."""
    known: Collection[int]
    """The points of the map that need not be trained."""


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

    id: str
    """The map's in its session."""
    document: Document
    kept: SessionMaps
    """What the session knows."""
    make_workers: Callable[[Document, Iterable[DataSpec]], Workers]
    """Called by its thread, with the data of all points, which may take a while to be read."""
    staff: WorkersState | None = None
    """What trains by now; None before it is there."""
    told: str = ""
    """What was last said of them."""
    news: SimpleQueue[News] = field(default_factory=SimpleQueue)
    gathers: bool = False
    """Whether results may still come, or points have ended that nobody was told of."""
    _conductor: Conductor | None = None
    _paused: bool = False
    _data: dict[DataSpec, None] = field(default_factory=dict)
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

    @property
    def is_alive(self) -> bool:
        """Say whether its workers may still be there."""
        return self._thread is not None and self._thread.is_alive()

    def wait(self, seconds: float) -> None:
        """Wait until its workers are gone."""
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
            over = Over()
            workers: Workers | None = None
            try:
                conductor = self._prepared()
                if conductor is not None:
                    workers = self.make_workers(self.document, self._data)
                    workers.begin(self._stopping)
                    self._conduct(conductor, workers)
            except Refusal as refusal:
                over = Over(refusal)
            except Exception as error:  # whatever befalls a worker, the window goes on
                over = Over(Refusal("", None, f"the map cannot be trained: {error}"))
            self.news.put(over)
            self.gathers = False
            if workers is not None:
                with suppress(Exception):  # nobody waits for that
                    workers.close()

    def _prepared(self) -> Conductor | None:
        """Work out all points; return what trains those that are not known, None where there is nothing to train."""
        plan, keys = MapPlan(self.document), list[str]()
        for point in points_of(self.document):
            if self._stopping.is_set():
                return None
            keys.append(point.key)
            self._data[point.experiment.data] = None
            plan.add(point)
        numbers = {key: number for number, key in enumerate(keys)}
        known = {*self.kept.there(self.id, numbers)}
        self.news.put(Prepared(keys, frozenset(known)))
        for found in self.kept.elsewhere(self.id, numbers, known):
            known |= found.keys()
            self._tell(list(found.values()), SweepProgress(len(keys), len(known), 0))
            while self.news.qsize() > MOST_WAITING and not self._stopping.wait(PAUSE):
                pass
            if self._stopping.is_set():
                return None
        tasks = plan.tasks(known)
        return Conductor(self.document, tasks, paused=self._paused) if tasks else None

    def _conduct(self, conductor: Conductor, workers: Workers) -> None:
        self._conductor, self.gathers = conductor, True
        conductor.paused = self._paused
        if self._stopping.is_set():
            return
        for results, progress in conductor.results(workers):
            self.staff = workers.state
            for sentence in workers.told():
                self.told = sentence
            self._tell(results, progress)

    def _tell(self, results: Sequence[PointResult], progress: SweepProgress) -> None:
        for start in range(0, len(results), AT_ONCE):
            self.news.put(Ended(results[start : start + AT_ONCE], progress))
