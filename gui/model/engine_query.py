"""Looking at one step of the run selected: questions to the engine, one at a time, no faster than it may take."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from engine.experiment.document import Document, DocumentRef
from engine.experiment.known_data import KnownData
from engine.protocol.messages import Message, RunStatus
from engine.protocol.pictures import DropQuestion, NoPicture, Picture, Question, Subject
from engine.protocol.records import TWIN, Snapshot

from .run import Run
from .selection import Selection

if TYPE_CHECKING:
    from .session_model import SessionModel

QUEUED = Qt.ConnectionType.QueuedConnection
SHARE = 0.1
"""Of the engine's time that pictures may take."""
LONGEST_PAUSE = 10_000
"""Milliseconds after which a picture is renewed all the same."""
SELECT = "Or select a run in the list at the right."
REQUESTS = itertools.count(1)
"""Numbers of questions: none has that of another, whoever asks."""


class EngineQuery(QObject):
    """Asks while somebody watches: again when the step, the replica or the wish is another, and as a run goes on."""

    answered = Signal(object)
    nothing = Signal(str)
    """Why there is nothing to see."""

    def __init__(
        self,
        model: SessionModel,
        question: Callable[[Run, Subject], Question],
        pause: int,
        before_any_run: str,
        parent: QObject,
    ) -> None:
        """Bind it.

        Args:
            model: whose engine answers about the run selected, from its snapshots.
            question: makes the command from a run and what it is asked about.
            pause: milliseconds from an answer to the next question about a run under way, at least.
            before_any_run: what is said while there is no run.
            parent: the owner.
        """
        super().__init__(parent)
        trainer, run_list = model.trainer, model.run_list
        self._trainer, self._run_list, self._store = trainer, run_list, model.store
        self._question, self._pause, self._before_any_run = question, pause, before_any_run
        self._watched = False
        self._marked: int | None = None
        self._replica = 0
        self._request = 0
        self._under_way = False
        self._wished = self._owed = False
        """Whether somebody who asked once waits for the next answer, and for the one under way."""
        self._of_draft = False
        """Whether what was asked last is about a draft, in whose place another one may be by now."""
        self._of: tuple[Document, str, KnownData] | None = None
        """What was written of the run asked about last."""
        self._again = self._behind = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_due)
        self._next_pause = 400
        trainer.engine.message_received.connect(self._on_message, QUEUED)
        trainer.engine.engine_died.connect(self._on_died, QUEUED)
        trainer.engine_ready.connect(self._on_engine_ready)
        trainer.run_ended.connect(self._on_run_ended)
        run_list.selection_changed.connect(self.ask)
        run_list.draft_changed.connect(self._on_draft_changed)
        run_list.records_arrived.connect(self._on_records)

    def follow(self, selection: Selection) -> None:
        """Look at the step and the replica that are selected, from now on."""
        self.mark(selection.step)
        self.choose_replica(selection.replica)
        selection.step_marked.connect(self.mark)
        selection.replica_chosen.connect(self.choose_replica)

    @property
    def under_way(self) -> bool:
        """Say whether the engine is at work on an answer."""
        return self._under_way

    @property
    def waits(self) -> bool:
        """Say whether an answer is still to come, to what was asked or is asked next."""
        return self._under_way or self._timer.isActive()

    @Slot(bool)
    def watch(self, watched: bool) -> None:
        """Begin or end to look: without a watcher nothing is asked for."""
        self._watched = watched
        self.ask()

    @Slot(object)
    def mark(self, step: int | None) -> None:
        """Look at the snapshot nearest to a step, or at the latest state (None)."""
        if step != self._marked:
            self._marked = step
            self.ask()

    @Slot(object)
    def choose_replica(self, replica: int | None) -> None:
        """Look at a replica; the first where none is chosen."""
        if (replica or 0) != self._replica:
            self._replica = replica or 0
            self.ask()

    @Slot()
    def ask(self) -> None:
        """Ask now, or as soon as the engine has answered what was asked before; without a watcher nothing is."""
        if self._watched:
            self.ask_unwatched()

    def ask_once(self) -> None:
        """Ask for one answer, which is told whatever is looked at by then; or why there is none."""
        self._wished = True
        self.ask_unwatched()

    def take_back(self) -> None:
        """Want no answer to what was asked once: the engine breaks off, and what it says of it is not told."""
        if self._under_way:
            self._trainer.engine.send(DropQuestion(self._request))
        self._request = next(REQUESTS)
        self._timer.stop()
        self._under_way = self._again = self._behind = self._wished = self._owed = False

    def drop_asked(self) -> bool:
        """Want no answer to what is under way; what waits behind it is asked in a turn. Say whether anything does."""
        waits = self._wished
        self.take_back()
        if waits:
            self._wished = True
            self._timer.start(0)
        return waits

    @Slot()
    def _on_due(self) -> None:
        if self._watched or self._wished:
            self.ask_unwatched()

    def ask_unwatched(self) -> None:
        """Ask so whether or not anybody watches."""
        wished, self._wished = self._wished, False
        run = self._run_list.looked_at
        if run is None or not len(run.history.records):
            others = run is None and self._run_list.runs
            self.nothing.emit(f"{self._before_any_run}\n{SELECT}" if others else self._before_any_run)
            return
        if self._trainer.ready is None:
            self.nothing.emit("The engine is warming up.")
            self._trainer.engine.start_engine()
            return
        if self._under_way:
            self._again, self._wished = True, wished
            return
        subject = self._subject(run)
        if subject is None:
            self.nothing.emit("No parameters of this run are kept at that step.")
            return
        why = run.history.why_no_picture(subject.replica, subject.step)
        if why:
            self.nothing.emit(
                f"{why[:1].upper()}{why[1:]}. Look at a step before that, or at another replica."
            )
            return
        self._under_way, self._again, self._behind = True, False, False
        self._owed = wished
        self._timer.stop()
        self._of_draft = self._run_list.draft is not None
        self._trainer.engine.send(self._question(run, subject))

    def _subject(self, run: Run) -> Subject | None:
        self._request = next(REQUESTS)
        document = self._written(run)
        replica = min(self._replica, run.experiment.replicas - 1)
        if run is self._trainer.current and self._marked is None and run.status is not RunStatus.STARTING:
            return Subject(self._request, run.id, document, run.step, None, replica)
        step = nearest(run.history.snapshot_steps, self._marked if self._marked is not None else run.step)
        snapshot = self.snapshot(run, step) if step is not None else None
        if snapshot is None:
            return None
        theta, twin = snapshot.arrays["theta"], snapshot.arrays.get(TWIN)
        return Subject(self._request, run.id, document, snapshot.step, theta, replica, twin)

    def _written(self, run: Run) -> DocumentRef:
        """Return a run's document as it is sent, written once for as long as that run is asked about."""
        of = (run.document, run.experiment_name, run.known_data(self._store.folder))
        if self._of is None or self._of[0] is not of[0] or self._of[1:] != of[1:]:
            self._of, self._document = of, DocumentRef.of(*of)
        return self._document

    def snapshot(self, run: Run, step: int) -> Snapshot | None:
        """Return a run's snapshot of a step; None where there is none."""
        draft = self._run_list.draft
        if draft is not None and draft.run is run:
            return draft.snapshots.get(step)
        return self._store.snapshot(run.id, step)

    @Slot(object)
    def _on_message(self, message: Message) -> None:
        if isinstance(message, Picture):
            self._take_answer(message)
        elif isinstance(message, NoPicture):
            self._take_refusal(message)

    def _take_answer(self, message: Picture) -> None:
        """Show an answer if it is the one waited for, and of the run selected."""
        if message.request == self._request:
            # after what took long, long enough to leave the engine to its training
            wanted = round(1000 * message.seconds * (1 / SHARE - 1))
            self._next_pause = max(self._pause, min(wanted, LONGEST_PAUSE))
        if self._is_waited_for(message.request) and (
            self._owed or self._is_about_what_is_looked_at(message.run)
        ):
            self.answered.emit(message)

    def _is_about_what_is_looked_at(self, run: str) -> bool:
        looked_at, steered = self._run_list.looked_at, self._run_list.draft is not None
        return steered if self._of_draft else looked_at is not None and run == looked_at.id

    def _take_refusal(self, message: NoPicture) -> None:
        """Say why there is no answer."""
        if self._is_waited_for(message.request):
            self.nothing.emit(message.sentence)

    def _is_waited_for(self, request: int) -> bool:
        if request != self._request:
            return False
        self._under_way = False
        if self._again or self._behind:
            self._timer.start(0 if self._again else self._next_pause)
        return True

    @Slot(str)
    def _on_records(self, id: str) -> None:
        if self._run_list.draft is None and self._marked is None and id == self._run_list.selected_id:
            self._ask_in_time()

    @Slot()
    def _on_draft_changed(self) -> None:
        if self._run_list.draft is None:
            self.ask()
        else:
            self._ask_in_time()

    def _ask_in_time(self) -> None:
        """Ask anew, no sooner than the engine may be asked again."""
        if not self._watched:
            return
        if self._under_way:
            self._behind = True
        elif not self._timer.isActive():
            self._timer.start(self._next_pause)

    @Slot(str)
    def _on_run_ended(self, id: str) -> None:
        if id == self._run_list.selected_id:
            self.ask()

    @Slot(object)
    def _on_engine_ready(self, _ready: object) -> None:
        self.ask()

    @Slot(str)
    def _on_died(self, sentence: str) -> None:
        told = self._wished or (self._owed and self._under_way)
        self._timer.stop()
        self._under_way = self._again = self._behind = self._wished = False
        if told:
            self.nothing.emit(sentence)


def nearest(steps: list[int], wanted: int) -> int | None:
    """Return the step nearest to the wanted one on a log scale; None where there is none."""
    if not steps:
        return None
    place = bisect.bisect_left(steps, wanted)
    around = steps[max(0, place - 1) : place + 1]
    return min(around, key=lambda step: abs(math.log1p(step) - math.log1p(wanted)))
