"""Where the run looked at is going: asked when somebody wants to know, kept by run and replica."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from engine.protocol.limit import MOST_STEPS, AskLimit, LimitReady
from engine.protocol.messages import Edited
from engine.protocol.pictures import Subject
from engine.protocol.stored_steps import NO_STEPS, StoredSteps

from .engine_query import EngineQuery
from .run import Run

if TYPE_CHECKING:
    from .session_model import SessionModel

BEFORE = "Run an experiment first: a limit is predicted of a run that has recorded some steps."
CANCELLED = "the question was cancelled"
RUN_GONE = "its run was deleted"
PAUSE = 1000  # milliseconds
BYTES = 16 * 2**20
"""Of snapshots that go along with a question, about."""


class LimitQuery(QObject):
    """Asks the engine for the limit of the run, step and replica looked at."""

    found = Signal(object)
    """A `LimitReady`."""
    nothing = Signal(str)
    forgotten = Signal()
    """What was predicted holds no longer."""

    def __init__(self, model: SessionModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.known: dict[tuple[str, int], LimitReady] = {}
        """What was predicted last, by run's id and replica."""
        self._asked_of = ""
        """The id of the run that was asked about last."""
        self._query = EngineQuery(model, self._question, PAUSE, BEFORE, self)
        self._query.follow(model.selection)
        self._query.answered.connect(self._on_answered)
        self._query.nothing.connect(self.nothing)
        model.run_list.runs_removed.connect(self._on_runs_removed)
        model.trainer.message_taken.connect(self._on_message_taken)
        self._runs = model.run_list

    @Slot()
    def ask(self) -> None:
        """Ask now."""
        self._query.ask_once()

    @Slot()
    def take_back(self) -> None:
        """Want no answer any longer."""
        if self._query.waits:
            self._query.take_back()
            self.nothing.emit(CANCELLED)

    @property
    def waits(self) -> bool:
        """Say whether an answer is still to come."""
        return self._query.waits

    def of(self, run: Run, replica: int) -> LimitReady | None:
        """Return what was predicted last of a replica of a run, of its last one where it has fewer."""
        last = run.experiment.replicas - 1 if run.is_at_hand else replica
        return self.known.get((run.id, min(replica, last)))

    def _question(self, run: Run, subject: Subject) -> AskLimit:
        self._asked_of = run.id
        steps = [step for step in run.history.steps_of(subject.replica) if step < subject.step]
        found: dict[int, np.ndarray] = {}
        size = 0
        for step in reversed(steps[-MOST_STEPS:]):
            snapshot = self._query.snapshot(run, step)
            if snapshot is None:
                continue
            found[step] = np.array(snapshot.arrays["theta"][subject.replica])
            size += snapshot.arrays["theta"].nbytes
            if size > BYTES:
                break
        kept = sorted(found)
        stored = (
            StoredSteps(np.array(kept, np.int64), np.stack([found[s] for s in kept])) if kept else NO_STEPS
        )
        taken = tuple(edit for edit in run.history.edits if edit.step <= subject.step)
        return AskLimit(subject, stored, taken)

    @Slot(object)
    def _on_answered(self, limit: LimitReady) -> None:
        self.known[limit.run, limit.replica] = limit
        self.found.emit(limit)

    @Slot(list)
    def _on_runs_removed(self, _gone: list[str]) -> None:
        there = {run.id for run in self._runs.runs}
        self.known = {whose: limit for whose, limit in self.known.items() if whose[0] in there}
        if self._query.under_way and self._asked_of not in there and not self._query.drop_asked():
            self.nothing.emit(RUN_GONE)

    @Slot(str, object)
    def _on_message_taken(self, id: str, message: object) -> None:
        """Forget what was predicted of a run that goes elsewhere from now on."""
        if not isinstance(message, Edited) or not any(edit.moves for edit in message.edits):
            return
        stale = [whose for whose in self.known if whose[0] == id]
        for whose in stale:
            del self.known[whose]
        if stale:
            self.forgotten.emit()
