"""Training as the window sees it: what is under way, what waits, and what the engine says of it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, Qt, QTimer, Signal, Slot

from engine.experiment.document import Document, DocumentRef
from engine.experiment.experiment import Experiment, with_values
from engine.protocol.messages import (
    Advance,
    Drafted,
    Edit,
    Edited,
    Failed,
    Finished,
    KeepDraft,
    Message,
    Noted,
    Pause,
    Paused,
    Preparing,
    Ready,
    Recorded,
    ReferenceSolved,
    Refused,
    Resume,
    Resumed,
    RunStatus,
    SnapshotTaken,
    Started,
    Stop,
    Train,
)
from engine.protocol.pictures import NoPicture, Picture
from engine.words.errors import Refusal
from gui.engine_thread import EngineThread

from .resume import divided, in_the_place_of, to_go_on
from .run import Run
from .run_list import RunList
from .run_queue import Before, RunQueue, States, WaitingRun

State = Literal["idle", "starting", "running", "paused", "stopping"]
About = Started | ReferenceSolved | Noted | SnapshotTaken | Edited | Paused | Resumed
"""What is said of a run between its records."""
QUEUED = Qt.ConnectionType.QueuedConnection
LAST_WORDS = 1.5
"""Seconds that a run under way has to tell its last records when the session is left."""
SILENCE = 5000
"""Milliseconds after which an engine that does not stop is ended."""


class Trainer(QObject):
    """Sends one run at a time to the engine, the others of a press of Run after it."""

    state_changed = Signal()
    """What is under way is another, or in another state."""
    engine_ready = Signal(object)
    """With `Ready`: devices and versions."""
    message_taken = Signal(str, object)
    """Every message that belongs into the session file, with the run's id, once the run has taken it."""
    run_ended = Signal(str)
    run_refused = Signal(object, object)
    """A run that was not to be had, and the refusal: nothing of it is left in the list."""
    run_diverged = Signal(str, str, str)
    """Which run ended so, and why; nothing; and that it is told with others."""
    trouble = Signal(str, str)
    """A sentence for people and, where there are, details for a report."""

    def __init__(
        self, engine: EngineThread, run_list: RunList, states: States, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.engine = engine
        self._states = states
        self.ready: Ready | None = engine.known
        self.preparing = ""
        """What the engine makes ready beside all else."""
        self.state: State = "idle"
        self.current: Run | None = None
        self.queue = RunQueue(run_list, self)
        self._run_list = run_list
        self._pause_wanted = False
        self._listens = True
        self._cut_at: int | None = None
        """The step from which the run under way goes on: what it recorded after that goes once it does."""
        self._before: Before | None = None
        """How it was before the run under way was asked for, until it begins."""
        engine.message_received.connect(self._on_message, QUEUED)
        engine.engine_died.connect(self._on_died, QUEUED)
        self._silence = QTimer(self)
        self._silence.setSingleShot(True)
        self._silence.setInterval(SILENCE)
        self._silence.timeout.connect(self._on_silence)

    # --- what people ask for ------------------------------------------------------------------------------

    def run_document(self, document: Document, lineage: int, paused: bool = False) -> list[Run]:
        """Train every experiment of a document, one after the other; what is under way is stopped first."""
        self.stop()
        return self.run_document_after(document, lineage, paused)

    def run_document_after(self, document: Document, lineage: int, paused: bool = False) -> list[Run]:
        """Train every experiment of a document when what is under way has ended."""
        group = uuid.uuid4().hex[:12]
        runs = self._run_list.new_runs(document, document.experiments(), group, lineage)
        self._enqueue([WaitingRun(run, paused=paused and not place) for place, run in enumerate(runs)])
        return runs

    def run_again(self, run: Run, document: Document, lineage: int, paused: bool) -> Run:
        """Train one experiment from its start in the place of a run, which stays in the list, hidden.

        What waits of the same press of Run goes on waiting, after it.
        """
        self.queue.clear(but=run.group)
        self._stop_current()
        new = self._run_list.new_run(document, run.experiment_name, run.group, lineage)
        new.colour = run.colour
        hides = run.id if run.visible else ""
        self._run_list.set_visible(run.id, False)
        self._enqueue([in_the_place_of(run, new, self._states, hides, paused)], first=True)
        return new

    def continue_run(self, run: Run, changes: Mapping[str, Any] | None = None) -> None:
        """Go on where a run was left: from its last complete state; one that has recorded nothing begins.

        Changes are edits that it takes there; one that has not begun starts with them. It waits for what is under way.
        """
        if run.status.under_way:
            return
        try:
            waiting = to_go_on(run, self._states, changes)
        except Refusal as refusal:
            self.trouble.emit(str(refusal), "")
            return
        if waiting is None:
            self.trouble.emit(
                f"{run.name} cannot go on: its last state cannot be read. Its records stay.", ""
            )
        else:
            self._enqueue([waiting])

    def adopt(self, run: Run, told: Sequence[Message]) -> None:
        """Take over a draft that is kept, with what has been told of it; it goes on where it has not ended."""
        for message in told:
            self.message_taken.emit(run.id, message)
        self._run_list.select(run.id)
        if run.status.ended:
            self.run_ended.emit(run.id)
            return
        self.current = run
        self.engine.send(KeepDraft(run.id))
        self._set_state("running")

    @Slot()
    def pause(self) -> None:
        if self.current is not None and self.state == "running":
            self.engine.send(Pause(self.current.id))
        self._pause_wanted = self.state == "starting"  # an engine that has not begun would not know the run

    @Slot()
    def resume(self) -> None:
        if self.current is not None and self.state == "paused":
            self.engine.send(Resume(self.current.id))

    @Slot()
    def advance(self) -> None:
        """Take one step of a paused run."""
        if self.current is not None and self.state == "paused":
            self.engine.send(Advance(self.current.id, 1))

    @Slot()
    def stop(self) -> None:
        """End the run under way where it is, and drop those that wait."""
        self.queue.clear()
        self._stop_current()

    def _stop_current(self) -> None:
        if self.current is not None and self.state != "stopping":
            self.engine.send(Stop(self.current.id))
            self._set_state("stopping")
            self._silence.start()

    @Slot()
    def _on_silence(self) -> None:
        """End an engine that does not stop, as while it solves a large reference: Stop always works."""
        if self.state == "stopping":
            self.engine.kill("The engine did not stop within 5 seconds and was ended.")

    def stop_and_wait(self) -> None:
        """Stop, and give the engine a moment to tell its last records and the state to go on from."""
        self.stop()
        deadline = time.monotonic() + LAST_WORDS
        while self.current is not None and time.monotonic() < deadline:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, 20)
            time.sleep(0.002)

    def hear_no_more(self) -> None:
        """Let go of what the engine still says: there is no session any more to keep it in."""
        self._listens = False

    def abandon(self) -> None:
        """Stop without waiting for the engine's answer, as when another session is opened."""
        run = self.current
        self.stop()
        self.current = None
        if run is not None:
            sentence = f"stopped at step {run.step:,}, when the session was left"
            self._end(run, Finished(run.id, RunStatus.STOPPED, run.step, sentence, run.history.seconds))
        self._set_state("idle")

    def offer_edit(self, experiment: Experiment) -> list[str]:
        """Send what the run under way can take of an edit; return the paths that need a new run."""
        run = self.current
        if run is None or self.state == "stopping":
            return []
        changes, late = divided(run, experiment)
        if not run.takes_edits:
            return [*changes, *late]
        # an engine that has not begun would not know the run: offered again when it has
        if changes and self.state != "starting":
            run.asked = with_values(run.asked, changes)
            self.engine.send(Edit(run.id, changes))
        return late

    # --- one after the other --------------------------------------------------------------------------------

    def _enqueue(self, waiting: Sequence[WaitingRun], first: bool = False) -> None:
        self.queue.add(waiting, first)
        if self.current is None:
            self._next()

    def _next(self) -> None:
        if not len(self.queue):
            self._set_state("idle")
            return
        waiting, self._before = self.queue.take()
        run = self.current = waiting.run
        self._pause_wanted = False
        self._cut_at = None if waiting.last_state is None else waiting.last_state.step
        run.begin()
        self.engine.start_engine()
        known = waiting.known
        if known is None:
            known = self._states.known_data(run.experiment.data, run.document.folder)
        document = DocumentRef.of(run.document, run.experiment_name, known)
        changes = dict(waiting.changes)
        self.engine.send(Train(run.id, document, waiting.last_state, changes, waiting.paused, waiting.steps))
        # shown while the engine prepares it
        self._run_list.runs_changed.emit([run.id])
        self._run_list.select(run.id)
        self._set_state("starting")

    def _cut_back(self, run: Run) -> None:
        """Take a run that goes on back to the state that it goes on from."""
        if self._cut_at is not None:
            run.history.cut(self._cut_at)
            self._states.cut(run.id, self._cut_at)
            self._cut_at = None

    def _set_state(self, state: State) -> None:
        self.state = state
        if state != "stopping":
            self._silence.stop()
        self.state_changed.emit()

    def _end(self, run: Run, message: Finished | Failed) -> None:
        before, self._before = self._before, None
        if before is not None and isinstance(message, Failed) and len(run.history.records):
            run.history.status, run.history.sentence = before.status, before.sentence  # it did not go on
        else:
            run.apply(message)
            self.message_taken.emit(run.id, message)
        self.current = None
        self._run_list.runs_changed.emit([run.id])
        self.run_ended.emit(run.id)

    # --- what the engine says -----------------------------------------------------------------------------

    @Slot(object)
    def _on_message(self, message: Message) -> None:
        if not self._listens:
            return
        match message:
            case Ready() | Preparing():
                self._on_engine(message)
            case Refused(sentence=sentence):
                self.trouble.emit(sentence, "")
            case Finished() | Failed():
                self._on_end(message)
            case Recorded():
                self._on_recorded(message)
            case Drafted(run=id, messages=messages):
                for told in messages if self._run_list.get(id) is not None else ():  # one that is kept by now
                    self._on_message(told)
            case Started() | ReferenceSolved() | Noted() | SnapshotTaken() | Edited() | Paused() | Resumed():
                run = self.run_of(message.run)
                if run is not None:
                    self._take(run, message)
            case Picture() | NoPicture():
                pass  # whoever asked listens

    def _on_recorded(self, message: Recorded) -> None:
        run = self.run_of(message.run)
        if run is None:
            return
        run.apply(message)
        if not message.glance:
            self.message_taken.emit(run.id, message)
        self._run_list.records_arrived.emit(run.id)

    def _on_engine(self, message: Ready | Preparing) -> None:
        """Take up how the engine is."""
        if isinstance(message, Preparing):
            self.preparing = message.sentence
        else:
            self.ready = message
            self.engine_ready.emit(message)
        self.state_changed.emit()

    def _take(self, run: Run, message: About) -> None:
        """Take up what is said of a run between its records."""
        if isinstance(message, Started | Paused | Resumed) and run is not self.current:
            return
        before = run.status
        if isinstance(message, Started):
            self._before = None
            self._cut_back(run)
        run.apply(message)
        match message:
            case Started():
                if self.state == "starting":
                    self._set_state("running")
                    if self._pause_wanted:
                        self.pause()
                else:  # it is being stopped
                    run.history.status = before
            case Paused():
                if self.state != "stopping":
                    self._set_state("paused")
            case Resumed():
                if self.state != "stopping":
                    self._set_state("running")
            case _:
                pass
        self._run_list.runs_changed.emit([run.id])
        self.message_taken.emit(run.id, message)

    def _on_end(self, message: Finished | Failed) -> None:
        run = self.run_of(message.run)
        refused = message.refusal if isinstance(message, Failed) else None
        if refused is not None and run is not None and run is self.current and self._before is not None:
            self._take_back(run, refused, self._before)
            return
        if isinstance(message, Failed):  # also where its run is gone
            self.trouble.emit(message.sentence, message.details)
        if run is None or run is not self.current:
            return
        self._end(run, message)
        if any(run.history.lost(r) is not None for r in range(run.experiment.replicas)):
            self.run_diverged.emit(f"{run.name}: {message.sentence}", "", "diverged")
        self._next()

    def _take_back(self, run: Run, refusal: Refusal, before: Before) -> None:
        """Leave everything as it was before a run was asked for that cannot be had."""
        self.current = self._before = None
        if len(run.history.records):  # it was to go on
            self.queue.restore(run, before)
        else:
            self._run_list.take_out([run])
            if before.hidden:
                self._run_list.set_visible(before.hidden, True)
        self._run_list.select(before.selected)
        self.run_refused.emit(run, refusal)
        self._next()

    @Slot(str)
    def _on_died(self, sentence: str) -> None:
        if not self._listens:
            return
        self.ready, self.preparing = None, ""
        run = self.current
        self.queue.clear()
        if run is not None:
            self._end(run, Failed(run.id, sentence))
        self.trouble.emit(sentence, "")
        self._set_state("idle")

    def run_of(self, id: str) -> Run | None:
        if self.current is not None and self.current.id == id:
            return self.current
        return self._run_list.get(id)
