"""What window and engine process say to each other: commands one way, messages the other. No torch, no Qt."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..experiment.document import DocumentRef
from ..experiment.edits import LiveEdit
from ..experiment.fact import Fact
from ..experiment.networks import NetworkSpec
from ..experiment.plug_ins.kinds import NetworkPlugIn
from ..experiment.run import Device
from ..experiment.structure import Ends, MeasuredDegree, note_degree
from ..words.errors import Refusal
from .pictures import DropQuestion, NoPicture, Picture, Question
from .records import KeptVectors, RecordBatch, Snapshot
from .surface import FIRST_PREDICTOR

CERTIFIED_TO = 1e-9
"""Relative gap between the bounds of a reference above which it is said."""

STEPS, WHY_NOT_COMPILED, LAYOUT = "steps", "not compiled", "layout of steps"
"""What a run's environment says of the code that takes its steps: compiled or torch, and why it is not compiled."""

DEGREE = "measured degree"
"""What it says of a degree of homogeneity that had to be measured."""

# --- commands: window to engine ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Train:
    """Train one experiment of a document, from its start or from a resumable snapshot.

    The document's own edits of that experiment are taken at their steps; those of steps up to the snapshot's were.
    """

    run: str
    document: DocumentRef
    resume_from: Snapshot | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    """What is edited before its next step."""
    paused: bool = False
    """Start paused: prepare, record step 0 and wait."""
    steps: str = ""
    """What takes its steps where it begins again what another run was: compiled or torch, as before."""


@dataclass(frozen=True)
class TrainDraft:
    """Train one experiment of a document as a draft, in the place of the one before, which ends at once.

    All that it tells comes in `Drafted`.
    """

    run: str
    document: DocumentRef
    at_hand: bool = False
    """Whether it does without what takes long, as while a hand moves: references to be solved, costly measurements,
    records closer than a screen shows."""


@dataclass(frozen=True)
class KeepDraft:
    """Let the draft go on as a run like any other; nothing where it has ended."""

    run: str


@dataclass(frozen=True)
class DropDraft:
    """End the draft, whatever it does, and say nothing more of it."""


@dataclass(frozen=True)
class Pause:
    """Hold a run before its next step."""

    run: str


@dataclass(frozen=True)
class Resume:
    """Let a paused run go on."""

    run: str


@dataclass(frozen=True)
class Advance:
    """Take some steps of a paused run, recording each, and hold again."""

    run: str
    steps: int = 1


@dataclass(frozen=True)
class Stop:
    """End a run where it is; its records stay."""

    run: str


@dataclass(frozen=True)
class Edit:
    """Change what can change while a run goes on: dotted paths and values."""

    run: str
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class Close:
    """End the engine process."""


Command = (
    Train
    | TrainDraft
    | KeepDraft
    | DropDraft
    | Pause
    | Resume
    | Advance
    | Stop
    | Edit
    | Question
    | DropQuestion
    | Close
)

# --- messages: engine to window ---------------------------------------------------------------------------------


class RunStatus(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    STOPPED = "stopped"
    DIVERGED = "diverged"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Say whether the run is over; it may be continued."""
        return self in _ENDED

    @property
    def under_way(self) -> bool:
        """Say whether an engine has the run in its hands."""
        return not self.ended and self is not RunStatus.QUEUED


_ENDED = (RunStatus.DONE, RunStatus.STOPPED, RunStatus.DIVERGED, RunStatus.FAILED)


@dataclass(frozen=True)
class Ready:
    """The engine has imported torch and can train."""

    devices: tuple[Device, ...]
    versions: Mapping[str, str]
    seconds: float
    predictors: Mapping[str, str] = field(default_factory=lambda: dict([FIRST_PREDICTOR]))
    """The predictors that can stand beside the network in a surface: their titles by name."""


@dataclass(frozen=True)
class DataFacts:
    """What a run is trained on."""

    samples: int
    """To train on."""
    inputs: int
    classes: int
    sha256: str
    """Of the file, of the checksums of several files, or of the arrays of data that are made."""


@dataclass(frozen=True)
class Started:
    """A run was prepared: where it computes and what is known of it."""

    run: str
    step: int
    device: str
    dtype: str
    threads: int
    parameters: int
    degree: float | None
    facts: tuple[Fact, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    """Versions, device, thread counts: what reproducing the run needs."""
    data: DataFacts | None = None
    """None of runs of earlier labs."""
    definitions: Mapping[str, int] = field(default_factory=dict)
    """The columns that do not mean what the first lab meant by them, with the number of their definition."""

    def tell_degree(self, network: NetworkSpec) -> None:
        """Let this process know the degree of a plug-in's network that was measured where it trains."""
        written = self.environment.get(DEGREE, "")
        if written and self.data is not None and isinstance(network, NetworkPlugIn):
            outputs = 1 if self.data.classes == 2 else self.data.classes
            with suppress(ValueError):  # a later lab may write it otherwise
                note_degree(network, Ends(self.data.inputs, outputs), MeasuredDegree.read(written))

    @property
    def steps_in_words(self) -> str:
        """Say what takes its steps; '' of runs of earlier labs."""
        why, by = self.environment.get(WHY_NOT_COMPILED, ""), self.environment.get(STEPS, "")
        return " ".join(part for part in (by and f"{by} steps", why and f"({why})") if part)


@dataclass(frozen=True)
class Preparing:
    """What the engine makes ready beside all else; '' where that is done."""

    sentence: str


@dataclass(frozen=True)
class ReferenceSolved:
    """An exact answer to compare with: its value and certified bounds, one per replica."""

    run: str
    kind: str
    title: str
    values: tuple[float, ...]
    gaps: tuple[float, ...]
    seconds: float
    note: str = ""

    @property
    def remark(self) -> str:
        """Say what its value alone does not: the note, and how far the bounds are apart where that is far."""
        gap = max(self.gaps, default=0.0)
        words = f"solved to a relative gap of {gap:.1e}" if gap > CERTIFIED_TO else ""
        return "; ".join(part for part in (self.note, words) if part)


@dataclass(frozen=True)
class Noted:
    """Remarks by column ('measured at every 8th record', 'on a subset of 100 samples') and about missing references."""

    run: str
    notes: Mapping[str, str]


@dataclass(frozen=True)
class Recorded:
    """New records of a run, at most 30 times a second."""

    run: str
    batch: RecordBatch
    events: Mapping[str, list[int | None]]
    counters: Mapping[str, NDArray[np.float64]]
    step: int
    seconds: float
    steps_per_second: float
    glance: bool = False
    """Whether it is what was quick of the first record, for whoever looks: all of it follows, and is to be kept."""


@dataclass(frozen=True)
class SnapshotTaken:
    """The parameters at a recorded step; a resumable one replaces the resumable one before it."""

    run: str
    snapshot: Snapshot
    vectors: Mapping[str, KeptVectors] = field(default_factory=dict)
    """What the run's histories took up since the last resumable one told."""


def is_state(message: Message) -> bool:
    """Say whether a message brings what a run can go on from."""
    return isinstance(message, SnapshotTaken) and message.snapshot.resumable


@dataclass(frozen=True)
class Paused:
    """A run holds at a step."""

    run: str
    step: int


@dataclass(frozen=True)
class Resumed:
    """A run goes on."""

    run: str


@dataclass(frozen=True)
class Edited:
    """A run has taken edits, each at its step; one that goes on tells those that it took before again."""

    run: str
    edits: tuple[LiveEdit, ...]


@dataclass(frozen=True)
class Refused:
    """Something asked for cannot be done; the run, if any, goes on as before."""

    run: str
    sentence: str


@dataclass(frozen=True)
class Finished:
    """A run has ended: done, stopped or diverged; what it left is kept."""

    run: str
    status: RunStatus
    step: int
    sentence: str
    seconds: float


@dataclass(frozen=True)
class Failed:
    """The engine could not do it; `sentence` is for people, `details` for a report."""

    run: str
    sentence: str
    details: str = ""
    refusal: Refusal | None = None
    """What the user said that cannot be done: nothing went wrong then."""


@dataclass(frozen=True)
class Drafted:
    """What a draft has told since it was last heard of: all of it once it has ended, else what there is by now."""

    run: str
    messages: tuple[Message, ...]


Message = (
    Ready
    | Drafted
    | Preparing
    | Started
    | ReferenceSolved
    | Noted
    | Recorded
    | SnapshotTaken
    | Paused
    | Resumed
    | Edited
    | Refused
    | Picture
    | NoPicture
    | Finished
    | Failed
)


def size_of(message: Message) -> int:
    """Return about how many bytes the arrays are that a message brings to a session."""
    match message:
        case Recorded(batch=batch):
            return sum(values.nbytes for values in batch.columns.values())
        case SnapshotTaken(snapshot=snapshot, vectors=vectors):
            histories = sum(kept.values.nbytes for kept in vectors.values())
            return histories + sum(values.nbytes for values in snapshot.arrays.values())
        case _:
            return 0
