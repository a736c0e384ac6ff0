"""Plots of one's own: made, edited, duplicated, deleted and brought back; and the limits of any plot's axes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from engine.figures.own_plots import AxisLimits, OwnPlot, copied, named

from .menus import BACK, COPY, DELETE, EDIT, LIMITS, NEW

if TYPE_CHECKING:
    from .plots_view import PlotsView


class OwnPlots(QObject):
    """Does what menus ask with the plots that people make."""

    def __init__(self, view: PlotsView) -> None:
        super().__init__(view)
        self._view = view
        self._deleted: tuple[OwnPlot, dict[str, object]] | None = None
        view.line.plot_asked.connect(self.do)

    @Slot(str, str)
    def do(self, id: str, what: str) -> bool:
        """Do what is asked of a plot; say whether it is something that is done here."""
        plots = self._view.plots
        own = plots.own.get(id)
        if what == NEW:
            self._edit(OwnPlot("", "My plot", ()), AxisLimits())
        elif what == BACK:
            self._bring_back()
        elif what == LIMITS and id in plots:
            self._set_limits(id)
        elif what == COPY and id in plots:
            spec = plots.choices[id].spec
            like = replace(own, id="") if own else copied(spec, plots.choices[id].columns())
            self._edit(like, plots.choices[id].limits)
        elif what == EDIT and own is not None:
            self._edit(own, plots.choices[id].limits)
        elif what == DELETE and own is not None:
            self._delete(own)
        else:
            return False
        return True

    @Slot()
    def make(self) -> None:
        """Make a new plot."""
        self.do("", NEW)

    def recorded(self) -> list[str]:
        """Return the columns that the runs on screen have recorded."""
        names = (name for trace in self._view.traces for name in trace.history.records.names)
        return list(dict.fromkeys(names))

    def _edit(self, plot: OwnPlot, limits: AxisLimits) -> None:
        from .plot_editor import PlotEditor

        editor = PlotEditor(plot, limits, self.recorded(), self._view.horizontal, self._view.window())
        editor.described.connect(self._on_described)
        editor.open()

    def _set_limits(self, id: str) -> None:
        from .plot_editor import PlotEditor

        choices = self._view.plots.choices[id]
        plot = OwnPlot(id, choices.spec.title, choices.spec.columns, choices.spec.horizontal)
        view = self._view
        editor = PlotEditor(
            plot,
            choices.limits,
            [],
            view.horizontal,
            view.window(),
            limits_alone=True,
            log=choices.log,
        )
        editor.described.connect(self._on_limits_described)
        editor.open()

    @Slot(object, object)
    def _on_described(self, plot: OwnPlot, limits: AxisLimits) -> None:
        self._take(plot, limits)

    @Slot(object, object)
    def _on_limits_described(self, plot: OwnPlot, limits: AxisLimits) -> None:
        self._view.plots[plot.id].set_limits(limits)
        self._view.state_changed.emit()

    def _take(self, plot: OwnPlot, limits: AxisLimits) -> OwnPlot:
        """Have a plot, new or edited, and show it."""
        view, before = self._view, list(self._view.plots.own.values())
        plot = named(plot, before)
        after = [plot if other.id == plot.id else other for other in before]
        view.plots.set_own(after if plot.id in view.plots.own else [*before, plot])
        view.plots[plot.id].set_limits(limits)
        view.set_shown([*view.area.shown, plot.id])
        view.state_changed.emit()
        return plot

    def _delete(self, plot: OwnPlot) -> None:
        view = self._view
        self._deleted = plot, view.plots.choices[plot.id].state()
        if view.area.maximised == plot.id:
            view.set_maximised(None)
        view.plots.set_own([other for other in view.plots.own.values() if other.id != plot.id])
        view.set_shown([id for id in view.area.shown if id != plot.id])
        view.line.show_deleted(plot.title)
        view.state_changed.emit()

    def _bring_back(self) -> None:
        if self._deleted is not None:
            plot, state = self._deleted
            self._deleted = None
            self._view.line.show_deleted("")
            plot = self._take(replace(plot, id=""), AxisLimits.read(state.get("limits")))
            self._view.plots.choices[plot.id].restore(state)
            self._view.plots[plot.id].take_choices()
            self._view.state_changed.emit()

    def forget_deleted(self) -> None:
        """Offer nothing to bring back: another session is shown."""
        self._deleted = None
        self._view.line.show_deleted("")
