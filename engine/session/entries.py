"""What a session says of a run, records apart: what was asked for, how it went, how it is shown."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from engine.errors import Refusal
from engine.experiment.document import Document, parse
from engine.experiment.experiment import Experiment
from engine.messages import ReferenceSolved, Started
from engine.records import RunLog

UNDER_WAY = ("waiting", "running")
INTERRUPTED = "The lab ended while this run was under way; it can go on from its last resumable snapshot."


@dataclass(frozen=True)
class RunEntry:
    """One run in the list of a session."""

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
    status: str = "waiting"
    """waiting, running, done, stopped, diverged or failed."""
    sentence: str = ""
    """How it ended, for people."""
    seconds: float = 0.0
    created: str = ""
    """Date and time, ISO 8601 with the offset."""
    notes: str = ""
    events: Mapping[str, list[int | None]] = field(default_factory=dict)
    started: Started | None = None
    """What was known before the first step: facts and environment."""
    remarks: Mapping[str, str] = field(default_factory=dict)
    """About measurements, by column, and about missing references."""
    references: tuple[ReferenceSolved, ...] = ()

    @property
    def under_way(self) -> bool:
        """Say whether the run has not ended."""
        return self.status in UNDER_WAY

    def document(self) -> Document:
        """Return the experiment file, checked."""
        return parse(self.text, None if self.folder is None else Path(self.folder))

    def described(self) -> Experiment:
        """Return the experiment that this run trains."""
        return self.document().experiments()[self.experiment]

    def cut(self, step: int) -> RunEntry:
        """Return the entry as it was at a step: events after it have not happened."""
        events = {
            name: [s if s is not None and s <= step else None for s in steps]
            for name, steps in self.events.items()
        }
        return replace(self, events=events)


@dataclass(frozen=True)
class StoredRun:
    """One run with everything it recorded."""

    entry: RunEntry
    log: RunLog


@functools.cache
def _adapter() -> TypeAdapter[RunEntry]:
    return TypeAdapter(RunEntry)


def to_json(entry: RunEntry) -> str:
    """Write an entry as JSON; numbers that are not finite as Python writes them."""
    return json.dumps(asdict(entry), default=_plain)


def from_json(text: str) -> RunEntry:
    """Read an entry.

    Raises:
        Refusal: where it is none.
    """
    try:
        return _adapter().validate_json(text)
    except ValidationError:
        raise Refusal(
            "", None, "the session is damaged: the description of a run in it cannot be read"
        ) from None


def interrupted(entry: RunEntry) -> RunEntry:
    """Return the entry of a run whose lab is gone as that of a stopped one."""
    return replace(entry, status="stopped", sentence=INTERRUPTED) if entry.under_way else entry


def _plain(number: Any) -> Any:
    """Return a NumPy number as Python's own."""
    return number.item()
