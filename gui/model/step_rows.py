"""What pictures say of stored steps: asked for a few steps at a time, kept for the run and the replica looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.protocol.messages import Message, SnapshotTaken
from engine.protocol.pictures import Question, Subject
from engine.protocol.stored_steps import NO_STEPS, StoredSteps

from .engine_query import EngineQuery, nearest
from .run import Run

if TYPE_CHECKING:
    from .session_model import SessionModel

FIRST = 8
"""Steps that are asked for together at first."""
BYTES = 2 * 2**20
"""Of snapshots that are read for one question, about: reading more would be felt."""
QUICK, LONG = 0.05, 0.15
"""Seconds of an answer below which more steps are asked for together, and above which fewer are: a hand waits for it.
"""
REST = 300
"""Milliseconds without another step marked after which rows are asked for again."""
PAUSE = 400
"""Milliseconds between two questions while a run trains, at least."""


class StepRow(Protocol):
    """What is said of one step."""

    @property
    def step(self) -> int:
        """The step."""


class PictureOfSteps(Protocol):
    """An answer that says something of stored steps besides."""

    @property
    def stored(self) -> Sequence[StepRow]:
        """Return the rows asked for."""

    @property
    def seconds(self) -> float:
        """Return how long it took."""


class StepRows(QObject):
    """Rows by step; a picture is asked for the missing ones together with the step looked at."""

    changed = Signal()
    """Rows came, or are of another run."""

    def __init__(
        self,
        model: SessionModel,
        question: Callable[[Run, Subject], Question],
        before_any_run: str,
        parent: QObject,
    ) -> None:
        """Bind it.

        Args:
            model: whose engine answers about the run selected.
            question: makes the question from a run and what it is asked about, with the steps `wanted`.
            before_any_run: what is said while there is no run.
            parent: the owner.
        """
        super().__init__(parent)
        self.query = EngineQuery(model, question, PAUSE, before_any_run, self)
        """What asks: its answers have rows of `stored` steps."""
        self.query.answered.connect(self._on_answered)
        self._trainer, self._run_list, self._selection = model.trainer, model.run_list, model.selection
        self._rows: dict[int, Any] = {}
        self._of: tuple[Any, ...] = ()
        """The run, the replica and the wish that the rows are of."""
        self._run: Run | None = None
        self._step = -1
        """The step asked about last."""
        self._told: set[int] = set()
        """Steps that were answered: some have no row, as where parameters are not finite."""
        self._looks_back = False
        """Whether that was another stored step: a hand may be on its way to the next."""
        self._under_way: set[int] = set()
        """Those that the last question was about."""
        self._at_once = FIRST
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)
        model.trainer.message_taken.connect(self._on_message_taken)
        model.run_list.runs_removed.connect(self._on_runs_removed)

    @property
    def rows(self) -> list[Any]:
        """Return the rows in the order of their steps."""
        return [self._rows[step] for step in sorted(self._rows)]

    def at(self, step: int | None) -> Any | None:
        """Return the row of the stored step nearest to one, as pictures take it; None where it is not there."""
        if self._run is None or step is None or self._run is not self._run_list.looked_at:
            return None
        if self._of[1] != min(self._selection.replica or 0, self._run.experiment.replicas - 1):
            return None  # the rows are of another replica still
        found = nearest(self._run.history.snapshot_steps, step)
        return None if found is None else self._rows.get(found)

    @property
    def missing(self) -> int:
        """Return how many stored steps are still to come."""
        return len(self._missing()) if self._run is not None and self._run.is_at_hand else 0

    def wanted(self, run: Run, subject: Subject, *wish: Any) -> StoredSteps:
        """Return the parameters of further steps to ask about, next to a question about one step.

        None where another run, replica, wish or step is asked about: that is answered first.
        """
        of = (run.id, subject.replica, *wish)
        if self._run is not run or of != self._of:
            self.forget()
            self._run, self._of = run, of
            self._step = subject.step
            return NO_STEPS
        self._under_way = set()
        self._looks_back = subject.theta is not None and subject.step != self._step
        self._step = subject.step
        return NO_STEPS if self._looks_back else self._read(subject.replica)

    def forget(self) -> None:
        """Know nothing any more."""
        self._rows, self._told, self._under_way, self._at_once = {}, set(), set(), FIRST
        self.changed.emit()

    @Slot(object)
    def _on_answered(self, picture: PictureOfSteps) -> None:
        """Take up what an answer said of further steps, and ask for more of them where some are missing."""
        asked, self._under_way = self._under_way, set()
        self._told |= asked
        told = {row.step: row for row in picture.stored}
        if told:
            self._rows.update(told)
            self._at_once = self._at_once * 2 if picture.seconds < QUICK else self._at_once
            self._at_once = max(1, self._at_once // 2) if picture.seconds > LONG else self._at_once
        there = set(self._run.history.snapshot_steps) if self._run is not None else set()
        kept = {step: row for step, row in self._rows.items() if step in there}
        if asked or told or len(kept) < len(self._rows):
            self._rows = kept
            self.changed.emit()
        if self._missing():
            trains = self._trainer.state == "running"
            self._timer.start(max(PAUSE if trains else 0, REST if self._looks_back else 0))

    def _missing(self) -> list[int]:
        if self._run is None:
            return []
        replica = int(self._of[1])
        return [step for step in self._run.history.steps_of(replica) if step not in self._told]

    def _read(self, replica: int) -> StoredSteps:
        """Read the parameters of some missing steps: spread over all of them, so that the whole is seen early."""
        missing = self._missing()
        if not missing or self._run is None:
            return NO_STEPS
        places = np.linspace(0, len(missing) - 1, min(self._at_once, len(missing))).round().astype(int)
        found: dict[int, NDArray[np.generic]] = {}
        size = 0
        for place in np.unique(places).tolist():
            step = missing[place]
            self._under_way.add(step)
            snapshot = self.query.snapshot(self._run, step)
            if snapshot is None:
                continue
            found[step] = np.array(snapshot.arrays["theta"][replica])
            size += sum(array.nbytes for array in snapshot.arrays.values())
            if size > BYTES:
                break
        steps = sorted(found)
        return (
            StoredSteps(np.array(steps, np.int64), np.stack([found[step] for step in steps]))
            if found
            else NO_STEPS
        )

    @Slot()
    def _on_timeout(self) -> None:
        if self._missing() and not self.query.waits:  # else its answer begins the pause anew
            self.query.ask()

    @Slot(list)
    def _on_runs_removed(self, ids: list[str]) -> None:
        """Let go of a run that is gone, as all are with their session."""
        if self._run is not None and self._run.id in ids:
            self._run, self._of = None, ()
            self._timer.stop()
            self.forget()

    @Slot(str, object)
    def _on_message_taken(self, id: str, message: Message) -> None:
        """Forget what was said of a step that is stored anew."""
        if self._run is not None and id == self._run.id and isinstance(message, SnapshotTaken):
            self._rows.pop(message.snapshot.step, None)
            self._told.discard(message.snapshot.step)
