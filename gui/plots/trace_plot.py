"""One live plot of measurements: from a `PlotSpec` and the runs' records to lines, legend and read-outs."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QFontMetrics
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from engine.figures.line_sources import line_sources
from engine.figures.own_plots import AxisLimits
from engine.figures.plots import HORIZONTAL, HorizontalAxis, horizontal
from gui.cards.help_card import show_card
from gui.cards.help_text import HelpText, plot_text
from gui.painting import FontWhenSeen
from gui.theme import theme

from .base import PlotCanvas, copy_picture, hairline, small_font
from .captions import message, missing_note, replicas_remark
from .choices import Choices
from .curves import Series
from .header import Entry, PlotHeader
from .lines import PlotLines
from .maximise_button import MaximiseButton
from .menus import ColumnsMenu, PlotMenu
from .moments import Moments, marks_of
from .pins import PlotPins
from .read_outs import readings_at
from .strokes import Strokes
from .traces import ReadingPlace, TraceData

LEAST_HEIGHT, LEAST_FOR_LINES = 160, 110
"""Pixels of a plot, and of it for the lines beside three rows of words: where there is less room, plots scroll."""


class TracePlot(QWidget):
    """A plot with its head; it draws when told to, and only what changed."""

    columns_changed = Signal()
    """The user chose columns, or 1 - value."""
    hovered = Signal(float, float)
    left = Signal()
    clicked = Signal(float)
    redraw_wanted = Signal()
    maximise_requested = Signal(str)
    lines_changed = Signal()
    export_requested = Signal(str, str)
    measured = Signal()
    """What lies between the pins is another."""
    touched = Signal(str)
    """Its id: the user set or moved a pin of it."""

    def __init__(self, choices: Choices, parent: QWidget | None = None) -> None:
        """Take what it is to show."""
        super().__init__(parent)
        self.choices = choices
        self.spec = spec = choices.spec
        self.setObjectName(f"plot_{spec.id}")
        self.strokes = Strokes()
        self._data: list[TraceData] = []
        self._hidden = 0
        self._drawn: tuple[object, ...] = ()
        self._kind: tuple[object, ...] = ()
        self._axis = horizontal(spec.horizontal) if spec.horizontal else HORIZONTAL[0]
        self._everything = False
        self.is_unfinished = False
        """Whether lines are left for the next call of `draw`."""
        self._crossed: ReadingPlace | None = None
        self._marked: ReadingPlace | None = None
        self.header = PlotHeader(spec.title, self)
        self.canvas = PlotCanvas(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.canvas, 1)
        self._add_items()
        self.lines = PlotLines(self.canvas, self.right_view, choices, self.strokes)
        self.pins = PlotPins(self)
        self._add_buttons()
        self._set_fonts()
        FontWhenSeen(self, self._set_fonts)
        self._connect()
        self._on_theme_changed()

    def _add_items(self) -> None:
        self.right_view: pg.ViewBox | None = None
        if any(self.choices.at_right(name) for name in self.spec.columns):
            self.right_view = self.canvas.add_right_view("accuracy", -0.04, 1.04)
        self.moments = Moments()
        self.canvas.add_strip(self.moments.names)
        self.marked = pg.InfiniteLine(angle=90, movable=False)
        self.cross = pg.InfiniteLine(angle=90, movable=False)
        for place, item in enumerate((self.moments, self.marked, self.cross)):
            item.setZValue(60 + place)
            self.canvas.view.addItem(item, ignoreBounds=True)
        self.marked.addMarker("v", 1, 8)
        self.marked.hide()
        self.cross.hide()

    def _add_buttons(self) -> None:
        self.one_minus_button = QToolButton(self)
        self.one_minus_button.setText("1−x")
        self.one_minus_button.setCheckable(True)
        self.one_minus_button.setToolTip("Show how far the values are from 1, on a logarithmic axis.")
        self.menu = ColumnsMenu(self.choices, self)
        self.context_menu = PlotMenu(self.spec, self._why_nothing, self)
        self.columns_button = QToolButton(self)
        self.columns_button.setText("Columns ▾")
        self.columns_button.setToolTip("Choose which measurements this plot shows.")
        self.columns_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.columns_button.setMenu(self.menu)
        for button, name in ((self.one_minus_button, "one_minus"), (self.columns_button, "columns")):
            button.setObjectName(f"{name}_{self.spec.id}")
            button.setAutoRaise(True)
            button.setProperty("menu", "quiet")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.header.add_button(button)
        self.maximise_button = MaximiseButton(self.spec.id, self.spec.title, self)
        self.header.add_button(self.maximise_button)
        self.one_minus_button.setVisible(self.spec.one_minus)
        self.one_minus_button.setChecked(self.choices.one_minus)

    def _connect(self) -> None:
        self.one_minus_button.toggled.connect(self.set_one_minus)
        self.menu.column_toggled.connect(self.choose)
        self.context_menu.chosen.connect(self._on_action_chosen)
        self.header.entry_clicked.connect(self.toggle)
        self.header.title_double_clicked.connect(self._on_maximise_wanted)
        self.maximise_button.clicked.connect(self._on_maximise_wanted)
        self.header.lines_changed.connect(self.lines_changed)
        self.canvas.hovered.connect(self.hovered)
        self.canvas.left.connect(self.left)
        self.canvas.clicked.connect(self._on_canvas_clicked)
        self.pins.moved.connect(self._on_pins_moved)
        self.canvas.fit_requested.connect(self._on_fit_requested)
        self.canvas.view_changed.connect(self._on_view_changed)
        self.canvas.menu_requested.connect(self.context_menu.show_at)
        theme().theme_changed.connect(self._on_theme_changed)

    def _set_fonts(self) -> None:
        small = small_font(self.font())
        self.canvas.setMinimumHeight(max(LEAST_HEIGHT, LEAST_FOR_LINES + 3 * QFontMetrics(small).height()))
        self.header.set_font(small)
        self.canvas.set_font(small)
        self.moments.names.set_font(small)
        self.pins.set_font(small)
        for button in (self.one_minus_button, self.columns_button, self.maximise_button):
            button.setFont(small)
            button.setFixedHeight(self.header.line_height)

    @property
    def axis(self) -> HorizontalAxis:
        """What runs to the right."""
        return self._axis

    @property
    def series(self) -> dict[tuple[str, str], Series]:
        """What is drawn, by run and column."""
        return self.lines.series

    # --- the user's choices ---

    @Slot(str)
    def toggle(self, name: str) -> None:
        """Show or hide a column of the legend."""
        self.choices.hidden ^= {name}
        self._on_choices_changed()

    @Slot(str, bool)
    def choose(self, name: str, chosen: bool) -> None:
        """Add a column to the plot, or take it out."""
        self.choices.chosen[name] = chosen
        self.choices.hidden.discard(name)
        self._on_choices_changed()

    @Slot(bool)
    def set_one_minus(self, on: bool) -> None:
        """Show log10(1 - value), or the values."""
        if on != self.choices.one_minus and self.spec.one_minus:
            self.choices.one_minus = on
            self.one_minus_button.setChecked(on)
            self.set_limits(AxisLimits())
            self._on_choices_changed()

    def take_choices(self) -> None:
        """Draw what its choices say by now, as of a preset or of a session that was opened."""
        self.strokes.forget()
        self.one_minus_button.setChecked(self.choices.one_minus)
        self.set_limits(self.choices.limits)
        self._drawn = ()
        self.redraw_wanted.emit()

    def set_limits(self, limits: AxisLimits) -> None:
        """Show this of the axes, whatever the data are."""
        self.choices.limits = self.canvas.limits = limits
        self.redraw_wanted.emit()

    def _on_choices_changed(self) -> None:
        self.columns_changed.emit()
        self.redraw_wanted.emit()

    # --- drawing ---

    def visible(self) -> list[TraceData]:
        """Return the runs drawn."""
        return [data for data in self._data if data.trace.visible]

    def draw(
        self,
        data: Sequence[TraceData],
        axis: HorizontalAxis,
        x_range: tuple[float, float],
        bottom_title: bool,
        hidden: int = 0,
        most: int | None = None,
    ) -> bool:
        """Draw what changed since the last time; say whether there was anything to do.

        Args:
            data: the runs.
            axis: what runs to the right.
            x_range: what of it is to be seen.
            bottom_title: whether it is named below.
            hidden: how many runs there are besides, which are not drawn.
            most: lines that are worked out now; the plot `is_unfinished` where there are more, and the next call goes
                on with them.
        """
        self._data, self._hidden = list(data), hidden
        visible = self.visible()
        self.choices.set_recorded(name for d in visible for name in d.records.names)
        self.strokes.assign(self.choices.entries(), self.choices.recorded)
        self.canvas.follow_x(x_range)
        key = (
            tuple(
                (
                    d.trace.run,
                    d.trace.label,
                    d.trace.colour,
                    d.trace.selected,
                    d.trace.ghost,
                    d.replica,
                    d.trace.scale,
                    d.version,
                )
                for d in visible
            ),
            self.choices.key(),
            self.canvas.limits,
            self._everything,
            self.canvas.x_range(),
            self.canvas.pixel_columns(),
            bottom_title,
            axis.id,
            theme().dark,
            len(self._data),
            hidden > 0,
        )
        if key == self._drawn:
            self.is_unfinished = False
            return False
        self._axis = axis
        self._set_bottom_title(bottom_title)
        self.canvas.set_left_title(self.choices.axis_title, self.choices.log)
        missing, extent, self.is_unfinished = self.lines.draw(visible, self._everything, most)
        if self.is_unfinished:
            return True
        kind = (self.choices.key(), axis.id)
        afresh = kind != self._kind or all(d.trace.history.finished for d in visible)
        self._drawn, self._kind = key, kind
        self.moments.set_lines(*marks_of(visible))
        self.canvas.follow_y(extent, afresh)
        below = sum(d.positions.below for d in visible)
        notes = missing_note(missing, self.choices.one_minus), missing_note(below, False, axis.words)
        sources = line_sources((d.trace.history for d in visible), self.choices.columns())
        self.canvas.set_words(
            message(self.choices, data, hidden), "; ".join(filter(None, [*notes, *sources]))
        )
        self._set_entries(visible)
        self._set_readings()
        self.pins.draw(visible, axis)
        self.measured.emit()
        return True

    def _set_bottom_title(self, shown: bool) -> None:
        title = self._axis.title
        self.canvas.set_bottom_title(title.removeprefix("log₁₀ "), title.startswith("log₁₀ "), shown)

    # --- legend, read-outs and lines of others ---

    def _set_entries(self, visible: list[TraceData]) -> None:
        colour = visible[0].trace.line_colour if len(visible) == 1 else ""
        remark, choices = replicas_remark(visible), self.choices
        entries = [
            Entry(n, choices.title(n), self.strokes.stroke(n), n not in choices.hidden, colour, remark)
            for n in choices.entries()
        ]
        self.header.set_entries(entries, len(visible))

    def set_crosshair(self, position: float | None, read_at: ReadingPlace | None) -> None:
        """Show the crosshair at a position, and the values there; None for none."""
        self._crossed = read_at
        self.cross.setVisible(position is not None)
        if position is not None:
            self.cross.setPos(position)
        self._set_readings()

    def set_marked(self, position: float | None, read_at: ReadingPlace | None) -> None:
        """Show the timeline's step as a thin line, and the values there unless the crosshair asks for others."""
        self.marked.setVisible(position is not None)
        if position is not None:
            self.marked.setPos(position)
        if read_at != self._marked:
            self._marked = read_at
            self._set_readings()

    def _set_readings(self) -> None:
        place = self._crossed or self._marked
        readings = readings_at(place, self.visible(), self.choices)
        self.header.set_readings(None if place is None else place.step, readings)

    # --- menus and theme ---

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.context_menu.show_at(event.globalPos())

    def _why_nothing(self) -> str:
        return message(self.choices, self._data, self._hidden)

    @Slot(str)
    def _on_action_chosen(self, kind: str) -> None:
        if kind in ("fit", "everything"):
            self.fit(kind == "everything")
        elif kind == "picture":
            self.copy_picture()
        elif kind == "explain":
            show_card(self.help_text(), self.header)
        else:
            self.export_requested.emit(self.spec.id, kind)

    def help_text(self) -> HelpText:
        """Return what a help card says of the plot: of each column that it shows."""
        return plot_text(self.spec, self.choices.columns())

    def copy_picture(self) -> None:
        """Put a picture of the plot on the clipboard, with its axes' titles and without its buttons."""
        shown = bool(self.canvas.bottom_title)
        buttons = [b for b in (self.one_minus_button, self.columns_button) if b.isVisible()]
        self._set_bottom_title(True)
        for button in buttons:
            button.hide()
        self.canvas.lay_out_now()
        copy_picture(self)
        self._set_bottom_title(shown)
        for button in buttons:
            button.show()

    def fit(self, everything: bool = False) -> None:
        """Follow the data again; the margins before separation only where everything is wanted."""
        self._everything = everything
        self.set_limits(AxisLimits())
        self._drawn = ()
        self.redraw_wanted.emit()

    @Slot()
    def _on_fit_requested(self) -> None:
        self.fit()
        self.columns_changed.emit()

    @Slot()
    def _on_view_changed(self) -> None:
        self.choices.limits = self.canvas.limits
        self.redraw_wanted.emit()
        self.columns_changed.emit()

    @Slot(float)
    def _on_canvas_clicked(self, position: float) -> None:
        if self.pins.takes_clicks:
            self.pins.set_at(position)
        else:
            self.clicked.emit(position)

    @Slot()
    def _on_pins_moved(self) -> None:
        self.touched.emit(self.spec.id)
        self.measured.emit()
        self.columns_changed.emit()

    @Slot()
    def _on_maximise_wanted(self) -> None:
        self.maximise_requested.emit(self.spec.id)

    @Slot()
    def _on_theme_changed(self) -> None:
        self.marked.setPen(hairline(theme().colours.foreground))
        self.cross.setPen(hairline(theme().colours.faint))
        self.header.update()
        self.redraw_wanted.emit()
