"""PinMeasuring in plots: while it is on a click sets a pin, and a table says what lies between the pins of a plot."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QToolButton, QWidget

from .pin_table import PinTable
from .plots_grid import PlotsGrid
from .trace_plot import TracePlot


class PinMeasuring(QObject):
    """Joins the button, the pins of all plots and the table under them."""

    def __init__(self, button: QToolButton, grid: PlotsGrid, parent: QWidget) -> None:
        super().__init__(parent)
        self.panel = PinTable(parent)
        self.panel.hide()
        self._button, self._grid = button, grid
        self._plots: list[TracePlot] = []
        button.toggled.connect(self._on_toggled)
        self.panel.fit_toggled.connect(self._on_fit_toggled)

    @property
    def is_on(self) -> bool:
        """Whether clicks set pins."""
        return self._button.isChecked()

    def set_on(self, on: bool) -> None:
        """Begin to measure, with the pins that were set before; or end to, and hide them."""
        if on and self.is_on:
            self._show_some_plot()
        self._button.setChecked(on)

    def listen_to(self, plot: TracePlot) -> None:
        """Measure in one more plot."""
        self._plots.append(plot)
        plot.pins.measure(self.is_on)
        plot.touched.connect(self._on_touched)
        plot.measured.connect(self._on_measured)
        if self.is_on:
            self._show(self.panel.plot)

    def leave(self, plot: TracePlot) -> None:
        """Forget a plot that is no more."""
        self._plots.remove(plot)
        if self.panel.plot is plot:
            self._show(None)

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        for plot in self._plots:
            plot.pins.measure(on)
        self.panel.setVisible(on)
        if on:
            self._show_some_plot()

    def _show_some_plot(self) -> None:
        """Show the plot that has pins and is on screen, or let keys set them in the one in focus, or the first."""
        there = [plot for plot in self._plots if plot.spec.id in self._grid.on_screen()]
        there.sort(key=lambda plot: self._grid.on_screen().index(plot.spec.id))
        chosen = next((plot for plot in there if plot.pins.between is not None), None)
        if chosen is None:
            chosen = next((plot for plot in there if plot.canvas.hasFocus()), next(iter(there), None))
        self._show(chosen)
        if chosen is not None:
            chosen.canvas.setFocus()
            QTimer.singleShot(0, self._bring_into_view)

    def _show(self, plot: TracePlot | None) -> None:
        """Say what is measured in a plot, and show in the others where its pins are."""
        self.panel.show_plot(plot)
        for other in self._plots:
            other.pins.echo([] if plot is None or other is plot else plot.choices.pins)

    @Slot()
    def _bring_into_view(self) -> None:
        """Scroll to the plot that is measured: the table has taken room from all of them."""
        if self.panel.plot is not None:
            self._grid.ensureWidgetVisible(self.panel.plot, 0, 0)

    @Slot(str)
    def _on_touched(self, id: str) -> None:
        self._show(next((plot for plot in self._plots if plot.spec.id == id), None))

    @Slot()
    def _on_measured(self) -> None:
        if self.is_on and self.sender() is self.panel.plot:
            self.panel.show_plot(self.panel.plot)

    @Slot(str, bool)
    def _on_fit_toggled(self, column: str, fitted: bool) -> None:
        if self.panel.plot is not None:
            self.panel.plot.pins.fit_column(column, fitted)
