"""How far all that was asked for has come: the run under way and what waits, with the time left for each."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Slot

from engine.data import sizes
from engine.errors import Refusal
from engine.experiment.structure import structure
from engine.experiment.structure.cost import step_seconds

from .run import Run
from .trainer import Trainer

UNKNOWN = 1e-5
"""Seconds that a step is taken to last where the sizes of its data are not known before they are read."""


@dataclass(frozen=True)
class QueueLine:
    """One run that is under way or waits."""

    id: str
    name: str
    title: str
    step: int
    """From which it goes on; 0 for one that is to begin."""
    steps: int
    """The last step asked for."""
    seconds: float | None
    """About how long the rest of it takes; None where that is not known yet."""
    waits: bool


@dataclass(frozen=True)
class QueueProgress:
    """All that is under way or waits, in order, and how far all of it has come."""

    lines: tuple[QueueLine, ...] = ()
    share: float = 0.0
    """Of the work since nothing waited, 0 to 1."""

    @property
    def waiting(self) -> int:
        """How many runs wait."""
        return sum(line.waits for line in self.lines)

    @property
    def seconds(self) -> float | None:
        """About how long all of it takes; None where that is not known yet."""
        parts = [line.seconds for line in self.lines]
        return None if None in parts else sum(part for part in parts if part is not None)


class QueueWatch(QObject):
    """Estimates what is left from the sizes of the runs, by the pace of those that have trained here."""

    def __init__(self, trainer: Trainer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._trainer = trainer
        self._costs: dict[str, float] = {}
        """Seconds of a step by the estimate, of every run of this queue."""
        self._pace: float | None = None
        """What a step took, as a multiple of the estimate."""
        self._ended: dict[str, float] = {}
        """The work of runs that have ended since nothing waited."""
        trainer.run_ended.connect(self._on_run_ended)
        trainer.state_changed.connect(self._on_state_changed)

    def now(self) -> QueueProgress:
        """Return how it stands."""
        current, lines = self._trainer.current, []
        done = sum(self._ended.values())
        left = 0.0
        if current is not None:
            cost, rate = self._cost(current), current.history.steps_per_second
            if rate > 0:
                self._pace = 1 / rate / cost
            lines.append(self._line(current, current.step, waits=False))
            done += cost * current.step
            left += cost * max(current.steps - current.step, 0)
        for waiting in self._trainer.queue.waiting:
            lines.append(self._line(waiting.run, waiting.first_step, waits=True))
            left += self._cost(waiting.run) * max(waiting.run.steps - waiting.first_step, 0)
        return QueueProgress(tuple(lines), done / (done + left) if done > 0 else 0.0)

    def _line(self, run: Run, step: int, *, waits: bool) -> QueueLine:
        cost = self._cost(run)
        seconds = None if self._pace is None else max(run.steps - step, 0) * cost * self._pace
        return QueueLine(run.id, run.name, run.title, step, run.steps, seconds, waits)

    def _cost(self, run: Run) -> float:
        """Return about how long a step of a run takes, by sizes alone."""
        if run.id not in self._costs:
            self._costs[run.id] = _step_seconds(run)
        return self._costs[run.id]

    @Slot(str)
    def _on_run_ended(self, id: str) -> None:
        if id in self._costs:
            run = self._trainer.run_of(id)
            self._ended[id] = self._costs[id] * (run.step if run is not None else 0)

    @Slot()
    def _on_state_changed(self) -> None:
        if self._trainer.state == "idle":
            self._ended.clear()
            self._costs.clear()


def _step_seconds(run: Run) -> float:
    experiment = run.experiment
    if experiment.data.reads or experiment.data.slow_start:
        return UNKNOWN
    try:
        ends = sizes(experiment.data, run.document.folder).ends
        return step_seconds(structure(experiment.network, ends), ends.samples, experiment.replicas)
    except Refusal:
        return UNKNOWN  # it is refused when its turn comes
