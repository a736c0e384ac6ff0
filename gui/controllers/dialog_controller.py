"""Opens the dialogs that explain and export."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from engine.figures.plots import PLOTS
from engine.figures.replicas import replica_scale
from gui.actions import shortcut_rows
from gui.model.drawn_runs import drawn, left_out
from gui.model.figures import wanted_from, why_nothing_to_export
from gui.model.report import address, report_text
from gui.model.session_model import SessionModel
from gui.tabs.tabs import Tabs
from gui.views.figure_dialog import FigureDialog
from gui.views.help_dialogs import AboutDialog, Quantities
from gui.views.report_dialog import ReportDialog, screens
from gui.views.shortcuts import Shortcuts


class DialogController(QObject):
    """One slot for each dialog; none of them keeps the engine from training."""

    notice_posted = Signal(str, str, str)

    def __init__(
        self,
        model: SessionModel,
        tabs: Tabs,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._model, self._window = model, window
        self._tabs, self._plots = tabs, tabs["plots"].view

    @Slot()
    def quantities(self) -> None:
        Quantities(self._window).show()

    @Slot()
    def shortcuts(self) -> None:
        Shortcuts(shortcut_rows(), self._window).show()

    @Slot()
    def about(self) -> None:
        ready = self._model.trainer.ready
        AboutDialog({} if ready is None else ready.versions, self._window).open()

    @Slot()
    def report(self) -> None:
        """Show what a report of a problem would say."""
        ready = self._model.trainer.ready
        devices = [] if ready is None else [f"{device.name}, {device.title}" for device in ready.devices]
        text = report_text({} if ready is None else ready.versions, devices, screens())
        ReportDialog(text, address(), self._window).open()

    @Slot()
    def export_figure(self) -> None:
        """Ask how what is on screen, or another plot, is to be exported."""
        shown, pictures = self._plots.on_screen(), self._tabs.pictures(self._model.run_list.selected_id)
        of_plots = shown[0] if shown else PLOTS[0].id
        self.export_plot(
            next((id for id in self._tabs.front.pictures() if id in pictures), of_plots), "figure"
        )

    @Slot(str, str)
    def export_plot(self, id: str, kind: str) -> None:
        """Ask how a plot is to be exported, where `kind` is "figure" or "csv"."""
        if kind not in ("figure", "csv"):
            return
        self._plots.refresh()  # a figure shows what plots show, and these may wait for their next turn
        states = {id: self._plots.figure_state(id) for id in self._plots.plots}
        run, chosen = self._model.run_list.selected, self._model.selection.replica
        replicas = {}
        if run is not None and chosen is not None:
            replicas[run.id] = (chosen, replica_scale(run.experiment).labels[chosen])
        runs = self._model.run_list.runs
        if reason := why_nothing_to_export(runs):
            self.notice_posted.emit("info", reason, "")
            return
        shown = [other for other in drawn(runs, run) if self._model.run_list.make_ready(other)]
        pictures, groups = self._tabs.pictures(self._model.run_list.selected_id), self._model.groups
        colours = self._model.table.colouring.colours
        wanted = wanted_from(id, shown, states, pictures, replicas, colours, groups.lines)
        words = groups.note if groups.is_grouped else left_out(sum(other.visible for other in runs))
        if words:
            self.notice_posted.emit("caution", f"The figure has what the plots have. {words}", "")
        dialog = FigureDialog(wanted, self._window)
        if kind == "csv":
            dialog.formats.setCurrentIndex(dialog.formats.findData("csv"))
        dialog.notice_posted.connect(self.notice_posted)
        dialog.open()
