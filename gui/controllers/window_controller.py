"""Connects the views to the session model: what changes there is shown here, thirty times a second at most."""

from __future__ import annotations

import time
from dataclasses import dataclass

from PySide6.QtCore import QObject, Slot

from engine.experiment.fact import Fact
from engine.experiment.measure import GROUP_TITLES
from engine.experiment.structure import measured_degree
from engine.protocol.messages import Ready
from gui.model.session_model import SessionModel
from gui.panels.theory_view import facts_of
from gui.plots.plots_view import PlotsView
from gui.tabs.tabs import Tabs
from gui.theme import run_colour
from gui.views.experiment_column import ExperimentColumn
from gui.views.info_bar import InfoBar
from gui.views.side_column import SideColumn
from gui.views.status_bar import WARMING, StatusBar
from gui.views.transport import TransportBar

from .claims_controller import ClaimsController
from .frames import Frames
from .run_row_book import RunRowBook
from .traces_controller import TracesController

HELD_BACK = "held back"
"""The key of the line that says why the session is not written."""
ROWS_EVERY = 0.15
"""Seconds between two updates of the numbers beside the plots, and of the timeline."""


@dataclass(frozen=True)
class Parts:
    """The parts of the window."""

    experiment: ExperimentColumn
    info: InfoBar
    tabs: Tabs
    side: SideColumn
    transport: TransportBar
    status: StatusBar

    @property
    def plots(self) -> PlotsView:
        """What the first tab shows."""
        view: PlotsView = self.tabs["plots"].view
        return view


class WindowController(QObject):
    """Connects every view once, shows everything once, and from then on what changes."""

    def __init__(self, model: SessionModel, parts: Parts, parent: QObject) -> None:
        super().__init__(parent)
        self._model, self._parts = model, parts
        self._waiting: set[str] = set()
        self._row_book = RunRowBook()
        self._rows_shown = 0.0
        self._facts: tuple[object, tuple[Fact, ...]] = (None, ())
        """An experiment, what it stands between, and what theorems say of it."""
        self._loaded = False
        """Whether another document than the one shown is there."""
        self._recording = ""
        """The run whose records came last."""
        self.busy = 0.0
        """Seconds that the last redraw took, besides that of the plots."""
        self._frames = Frames(parts.plots, self)
        self._frames.due.connect(self._on_frame)
        self._traces = TracesController(model, parts.plots, self)
        self._claims = ClaimsController(model, parts.side, self)
        self._connect_model()
        self._connect_views()
        self._on_document_loaded()
        self.show_everything()

    def _connect_model(self) -> None:
        model, panel = self._model, self._parts.experiment.panel
        model.editor.document_loaded.connect(self._on_document_loaded)
        model.editor.document_changed.connect(self._on_document_changed)
        model.editor.refusals_changed.connect(panel.show_refusals)
        model.restart_needed.connect(panel.show_restart)
        model.notice_posted.connect(self._parts.info.tell)
        model.held_back.connect(self._on_held_back)
        model.transport.values_taken.connect(self._on_values_taken)
        model.run_list.runs_added.connect(self._on_runs_changed)
        model.run_list.runs_removed.connect(self._on_runs_changed)
        model.run_list.runs_changed.connect(self._on_runs_changed)
        model.run_list.run_read.connect(self._on_run_read)
        model.run_list.selection_changed.connect(self._on_selection_changed)
        model.run_list.records_arrived.connect(self._on_records_arrived)
        model.run_list.draft_changed.connect(self._on_draft_changed)
        model.table.colours_changed.connect(self._on_colours_changed)
        model.groups.lines_changed.connect(self._on_colours_changed)
        model.trainer.state_changed.connect(self._on_state_changed)
        model.trainer.engine_ready.connect(self._on_engine_ready)
        model.notes_changed.connect(self._on_notes_changed)
        model.selection.step_marked.connect(self._parts.transport.timeline.set_marked)
        model.selection.replica_chosen.connect(self._on_replica_chosen)
        model.session_changed.connect(self._show_experiment)
        model.views_wanted.connect(self._on_views_wanted)
        model.views_restored.connect(self._on_views_restored)

    def _connect_views(self) -> None:
        model, parts = self._model, self._parts
        parts.experiment.panel.edit_requested.connect(model.editor.edit)
        parts.experiment.panel.dragging.connect(model.editor.drag)
        parts.experiment.panel.completed.connect(self._show_facts)
        parts.experiment.panel.edits.removed.connect(model.editor.remove_edits)
        parts.experiment.panel.data.ends_found.connect(self._on_ends_found)
        parts.experiment.experiment_chosen.connect(model.editor.choose_experiment)
        parts.transport.timeline.step_marked.connect(model.selection.mark_step)
        runs = parts.side.runs
        runs.selected.connect(model.run_list.select)
        runs.rows_in_view.connect(self._on_rows_in_view)
        runs.visibility_changed.connect(model.run_list.set_visible)
        runs.renamed.connect(model.run_list.rename)
        runs.recoloured.connect(model.run_list.recolour)
        runs.deleted.connect(model.run_list.delete)
        runs.shown_alone.connect(model.run_list.show_only)
        runs.duplicated.connect(model.edit_run_s_experiment)
        runs.table_wanted.connect(self._on_table_wanted)
        parts.side.notes.run_notes_edited.connect(model.note_run)
        parts.side.notes.session_notes_edited.connect(model.note_session)

    # --- what is shown -------------------------------------------------------------------------------------

    def show_everything(self) -> None:
        self._show_runs()
        self._show_beside_runs()

    def _show_beside_runs(self) -> None:
        self._on_document_changed()
        self._on_selection_changed()
        self._claims.show()
        self._on_notes_changed()
        self._on_state_changed()
        if self._model.trainer.ready is not None:
            self._on_engine_ready(self._model.trainer.ready)

    def _soon(self, *what: str, at_once: bool = False) -> None:
        self._waiting.update(what)
        self._frames.soon(calm="runs" not in what, at_once=at_once)

    @Slot()
    def _on_frame(self) -> None:
        """Redraw what changed since the last frame."""
        start = self._frames.begin()
        waiting, self._waiting = self._waiting, set()
        if "runs" in waiting:
            self._show_runs()  # the plots draw that in a turn of their own: both may take long
        elif "records" in waiting:
            if start - self._rows_shown > ROWS_EVERY:
                self._show_rows()
                self._show_progress()
            self._parts.plots.refresh_in_turns()
        self.busy = time.perf_counter() - start

    def _show_runs(self) -> None:
        run = self._model.run_list.looked_at
        self._traces.show()
        self._show_rows()
        self._parts.side.references.show_references([] if run is None else run.history.references)
        self._parts.tabs.look_at(run, *self._traces.replica_looked_at())
        self._show_progress()
        self._show_facts()

    def _show_rows(self) -> None:
        self._rows_shown = time.perf_counter()
        run_list = self._model.run_list
        groups, colouring = self._model.groups, self._model.table.colouring
        colours = groups.run_colours if groups.is_grouped else colouring.colours
        rows = self._row_book.rows(run_list.by_experiment(), colours)
        self._parts.side.runs.show_runs(rows, run_list.selected_id)

    def _show_progress(self) -> None:
        run, trainer = self._model.run_list.looked_at, self._model.trainer
        transport = self._parts.transport
        self._parts.status.show_run(run)
        self._parts.status.engine.setToolTip(
            f"The last redraw took {1000 * (self.busy + self._parts.plots.busy):.0f} ms."
        )
        if run is None:
            transport.timeline.show_run(None, self._model.editor.experiment.run.steps, [], "#888888")
            transport.show_no_run()
            return
        transport.timeline.show_run(
            run.history, max(run.steps, run.step), run.history.snapshot_steps, run_colour(run.colour)
        )
        status = run.status if run is trainer.current else None
        transport.show_progress(
            run.step,
            run.steps,
            run.history.steps_per_second,
            status,
            draft=self._model.run_list.draft is not None,
        )

    @Slot()
    def _show_facts(self) -> None:
        run, editor = self._model.run_list.looked_at, self._model.editor
        ends = self._parts.experiment.panel.data.ends
        if ends is not None:
            asked = editor.experiment, ends, measured_degree(editor.experiment.network, ends)
            if asked != self._facts[0]:
                self._facts = asked, facts_of(editor.experiment, ends)
            facts = self._facts[1]
        else:
            facts = run.history.facts if run is not None and run.lineage == editor.edited.lineage else ()
        self._parts.side.theory.show_facts(facts)

    # --- what changed in the model -------------------------------------------------------------------------

    @Slot()
    def _show_experiment(self, anew: bool = False) -> None:
        """Show what is edited, with data as runs would find them now."""
        experiment, folder = self._model.editor.experiment, self._model.editor.document.folder
        known = self._model.store.known_data(experiment.data, folder)
        self._parts.experiment.panel.show_experiment(experiment, folder, known, in_turns=anew, anew=anew)

    @Slot()
    def _on_document_changed(self) -> None:
        editor, column = self._model.editor, self._parts.experiment
        names = [name for name in editor.document.experiments() if name]
        column.show_names(names, editor.edited.name)
        column.panel.show_about(editor.document.about)
        column.panel.edits.show_edits(editor.planned_edits())
        self._show_experiment(anew=self._loaded)
        self._loaded = False
        self._claims.hold(False)
        if column.panel.is_complete:  # where it is not, it is as soon as data and network are shown
            self._show_facts()
            self._claims.show()
        else:
            self._claims.show_later()
        if self._model.run_list.looked_at is None:
            self._soon("runs")

    @Slot()
    def _on_ends_found(self) -> None:
        data = self._parts.experiment.panel.data
        if data.ends is not None:
            self._model.steering.note_ends(self._model.editor.experiment.data, data.ends)
        self._show_facts()

    @Slot(str)
    def _on_held_back(self, sentence: str) -> None:
        """Keep one line for as long as the session is not written, with how much waits."""
        if sentence:
            self._parts.info.ask(HELD_BACK, "bad", sentence)
        else:
            self._parts.info.clear(HELD_BACK)

    @Slot()
    def _on_values_taken(self) -> None:
        """Say which fields hold text that a run does not have."""
        titles = self._parts.experiment.panel.refused_titles()
        if titles:
            words = f"What was refused ({', '.join(titles)}) is not used; the run takes the value before."
            self._parts.info.tell("caution", words)

    @Slot(list)
    def _on_runs_changed(self, ids: list[str]) -> None:
        self._row_book.forget(ids)
        self._soon("runs")
        self._claims.say_whose()

    @Slot()
    def _on_table_wanted(self) -> None:
        self._parts.tabs.bring("runs")

    @Slot(str)
    def _on_run_read(self, id: str) -> None:
        self._row_book.forget([id])
        self._soon("runs")

    @Slot(list)
    def _on_rows_in_view(self, ids: list[str]) -> None:
        self._model.reader.want("list", ids)

    @Slot()
    def _on_selection_changed(self) -> None:
        self._soon("runs")
        self._claims.show()

    @Slot(str)
    def _on_records_arrived(self, id: str) -> None:
        self._row_book.forget([id])
        if id == self._recording:
            self._soon("records")
        else:  # the first of a run are waited for
            self._soon("runs", at_once=True)
        self._recording = id

    @Slot()
    def _on_draft_changed(self) -> None:
        self._soon("runs")
        self._claims.say_whose()

    @Slot()
    def _on_colours_changed(self) -> None:
        self._soon("runs")

    @Slot()
    def _on_state_changed(self) -> None:
        trainer = self._model.trainer
        if trainer.ready is None:
            self._parts.status.show_engine(
                WARMING if self._model.engine.isRunning() else "engine not running"
            )
        else:
            words = {"idle": "engine ready", "starting": "preparing", "stopping": "stopping"}
            said = [words.get(trainer.state, trainer.state), trainer.preparing]
            self._parts.status.show_engine("; ".join(part for part in said if part))
        self._soon("runs")

    @Slot(object)
    def _on_engine_ready(self, ready: Ready) -> None:
        self._parts.experiment.panel.show_devices(ready.devices)

    @Slot()
    def _on_notes_changed(self) -> None:
        run = self._model.run_list.selected
        self._parts.side.notes.show_notes(None if run is None else run.notes, self._model.notes)

    @Slot(object)
    def _on_replica_chosen(self, _replica: int | None) -> None:
        self._soon("runs")

    @Slot()
    def _on_document_loaded(self) -> None:
        """Show another experiment from its beginning, with the plots that a preset asks for, if it asks for any."""
        self._loaded = True
        self._claims.hold(True)
        self._parts.experiment.panel.to_top()
        self._parts.side.to_top()
        document = self._model.editor.document
        if document.about.show:
            measured = document.base.measure.groups
            groups = {*GROUP_TITLES} if measured == "auto" else {*measured}
            self._parts.plots.present(document.about.show, groups)

    # --- how it is shown, kept in the session --------------------------------------------------------------

    @Slot()
    def _on_views_wanted(self) -> None:
        parts = self._parts
        views = self._model.views
        views.tabs |= parts.tabs.states()
        views.panel, views.tab = parts.experiment.panel.state(), parts.tabs.front.name

    @Slot()
    def _on_views_restored(self) -> None:
        views, parts = self._model.views, self._parts
        parts.info.clear_of_session()  # what is to be told of this one comes after
        parts.tabs.restore(views.tabs)
        if views.panel is not None:
            parts.experiment.panel.restore(views.panel)
        parts.tabs.bring(views.tab)
        self._show_beside_runs()
        self._soon("runs")
