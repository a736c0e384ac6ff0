"""What the window knows of one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.experiment.differences import in_words
from engine.experiment.document import Document, variation_of
from engine.experiment.experiment import Experiment, with_values
from engine.messages import Edited, Fact, Finished, Noted, Recorded, ReferenceSolved, SnapshotTaken, Started
from engine.records import Records, RunLog, Snapshot

ENDED = ("done", "stopped", "diverged", "failed")
UNDER_WAY = ("starting", "running", "paused")


@dataclass
class Run:
    """One run: what was asked for, what it has told so far, and how it is shown."""

    id: str
    name: str
    colour: int
    """Index into the palette."""
    document: Document
    """As it is being trained: edits that were applied live are in it."""
    experiment_name: str = ""
    group: str = ""
    """Runs of one press of Run: claims compare within it."""
    lineage: int = 0
    """Which loaded document it came from: edits of another one do not concern it."""
    visible: bool = True
    status: str = "queued"
    """queued, starting, running, paused, done, stopped, diverged or failed."""
    sentence: str = ""
    """How it ended, in words."""
    notes: str = ""
    log: RunLog = field(default_factory=lambda: RunLog(Records()))
    step: int = 0
    steps_per_second: float = 0.0
    started: Started | None = None
    references: list[ReferenceSolved] = field(default_factory=list)
    remarks: dict[str, str] = field(default_factory=dict)
    """About measurements, by column, and about references that are missing."""
    snapshot_steps: list[int] = field(default_factory=list)
    resumable_step: int | None = None
    """The last step from which training can go on exactly."""
    edits: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    """What was changed while it ran, and at which step."""
    experiment: Experiment = field(init=False)

    def __post_init__(self) -> None:
        self.experiment = self.document.experiments()[self.experiment_name]
        if not len(self.log.records):
            self.log.records = Records(self.experiment.replicas)

    @property
    def title(self) -> str:
        """The title of the file that it came from, which all runs of a comparison share."""
        return self.document.base.title

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def under_way(self) -> bool:
        return self.status in UNDER_WAY

    @property
    def facts(self) -> tuple[Fact, ...]:
        return self.started.facts if self.started is not None else ()

    @property
    def steps(self) -> int:
        """The last step asked for."""
        return self.experiment.run.steps

    def final(self, column: str) -> float | None:
        """Return the worst replica's last value of a column, None where there is none."""
        if column not in self.log.records:
            return None
        values = self.log.records.final(column)
        worst = float(values.min()) if len(values) else float("nan")
        return None if worst != worst else worst

    def differs_from(self, before: Run | None) -> str:
        """Say what this run has that the one before has not."""
        if before is None:
            return ""
        return in_words(before.experiment, self.experiment) or "the same experiment"

    # --- what the engine tells ----------------------------------------------------------------------------

    def take_start(self, message: Started) -> None:
        self.started = message
        self.step = message.step
        self.sentence = ""
        self.log.finished, self.log.status = False, "running"

    def cut(self, step: int) -> None:
        """Forget everything after a step (-1: all of it): the run goes on from there."""
        self.log.records.truncate(step)
        self.log.events = {
            name: [at if at is not None and at <= step else None for at in steps]
            for name, steps in self.log.events.items()
        }
        self.log.finished, self.log.status = False, "running"
        self.snapshot_steps = [at for at in self.snapshot_steps if at <= step]
        self.step = max(step, 0)

    def take(self, message: Noted | ReferenceSolved | SnapshotTaken | Edited) -> None:
        """Take up what the engine says besides records."""
        match message:
            case Noted():
                self.remarks |= message.notes
            case ReferenceSolved():
                self.references = [r for r in self.references if r.kind != message.kind] + [message]
            case SnapshotTaken():
                self._take_snapshot(message.snapshot)
            case Edited():
                self.edits.append((message.step, dict(message.changes)))
                self.document = document_with(self.document, self.experiment_name, message.changes)
                self.experiment = self.document.experiments()[self.experiment_name]

    def take_records(self, message: Recorded) -> None:
        self.log.records.extend(message.batch)
        self.log.events = dict(message.events)
        self.log.counters = dict(message.counters)
        self.log.seconds = message.seconds
        self.step = message.step
        self.steps_per_second = message.steps_per_second

    def _take_snapshot(self, snapshot: Snapshot) -> None:
        if snapshot.resumable:
            self.resumable_step = snapshot.step
        if snapshot.step not in self.snapshot_steps:
            self.snapshot_steps = sorted([*self.snapshot_steps, snapshot.step])

    def take_end(self, message: Finished) -> None:
        self.log.seconds = message.seconds
        self.step = message.step
        self.end(message.status, message.sentence)

    def end(self, status: str, sentence: str) -> None:
        self.status, self.sentence = status, sentence
        self.log.status, self.log.finished = status, True
        self.steps_per_second = 0.0


def document_with(document: Document, name: str, changes: Mapping[str, Any]) -> Document:
    """Return the document with dotted paths of one of its experiments set.

    Args:
        document: what is changed.
        name: an experiment of a file that compares, or '' for what all of them share.
        changes: dotted paths and values, in order.

    Raises:
        Refusal: where one of its experiments would not be allowed.
    """
    if not name:
        return document.with_base(with_values(document.base, changes))
    wanted = with_values(document.experiments()[name], changes)
    changed = variation_of(name, document.base, wanted)
    variations = tuple(changed if v.name == name else v for v in document.variations)
    return document.model_copy(update={"variations": variations})
