"""One live plot of measurements: from a `PlotSpec` and the runs' records to lines, legend and read-outs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QMenu, QToolButton, QVBoxLayout, QWidget

from engine.experiment.columns import column, title_of
from engine.figures.plots import (
    LINE_STYLES,
    HorizontalAxis,
    PlotSpec,
    columns_in,
    horizontal,
    shown_at_first,
)
from engine.records import Array

from ..theme import theme
from .base import PlotCanvas, copy_picture, hairline, small_font
from .curves import Moments, Series
from .header import Entry, PlotHeader, Reading
from .thinning import MOST_SINGLES, Drawn, band_name, joined, spread, told
from .traces import TraceData

FRACTIONS = ("accuracy", "test_accuracy")
"""Drawn on an axis of their own, 0 to 1, at the right."""
WHAT = {
    "kernel": "tangent kernel",
    "stationarity": "stationarity",
    "layers": "singular values of layers",
    "directions": "directions",
    "margins": "margins",
    "norms": "norms",
    "loss": "loss",
}


class TracePlot(QWidget):
    """A plot with its head; it draws when told to, and only what changed."""

    columns_changed = Signal()
    """The user chose columns, or 1 - value."""
    hovered = Signal(float)
    left = Signal()
    clicked = Signal(float)
    redraw_wanted = Signal()
    maximise_requested = Signal(str)
    lines_changed = Signal()
    export_requested = Signal(str, str)

    def __init__(self, spec: PlotSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = spec
        self.setObjectName(f"plot_{spec.id}")
        self.chosen: dict[str, bool] = {}
        """Columns that the user added or removed."""
        self.hidden: set[str] = set()
        """Columns switched off in the legend."""
        self.one_minus = False
        self.series: dict[tuple[str, str], Series] = {}
        self._spare: dict[bool, list[Series]] = {False: [], True: []}
        self._data: list[TraceData] = []
        self._drawn: tuple[object, ...] = ()
        self._horizontal = horizontal("log_step")
        self._everything = False
        self._at: dict[str, int] = {}
        self._build()
        theme().theme_changed.connect(self._on_theme_changed)

    def _build(self) -> None:
        self.header = PlotHeader(self.spec.title, self)
        self.canvas = PlotCanvas(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.canvas, 1)
        self.right_view: pg.ViewBox | None = None
        if any(name in FRACTIONS for name in self.spec.columns):
            self.right_view = self.canvas.add_right_view("accuracy", -0.04, 1.04)
        self.moments = Moments()
        self.marked = pg.InfiniteLine(angle=90, movable=False)
        self.cross = pg.InfiniteLine(angle=90, movable=False)
        for place, item in enumerate((self.moments, self.marked, self.cross)):
            item.setZValue(5 + place)
            self.canvas.view.addItem(item, ignoreBounds=True)
        self.marked.hide()
        self.cross.hide()
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._on_menu_about_to_show)
        self.menu.triggered.connect(self._on_column_triggered)
        self.one_minus_button = QToolButton(self)
        if self.spec.one_minus:
            self.one_minus_button.setText("1−x")
            self.one_minus_button.setCheckable(True)
            self.one_minus_button.setToolTip("Show how far the values are from 1, on a logarithmic axis.")
            self.one_minus_button.toggled.connect(self.set_one_minus)
            self.header.add_button(self.one_minus_button)
        self.one_minus_button.setVisible(self.spec.one_minus)
        self.columns_button = QToolButton(self)
        self.columns_button.setText("Columns")
        self.columns_button.setToolTip("Choose which measurements this plot shows.")
        self.columns_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.columns_button.setMenu(self.menu)
        self.header.add_button(self.columns_button)
        for button, name in ((self.one_minus_button, "one_minus"), (self.columns_button, "columns")):
            button.setObjectName(f"{name}_{self.spec.id}")
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._set_fonts()
        self.header.entry_clicked.connect(self.toggle)
        self.header.title_double_clicked.connect(self._on_title_double_clicked)
        self.header.lines_changed.connect(self.lines_changed)
        self.canvas.hovered.connect(self.hovered)
        self.canvas.left.connect(self.left)
        self.canvas.clicked.connect(self.clicked)
        self.canvas.fit_requested.connect(self._on_fit_requested)
        self.canvas.view_changed.connect(self.redraw_wanted)
        self.canvas.menu_requested.connect(self._on_menu_requested)
        self._on_theme_changed()

    def _set_fonts(self) -> None:
        small = small_font(self.font())
        self.header.set_font(small)
        self.canvas.set_font(small)
        height = self.header.line_height
        for button in (self.one_minus_button, self.columns_button):
            button.setFont(small)
            button.setFixedHeight(height)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "header"):
            self._set_fonts()

    # --- what is shown ---

    def recorded(self) -> list[str]:
        """Return the columns that this plot could show of the visible runs, in the legend's order."""
        names = dict.fromkeys(name for data in self._visible() for name in data.records.names)
        return columns_in(self.spec, list(names))

    def entries(self) -> list[str]:
        """Return the columns in the legend."""
        return [n for n in self.recorded() if self.chosen.get(n, shown_at_first(self.spec, n))]

    def columns(self) -> list[str]:
        """Return the columns drawn."""
        return [n for n in self.entries() if n not in self.hidden]

    def drawn_as(self, name: str) -> Drawn:
        """Return what of a column's values is drawn."""
        if name in FRACTIONS and self.right_view is not None:
            return Drawn.VALUE
        if name in self.spec.in_log10:
            return Drawn.NATURAL_LOG
        known = column(name)
        if self.one_minus:  # a drift from 0 is no distance from 1
            return Drawn.LOG if known is not None and known.scale == "log" else Drawn.ONE_MINUS
        return Drawn.LOG if self.spec.log else Drawn.VALUE

    def title(self, name: str) -> str:
        """Return how the legend calls a column."""
        drawn, text = self.drawn_as(name), title_of(name)
        if drawn is Drawn.NATURAL_LOG:
            return text.replace("log ", "log10 ", 1)
        return f"1 − {text}" if drawn is Drawn.ONE_MINUS else text

    def line_style(self, name: str) -> str:
        """Return a column's line style: the same whichever others are shown."""
        return LINE_STYLES[self.recorded().index(name) % len(LINE_STYLES)]

    @Slot(str)
    def toggle(self, name: str) -> None:
        """Show or hide a column of the legend."""
        self.hidden ^= {name}
        self._on_columns_changed()

    def choose(self, name: str, chosen: bool) -> None:
        """Add a column to the plot, or take it out."""
        self.chosen[name] = chosen
        self.hidden.discard(name)
        self._on_columns_changed()

    @Slot(bool)
    def set_one_minus(self, on: bool) -> None:
        """Show log10(1 - value), or the values."""
        if on == self.one_minus or not self.spec.one_minus:
            return
        self.one_minus = on
        self.one_minus_button.setChecked(on)
        self.canvas.following = True
        self._on_columns_changed()

    def _on_columns_changed(self) -> None:
        self.columns_changed.emit()
        self.redraw_wanted.emit()

    def state(self) -> dict[str, Any]:
        """Return the user's choices, ready for JSON."""
        return {"chosen": dict(self.chosen), "hidden": sorted(self.hidden), "one_minus": self.one_minus}

    def restore(self, state: object) -> None:
        """Take up choices kept before; what cannot be read is left alone."""
        if not isinstance(state, dict):
            return
        chosen, hidden = state.get("chosen"), state.get("hidden")
        self.chosen = {str(k): bool(v) for k, v in chosen.items()} if isinstance(chosen, dict) else {}
        self.hidden = {str(v) for v in hidden} if isinstance(hidden, list) else set()
        self.set_one_minus(bool(state.get("one_minus", False)))

    # --- drawing ---

    def _visible(self) -> list[TraceData]:
        return [data for data in self._data if data.trace.visible]

    def draw(
        self, data: Sequence[TraceData], axis: HorizontalAxis, x_range: tuple[float, float], bottom_title: bool
    ) -> bool:
        """Draw what changed since the last time; say whether anything did."""
        self._data, self._horizontal = list(data), axis
        self.canvas.follow_x(x_range)
        visible = self._visible()
        key = (
            tuple((d.trace.run, d.trace.label, d.trace.colour, d.version) for d in visible),
            tuple(sorted(self.hidden)),
            tuple(self.chosen.items()),
            self.one_minus,
            self.canvas.following,
            self.canvas.x_range(),
            self.canvas.pixel_columns(),
            bottom_title,
            axis.id,
            theme().dark,
            self._everything,
            len(self._data),
        )
        if key == self._drawn:
            return False
        self._drawn = key
        self._set_titles(axis, bottom_title)
        names = self.columns()
        missing, extent = self._draw_series(visible, names)
        self._draw_moments(visible)
        over = all(d.trace.log.finished for d in visible)
        self.canvas.follow_y(extent, exact=over or not self.canvas.following)
        self.canvas.set_words(self._message(visible, names), self._note(missing))
        self._set_entries(visible)
        self._set_readings()
        return True

    def _set_titles(self, axis: HorizontalAxis, bottom_title: bool) -> None:
        log = axis.title.startswith("log10 ")
        self.canvas.set_bottom_title(axis.title.removeprefix("log10 "), log, bottom_title)
        self.canvas.set_left_title(
            f"1 − {self.spec.axis}" if self.one_minus else self.spec.axis, self.spec.log or self.one_minus
        )

    def _draw_series(
        self, visible: list[TraceData], names: list[str]
    ) -> tuple[int, tuple[float, float] | None]:
        view, columns = self.canvas.x_range(), self.canvas.pixel_columns()
        missing, extent, used = 0, None, set()
        for place, data in enumerate(visible):
            since = data.since_separated() if self.spec.id == "margins" and not self._everything else slice(0, None)
            for name in names:
                if name not in data.records or not len(data.records):
                    continue
                used.add((data.trace.run, name))
                series = self._series(data, name)
                series.prepare(data.records.replicas)
                series.style(data.trace.colour, self.line_style(name), place)
                series.show(True)
                found, count = series.set_data(data, name, self.drawn_as(name), view, columns, since)
                missing += count
                if not (name in FRACTIONS and self.right_view is not None):
                    extent = joined(extent, found)
        for key in set(self.series) - used:
            series = self.series.pop(key)
            series.show(False)
            self._spare[key[1] in FRACTIONS and self.right_view is not None].append(series)
        return missing, extent

    def _series(self, data: TraceData, name: str) -> Series:
        key = (data.trace.run, name)
        if key not in self.series:
            right = name in FRACTIONS and self.right_view is not None
            spare = self._spare[right]
            view = self.right_view if right and self.right_view is not None else self.canvas.view
            self.series[key] = spare.pop() if spare else Series(view)
        return self.series[key]

    def _draw_moments(self, visible: Iterable[TraceData]) -> None:
        lines = []
        for data in visible:
            for which in Moments.ROWS:
                position = data.position(data.event(which))
                if position == position:
                    lines.append((position, data.trace.colour, which))
        self.moments.set_lines(lines)

    def _message(self, visible: list[TraceData], names: list[str]) -> str:
        if not self._data:
            return "Press Run"
        if not visible:
            return "All runs are hidden"
        if not any(len(data.records) for data in visible):
            return "Waiting for the first record"
        if not self.recorded():
            return f"No {WHAT[self.spec.id]} measured"
        if not self.entries():
            return "No columns chosen"
        return "" if names else "All columns are hidden"

    def _note(self, missing: int) -> str:
        if not missing:
            return ""
        limit = "1 or above" if self.one_minus else "0 or below"
        return f"{missing:,} value{'s' if missing > 1 else ''} at {limit} not shown"

    # --- legend and read-outs ---

    def _set_entries(self, visible: list[TraceData]) -> None:
        colour = visible[0].trace.colour if len(visible) == 1 else ""
        remark = self._remark(visible)
        self.header.set_entries(
            [
                Entry(name, self.title(name), self.line_style(name), name not in self.hidden, colour, remark)
                for name in self.entries()
            ],
            len(visible),
        )

    def _remark(self, visible: list[TraceData]) -> str:
        several = [data.records.replicas for data in visible if data.records.replicas > 1]
        if not several:
            return ""
        most = max(several)
        text = f"Line and value: median of the replicas. Band: {band_name(most)}. Faint: single replicas"
        if most > MOST_SINGLES:
            text += f" ({MOST_SINGLES} of {most})"
        same = all(data.same_for_all for data in visible)
        return text + ("." if same else "; line and band at the median position of each record.")

    def set_crosshair(self, position: float | None, step: int | None, records: dict[str, int]) -> None:
        """Show the crosshair at a position and the values at these records, by run; None for none."""
        self._at = records if position is not None else {}
        self.cross.setVisible(position is not None)
        if position is not None:
            self.cross.setPos(position)
        self._set_readings(step if position is not None else None)

    def _set_readings(self, step: int | None = None) -> None:
        if step is None and self._at:
            step = self.header.step
        readings: dict[str, list[Reading]] = {}
        for name in self.columns():
            readings[name] = [
                Reading(data.trace.label, data.trace.colour, middle(told(self._values(data, name), self.drawn_as(name))))
                for data in self._visible()
                if name in data.records and len(data.records)
            ]
        self.header.set_readings(step, readings)

    def _values(self, data: TraceData, name: str) -> Array:
        record = self._at.get(data.trace.run)
        if record is None or record >= len(data.records):
            return data.final(name)
        return data.at(name, record)

    def set_marked(self, position: float | None) -> None:
        """Show the timeline's step as a thin line; None for none."""
        shown = position is not None and position == position
        self.marked.setVisible(shown)
        if shown:
            self.marked.setPos(position)

    # --- menus and theme ---

    @Slot()
    def _on_menu_about_to_show(self) -> None:
        self.menu.clear()
        shown = self.entries()
        for name in self.recorded():
            action = self.menu.addAction(title_of(name))
            action.setData(name)
            action.setCheckable(True)
            action.setChecked(name in shown)
        if self.menu.isEmpty():
            self.menu.addAction("No columns recorded").setEnabled(False)

    @Slot(QAction)
    def _on_column_triggered(self, action: QAction) -> None:
        if isinstance(action.data(), str):
            self.choose(action.data(), action.isChecked())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._on_menu_requested(event.globalPos())

    def context_menu(self) -> QMenu:
        """Return the plot's context menu."""
        menu = QMenu(self)
        for text, kind in (
            ("Export figure…", "figure"),
            ("Export data (CSV)…", "csv"),
            ("Copy picture", "picture"),
            ("", ""),
            ("Fit", "fit"),
        ):
            if text:
                menu.addAction(text).setData(kind)
            else:
                menu.addSeparator()
        if self.spec.id == "margins":
            menu.addAction("Fit with everything before separation").setData("everything")
        menu.triggered.connect(self._on_action_triggered)
        return menu

    @Slot(QPoint)
    def _on_menu_requested(self, position: QPoint) -> None:
        menu = self.context_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(position)

    @Slot(QAction)
    def _on_action_triggered(self, action: QAction) -> None:
        kind = str(action.data())
        if kind in ("fit", "everything"):
            self.canvas.following = True
            self._everything = kind == "everything"
            self.fit()
        elif kind == "picture":
            self.copy_picture()
        else:
            self.export_requested.emit(self.spec.id, kind)

    def copy_picture(self) -> None:
        """Put the plot, with its axes' titles, on the clipboard."""
        copy_picture(self)

    def fit(self) -> None:
        """Follow the data again, from their whole range."""
        self.canvas.following = True
        self._drawn = ()
        self.redraw_wanted.emit()

    @Slot()
    def _on_fit_requested(self) -> None:
        self._everything = False
        self.fit()

    @Slot()
    def _on_title_double_clicked(self) -> None:
        self.maximise_requested.emit(self.spec.id)

    @Slot()
    def _on_theme_changed(self) -> None:
        self.marked.setPen(hairline(theme().colours.foreground))
        self.cross.setPen(hairline(theme().colours.faint))
        self._drawn = ()
        self.header.update()
        self.redraw_wanted.emit()


def middle(values: Array) -> float:
    """Return the median of the defined values over replicas; NaN where there is none."""
    return float(spread(values[None])[1][0])
