"""What one run has told so far: one account, kept alike by whoever listens. No torch, no Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..experiment.edits import LiveEdit, taken_up
from ..experiment.fact import Fact
from . import definitions
from .definitions import Definitions
from .messages import (
    Edited,
    Failed,
    Finished,
    Message,
    Noted,
    Paused,
    Recorded,
    ReferenceSolved,
    Resumed,
    RunStatus,
    SnapshotTaken,
    Started,
)
from .records import Array, Records, Snapshot

Events = dict[str, list[int | None]]
"""Exact step of an event per replica; None: not yet."""
DIVERGED = "diverged_step"
"""The event of a replica whose parameters or loss are no longer finite."""


AT_SOME_RECORDS = "taken at some records alone"
"""What a remark says of a measurement that thins itself."""


@dataclass
class RunHistory:
    """Status, records, events and references of one run, as its messages told them."""

    records: Records
    status: RunStatus = RunStatus.QUEUED
    sentence: str = ""
    """How it ended, for people."""
    step: int = 0
    seconds: float = 0.0
    """Training with its measurements, without start-up and references."""
    steps_per_second: float = 0.0
    events: Events = field(default_factory=dict)
    counters: dict[str, Array] = field(default_factory=dict)
    """Running totals (R,) over every step, such as smoothed_margin_decreases."""
    started: Started | None = None
    """What was known before the first step: device, facts, environment."""
    references: tuple[ReferenceSolved, ...] = ()
    remarks: dict[str, str] = field(default_factory=dict)
    """About measurements, by column, and about references that are missing."""
    snapshot_steps: list[int] = field(default_factory=list)
    """The steps that have a snapshot, increasing."""
    resumable_step: int | None = None
    """The last step from which training can go on exactly."""
    definitions: Definitions = field(default_factory=dict)
    """Which definition its columns have that were defined anew, and from which step on."""
    edits: list[LiveEdit] = field(default_factory=list)
    """What was changed while it ran, in the order of steps."""
    glanced: bool = False
    """Whether its records are what was quick of the first, which comes again as a whole."""

    @property
    def finished(self) -> bool:
        """Say whether nothing more will be recorded."""
        return self.status.ended

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What was known before the first step."""
        return self.started.facts if self.started is not None else ()

    @property
    def sha256(self) -> str:
        """Return the checksum of the data; '' where it is not known."""
        data = None if self.started is None else self.started.data
        return "" if data is None else data.sha256

    def lost(self, replica: int) -> int | None:
        """Return the step at which a replica diverged; None: it did not."""
        steps = self.events.get(DIVERGED, [])
        return steps[replica] if replica < len(steps) else None

    def steps_of(self, replica: int) -> list[int]:
        """Return the steps with a snapshot that a replica came to, increasing."""
        lost = self.lost(replica)
        return [step for step in self.snapshot_steps if lost is None or step < lost]

    def why_no_picture(self, replica: int, step: int) -> str:
        """Say why there is no picture of a replica at a step that it did not come to; '' where it did."""
        lost = self.lost(replica)
        if lost is None or step < lost:
            return ""
        return diverged_words(replica, lost)

    def apply(self, message: Message) -> None:
        """Take up what the engine says of this run."""
        match message:
            case Started(step=step):
                self.started, self.step = message, step
                self.definitions = definitions.taken_up(self.definitions, message.definitions, step)
                self.status, self.sentence = RunStatus.RUNNING, ""
            case ReferenceSolved(kind=kind, title=title):
                self.references = (
                    *(r for r in self.references if (r.kind, r.title) != (kind, title)),
                    message,
                )
            case Noted(notes=notes):
                self.remarks = {**self.remarks, **notes}
            case Recorded():
                self._extend(message)
            case SnapshotTaken(snapshot=snapshot):
                self._note_snapshot(snapshot)
            case Paused(step=step):
                self.step, self.status, self.steps_per_second = step, RunStatus.PAUSED, 0.0
            case Resumed():
                self.status = RunStatus.RUNNING
            case Edited(edits=edits):
                self.edits = taken_up(self.edits, edits)
            case Finished(status=status, step=step, sentence=sentence, seconds=seconds):
                self.step, self.seconds = step, seconds
                self._end(status, sentence)
            case Failed(sentence=sentence):
                self._end(RunStatus.FAILED, sentence)
            case _:  # it is about no run, or an answer to a question
                pass

    def is_thinned(self, column: str) -> bool:
        """Say whether a column is measured at some records alone, as its remark tells."""
        return AT_SOME_RECORDS in self.remarks.get(column, "")

    def cut(self, step: int) -> None:
        """Forget everything after a step: the run goes on from there."""
        self.records.truncate(step)
        self.events = {
            name: [at if at is not None and at <= step else None for at in steps]
            for name, steps in self.events.items()
        }
        self.snapshot_steps = [at for at in self.snapshot_steps if at <= step]
        self.edits = [edit for edit in self.edits if edit.step <= step]
        if self.resumable_step is not None and self.resumable_step > step:
            self.resumable_step = None
        self.step = max(step, 0)

    def copy(self) -> RunHistory:
        """Return a history that no longer grows with this one."""
        return replace(
            self,
            records=self.records.copy(),
            events={name: list(steps) for name, steps in self.events.items()},
            counters={name: values.copy() for name, values in self.counters.items()},
            remarks=dict(self.remarks),
            snapshot_steps=list(self.snapshot_steps),
            edits=list(self.edits),
        )

    def _extend(self, message: Recorded) -> None:
        self._forget_glance()
        self.glanced = message.glance and not len(self.records)
        if not message.glance or self.glanced:
            self.records.extend(message.batch)
        self.events = events_of(message.events)
        self.counters = {name: values.copy() for name, values in message.counters.items()}
        self.step, self.seconds = message.step, message.seconds
        self.steps_per_second = message.steps_per_second

    def _note_snapshot(self, snapshot: Snapshot) -> None:
        if snapshot.resumable:
            self.resumable_step = snapshot.step
        if snapshot.step not in self.snapshot_steps:
            self.snapshot_steps = sorted([*self.snapshot_steps, snapshot.step])

    def _forget_glance(self) -> None:
        if self.glanced:
            self.records, self.glanced = Records(self.records.replicas), False

    def _end(self, status: RunStatus, sentence: str) -> None:
        self._forget_glance()
        self.status, self.sentence, self.steps_per_second = status, sentence, 0.0


def events_of(events: Mapping[str, list[int | None]]) -> Events:
    """Return events as a history's own."""
    return {name: list(steps) for name, steps in events.items()}


def diverged_words(replica: int, lost: int) -> str:
    """Say why there is no picture of a replica from the step on at which it diverged."""
    return f"replica {replica} diverged after step {lost - 1:,}: it has no parameters from there on"
