"""Opens what makes figures of what is on screen: one plot exported, several composed, films over the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from engine.figures.plots import PLOTS
from engine.figures.replicas import replica_scale
from engine.words.errors import Refusal
from gui.model.drawn_runs import drawn, left_out, why_nothing_to_export
from gui.model.kept_figures import KeptFigures
from gui.model.run import Run
from gui.model.session_model import SessionModel
from gui.tabs.tabs import Tabs

if TYPE_CHECKING:
    from gui.model.figures import FigureWanted


class FigureController(QObject):
    """One slot for each; none of them keeps the engine from training."""

    notice_posted = Signal(str, str, str)

    def __init__(self, model: SessionModel, tabs: Tabs, window: QWidget) -> None:
        super().__init__(window)
        self._model, self._window = model, window
        self._tabs, self._plots = tabs, tabs["plots"].view

    @Slot()
    def export_figure(self) -> None:
        """Ask how what is on screen, or another plot, is to be exported."""
        self.export_plot(self._in_front(), "figure")

    @Slot(str, str)
    def export_plot(self, id: str, kind: str) -> None:
        """Ask how a plot is to be exported, where `kind` is "figure" or "csv"."""
        if kind not in ("figure", "csv"):
            return
        wanted = self._wanted(id)
        if wanted is None:
            return
        from gui.views.figure_dialog import FigureDialog

        dialog = FigureDialog(wanted, self._window)
        if kind == "csv":
            dialog.formats.setCurrentIndex(dialog.formats.findData("csv"))
        dialog.notice_posted.connect(self.notice_posted)
        dialog.compose_wanted.connect(self._on_compose_wanted)
        dialog.open()

    @Slot()
    def compose(self) -> None:
        """Compose the session's figure, or a new one that begins with what is on screen."""
        wanted = self._wanted(self._in_front())
        if wanted is not None:
            self._compose(wanted, anew=False)

    @Slot()
    def animate(self) -> None:
        """Make a film of what is on screen."""
        wanted, run = self._wanted(self._in_front()), self._model.run_list.selected
        if wanted is not None and run is not None and self._model.run_list.make_ready(run):
            if not any(trace.id == run.id for trace in wanted.runs):
                self.notice_posted.emit(
                    "info", "The run looked at is hidden; the eye beside it shows it.", ""
                )
                return
            from gui.model.asked_pictures import AskedPictures
            from gui.views.film_dialog import FilmDialog

            dialog = FilmDialog(wanted, run, AskedPictures(self._model, self), self._window)
            dialog.notice_posted.connect(self.notice_posted)
            dialog.open()

    @Slot(object)
    def _on_compose_wanted(self, wanted: FigureWanted) -> None:
        self._compose(wanted, anew=True)

    def _compose(self, wanted: FigureWanted, *, anew: bool) -> None:
        """Compose the figure of the session that was composed last, or begin one with what is wanted."""
        from gui.model.asked_pictures import AskedPictures
        from gui.model.composition import first_figure
        from gui.model.figures import panel_fields
        from gui.views.composer import ComposerDialog

        kept, first = self._model.views.figures, first_figure(**panel_fields(wanted))
        if anew:
            kept.begin(first)
        else:
            self._say_what_cannot_be_read(kept)
            kept.show_last(first)
        pictures = AskedPictures(self._model, self)
        runs = {run.id: run for run in self._runs()}
        dialog = ComposerDialog(kept, first, wanted, runs, pictures, self._window)
        dialog.notice_posted.connect(self.notice_posted)
        dialog.open()

    def _say_what_cannot_be_read(self, kept: KeptFigures) -> None:
        """Say why the figure that was composed last is not shown; one that another lab wrote may be strange."""
        try:
            if kept.shown:
                kept.figure(kept.shown)
        except Refusal as refusal:
            self.notice_posted.emit("caution", str(refusal), "")

    def _in_front(self) -> str:
        """Return the figure of what is in front; where that holds nothing, of the map that is there without a run."""
        self._tabs.await_whole_pictures()
        shown = self._plots.on_screen()
        pictures = self._tabs.front.pictures_of(self._model.run_list.selected_id)
        if not pictures and why_nothing_to_export(self._model.run_list.runs):
            pictures = self._tabs.pictures(self._model.run_list.selected_id)
        return next(iter(pictures), shown[0] if shown else PLOTS[0].id)

    def _runs(self) -> list[Run]:
        run_list = self._model.run_list
        return [other for other in drawn(run_list.runs, run_list.selected) if run_list.make_ready(other)]

    def _wanted(self, id: str) -> FigureWanted | None:
        """Copy what is on screen; None where there is nothing, which is said."""
        self._tabs.await_whole_pictures()
        self._plots.refresh()  # a figure shows what plots show, and these may wait for their next turn
        states = {id: self._plots.figure_state(id) for id in self._plots.plots}
        run, chosen = self._model.run_list.selected, self._model.selection.replica
        replicas = {}
        if run is not None and chosen is not None:
            replicas[run.id] = (chosen, replica_scale(run.experiment).labels[chosen])
        runs = self._model.run_list.runs
        pictures, groups = self._tabs.pictures(self._model.run_list.selected_id), self._model.groups
        if id not in pictures and (reason := why_nothing_to_export(runs)):
            self.notice_posted.emit("info", reason, "")
            return None
        colouring = self._model.table.colouring
        scale = groups.scale if groups.is_grouped else colouring.scale
        words = groups.note if groups.is_grouped else left_out(sum(other.visible for other in runs))
        if words:
            self.notice_posted.emit("caution", f"The figure has what the plots have. {words}", "")
        from gui.model.figures import wanted_from

        return wanted_from(
            id,
            self._runs(),
            states,
            pictures,
            replicas,
            colouring.colours,
            groups.lines,
            scale,
            self._model.run_list.selected_id,
        )
