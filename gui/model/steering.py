"""Steering: every edit trains the experiment anew, as a draft that is drawn and kept only when somebody says so."""

from __future__ import annotations

import uuid

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from engine.data import sizes
from engine.experiment.differences import differences
from engine.experiment.document import DocumentRef
from engine.experiment.experiment import Experiment
from engine.experiment.structure import Ends, structure
from engine.experiment.structure.cost import step_seconds
from engine.protocol.messages import Drafted, DropDraft, Message, TrainDraft
from engine.words.errors import Refusal
from engine.words.formats import estimated_duration

from .draft import NAME, Draft
from .editor import ExperimentEditor
from .run import Run
from .run_list import RunList
from .run_queue import States
from .trainer import Trainer

QUEUED = Qt.ConnectionType.QueuedConnection
RESTS = 250
"""Milliseconds without an edit after which a hand rests."""
LONGEST = 10.0
"""Seconds that a whole run may take, by the estimate, for edits to train it without being asked to."""
Seen = tuple[Experiment, str, int]


class Steering(QObject):
    """Says every edit to the engine at once, which trains the newest it knows; shows what is told last."""

    state_changed = Signal()
    """Whether edits are steering, or could, or whether there is a draft to keep, is another."""
    keeping = Signal()
    """A run is about to be made of the draft."""
    refused = Signal(object)
    """A `Refusal`: the experiment as it is cannot be run."""
    trouble = Signal(str, str)
    """A sentence for people about a draft that failed, and details for a report."""

    def __init__(
        self,
        editor: ExperimentEditor,
        run_list: RunList,
        trainer: Trainer,
        states: States,
        parent: QObject | None = None,
    ) -> None:
        """Bind it.

        Args:
            editor: the document whose edits steer.
            run_list: where the draft is shown, and which run it is drawn over.
            trainer: whose engine trains it, while no run is under way.
            states: the session, which knows where data lie.
            parent: the owner.
        """
        super().__init__(parent)
        self._editor, self._run_list, self._trainer, self._states = editor, run_list, trainer, states
        self._wanted = True
        self._insisted = -1
        """The lineage of the document for which steering was switched on whatever the estimate says."""
        self._ends: tuple[object, Ends | None] = (None, None)
        """Data, and what a network of it stands between."""
        self._seen = self._now()
        self._asked: dict[str, Draft] = {}
        """What something may still be told of, by run, in the order in which it was asked for."""
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._on_due)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(RESTS)
        self._rest.timeout.connect(self._on_rest)
        editor.document_changed.connect(self._on_document_changed)
        run_list.selection_changed.connect(self._on_selection_changed)
        trainer.state_changed.connect(self._on_state_changed)
        trainer.engine.message_received.connect(self._on_message, QUEUED)
        trainer.engine.engine_died.connect(self._on_died, QUEUED)

    # --- the switch ---------------------------------------------------------------------------------------

    @property
    def on(self) -> bool:
        """Say whether edits steer."""
        return self._wanted and (self._insisted == self._editor.edited.lineage or not self.why_not)

    @property
    def why_not(self) -> str:
        """Say why edits do not steer unless that is asked for; '' where they do."""
        seconds = self._seconds()
        if seconds is None:
            return "How long a run takes is not known before its data have been read."
        if seconds > LONGEST:
            return f"A run of this experiment takes about {estimated_duration(seconds)}."
        return ""

    @Slot(bool)
    def switch(self, on: bool) -> None:
        """Let edits steer, however long a run takes, or not."""
        self._wanted = on
        self._insisted = self._editor.edited.lineage if on else -1
        if on:
            self._soon.start()
        else:
            self.drop()
        self.state_changed.emit()

    def note_ends(self, data: object, ends: Ends) -> None:
        """Take up what a network of this data stands between, once that is known."""
        was_on = self.on
        self._ends = (data, ends)
        if self.on != was_on:
            self.state_changed.emit()

    def _seconds(self) -> float | None:
        """Return about how long a run of the experiment takes; None where that is not known."""
        experiment = self._editor.experiment
        data, ends = self._ends
        try:
            if data != experiment.data or ends is None:
                if experiment.data.reads or experiment.data.slow_start:
                    return None
                ends = sizes(experiment.data, self._editor.document.folder).ends
                self._ends = (experiment.data, ends)
            shape = structure(experiment.network, ends)
        except Refusal:
            return 0.0  # it is refused at once
        return experiment.run.steps * step_seconds(shape, ends.samples, experiment.replicas)

    # --- drafts -------------------------------------------------------------------------------------------

    @property
    def can_keep(self) -> bool:
        """Say whether there is a draft of the experiment as it is."""
        draft = self._run_list.draft
        return draft is not None and draft is self._newest and not draft.at_hand and not self._soon.isActive()

    @Slot()
    def keep(self) -> bool:
        """Let the draft be a run of the session; say whether there was one of the experiment as it is."""
        draft = self._run_list.draft
        if draft is None or not self.can_keep:
            return False
        self.keeping.emit()
        self._let_go()
        run = self._run_list.keep_draft(uuid.uuid4().hex[:12])
        if run is not None:
            self._trainer.adopt(run, draft.messages)
        self.state_changed.emit()
        return True

    @Slot()
    def drop(self) -> None:
        """End the draft, and show none."""
        if self._asked:
            self._trainer.engine.send(DropDraft())
        if self._forget():
            self.state_changed.emit()

    def _forget(self) -> bool:
        """Show no draft, and ask for none; say whether one was shown."""
        self._let_go()
        shown = self._run_list.draft is not None
        if shown:
            self._run_list.show_draft(None)
        return shown

    def _let_go(self) -> None:
        self._asked.clear()
        self._soon.stop()
        self._rest.stop()

    @property
    def _newest(self) -> Draft | None:
        """Return the draft of the experiment as it is, unless it was edited since."""
        return next(reversed(self._asked.values()), None)

    def _now(self) -> Seen:
        edited = self._editor.edited
        return self._editor.experiment, edited.name, edited.lineage

    def _name(self) -> str:
        """Return the experiment that is trained: the one shown, or the first of those that share what is shown."""
        experiments = self._editor.document.experiments()
        shown = self._editor.edited.name
        return shown if shown in experiments else next(iter(experiments))

    def _ask(self, at_hand: bool) -> None:
        """Ask the engine for a draft of the experiment as it is."""
        document, name, lineage = self._editor.document, self._name(), self._editor.edited.lineage
        run = Run(uuid.uuid4().hex, NAME, self._run_list.free_colour(), document, name, lineage=lineage)
        run.begin()
        self._asked[run.id] = Draft(run, at_hand)
        known = self._states.known_data(run.experiment.data, document.folder)
        self._trainer.engine.start_engine()
        self._trainer.engine.send(TrainDraft(run.id, DocumentRef.of(document, name, known), at_hand))

    def _is_kept(self) -> bool:
        """Say whether the run looked at is one of the experiment as it is."""
        run, name = self._run_list.selected, self._name()
        if run is None or run.lineage != self._editor.edited.lineage or run.experiment_name != name:
            return False
        changed = differences(run.current, self._editor.document.experiments()[name])
        return not changed.keys() - {"title"}

    # --- what happens -------------------------------------------------------------------------------------

    @Slot()
    def _on_document_changed(self) -> None:
        before, self._seen = self._seen, self._now()
        if self._seen[1:] != before[1:]:
            self.drop()  # another experiment is shown: nobody has edited it
        elif differences(before[0], self._seen[0]).keys() - {"title"}:
            self._soon.start()
            self._rest.start()
        self.state_changed.emit()

    @Slot()
    def _on_due(self) -> None:
        """Have trained what is there now."""
        if not self.on or self._trainer.state != "idle" or self._is_kept():
            self.drop()
        else:
            self._ask(at_hand=self._rest.isActive())

    @Slot()
    def _on_rest(self) -> None:
        """Train with all that was left out while the hand moved."""
        draft = self._newest
        if draft is not None and draft.told and draft.at_hand:
            self._ask(at_hand=False)

    @Slot(object)
    def _on_message(self, message: Message) -> None:
        if isinstance(message, Drafted):
            self._take(message)

    def _take(self, news: Drafted) -> None:
        """Show what is told of a draft, unless a later one has told something."""
        draft = self._asked.get(news.run)
        if draft is None:
            return
        while next(iter(self._asked)) != news.run:
            del self._asked[next(iter(self._asked))]  # the engine says nothing more of it
        draft.take(news)
        if draft is self._newest and draft.at_hand and not self._rest.isActive():
            self._ask(at_hand=False)
        failure = draft.failure
        if failure is None and self._is_behind_the_shown(draft):
            return
        if failure is None:
            self._run_list.show_draft(draft)
        else:
            self._run_list.show_draft(None)
            if failure.refusal is not None:
                self.refused.emit(failure.refusal)
            else:
                self.trouble.emit(failure.sentence, failure.details)
        self.state_changed.emit()

    def _is_behind_the_shown(self, draft: Draft) -> bool:
        """Say whether a draft that is trained again, with what was left out, has not come to where it was."""
        shown = self._run_list.draft
        if shown is None or draft.run.status.ended or shown.run.document != draft.run.document:
            return False
        return shown is not draft and draft.run.step < shown.run.step

    @Slot()
    def _on_selection_changed(self) -> None:
        self.drop()

    @Slot()
    def _on_state_changed(self) -> None:
        if self._trainer.state != "idle":
            self._forget()  # the engine has dropped it
        self.state_changed.emit()

    @Slot(str)
    def _on_died(self, _sentence: str) -> None:
        self._forget()
        self.state_changed.emit()
