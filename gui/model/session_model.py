"""Where panels, plots and export meet: the document edited, runs, claims, the step looked at, the file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Qt, Signal, Slot

from engine.catalog import load_preset
from engine.experiment.data import DataSpec
from engine.experiment.document import Document, load, to_toml
from engine.files import sweep_lock, sweep_temporaries
from engine.session import (
    SUFFIX,
    Abandoned,
    Damaged,
    abandoned_sessions,
    clear_empty_sessions,
    discarded_sessions,
)
from engine.words.errors import Refusal
from gui.engine_thread import EngineThread

from .board_query import has_same_samples
from .changed_runs import ChangedRuns
from .editor import ExperimentEditor
from .held_for_room import HeldForRoom
from .maps.maps import Maps
from .outside_data import OutsideData
from .run import Run
from .run_hints import RunHints
from .run_list import RunList
from .run_reader import RunReader
from .run_table.group_lines import GroupLines
from .run_table.table import RunTable
from .selection import Selection
from .session_contents import SessionContents
from .session_store import SessionStore
from .session_views import RunOrigin, SessionViews
from .steering import Steering
from .trainer import Trainer
from .transport import Transport
from .verdicts import Verdicts

FIRST_PRESET = "circle-global-margin"
Tone = Literal["info", "caution", "bad"]


class SessionModel(QObject):
    """Holds everything that a session is, and does what people ask of it."""

    restart_needed = Signal(list)
    """The dotted paths of edits that the run under way cannot take."""
    session_changed = Signal()
    """Its file, or whether it has one."""
    views_wanted = Signal()
    """Whoever shows something puts how it shows it into `views`, at once."""
    views_restored = Signal()
    """A session was opened: `views` says how it was shown."""
    notes_changed = Signal()
    damage_found = Signal(str, str)
    """A session's path, and what of it cannot be read: it can be rescued."""
    held_back = Signal(str)
    """Why the session is not written for now; '' once it is."""
    notice_posted = Signal(str, str, str)
    """A line for people: its tone (info, caution, bad, diverged), the sentence, and details for a report."""

    def __init__(self, engine: EngineThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.engine = engine
        self.views = SessionViews()
        self.selection = Selection(self)
        self._sampled: DataSpec | None = None
        """The data whose sample is chosen."""
        self._restoring = False
        self._stored_views: dict[str, Any] | None = None
        self._stored_document: Document | None = None
        self.outside = OutsideData(self)
        self.store = SessionStore(self)
        engine.message_received.connect(self.store.hear, Qt.ConnectionType.DirectConnection)  # first
        self.editor = ExperimentEditor(load_preset(FIRST_PRESET), self)
        self.undo_stack = self.editor.undo_stack
        self.run_list = RunList(self.undo_stack, self.store, self)
        self.changed_runs = ChangedRuns(self.run_list, self.store, self)
        self.reader = RunReader(self.run_list, self)
        self.table = RunTable(self.run_list, self.store, self)
        self.maps = Maps(self.store, self.undo_stack, self)
        self.groups = GroupLines(self.table, self.run_list, self)
        self.trainer = Trainer(engine, self.run_list, self.store, self)
        self.steering = Steering(self.editor, self.run_list, self.trainer, self.store, self)
        self.steering.refused.connect(self.editor.refuse)
        self.steering.trouble.connect(self._on_trouble)
        self.verdicts = Verdicts(self.run_list, self)
        self.hints = RunHints(self.editor, self.run_list, self)
        self.transport = Transport(
            self.editor, self.run_list, self.trainer, self.steering, self.selection, self
        )
        self.editor.document_loaded.connect(self._on_document_loaded)
        self.editor.document_changed.connect(self._on_document_changed)
        self.trainer.state_changed.connect(self._offer_edits)
        self._held_for_room = HeldForRoom(self.trainer, self.store, self)
        self._held_for_room.held.connect(self._on_store_trouble)
        self.trainer.trouble.connect(self._on_trouble)
        self.trainer.run_diverged.connect(self._on_trouble)
        self.trainer.run_refused.connect(self._on_run_refused)
        self.trainer.message_taken.connect(self.store.store)
        self.trainer.run_ended.connect(self._on_run_ended)
        self.run_list.unreadable.connect(self._on_run_unreadable)
        self.run_list.selection_changed.connect(self._on_selection_changed)
        self.selection.sample_chosen.connect(self._on_sample_chosen)
        self.store.replaced.connect(self.session_changed)
        self.store.trouble.connect(self._on_store_trouble)
        self.store.held_back.connect(self.held_back)
        self.store.cleared.connect(self._on_cleared)
        self.store.flushing.connect(self._on_flushing)

    @property
    def path(self) -> Path | None:
        """The file that the user named; None for none yet."""
        return self.store.path

    @property
    def notes(self) -> str:
        """Notes about the whole session."""
        return self.store.notes

    # --- notes, and runs as experiments ---------------------------------------------------------------------

    @Slot(str)
    def note_run(self, text: str) -> None:
        """Write the notes of the run looked at."""
        run = self.run_list.selected
        if run is not None and text != run.notes:
            run.notes = text
            self.store.note_run(run)

    @Slot(str)
    def note_session(self, text: str) -> None:
        if text != self.notes:
            self.store.session.notes = text

    @Slot(str)
    def edit_run_s_experiment(self, id: str) -> None:
        """Copy a run's experiment into the editor."""
        run = self.run_list.get(id)
        if run is not None and self.run_list.make_ready(run):
            self.editor.load(run.with_its_edits(), words=f"Edit the experiment of {run.name}")
            self.editor.choose_experiment(run.experiment_name)

    # --- files --------------------------------------------------------------------------------------------

    def open(self, path: Path) -> None:
        """Open a session or an experiment file.

        Raises:
            Refusal: where it is neither, says something wrong, or is to be asked about; nothing has changed then.
        """
        if path.suffix == SUFFIX:
            if not self.would_leave(path):
                self.notice_posted.emit("info", f"{path.name} is open already.", "")
                return
            try:
                with self.outside.asking():
                    contents = self.store.open(path, self._leave_runs, self.outside.check_session)
            except Damaged as refusal:
                self.damage_found.emit(str(path), str(refusal))
                raise
            self._restore(contents)
        else:
            self.editor.load(self.outside.checked(path, load(path)), str(path), f"Open {path.name}")

    def would_leave(self, path: Path) -> bool:
        """Say whether opening a file leaves the session at hand, and with it what is under way."""
        here = self.path is not None and path.resolve() == self.path.resolve()
        return path.suffix == SUFFIX and not here

    def recover(self, path: Path) -> None:
        """Take over a session that was never saved.

        Raises:
            Refusal: where it cannot be read, or is open elsewhere.
        """
        self._restore(self.store.recover(path, self._leave_runs))

    def rescue(self, path: Path) -> None:
        """Take over what can be read of a damaged session, as an unsaved one.

        Raises:
            Refusal: where nothing can be read, or what can be is not to be written anywhere.
        """
        with self.outside.asking(damaged=True):
            self._restore(self.store.rescue(path, self._leave_runs, self.outside.check_session))

    def clear_away(self, recent: Iterable[str]) -> None:
        """Delete what labs left that are gone: half written files, locks of recent sessions, empty unsaved sessions."""
        sweep_temporaries()
        for name in recent:
            sweep_lock(Path(name).resolve())
        clear_empty_sessions()

    def start_new(self) -> None:
        """Begin an empty session; the one before stays where it is."""
        worth_keeping = self.is_worth_keeping()
        self._leave_runs()
        self.store.start_new(worth_keeping)
        self._restore(SessionContents())

    def save_as(self, path: Path) -> None:
        """Write everything to a file and go on there.

        Raises:
            Refusal: where it cannot be written.
        """
        self.changed_runs.note_all()
        self._on_flushing(worth_it=True)
        self.store.save_as(path)

    def save(self) -> None:
        self._on_flushing(worth_it=True)
        self.store.flush()

    def is_worth_keeping(self) -> bool:
        """Say whether there is anything that its user would miss."""
        return bool(len(self.run_list) or self.maps.maps or self.editor.is_edited or self.notes)

    def abandoned(self) -> list[Abandoned]:
        """Return the sessions of labs that are gone, the latest first."""
        return [abandoned for abandoned in abandoned_sessions() if not abandoned.is_empty]

    def discarded(self) -> list[Abandoned]:
        """Return those that were discarded and not deleted yet, the latest first."""
        return [discarded for discarded in discarded_sessions() if not discarded.is_empty]

    def close(self) -> None:
        """Write everything, what a run under way still has to say included, and let go of the file.

        Raises:
            Refusal: where it cannot be written; the session stays at hand, to be saved elsewhere.
        """
        self.steering.drop()
        self.maps.end()
        self.trainer.stop_and_wait()
        worth_keeping = self.is_worth_keeping()
        self.changed_runs.note_all()
        self._on_flushing()
        self.store.close(worth_keeping)
        self.trainer.hear_no_more()

    def _leave_runs(self) -> None:
        """Stop what is under way, so that its messages find no run any more."""
        self.maps.end()
        self.trainer.stop_and_wait()
        self.trainer.abandon()
        self.changed_runs.note_all()
        self._on_flushing()
        self.store.flush()

    def _restore(self, contents: SessionContents) -> None:
        """Show a session that has been read."""
        self._restoring = self.changed_runs.is_restoring = True
        try:
            self._show(contents)
        finally:
            self._restoring = self.changed_runs.is_restoring = False
        self.views_restored.emit()
        self._note_as_stored()
        for sentence in contents.remarks:
            self.notice_posted.emit("info", sentence, "")
        path = self.store.session.path if contents.damaged else None
        for sentence in contents.troubles:
            if path is None:
                self.notice_posted.emit("caution", sentence, "")
            else:
                self.damage_found.emit(str(path), sentence)

    def _show(self, contents: SessionContents) -> None:
        self.views = contents.views
        self.selection.mark_step(None)
        self.undo_stack.clear()
        self.changed_runs.forget()
        self.run_list.clear()
        document = contents.document or load_preset(FIRST_PRESET)
        self.editor.restart(document, self.views.origin, contents.loaded)
        for run in contents.runs:
            origin = self.views.runs.get(run.id, RunOrigin(run.id))
            run.lineage = self.editor.edited.lineage if origin.edited_here else -1
            self.store.know_run(run)
        self.reader.know(contents.runs)
        self.run_list.fill(contents.runs)
        if self.run_list.runs:
            wanted = self.views.selected
            self.run_list.select(wanted if self.run_list.get(wanted) else self.run_list.runs[-1].id)
        self.editor.choose_experiment(self.views.experiment)
        self.verdicts.judge_now()
        self.notes_changed.emit()
        self.session_changed.emit()

    def _note_as_stored(self) -> None:
        """Take what is shown now for what the session's file says: only what differs from it is written."""
        self.views_wanted.emit()
        self._stored_views = self._views_now()
        self._stored_document = self.editor.document

    # --- what happens -------------------------------------------------------------------------------------

    @Slot()
    def _on_document_loaded(self) -> None:
        self.run_list.turn_to(self.editor.edited.lineage, self.editor.document.base.title)

    @Slot()
    def _on_document_changed(self) -> None:
        self.outside.note_typed(self.editor.document, self.editor.edited.loaded)
        self._offer_edits()

    @Slot()
    def _offer_edits(self) -> None:
        """Send the run under way what it can take, and say what it cannot."""
        run = self.trainer.current
        late: list[str] = []
        if run is not None and self.transport.is_edited_here(run):
            late = self.trainer.offer_edit(self.editor.document.experiments()[run.experiment_name])
        self.restart_needed.emit(late)

    @Slot(str, str)
    def _on_run_unreadable(self, _id: str, sentence: str) -> None:
        """Say that a run cannot be shown; what its file has of it stays there."""
        path = self.store.session.path
        if path is None:
            self.notice_posted.emit("caution", sentence, "")
        else:
            self.damage_found.emit(str(path), sentence)

    @Slot(str)
    def _on_run_ended(self, _id: str) -> None:
        self.store.flush()

    @Slot(object, object)
    def _on_run_refused(self, run: Run, refusal: Refusal) -> None:
        """Say why a run was not begun, and say it at the field."""
        if self.transport.is_edited_here(run):
            self.editor.refuse(refusal)
        self._on_trouble(f"Not run: {refusal}", "")

    @Slot()
    def _on_selection_changed(self) -> None:
        self.selection.mark_step(None)
        run, chosen = self.run_list.selected, self.selection.replica
        if chosen is not None and (run is None or chosen >= run.experiment.replicas):
            self.selection.choose_replica(None)
        if self.selection.sample is not None and (
            run is None or self._sampled is None or not has_same_samples(self._sampled, run.experiment.data)
        ):
            self.selection.choose_sample(None)
        self.notes_changed.emit()

    @Slot()
    def _on_sample_chosen(self) -> None:
        run = self.run_list.looked_at
        self._sampled = None if run is None else run.experiment.data

    @Slot(str, str)
    @Slot(str, str, str)
    def _on_trouble(self, sentence: str, details: str, tone: str = "bad") -> None:
        self.notice_posted.emit(tone, self.editor.with_titles(sentence), details)

    @Slot(str)
    def _on_store_trouble(self, sentence: str) -> None:
        self.notice_posted.emit("bad", sentence, "")

    @Slot(str)
    def _on_cleared(self, sentence: str) -> None:
        self.notice_posted.emit("info", sentence, "")

    @Slot()
    def _on_flushing(self, worth_it: bool = False) -> None:
        """Put what is not yet in the session there."""
        if self._restoring or not (worth_it or self.is_worth_keeping()):
            return
        self.views_wanted.emit()
        session, document = self.store.session, self.editor.document
        anew = session.is_unsaved  # what a file lacks that somebody has named is not for us to add
        if document != self._stored_document or (anew and not session.document):
            session.document = to_toml(document)
            session.document_folder = str(document.folder) if document.folder is not None else None
            self._stored_document = document
        views = self._views_now()
        if views != self._stored_views or (anew and not session.has_views):
            session.views = self._stored_views = views

    def _views_now(self) -> dict[str, Any]:
        """Return how the session is shown."""
        self.views.runs = {
            run.id: RunOrigin(run.group, run.lineage == self.editor.edited.lineage)
            for run in self.run_list.runs
        }
        self.views.selected = self.run_list.selected_id
        self.views.note(self.editor.edited)
        return self.views.stored()
