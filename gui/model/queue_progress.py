"""How far all that was asked for has come: the run under way and what waits, with the time left for each."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import overload

from PySide6.QtCore import QObject, Slot

from engine.data import sizes
from engine.experiment.structure import structure
from engine.experiment.structure.cost import step_seconds
from engine.words.errors import Refusal

from .run import Run
from .run_queue import WaitingRun
from .run_table.differences import Differences
from .trainer import Trainer

UNKNOWN = 1e-5
"""Seconds that a step is taken to last where the sizes of its data are not known before they are read."""


@dataclass(frozen=True)
class QueueLine:
    """One run that is under way or waits."""

    id: str
    name: str
    title: str
    differs: str
    """What it has that others of this queue have not, in the words of the table of runs."""
    step: int
    """From which it goes on; 0 for one that is to begin."""
    steps: int
    """The last step asked for."""
    seconds: float | None
    """About how long the rest of it takes; None where that is not known yet."""
    waits: bool


SETTLED = 0.25
"""Seconds of training after its first records from which a run's pace is worth telling."""
TURN = 0.01
"""Seconds of one look that go into runs whose work is not known yet."""


class QueueLines(Sequence[QueueLine]):
    """The lines of a queue, each made when it is asked for: of thousands a page is seen."""

    def __init__(self, runs: Sequence[Run] = (), line: Callable[[int], QueueLine] | None = None) -> None:
        self.runs = runs
        self.ids = [run.id for run in runs]
        self._line = line
        self._made: dict[int, QueueLine] = {}

    def __len__(self) -> int:
        return len(self.runs)

    @overload
    def __getitem__(self, place: int) -> QueueLine: ...
    @overload
    def __getitem__(self, place: slice) -> list[QueueLine]: ...
    def __getitem__(self, place: int | slice) -> QueueLine | list[QueueLine]:
        places = range(len(self.runs))[place]
        assert self._line is not None or not self.runs, "somebody makes the lines"
        if isinstance(places, range):
            return [self[each] for each in places]
        assert self._line is not None
        if places not in self._made:
            self._made[places] = self._line(places)
        return self._made[places]

    def __iter__(self) -> Iterator[QueueLine]:
        return (self[place] for place in range(len(self.runs)))


@dataclass(frozen=True)
class QueueProgress:
    """How far all that was asked for has come."""

    waiting: int = 0
    """How many runs wait."""
    busy: bool = False
    """Whether a run is under way."""
    share: float = 0.0
    """Of the work since nothing waited, 0 to 1."""
    seconds: float | None = None
    """About how long all of it takes; None where that is not known yet."""

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is under way and nothing waits."""
        return not (self.waiting or self.busy)


@dataclass
class KnownPace:
    """What runs of one kind have taken here, as a multiple of the estimate from their sizes."""

    seconds: float = 0.0
    """Of training, without what passed before the first records."""
    work: float = 0.0
    """Estimated seconds of the same steps."""
    starts: list[float] = field(default_factory=list)
    """Seconds before the first records, of each; the first of a kind may have been compiled for."""

    @property
    def pace(self) -> float | None:
        """The multiple; None where too little has trained to say."""
        return self.seconds / self.work if self.work > 0 and self.seconds >= SETTLED else None

    @property
    def start(self) -> float:
        """Seconds that a run takes to begin; 0 where that is not known."""
        return min(self.starts) if len(self.starts) > 1 else 0.0

    def add(self, other: KnownPace) -> None:
        """Take up what another run has taken."""
        self.seconds, self.work = self.seconds + other.seconds, self.work + other.work
        self.starts += other.starts


class QueueWatch(QObject):
    """Estimates what is left from the sizes of the runs, by the pace of those that have trained here, of a kind first.

    It is asked several times a second: what waits is summed up once, when the queue changes.
    """

    def __init__(self, trainer: Trainer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._trainer = trainer
        self._costs: dict[str, float] = {}
        """Seconds of a step by the estimate, of every run of this queue."""
        self._kinds: dict[str, Hashable] = {}
        """Which of these runs are of a kind."""
        self._costs_of: dict[Hashable, float] = {}
        """The same by data and network: many runs of a queue share these."""
        self._waiting: dict[Hashable, tuple[int, float]] | None = None
        """How many runs wait and their work, by kind; None: it is to be summed up again."""
        self._works: dict[tuple[str, int], tuple[Hashable, float]] = {}
        """Kind and work of each that waits, by run and the step from which it goes on."""
        self._unknown = 0
        """Of how many of them that is not known yet."""
        self._known: dict[Hashable, KnownPace] = {}
        """By kind, of the runs that have ended."""
        self._any = KnownPace()
        """Of all runs that have ended."""
        self._begun: tuple[str, int, float] = ("", 0, 0.0)
        """The run under way, and the step and seconds at which it had its first records here."""
        self._ended: dict[str, float] = {}
        """The work of runs that have ended since nothing waited."""
        self._differences = Differences()
        trainer.run_ended.connect(self._on_run_ended)
        trainer.state_changed.connect(self._on_state_changed)
        trainer.queue.changed.connect(self._on_queue_changed)

    def now(self) -> QueueProgress:
        """Return how it stands."""
        current = self._trainer.current
        done = sum(self._ended.values())
        if self._waiting is None or self._unknown:
            self._waiting = self._summed(self._trainer.queue.waiting)
        left = sum(work for _, work in self._waiting.values())
        parts = [self._seconds(kind, work, runs) for kind, (runs, work) in self._waiting.items()]
        if current is not None:
            self._note(current)
            work = self._work(current, current.step)
            done += self._cost(current) * current.step
            left += work
            parts.append(self._seconds(self._kind(current), work, 0))
        seconds = None if None in parts else sum(part or 0.0 for part in parts)
        share = done / (done + left) if done > 0 else 0.0
        return QueueProgress(len(self._trainer.queue), current is not None, share, seconds)

    def lines(self) -> QueueLines:
        """Return all that is under way or waits, in order."""
        current, waiting = self._trainer.current, self._trainer.queue.waiting
        first = [] if current is None else [current]
        runs = [*first, *(one.run for one in waiting)]
        self._differences.look_at(runs)

        def line(place: int) -> QueueLine:
            if current is not None and not place:
                return self._line(current, current.step, waits=False)
            one = waiting[place - len(first)]
            return self._line(one.run, one.first_step, waits=True)

        return QueueLines(runs, line)

    @property
    def is_told(self) -> bool:
        """Say whether all is known, which takes a few turns where very many runs wait."""
        return self._differences.is_told and not self._unknown

    def _line(self, run: Run, step: int, *, waits: bool) -> QueueLine:
        seconds = self._seconds(self._kind(run), self._work(run, step), int(waits))
        differs = self._differences.of(run)
        return QueueLine(run.id, run.name, run.title, differs, step, run.steps, seconds, waits)

    def _note(self, current: Run) -> None:
        """Note at which step and second the run under way had its first records."""
        if self._begun[0] != current.id and current.step > 0:
            self._begun = current.id, current.step, current.history.seconds

    def _taken(self, run: Run) -> KnownPace:
        """Return what a run has taken so far since its first records, by its latest pace while it is under way."""
        id, step, seconds = self._begun
        if run.id != id or run.step <= step:
            return KnownPace()
        passed, rate = run.history.seconds - seconds, run.history.steps_per_second
        steps = passed * rate if rate > 0 else run.step - step
        return KnownPace(passed, self._cost(run) * steps, [seconds])

    def _seconds(self, kind: Hashable, work: float, begun: int) -> float | None:
        """Return about how long some work of a kind takes in so many runs that are to begin; None: not known yet."""
        known, current = self._known.get(kind, KnownPace()), self._trainer.current
        paces = [known.pace]
        if current is not None:
            now = self._taken(current).pace
            paces = [now, known.pace] if kind == self._kind(current) else [known.pace, now]
        pace = next((pace for pace in (*paces, self._any.pace) if pace is not None), None)
        return None if pace is None else work * pace + begun * known.start

    def _summed(self, waiting: Sequence[WaitingRun]) -> dict[Hashable, tuple[int, float]]:
        """Return runs and work of all that waits by kind; what a look has no time for is taken to be like the rest."""
        end, known = time.perf_counter() + TURN, self._works
        works = {}
        for one in waiting:
            key = one.run.id, one.first_step
            if key in known or time.perf_counter() < end:
                works[key] = known[key] if key in known else self._measured(one)
        self._works = works
        self._unknown = len(waiting) - len(works)
        sums: dict[Hashable, tuple[int, float]] = {}
        for kind, work in works.values():
            runs, before = sums.get(kind, (0, 0.0))
            sums[kind] = runs + 1, before + work
        more = len(waiting) / max(len(works), 1)
        return {kind: (round(runs * more), work * more) for kind, (runs, work) in sums.items()}

    def _measured(self, one: WaitingRun) -> tuple[Hashable, float]:
        return self._kind(one.run), self._work(one.run, one.first_step)

    def _kind(self, run: Run) -> Hashable:
        """Return what runs have in common whose steps take alike."""
        self._cost(run)
        return self._kinds[run.id]

    def _work(self, run: Run, step: int) -> float:
        """Return about how long a run takes from a step on, by sizes alone."""
        return self._cost(run) * max(run.steps - step, 0)

    def _cost(self, run: Run) -> float:
        """Return about how long a step of a run takes, by sizes alone."""
        if run.id not in self._costs:
            experiment = run.experiment
            key = experiment.data, experiment.network, experiment.replicas, run.document.folder
            if key not in self._costs_of:
                self._costs_of[key] = _step_seconds(run)
            self._costs[run.id] = self._costs_of[key]
            self._kinds[run.id] = hash((key, experiment.optimizer.kind, experiment.measure))
        return self._costs[run.id]

    @Slot(str)
    def _on_run_ended(self, id: str) -> None:
        run = self._trainer.run_of(id)
        if id in self._costs:
            self._ended[id] = self._costs[id] * (run.step if run is not None else 0)
        if run is not None and id == self._begun[0]:
            taken = self._taken(run)
            self._known.setdefault(self._kind(run), KnownPace()).add(taken)
            self._any.add(replace(taken, starts=[]))

    @Slot()
    def _on_queue_changed(self) -> None:
        self._waiting = None

    @Slot()
    def _on_state_changed(self) -> None:
        if self._trainer.state == "idle":
            self._ended.clear()
            self._costs.clear()
            self._kinds.clear()
            self._costs_of.clear()
            self._differences = Differences()


def _step_seconds(run: Run) -> float:
    experiment = run.experiment
    if experiment.data.reads or experiment.data.slow_start:
        return UNKNOWN
    try:
        ends = sizes(experiment.data, run.document.folder).ends
        return step_seconds(structure(experiment.network, ends), ends.samples, experiment.replicas)
    except Refusal:
        return UNKNOWN  # it is refused when its turn comes
