"""What waits to be trained, in which order, and what each run takes with it when its turn comes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from engine.experiment.data import DataSpec
from engine.experiment.known_data import KnownData
from engine.protocol.messages import RunStatus
from engine.protocol.records import Snapshot

from .run import Run
from .run_list import RunList


class States(Protocol):
    """What keeps the states that training goes on from: the session."""

    @property
    def folder(self) -> str | None: ...

    def known_data(self, data: DataSpec, folder: Path | None) -> KnownData: ...

    def state(self, run: str, step: int) -> Snapshot | None: ...

    def cut(self, run: str, step: int) -> None: ...


@dataclass(frozen=True)
class Before:
    """How it was before a run was asked for."""

    status: RunStatus
    sentence: str
    selected: str
    """The id of the run looked at."""
    hidden: str = ""
    """The id of the run that it was to stand for, hidden since; '' for none."""


@dataclass(frozen=True)
class WaitingRun:
    """A run that waits, and what it takes with it."""

    run: Run
    known: KnownData | None = None
    """What is known of its data, where that is not to be asked for."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Edits that it takes where it goes on."""
    last_state: Snapshot | None = None
    """Where it goes on from, read when that was asked for."""
    steps: str = ""
    """What took the steps of the run in whose place it begins again."""
    hides: str = ""
    """The id of the run in whose place it stands."""
    paused: bool = False
    """Whether it is held before its first step."""

    @property
    def first_step(self) -> int:
        """The step at which it begins."""
        return 0 if self.last_state is None else self.last_state.step


class RunQueue(QObject):
    """Holds what waits, first come first; whoever waits may be moved, or taken out again."""

    changed = Signal()
    """Something came, went or stands elsewhere."""

    def __init__(self, run_list: RunList, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run_list = run_list
        self._entries: list[tuple[WaitingRun, Before]] = []
        run_list.runs_removed.connect(self._on_runs_removed)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def waiting(self) -> list[WaitingRun]:
        """What waits, in order."""
        return [waiting for waiting, _ in self._entries]

    @property
    def runs(self) -> list[Run]:
        """The runs that wait, in order."""
        return [waiting.run for waiting in self.waiting]

    def add(self, waiting: Sequence[WaitingRun], first: bool = False) -> None:
        """Let these wait after the others, or before them."""
        added = []
        for one in waiting:
            run = one.run
            before = Before(run.status, run.sentence, self._run_list.selected_id, one.hides)
            added.append((one, before))
            run.queue()
        self._entries = [*added, *self._entries] if first else [*self._entries, *added]
        self._run_list.runs_changed.emit([one.run.id for one in waiting])
        self.changed.emit()

    def take(self) -> tuple[WaitingRun, Before]:
        """Return what is next, and how it was before it was asked for; it waits no more."""
        entry = self._entries.pop(0)
        self.changed.emit()
        return entry

    @Slot(str, int)
    def move(self, id: str, by: int) -> None:
        """Let a run wait so many places later, or earlier where that is negative."""
        place = next((place for place, run in enumerate(self.runs) if run.id == id), None)
        if place is None:
            return
        to = min(max(place + by, 0), len(self._entries) - 1)
        if to != place:
            self._entries.insert(to, self._entries.pop(place))
            self.changed.emit()

    @Slot(list)
    def remove(self, ids: Collection[str]) -> None:
        """Take runs out: what was to begin is gone, what was to go on is as it was."""
        self._drop([entry for entry in self._entries if entry[0].run.id in ids])

    def clear(self, but: str | None = None) -> None:
        """Take all out but the runs of one press of Run."""
        self._drop([entry for entry in self._entries if entry[0].run.group != but])

    def restore(self, run: Run, before: Before) -> None:
        """Let a run that was to go on be as it was."""
        run.history.status, run.history.sentence = before.status, before.sentence
        self._run_list.runs_changed.emit([run.id])

    def _drop(self, dropped: list[tuple[WaitingRun, Before]]) -> None:
        if not dropped:
            return
        gone = {waiting.run.id for waiting, _ in dropped}
        self._entries = [entry for entry in self._entries if entry[0].run.id not in gone]
        for waiting, before in dropped:
            if waiting.run.has_records:
                self.restore(waiting.run, before)
        begun_anew = [(waiting.run, before) for waiting, before in dropped if not waiting.run.has_records]
        self._run_list.take_out([run for run, _ in begun_anew])
        for _, before in begun_anew:
            if before.hidden:
                self._run_list.set_visible(before.hidden, True)
        self.changed.emit()

    @Slot(list)
    def _on_runs_removed(self, ids: list[str]) -> None:
        gone = set(ids)
        left = [entry for entry in self._entries if entry[0].run.id not in gone]
        if len(left) < len(self._entries):
            self._entries = left
            self.changed.emit()
