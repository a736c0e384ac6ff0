"""All live plots: their grid, the horizontal axis they share, and what a session keeps of them."""

from __future__ import annotations

import time
from collections.abc import Sequence, Set
from typing import Any

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from engine.experiment.measure import GROUP_TITLES
from engine.figures.own_plots import AxisLimits, read_all
from engine.figures.plots import HORIZONTAL, HorizontalAxis, horizontal
from engine.figures.replicas import ReplicaScale
from gui.layouts import in_column

from .base import PlotCanvas
from .choices import Choices
from .crosshair import Crosshair
from .left_out import LeftOut
from .own_plots import OwnPlots
from .pin_measuring import PinMeasuring
from .plots_grid import STRIP, PlotsGrid
from .plots_line import PlotsLine
from .plots_on_demand import PlotsOnDemand
from .presented import presented
from .read_outs import marked_place
from .spares import Spares
from .trace_plot import TracePlot
from .traces import Trace
from .traces_by_axis import TracesByAxis
from .value_legend import ValueLegend

AT_FIRST = ("margins", "norms", "directions", "kernel", "loss")
MOST_AT_ONCE = 24
"""Lines of a plot worked out in one turn of the event loop: beyond, it is the next turn's."""
LEISURE = 150
"""Milliseconds between two plots that are made before somebody asks for them."""
FRAME = 16
"""Milliseconds to gather what asks for a redraw."""


class PlotsView(QWidget):
    """The plots and the line of choices above them."""

    step_hovered = Signal(object)
    """The step under the crosshair, or None."""
    step_clicked = Signal(int)
    export_requested = Signal(str, str)
    """A plot's id, and "figure", "csv" or "script"."""
    state_changed = Signal()
    """The user chose something that `state` keeps."""
    drawn = Signal()
    """All plots on screen show what there was to show when their turns came."""
    canvas_made = Signal(PlotCanvas)
    """A plot was made; what of it takes the focus when it is clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plots_view")
        self.plots = PlotsOnDemand(self._made, self._unmade)
        self.crosshair = Crosshair(self)
        self._horizontal = HORIZONTAL[0]
        self._runs = TracesByAxis()
        self._hidden = 0
        self._marked: int | None = None
        self._left: list[str] = []
        """Plots whose turn is still to come."""
        self._wanted = False
        """Whether another redraw is asked for."""
        self._crossed_anew = False
        """Whether what the crosshair is about changed in these turns."""
        self._crossed: list[str] = []
        """The runs that it is about."""
        self.busy = 0.0
        """Seconds that the last redraw took, all its turns together."""
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._on_turn)
        self._spares = Spares(self)
        self._build()
        self.area.arrange()

    def _build(self) -> None:
        self.line = PlotsLine(self)
        self.slider, self.plots_menu = self.line.slider, self.line.plots_menu
        self.area = PlotsGrid(self.plots, AT_FIRST, self)
        self.area.restored.connect(self.state_changed)
        self.left_out = LeftOut(self)
        self.left_out.diverged.hold_chosen.connect(self._on_hold_chosen)
        self.values = ValueLegend(self)
        self.measuring = PinMeasuring(self.line.measure_button, self.area, self)
        self.own = OwnPlots(self)
        panel = self.measuring.panel
        in_column((self.line, self.values, self.left_out, self.area, panel), self).setStretch(3, 1)
        self.area.arranged.connect(self._on_arranged)
        self.line.horizontal_chosen.connect(self._on_horizontal_chosen)
        self.line.plot_toggled.connect(self._on_plot_toggled)
        self.line.fit_button.clicked.connect(self.fit)
        self.crosshair.moved.connect(self.step_hovered)
        self.crosshair.clicked.connect(self.step_clicked)

    def _made(self, choices: Choices) -> TracePlot:
        """Make a plot that was asked for."""
        plot = TracePlot(choices, self)
        plot.hide()
        plot.redraw_wanted.connect(self._on_redraw_wanted)
        plot.columns_changed.connect(self.state_changed)
        plot.maximise_requested.connect(self._on_maximise_requested)
        plot.lines_changed.connect(self.area.line_up)
        plot.export_requested.connect(self._on_plot_asked)
        self.crosshair.listen_to(plot)
        self.measuring.listen_to(plot)
        plot.canvas.scrolled_by_wheel = self.area.scrolls
        self.canvas_made.emit(plot.canvas)
        return plot

    def _unmade(self, plot: TracePlot) -> None:
        """Take a plot away that is no more."""
        self.crosshair.leave(plot)
        self.measuring.leave(plot)
        self.area.take_out(plot)

    @Slot()
    def make_others(self) -> None:
        """Make the plots that nobody asked for yet, one after another at leisure: a preset may show any of them."""
        missing = next((id for id in self.plots if id not in self.plots.made), None)
        if missing is not None:
            self.plots[missing].hide()
            QTimer.singleShot(LEISURE, self.make_others)

    @property
    def canvases(self) -> list[PlotCanvas]:
        """What of each plot that was made takes the focus when it is clicked."""
        return [plot.canvas for plot in self.plots.made.values()]

    # --- what is drawn ---

    def set_traces(
        self, traces: Sequence[Trace], hidden: int = 0, note: str = "", legend: ReplicaScale | None = None
    ) -> None:
        """Set the runs, in the order in which they are drawn.

        Args:
            traces: the runs to draw.
            hidden: how many runs there are besides that are hidden.
            note: says what is not drawn though it is to be seen; '' where all is.
            legend: what the runs' colours mean, where they are by a value.
        """
        self._hidden = hidden
        self.left_out.show_note(note)
        self._runs.set_traces(traces)
        varied = next((trace for trace in traces if trace.scale is not None), None)
        self.values.show_scale(varied.scale if varied else legend, varied.line_words if varied else "")
        self.refresh_in_turns()  # and at once: records may wait to be seen

    @Slot()
    def refresh(self) -> None:
        """Draw what changed in the plots on screen, all of it now; quick where nothing did."""
        if self.isVisible():
            self._begin()
            self._soon.stop()
            self._go_on(all_now=True)

    @Slot()
    def refresh_in_turns(self) -> None:
        """Draw what changed, one plot in a turn of the event loop: what waits has its turn in between.

        Each plot draws the newest data there are in its turn. What is asked for before the last plot had its turn
        begins after it: where drafts come faster than plots are drawn, every plot has its turn all the same.
        """
        if self.isVisible():
            self._wanted = True
            self._soon.start(0)

    def _begin(self) -> None:
        self._wanted, self.busy = False, 0.0
        self._left = self.on_screen()

    @Slot()
    def _on_turn(self) -> None:
        if self.isVisible():
            if self._wanted and not self._left:
                self._begin()
            self._go_on(all_now=False)

    def _go_on(self, all_now: bool) -> None:
        """Let the next plot that has something to draw do so, or all; those left wait for the next turn."""
        started = time.perf_counter()
        axes = {id: self.axis_of(id) for id in self.on_screen()}
        for axis in {axis.id: axis for axis in axes.values()}.values():
            self._crossed_anew |= self._runs.follow(axis)
        visible, rows = self._runs.visible(self._horizontal), self.area.rows
        last = rows[-1] if rows else []
        worked = False
        while self._left and (all_now or not worked):
            id = self._left.pop(0)
            if id not in axes:
                continue
            plot, axis = self.plots[id], axes[id]
            plot.choices.holds_diverged = self._runs.holds_diverged
            worked |= plot.draw(
                self._runs.of(axis),
                axis,
                self._runs.range(axis),
                id in last or axis is not self._horizontal,
                self._hidden,
                most=None if all_now else MOST_AT_ONCE,
            )
            if plot.is_unfinished:
                self._left.insert(0, id)
        if not self._left:
            shown = [data.trace.run for data in visible]
            if self._crossed_anew or shown != self._crossed:
                self._crossed_anew, self._crossed = False, shown
                self.crosshair.refresh()
            self._place_marked()
            beyond = (self.plots[id].lines.beyond | self._runs.beyond(axis) for id, axis in axes.items())
            held = self._runs.holds_diverged
            self.left_out.show_beyond(self.traces, set().union(*beyond), held=held)
        self.busy += time.perf_counter() - started
        if self._left or self._wanted:
            self._soon.start(0)
        if not self._left:
            self.drawn.emit()
            several = any(data.records.replicas > 1 for data in visible[-1:])
            self._spares.make_for([self.plots[id] for id in self.on_screen()], several)

    @property
    def is_drawing(self) -> bool:
        """Whether plots have their turns still to come."""
        return self._soon.isActive() and bool(self._left)

    @property
    def horizontal(self) -> HorizontalAxis:
        """What runs to the right in every plot that has nothing of its own there."""
        return self._horizontal

    @property
    def traces(self) -> list[Trace]:
        """The runs, in the order in which they are drawn."""
        return self._runs.traces

    def axis_of(self, id: str) -> HorizontalAxis:
        """Return what runs to the right in a plot."""
        own = self.plots.choices[id].spec.horizontal
        return horizontal(own) if own else self._horizontal

    def on_screen(self) -> list[str]:
        """Return the plots on screen, in order."""
        return self.area.on_screen()

    def set_horizontal(self, id: str) -> None:
        """Choose what runs to the right; an id that is unknown changes nothing."""
        if id == self._horizontal.id or id not in {axis.id for axis in HORIZONTAL}:
            return
        self._horizontal = horizontal(id)
        self.line.show_horizontal(id)
        self._runs.forget_ranges()
        for id, choices in self.plots.choices.items():
            if not choices.spec.horizontal:
                choices.limits = AxisLimits()
                if id in self.plots.made:
                    self.plots[id].set_limits(choices.limits)
        self.refresh()

    def set_marked_step(self, step: int | None) -> None:
        """Mark the timeline's step in every plot; None for none."""
        self._marked = step
        self._place_marked()

    def _place_marked(self) -> None:
        step = self._marked
        for id in self.on_screen():
            visible = self._runs.visible(self.axis_of(id))
            place, read_at = (None, None) if step is None else marked_place(visible, step)
            self.plots[id].set_marked(place, read_at)

    @Slot()
    def fit(self) -> None:
        """Let every plot follow its data again."""
        self._runs.forget_ranges()
        for choices in self.plots.choices.values():
            choices.limits = AxisLimits()
        for plot in self.plots.made.values():
            plot.fit()
        self.state_changed.emit()

    # --- the grid ---

    def set_shown(self, ids: Sequence[str]) -> None:
        """Choose the plots on screen; they keep the order of `PLOTS`."""
        self.area.set_shown(ids)

    def set_maximised(self, id: str | None) -> None:
        """Show one plot alone, or all again."""
        self.area.set_maximised(id)

    @Slot()
    def _on_arranged(self) -> None:
        titles = {id: choices.spec.title for id, choices in self.plots.choices.items()}
        self.line.show_plots(titles, self.area.shown)
        self._on_redraw_wanted()

    # --- what the user does ---

    @Slot()
    def _on_redraw_wanted(self) -> None:
        if self.isVisible():
            self._wanted = True
            if not self._soon.isActive():
                self._soon.start(FRAME)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._on_redraw_wanted()

    @Slot(str)
    def _on_horizontal_chosen(self, id: str) -> None:
        self.set_horizontal(id)
        self.state_changed.emit()

    @Slot(bool)
    def _on_hold_chosen(self, held: bool) -> None:
        """Let axes hold runs that diverged, or those that did not."""
        self._runs.hold_diverged(held)
        self._on_redraw_wanted()
        self.state_changed.emit()

    @Slot(str, bool)
    def _on_plot_toggled(self, id: str, shown: bool) -> None:
        before = self.area.shown
        self.set_shown([*before, id] if shown else [other for other in before if other != id])
        self.state_changed.emit()

    @Slot(str, str)
    def _on_plot_asked(self, id: str, what: str) -> None:
        """Do what the menu of a plot says, or let others do it."""
        if not self.own.do(id, what):
            self.export_requested.emit(id, what)

    @Slot(str)
    def _on_maximise_requested(self, id: str) -> None:
        self.area.switch(id)
        self.state_changed.emit()

    # --- sessions and exports ---

    def state(self) -> dict[str, Any]:
        """Return what the user chose, ready for JSON."""
        own = [plot.stored() for plot in self.plots.own.values()]
        kept = {"own": own, "measuring": self.measuring.is_on, "diverged": self._runs.holds_diverged}
        return {
            "horizontal": self._horizontal.id,
            "plots": list(self.area.shown),
            "maximised": self.area.maximised,
            "choices": {id: choices.state() for id, choices in self.plots.choices.items()},
            **{name: value for name, value in kept.items() if value},
        }

    def restore(self, state: object) -> None:
        """Take up what a session kept; what it does not say, or says wrongly, is as at first."""
        stored = state if isinstance(state, dict) else {}
        kept = stored.get("choices")
        self._runs.hold_diverged(stored.get("diverged") is True)
        self.own.forget_deleted()
        self.plots.set_own(read_all(stored.get("own")))
        for id, choices in self.plots.choices.items():
            choices.restore(kept.get(id) if isinstance(kept, dict) else None)
        self._take_choices()
        shown, maximised = stored.get("plots"), stored.get("maximised")
        self.set_shown([str(id) for id in shown] if isinstance(shown, list) else self.area.as_many(AT_FIRST))
        self.set_maximised(maximised if isinstance(maximised, str) else None)
        limits = {id: choices.limits for id, choices in self.plots.choices.items()}
        self.set_horizontal(str(stored.get("horizontal", HORIZONTAL[0].id)))
        for id, choices in self.plots.choices.items():  # another axis forgets them
            choices.limits = limits[id]
        self._take_choices()
        self.measuring.set_on(stored.get("measuring") is True)

    def present(self, columns: Sequence[str], groups: Set[str] = frozenset(GROUP_TITLES)) -> None:
        """Show what a preset asks for: these columns, and the plots that have them beside the usual ones."""
        shown = presented(self.plots.choices, tuple(columns), groups, AT_FIRST, STRIP)
        self._take_choices()
        self.set_shown(self.area.as_many(shown))

    def _take_choices(self) -> None:
        for plot in self.plots.made.values():
            plot.take_choices()

    def figure_state(self, plot_id: str) -> dict[str, Any]:
        """Return what an exported figure of a plot should show."""
        shared = {"horizontal": self._horizontal.id, "diverged": self._runs.holds_diverged}
        return shared | self.plots.figure_state(plot_id, self.traces)
