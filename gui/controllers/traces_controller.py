"""Brings runs, or groups of them, to the plots: which, in which colours, and which replica of the one looked at."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot

from engine.figures.replicas import ReplicaScale, replica_scale
from gui.model.drawn_runs import drawn, left_out
from gui.model.run import Run
from gui.model.run_table.group_lines import GroupLine
from gui.model.session_model import SessionModel
from gui.plots.plots_view import PlotsView
from gui.plots.traces import Trace
from gui.theme import run_colour

BEGINNING = 150
"""Milliseconds that plots wait for the first record of a run that begins: drawn without it, they would hold it up."""


class TracesController(QObject):
    """Shows runs in the plots; one that begins with its first record."""

    def __init__(self, model: SessionModel, plots: PlotsView, parent: QObject) -> None:
        super().__init__(parent)
        self._model, self._plots = model, plots
        self._beginning = QTimer(self)
        self._beginning.setSingleShot(True)
        self._beginning.setInterval(BEGINNING)
        self._beginning.timeout.connect(self._show_now)

    def show(self) -> None:
        """Show the runs now, or as soon as the one looked at has a record."""
        run = self._model.run_list.looked_at
        if run is None or run is not self._model.trainer.current or run.has_records:
            self._show_now()
        elif not self._beginning.isActive():
            self._beginning.start()

    def replica_looked_at(self) -> tuple[ReplicaScale, int | None]:
        """Return what tells replicas of the run looked at apart, and which of them is chosen."""
        run, chosen = self._model.run_list.looked_at, self._model.selection.replica
        scale = replica_scale(run.experiment) if run is not None else ReplicaScale(("",), (0.0,))
        return scale, chosen if chosen is not None and chosen < len(scale.labels) else None

    @Slot()
    def _show_now(self) -> None:
        """Show the runs in the plots."""
        self._beginning.stop()
        run = self._model.run_list.looked_at
        scale, chosen = self.replica_looked_at()
        draft, runs = self._model.run_list.draft, self._model.run_list.runs
        shown = drawn(runs, self._model.run_list.selected)
        self._model.reader.want("plots", [other.id for other in shown])
        groups, colouring = self._model.groups, self._model.table.colouring
        traces = [group_trace(line) for line in groups.lines] if groups.is_grouped else []
        shown = [] if groups.is_grouped else shown
        shown = shown if draft is None else [*shown, draft.run]
        traces += [
            Trace(
                other.id,
                other.name,
                colouring.colours.get(other.id) or run_colour(other.colour),
                other.visible,
                other.history,
                other is run,
                chosen if other is run else None,
                "" if chosen is None else scale.labels[chosen],
                varied_scale(other) if shown == [other] else None,
                ghost=draft is not None and other is not draft.run,
            )
            for other in shown
            if other.is_at_hand
        ]
        visible = sum(other.visible for other in runs)
        self._plots.set_traces(
            traces,
            hidden=len(runs) - visible,
            note=groups.note if groups.is_grouped else left_out(visible),
            legend=groups.scale if groups.is_grouped else colouring.scale,
        )


def group_trace(line: GroupLine) -> Trace:
    """Return a group of runs as plots draw it."""
    return Trace(line.key, line.label, line.colour, True, line.history, is_group=True)


def varied_scale(run: Run) -> ReplicaScale | None:
    """Return what is varied between a run's replicas; None for nothing."""
    scale = replica_scale(run.experiment)
    return scale if scale.values else None
