"""What a session says of a run, records apart: what was asked for, how it went, how it is shown."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from pydantic import TypeAdapter, ValidationError

from engine.experiment.document import Document, DocumentRef
from engine.experiment.edits import LiveEdit
from engine.experiment.experiment import Experiment
from engine.experiment.known_data import KnownData
from engine.protocol.messages import ReferenceSolved, RunStatus, Started
from engine.protocol.records import Array, Records
from engine.protocol.run_history import RunHistory, events_of
from engine.words.errors import Refusal

from .texts import path_from_text, path_to_text, plain

StoredStatus = Literal["waiting", "running", "done", "stopped", "diverged", "failed"]
"""What a file says of where a run stands: an engine at work on it is all the same."""
UNREADABLE = "the session is damaged: the description of a run in it cannot be read"
INTERRUPTED = "The lab ended while this run was under way; it can go on from its last resumable snapshot."


@dataclass(frozen=True)
class RunEntry:
    """One run in the list of a session, as its file has it."""

    id: str
    title: str
    text: str
    """The experiment file, as it was when the run started."""
    experiment: str = ""
    """Which of its experiments; '' for the only one."""
    folder: str | None = None
    """Where relative paths start."""
    replicas: int = 1
    colour: int = 0
    """Index into the palette."""
    hidden: bool = False
    status: StoredStatus = "waiting"
    sentence: str = ""
    """How it ended, for people."""
    seconds: float = 0.0
    created: str = ""
    """Date and time, ISO 8601 with the offset."""
    notes: str = ""
    tags: tuple[str, ...] = ()
    """Words that it is found by."""
    starred: bool = False
    events: Mapping[str, list[int | None]] = field(default_factory=dict)
    started: Started | None = None
    """What was known before the first step: facts and environment."""
    remarks: Mapping[str, str] = field(default_factory=dict)
    """About measurements, by column, and about missing references."""
    references: tuple[ReferenceSolved, ...] = ()
    definitions: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Of columns that were defined anew: which definition its records have, and from which step on."""
    edits: tuple[LiveEdit, ...] = ()
    """What was changed while it ran."""

    @property
    def ref(self) -> DocumentRef:
        """The experiment that this run trains, as text."""
        data = None if self.started is None else self.started.data
        known = KnownData("" if data is None else data.sha256)
        return DocumentRef(self.text, self.experiment, self.folder, known)

    @property
    def run_status(self) -> RunStatus:
        """Where the run stands."""
        return RunStatus.QUEUED if self.status == "waiting" else RunStatus(self.status)

    def document(self) -> Document:
        """Return the experiment file, checked."""
        return self.ref.document()

    def described(self) -> Experiment:
        """Return the experiment that this run trains."""
        return self.ref.experiment()

    def with_history(self, history: RunHistory) -> RunEntry:
        """Return the entry of a run that has told this."""
        return replace(
            self,
            status=stored_status(history.status),
            sentence=history.sentence,
            seconds=history.seconds,
            events=history.events,
            started=history.started,
            remarks=history.remarks,
            references=history.references,
            definitions=history.definitions,
            edits=tuple(history.edits),
        )

    def history(self, counters: Mapping[str, Array]) -> RunHistory:
        """Return what the run has told so far, its records and snapshots apart."""
        return RunHistory(
            Records(self.replicas),
            status=self.run_status,
            sentence=self.sentence,
            seconds=self.seconds,
            events=events_of(self.events),
            counters=dict(counters),
            started=self.started,
            references=self.references,
            remarks=dict(self.remarks),
            definitions=self.definitions,
            edits=list(self.edits),
        )


@dataclass(frozen=True)
class StoredRun:
    """One run with everything it recorded."""

    entry: RunEntry
    history: RunHistory


@functools.cache
def _adapter() -> TypeAdapter[RunEntry]:
    return TypeAdapter(RunEntry)


def to_json(entry: RunEntry, before: str = "") -> str:
    """Write an entry as JSON, with what another lab said of the run before; infinite numbers as Python writes them."""
    stored = _adapter().dump_python(entry, warnings=False) | {"folder": path_to_text(entry.folder)}
    return plain(json.dumps(_of_newer_labs(before) | stored, default=_plain, ensure_ascii=False))


def _of_newer_labs(text: str) -> dict[str, Any]:
    """Return what an entry says that this lab does not know."""
    try:
        said = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    known = RunEntry.__dataclass_fields__
    return (
        {name: value for name, value in said.items() if name not in known} if isinstance(said, dict) else {}
    )


def from_json(text: str) -> RunEntry:
    """Read an entry.

    Raises:
        Refusal: where it is none.
    """
    try:
        entry = _adapter().validate_json(text)
        folder = path_from_text(entry.folder)
        return entry if folder == entry.folder else replace(entry, folder=folder)
    except ValidationError:
        raise Refusal("", None, UNREADABLE) from None


def stored_status(status: RunStatus) -> StoredStatus:
    """Return what a file says of where a run stands."""
    if status is RunStatus.QUEUED:
        return "waiting"
    return cast(StoredStatus, status.value) if status.ended else "running"


def _plain(number: Any) -> Any:
    """Return a NumPy number as Python's own."""
    return number.item()
