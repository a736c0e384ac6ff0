"""What came of training: records as NumPy arrays by column, events, references, verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..claims import Verdict, judge_all
from ..experiment.document import Document
from ..experiment.edits import LiveEdit
from ..experiment.experiment import Experiment
from ..protocol.messages import ReferenceSolved
from ..protocol.records import Array, Snapshot
from ..protocol.run_history import RunHistory


@dataclass(eq=False)
class RunResult:
    """One run: R replicas of one experiment, at the T steps recorded so far. Arrays are views: copy to keep."""

    name: str
    """The experiment's name in its document; '' for the only one."""
    title: str
    experiment: Experiment
    history: RunHistory
    """What the run has told so far; not part of the public interface."""
    id: str = ""
    """Of a run that a session holds: its id, which no other run has; titles may repeat in sessions of before."""
    snapshots: dict[int, Snapshot] = field(default_factory=dict)
    """The parameters by step, where they were asked for: `arrays["theta"]` is (R, P)."""

    @property
    def replicas(self) -> int:
        """Return R."""
        return self.history.records.replicas

    @property
    def steps(self) -> NDArray[np.int64]:
        """Return the recorded steps (T,), increasing."""
        return self.history.records.steps

    @property
    def records(self) -> dict[str, Array]:
        """Return every measurement by column, (T, R) float64; NaN where it is not defined."""
        return {name: self.history.records.column(name) for name in self.history.records.names}

    def final(self, column: str) -> Array:
        """Return the last defined value of a measurement for every replica, (R,); NaN where there is none."""
        return self.history.records.final(column)

    @property
    def events(self) -> dict[str, list[int | None]]:
        """Return the exact step of every event, one a replica, such as separated_step; None: not yet."""
        return self.history.events

    @property
    def counters(self) -> dict[str, Array]:
        """Return running totals over every step, (R,), such as smoothed_margin_decreases."""
        return self.history.counters

    @property
    def edits(self) -> tuple[LiveEdit, ...]:
        """Return what was changed while it ran: step, field, old and new value, in the order of steps."""
        return tuple(self.history.edits)

    @property
    def references(self) -> tuple[ReferenceSolved, ...]:
        """Return the exactly solved answers, one value a replica, and why others are missing."""
        return self.history.references

    @property
    def remarks(self) -> Mapping[str, str]:
        """Return remarks about measurements, by column."""
        return self.history.remarks

    @property
    def environment(self) -> Mapping[str, str]:
        """Return versions, device and threads that the run was computed with."""
        return {} if self.history.started is None else self.history.started.environment

    @property
    def status(self) -> str:
        """Return running, done, stopped, diverged or failed."""
        return str(self.history.status)

    @property
    def sentence(self) -> str:
        """Return why it ended; '' where it ran to its last step."""
        return self.history.sentence

    @property
    def seconds(self) -> float:
        """Return the time of training with its measurements, without start-up and references."""
        return self.history.seconds


@dataclass(frozen=True, eq=False)
class Results:
    """What came of every experiment of a document."""

    document: Document
    runs: Mapping[str, RunResult]
    """By the experiments' names; the only one of a simple document is named ''."""

    @property
    def run(self) -> RunResult:
        """Return the first run, which of a simple document is the only one."""
        return next(iter(self.runs.values()))

    @property
    def verdicts(self) -> list[Verdict]:
        """Return what became of each of `document.claims`, in their order."""
        return judge_all(self.document, {name: run.history for name, run in self.runs.items()})
