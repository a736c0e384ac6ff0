"""Joins the question where a run is going to the window: its card, the line in the margins, the surface."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QDialog, QWidget

from engine.protocol.limit import LimitReady
from gui.model.limit_query import LimitQuery
from gui.model.run import Run
from gui.model.session_model import SessionModel
from gui.plots.limit_lines import LimitLine, LimitLines
from gui.plots.plots_view import PlotsView
from gui.tabs.neurons_tab import NeuronsTab
from gui.tabs.surface_tab import SurfaceTab
from gui.tabs.tabs import Tabs
from gui.theme import run_colour, theme

if TYPE_CHECKING:
    from gui.views.limit_dialog import LimitDialog

CLOSED = (
    "The question where the run is going was cancelled with its card: Margins and Neurons show nothing new of it. "
    "F4 asks again; leave the card open until it answers."
)


class LimitController(QObject):
    """Asks when told to, and shows what comes."""

    def __init__(self, model: SessionModel, tabs: Tabs, plots: PlotsView, window: QWidget) -> None:
        super().__init__(window)
        self._model, self._tabs, self._plots, self._window = model, tabs, plots, window
        self.query = LimitQuery(model, self)
        self._lines: LimitLines | None = None
        self.query.found.connect(self._on_found)
        self.query.nothing.connect(self._on_nothing)
        self.query.forgotten.connect(self._draw)
        model.run_list.runs_changed.connect(self._on_runs_changed)
        model.selection.replica_chosen.connect(self._on_runs_changed)
        theme().theme_changed.connect(self._on_runs_changed)

    @Slot()
    def open(self) -> None:
        """Show the card, and ask for the run looked at."""
        from gui.views.limit_dialog import LimitDialog

        card = self._card()
        if card is None:
            card = LimitDialog(self._window)
            card.asked.connect(self.ask)
            card.cancelled.connect(self.query.take_back)
            card.finished.connect(self._on_closed)
            card.show()
        card.raise_()
        self.ask()

    @Slot()
    def ask(self) -> None:
        """Ask for the run, the step and the replica looked at."""
        card = self._card()
        if card is not None:
            card.wait(self._whose(self._model.run_list.looked_at, self._model.selection.replica or 0))
        self.query.ask()

    def _card(self) -> LimitDialog | None:
        found = self._window.findChild(QDialog, "limit_dialog")
        return cast("LimitDialog | None", found)

    def _whose(self, run: Run | None, replica: int, step: int | None = None) -> str:
        if run is None:
            return ""
        at = "" if step is None else f", as it stands at step {step:,}"
        which = f", replica {replica}" if run.is_at_hand and run.experiment.replicas > 1 else ""
        return f"{run.name}{which}{at}"

    @Slot(object)
    def _on_found(self, limit: LimitReady) -> None:
        card = self._card()
        if card is not None and not self.query.waits:
            run = self._model.run_list.get(limit.run) or self._model.run_list.looked_at
            card.show_limit(self._whose(run, limit.replica, limit.step), limit)
        self._draw()
        for tab in self._tabs.tabs.values():
            if isinstance(tab, SurfaceTab | NeuronsTab):
                tab.renew()

    @Slot(str)
    def _on_nothing(self, why: str) -> None:
        card = self._card()
        if card is not None and not self.query.waits:
            card.show_nothing(why)

    @Slot()
    def _on_closed(self) -> None:
        """Cancel what is asked with its card; line and rings wait for it too, so that it is said."""
        if self.query.waits:
            self.query.take_back()
            self._model.notice_posted.emit("info", CLOSED, "")

    @Slot()
    def _on_runs_changed(self) -> None:
        if self.query.known:
            self._draw()

    @Slot()
    def _draw(self) -> None:
        """Draw the limits of all visible runs, of the replica looked at, in the plot of the margins."""
        if self._lines is None:
            self._lines = LimitLines(self._plots.plots["margins"])
        replica, colours = self._model.selection.replica or 0, self._model.table.colouring.colours
        self._lines.show(
            [
                LimitLine(
                    limit.margin,
                    colours.get(run.id) or run_colour(run.colour),
                    limit.rough,
                    f"Predicted limit of {self._whose(run, limit.replica, limit.step)}",
                )
                for run in self._model.run_list.runs
                if run.visible and (limit := self.query.of(run, replica)) is not None
            ]
        )
