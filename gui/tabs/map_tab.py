"""The tab of maps: their axes, their training, what became of their points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from engine.experiment.document import Document
from engine.protocol.pictures import Picture
from engine.words.errors import Refusal
from gui.model.maps.axis_lines import axis_lines, cost_words
from gui.model.maps.point_list import PointList
from gui.model.maps.shown_map import ShownMap, curve_of
from gui.model.session_model import SessionModel

from .map_axes import MapAxes
from .map_offers import MAP_OFFERS
from .tab import Tab

if TYPE_CHECKING:
    from gui.maps.map_body import MapBody
    from gui.maps.map_page import MapPage

    from .map_points import MapPoints

SOON = 120
"""Milliseconds from one drawing of a map under way to the next, at least."""
OPENED = "This is the experiment of one point; “Back to this map” above the map, or Undo, goes back to the whole of it."
OF_NO_DOCUMENT = -1
"""The lineage of runs that edits do not concern."""


class MapTab(Tab["MapPage"]):
    """An experiment over values of its fields."""

    _axes: MapAxes
    """Takes what is written of axes, once the view is made."""
    name, title = "maps", "Map"
    note = "An experiment over values of its fields: a colour a point"
    offers = MAP_OFFERS

    def __init__(self, model: SessionModel, parent: QWidget) -> None:
        super().__init__(model, parent)
        self.shown, self.points = ShownMap(model.maps, self), PointList(model.maps, self)
        self._table: MapPoints | None = None
        """What joins the table, once it was looked at."""
        self._kept_table: object = None
        """How the table was arranged, as the session kept it."""
        self._known = 0
        """Runs of the document's map that were known when its cost was said."""
        self._loaded = False
        """Whether the document is another one, and not shown yet."""
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._on_time)

    def make(self) -> MapPage:
        from gui.maps.map_page import MapPage

        view, maps, editor = MapPage(self.page), self.model.maps, self.model.editor
        self.shown.changed.connect(self._on_points_changed)
        maps.listed.connect(self._on_listed)
        maps.state_changed.connect(self._show_state)
        maps.refused.connect(self._on_refused)
        editor.document_loaded.connect(self._on_loaded)
        editor.document_changed.connect(self._on_document_changed)
        editor.refusals_changed.connect(self._show_axes)
        self._axes = MapAxes(editor, view, self)
        view.axes.typed.connect(self._show_state)
        view.training.run_wanted.connect(self.run)
        view.training.pause_wanted.connect(maps.pause)
        view.training.stop_wanted.connect(maps.stop)
        view.training.places.place_chosen.connect(maps.train_at)
        view.training.places.show_place(maps.where.place)
        view.choices.map_chosen.connect(maps.show)
        view.choices.delete_wanted.connect(self._on_delete)
        view.choices.edit_wanted.connect(self._on_edit)
        view.choices.view_chosen.connect(self.shown.look)
        view.choices.kind_chosen.connect(self.shown.look_as)
        view.body_made.connect(self._on_body_made)
        self.model.run_list.draft_changed.connect(self._show_draft)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication), "a window is shown"
        application.applicationStateChanged.connect(self._on_application_changed)
        return view

    @Slot(object)
    def _on_body_made(self, body: MapBody) -> None:
        body.chosen.connect(self._on_chosen)
        body.opened.connect(self._on_opened)
        body.steering.connect(self.model.editor.drag)
        body.steered.connect(self._on_steered)
        body.trained.connect(self._on_trained)
        body.point_opened.connect(self._on_point_opened)
        body.points_wanted.connect(self._on_points_wanted)
        body.place_chosen.connect(self._on_place_chosen)

    def watch(self, shown: bool) -> None:
        was_made = self.is_made
        super().watch(shown)
        self.model.maps.claims.watch(shown)
        if shown and was_made:
            self.settle()
        elif shown:  # to make it takes a turn of its own
            QTimer.singleShot(0, self._show_first)
        elif self._table is not None:
            self._table.watch(False)

    @Slot()
    def _show_first(self) -> None:
        self._show_axes()
        self._soon.start(1)
        self.model.maps.look_again()

    def settle(self) -> None:
        self._show_axes()
        self._draw()
        self.model.maps.look_again()

    def view_state(self) -> dict[str, Any]:
        table = self._kept_table or {} if self._table is None else self._table.state()
        return {**self.shown.state(), "axes": self.view.training.fold.isChecked(), "table": table}

    def restore_view(self, state: Mapping[str, Any] | None) -> None:
        self.view.axes.begin_anew()
        self.shown.restore(state or {})
        self._kept_table = (state or {}).get("table")
        if self._table is not None:
            self._table.restore(self._kept_table)
        self.view.training.fold.setChecked((state or {}).get("axes") is not False)

    def pictures(self) -> Mapping[str, Picture]:
        """Return what a map shows, the way it is looked at first."""
        cells, slices, lines = self.shown.seen(), self.shown.slices(), self.shown.lines()
        if cells is None or slices is None or lines is None:
            return {}
        if self.is_made and self.view.has_body:
            lines = self.view.body.lines.as_brushed(lines)
        ways = {"sweep_map": cells, "sweep_slices": slices, "sweep_lines": lines}
        first = {"slices": "sweep_slices", "lines": "sweep_lines"}.get(self.shown.kind, "sweep_map")
        return {first: ways[first], **ways}

    def pictures_of(self, _run: str) -> Mapping[str, Picture]:
        return self.pictures()  # of no run

    # --- what is shown ---

    @Slot()
    def _on_loaded(self) -> None:
        self._loaded = True
        self.view.axes.forget()
        self.view.choices.forget()

    @Slot()
    def _on_document_changed(self) -> None:
        """Show what an edit made at once, and another document in a turn after all that comes with it."""
        loaded, self._loaded = self._loaded, False
        if loaded:
            QTimer.singleShot(0, self._show_axes)
        else:
            self._show_axes()

    @Slot()
    def _show_axes(self) -> None:
        """Show the axes of the document that is edited."""
        if not self.is_shown:
            return
        editor, axes = self.model.editor, self.view.axes
        sweep = editor.document.sweep
        self.model.maps.name_by(editor.document)
        lines, fields = axis_lines(editor.document)
        axes.offer_fields(fields)
        if sweep is None:
            axes.show_axes([], seeds=1, order="grid", keep="final")
        else:
            axes.show_axes(lines, seeds=sweep.seeds, order=sweep.order, keep=sweep.keep)
        self._say_cost()
        self._show_state()
        if self.model.maps.shown is None:
            self.view.show_none(has_axes=sweep is not None, others=bool(self.model.maps.maps))
        self.model.maps.expect(editor.document)

    def _say_cost(self) -> None:
        """Say what the document's map takes, of which some runs may be known, and why it is refused."""
        document = self.model.editor.document
        self._known = self.model.maps.known(document)
        self.view.axes.say(cost_words(document, self._known), self._why_refused())

    def _why_refused(self) -> str:
        """Say why axes as they are written are refused; '' where they are not."""
        editor = self.model.editor
        refused = next((str(r) for r in editor.refusals if r.field.startswith("sweep")), "")
        return editor.with_titles(refused.removeprefix("sweep: "))

    @Slot()
    def _show_state(self) -> None:
        if not self.is_shown:
            return
        maps, document = self.model.maps, self.model.editor.document
        staff, dashboard = maps.staff
        fits = maps.is_to_train(document) and not self._why_refused()
        pauses = maps.under_way is not None and maps.under_way.state == "paused"
        goes_on = pauses and maps.under_way is maps.of(document)
        can_begin = maps.under_way is None and document.sweep is not None
        self.view.training.show_state(
            run=maps.word_for(document),
            can_run=goes_on or (can_begin and (fits or self.view.axes.is_typed)),
            under_way=maps.under_way is not None,
            paused=pauses,
            share=maps.share,
            words=" · ".join(words for words in (maps.words(document), staff) if words),
            dashboard=dashboard,
        )
        edited = maps.shown is None or maps.shown is maps.of(document)
        self.view.choices.show_edited(edited, can_delete=maps.shown is not maps.under_way)
        is_trained = maps.under_way is not None and maps.under_way is maps.of(document)
        if not is_trained and maps.known(document) != self._known:
            self._say_cost()

    @Slot()
    def _on_listed(self) -> None:
        self.shown.choose(None)
        self._on_points_changed()

    @Slot()
    def _on_points_changed(self) -> None:
        if self.is_shown and not self._soon.isActive():
            self._soon.start(SOON)

    @Slot()
    def _on_time(self) -> None:
        if not self.is_shown or self.view.has_body or self.model.maps.shown is None:
            self._draw()
            return
        _ = self.view.body  # to make it takes a turn of its own
        self._soon.start(1)

    @Slot()
    def _draw(self) -> None:
        """Show the map as it is looked at."""
        if not self.is_shown:
            return
        self._show_state()
        view, maps = self.view, self.model.maps
        there = [(known.id, known.name) for known in maps.maps.values()]
        view.choices.show_maps(there, maps.shown_id)
        reading = maps.shown is not None and not (maps.shown.is_read or maps.shown.is_under_way)
        seen = None if reading else self.shown.seen()
        if seen is None:
            has_axes = self.model.editor.document.sweep is not None
            view.show_none(reading=reading, has_axes=has_axes, others=bool(there) and not reading)
            return
        looked, names, axes = self.shown.offered()
        view.choices.show_view(looked, names, axes, seeds=seen.seeds, log=seen.log)
        kind = self.shown.kind
        slices = self.shown.slices() if kind == "slices" else None
        view.show_map(kind, seen, slices, self.shown.lines() if kind == "lines" else None)
        if kind == "points":
            self._join_table().show_now()
        elif self._table is not None:
            self._table.watch(False)
        view.body.cells.choose(self.shown.cell)
        view.body.show_card(self.shown.card(), self.shown.curves(), can_open=self.shown.cell is not None)
        self._show_draft()

    def _join_table(self) -> MapPoints:
        """Return what joins the table of points, made when it is first looked at."""
        if self._table is None:
            from .map_points import MapPoints

            self._table = MapPoints(self.model, self.shown, self.points, self.view.body.points, self)
            self._table.place_chosen.connect(self._draw)
            self._table.restore(self._kept_table)
        return self._table

    @Slot()
    def _show_draft(self) -> None:
        """Show the column looked at of what is steered."""
        if self.is_shown and self.view.has_body:
            draft, body = self.model.run_list.draft, self.view.body
            seen = body.cells.seen
            body.show_draft(None if draft is None or seen is None else curve_of(draft, seen.name))

    @Slot(Qt.ApplicationState)
    def _on_application_changed(self, state: Qt.ApplicationState) -> None:
        """Look at the map's data again when somebody comes back from elsewhere."""
        if self.is_shown and state == Qt.ApplicationState.ApplicationActive:
            self.model.maps.look_again()

    # --- what a person wants ---

    def sweep_field(self, path: str) -> None:
        """Make a field an axis of the map, with values around the one at hand."""
        self.view.training.fold.setChecked(True)
        self._axes.sweep_field(path)

    def look_at_document(self) -> None:
        """Look at the map of the document that is edited, or at none where it has none yet."""
        known = self.model.maps.of(self.model.editor.document)
        self.model.maps.show("" if known is None else known.id)

    @Slot()
    def run(self) -> None:
        """Train the map as it is written, unless that is refused, which is said beside its axes; go on if it pauses."""
        under_way = self.model.maps.under_way
        if under_way is not None and under_way is self.model.maps.of(self.model.editor.document):
            if under_way.state == "paused":
                self.model.maps.pause(False)
            return
        self.view.axes.settle()
        refused = self._why_refused()
        if refused or not self.model.maps.is_to_train(self.model.editor.document):
            self.view.training.fold.setChecked(self.view.training.fold.isChecked() or bool(refused))
            self._show_state()
            return
        try:
            self.model.maps.train(self.model.editor.document)
        except Refusal as refusal:
            self._on_refused(refusal)

    @Slot()
    def _on_delete(self) -> None:
        self.model.maps.delete()

    @Slot()
    def _on_edit(self) -> None:
        """Edit the experiment of the map looked at again; what is written of axes is taken before, and Undo has it."""
        if self.model.maps.shown is not None:
            self.view.axes.settle()
            self.model.editor.load(self.model.maps.shown.document, words="Back to the map")

    @Slot(object)
    def _on_refused(self, refusal: Refusal) -> None:
        self.model.notice_posted.emit("bad", f"The map is not trained: {refusal}", "")

    @Slot(object)
    def _on_chosen(self, cell: tuple[int, int]) -> None:
        self.shown.choose(cell)
        self._draw()

    @Slot(int, int)
    def _on_place_chosen(self, line: int, place: int) -> None:
        self.shown.choose_of_slice(line, place)
        self._draw()

    @Slot(object)
    def _on_steered(self, cell: tuple[int, int]) -> None:
        """Give the experiment the values of a place: all of a drag is one step of the history."""
        self.shown.choose(cell)
        editor = self.model.editor
        if not editor.change(self.shown.values_of(cell), "Drag over the map", "map"):
            sentence = editor.with_titles(str(editor.refusals[-1]))
            self.model.notice_posted.emit(
                "caution", f"The experiment at the left cannot take these values: {sentence}", ""
            )
        self._draw()

    @Slot(object)
    def _on_opened(self, cell: tuple[int, int]) -> None:
        """Edit the experiment of a cell; Undo brings the map's document back."""
        self.shown.choose(cell)
        self._open(self.shown.document_of(cell))

    @Slot(int)
    def _on_point_opened(self, number: int) -> None:
        self._open(self.shown.document_of_point(number))

    def _open(self, document: Document | None) -> None:
        if document is not None:
            self.model.editor.load(document, words="Open a point of the map")
            self.model.notice_posted.emit("info", OPENED, "")

    @Slot(object)
    def _on_trained(self, cell: tuple[int, int]) -> None:
        self._train([self.shown.document_of(cell)])

    @Slot(list)
    def _on_points_wanted(self, numbers: list[int]) -> None:
        self._train([self.shown.document_of_point(number) for number in numbers])

    def _train(self, documents: Sequence[Document | None]) -> None:
        """Train experiments of the map as runs of the session, after what is under way."""
        for document in documents:
            if document is not None:
                for run in self.model.trainer.run_document_after(document, OF_NO_DOCUMENT):
                    run.takes_edits = False
