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
        """Begin or end to measure; pins that were set stay."""
        self._button.setChecked(on)

    def listen_to(self, plot: TracePlot) -> None:
        """Measure in one more plot."""
        self._plots.append(plot)
        plot.pins.takes_clicks = self.is_on
        plot.touched.connect(self._on_touched)
        plot.measured.connect(self._on_measured)

    def leave(self, plot: TracePlot) -> None:
        """Forget a plot that is no more."""
        self._plots.remove(plot)
        if self.panel.plot is plot:
            self.panel.show_plot(None)

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        for plot in self._plots:
            plot.pins.takes_clicks = on
        self.panel.setVisible(on)
        if on:
            self._show_some_plot()

    def _show_some_plot(self) -> None:
        """Show the plot that has pins and is on screen, or set them in the one that has the focus, or the first."""
        there = [plot for plot in self._plots if plot.spec.id in self._grid.on_screen()]
        there.sort(key=lambda plot: self._grid.on_screen().index(plot.spec.id))
        chosen = next((plot for plot in there if plot.pins.between is not None), None)
        if chosen is None:
            chosen = next((plot for plot in there if plot.canvas.hasFocus()), next(iter(there), None))
            if chosen is not None:
                chosen.pins.set_somewhere()
        self.panel.show_plot(chosen)
        if chosen is not None:
            chosen.canvas.setFocus()
            QTimer.singleShot(0, self._bring_into_view)

    @Slot()
    def _bring_into_view(self) -> None:
        """Scroll to the plot that is measured: the table has taken room from all of them."""
        if self.panel.plot is not None:
            self._grid.ensureWidgetVisible(self.panel.plot, 0, 0)

    @Slot(str)
    def _on_touched(self, id: str) -> None:
        plot = next((plot for plot in self._plots if plot.spec.id == id), None)
        self.panel.show_plot(plot)

    @Slot()
    def _on_measured(self) -> None:
        if self.is_on and self.sender() is self.panel.plot:
            self.panel.show_plot(self.panel.plot)

    @Slot(str, bool)
    def _on_fit_toggled(self, column: str, fitted: bool) -> None:
        if self.panel.plot is not None:
            self.panel.plot.pins.fit_column(column, fitted)
