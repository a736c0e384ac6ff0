"""Two columns against each other: a point a row, in the run's colour; a click looks at the run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from engine.protocol.records import Array
from engine.words.formats import counted
from gui.choices_row import ChoicesRow, named
from gui.layouts import in_column
from gui.model.run_table.cells import cell_text
from gui.model.run_table.column import ColumnBook, TableColumn, headed
from gui.model.run_table.rows import RowKey, TableRow
from gui.plain_text import tooltip
from gui.plots.base import PlotCanvas
from gui.plots.left_out import DivergedLine
from gui.theme import on_screen, theme

from .column_box import ColumnBox
from .shown import TableShown
from .table_pictures import beyond_words, held_of, is_log, name_of, values_of

REACH = 12
"""Pixels from a point within which it is meant."""


class ScatterPlot(QWidget):
    """The plot, and the choices of what runs across and up."""

    axes_chosen = Signal(str, str)
    """The columns across and up."""
    run_chosen = Signal(str)
    hold_chosen = Signal(bool)
    """Whether axes are to hold rows that diverged, too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("run_scatter")
        self.across, self.up = (
            ColumnBox(f"scatter_{way}", f"column {way}", self, 14) for way in ("across", "up")
        )
        self.canvas = PlotCanvas(self)
        self.points = pg.ScatterPlotItem(pxMode=True)
        self.canvas.view.addItem(self.points, ignoreBounds=True)
        choices = ChoicesRow()
        choices.add(named("Across", self.across, self), named("Up", self.up, self))
        self.diverged = DivergedLine(self)
        self.diverged.hold_chosen.connect(self.hold_chosen)
        in_column((choices, self.diverged, self.canvas), self).setStretchFactor(self.canvas, 1)
        for box in (self.across, self.up):
            box.activated.connect(self._on_chosen)
        self.canvas.fit_requested.connect(self._fit)
        self.canvas.hovered.connect(self._on_hovered)
        self.canvas.picked.connect(self._on_picked)
        theme().theme_changed.connect(self._draw)
        self._shown = TableShown()
        self._keys: list[RowKey] = []
        self._drawn: tuple[object, ...] = ()
        """What the points were made of."""
        self._places: Array = np.empty((0, 2))
        self._held: Array = np.empty((0, 2))
        """Those that the axes hold."""
        self._rows: list[TableRow] = []
        """Those that have a point."""

    def show_table(self, shown: TableShown) -> None:
        """Draw the rows of the table."""
        self._shown = shown
        if self.isVisible() or not self._keys:
            self._fill(shown.book)
            self._draw()

    def _fill(self, book: ColumnBook) -> None:
        columns = [c for c in book.columns.values() if not c.is_text and c.name not in ("star", "shown")]
        choice = self._shown.arrangement
        for box, wanted in ((self.across, choice.across), (self.up, choice.up)):
            box.offer_columns(headed(columns, self._shown.differing), wanted)

    @Slot()
    def _on_chosen(self) -> None:
        self.axes_chosen.emit(str(self.across.currentData() or ""), str(self.up.currentData() or ""))

    @Slot()
    def _draw(self) -> None:
        shown = self._shown
        across, up = (shown.book.get(name) for name in (shown.arrangement.across, shown.arrangement.up))
        if across is None or up is None:
            self.points.setData([], [])
            self._places, self._keys, self._rows, self._drawn = np.empty((0, 2)), [], [], ()
            self.diverged.show_words("", held=False)
            self.canvas.set_words("Choose what runs across and up.", "")
            return
        values = values_of(shown, across, up)
        held = held_of(shown, values, (across, up))
        self.diverged.show_words(beyond_words(shown, held), held=shown.arrangement.diverged)
        held |= shown.arrangement.diverged
        logs = [is_log(values[held, 0]), is_log(values[held, 1])]
        with np.errstate(divide="ignore", invalid="ignore"):
            places = np.where(logs, np.log10(values), values)
        there = np.flatnonzero(np.isfinite(places).all(axis=1)).tolist()
        self._places = places[there]
        self._held = places[[k for k in there if held[k]]]
        rows = [shown.rows[k] for k in there]
        self._keys = [row.key for row in rows]
        self._rows = rows
        faint = theme().colours.faint
        named_colours = [shown.colours.get(key[0], faint) for key in self._keys]
        seen = {colour: on_screen(colour) for colour in set(named_colours)}
        colours = [seen[colour] for colour in named_colours]
        chosen = [key[0] == shown.selected for key in self._keys]
        drawn = (self._places.tobytes(), tuple(colours), tuple(chosen), theme().colours.foreground)
        if drawn != self._drawn:
            self._drawn = drawn
            self._set_points(colours, chosen)
        self.canvas.set_bottom_title(_title(across, logs[0]), logs[0], shown=True)
        self.canvas.set_left_title(_title(up, logs[1]), logs[1])
        missing = len(shown.rows) - len(rows)
        note = f"{counted(missing, 'row')} without both values" if missing and rows else ""
        self.canvas.set_words("" if rows else "No row has both values.", note)
        self._fit()

    def _set_points(self, colours: Sequence[str], chosen: Sequence[bool]) -> None:
        """Draw points, each brush made once: pyqtgraph keeps a picture of every one that there is."""
        brushes = {colour: pg.mkBrush(QColor(colour)) for colour in set(colours)}
        pens = {True: pg.mkPen(theme().colours.foreground, width=2), False: pg.mkPen(None)}
        self.points.setData(
            x=self._places[:, 0],
            y=self._places[:, 1],
            brush=[brushes[colour] for colour in colours],
            pen=[pens[one] for one in chosen],
            size=np.where(chosen, 11, 8),
        )

    @Slot()
    def _fit(self) -> None:
        if len(self._held):
            low, high = self._held.min(axis=0), self._held.max(axis=0)
            room = 0.06 * np.where(high > low, high - low, 1.0)
            self.canvas.follow_x((float(low[0] - room[0]), float(high[0] + room[0])))
            if self.canvas.following:
                up = (float(low[1] - room[1]), float(high[1] + room[1]))
                self.canvas.view.setRange(yRange=up, padding=0, disableAutoRange=False)

    def nearest(self, x: float, y: float) -> int | None:
        """Return the point near a place of the plot; None where none is."""
        if not len(self._places):
            return None
        width, height = self.canvas.view.viewPixelSize()
        away = np.hypot((self._places[:, 0] - x) / (width or 1.0), (self._places[:, 1] - y) / (height or 1.0))
        place = int(away.argmin())
        return place if away[place] <= REACH else None

    @Slot(float, float)
    def _on_hovered(self, x: float, y: float) -> None:
        place = self.nearest(x, y)
        if place is None:
            self.canvas.setToolTip("")
            return
        row, choice = self._rows[place], self._shown.arrangement
        columns = filter(None, (self._shown.book.get(name) for name in (choice.across, choice.up)))
        said = [f"{column.title} {cell_text(row, column, choice.middle)}" for column in columns]
        self.canvas.setToolTip(tooltip("\n".join([name_of(row), *said])))

    @Slot(float, float)
    def _on_picked(self, x: float, y: float) -> None:
        place = self.nearest(x, y)
        if place is not None:
            self.run_chosen.emit(self._keys[place][0])


def _title(column: TableColumn, log: bool) -> str:
    return f"{column.title} (log)" if log and column.name.startswith("log") else column.title
