"""The head of a plot: title, legend and read-out, painted in places of their own, so that nothing jumps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QEvent, QLineF, QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QToolTip, QWidget

from engine.figures.plots import MOST_NAMED_RUNS
from engine.words.formats import read_out
from gui.theme import on_screen, text_colour, theme

from .choices import Stroke
from .curves import line_pen, on_device
from .formulas import explanation, formulas

SAMPLE, GAP, PAD = 22, 16, 6
"""Widths in pixels: of a line's sample, between entries, at the sides."""
INK = 2
"""Pixels that digits may reach out of their places."""
ARROW = "▾"
"""Ends what a button that opens a menu says; where there is little room it says that alone."""
MOST_VALUES = 3
"""Read-outs beside one entry, fewer where there is no room; those of more runs are told in its tooltip."""


@dataclass(frozen=True)
class Entry:
    """One column in a legend."""

    name: str
    title: str
    stroke: Stroke
    shown: bool
    colour: str
    """Of the only run, as sessions keep it; '' where several runs share the line style."""
    remark: str = ""
    """Told in the tooltip: what line and band are."""


@dataclass(frozen=True)
class HeaderReading:
    """What a column says at the crosshair, or at its end, in one run."""

    label: str
    colour: str
    value: float


class EntryPlace(NamedTuple):
    """Where an entry stands in a head."""

    rect: QRect
    title: QRect
    words: str
    """Its title, or as much of it as has room."""
    values: QRect
    """Where its values begin, and the room there is for them."""
    shown: int
    """How many of them have room."""


def room_for_value(metrics: QFontMetrics) -> int:
    """Return the width that a value never exceeds."""
    return metrics.horizontalAdvance("−0.000e−0 ")


def room_for_values(metrics: QFontMetrics, values: int, shown: int) -> int:
    """Return the width of the first values told, with a count of those left out."""
    more = f"+{values - shown} " if values > shown else ""
    return shown * room_for_value(metrics) + metrics.horizontalAdvance(more)


class PlotHeader(QWidget):
    """Title, legend entries that show or hide their column when clicked, values, and the values' step."""

    entry_clicked = Signal(str)
    title_double_clicked = Signal()
    lines_changed = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.entries: list[Entry] = []
        self.readings: Mapping[str, list[HeaderReading]] = {}
        self.step: int | None = None
        self.lines = 1
        self._least_lines = 1
        self._values = 0
        self._places: dict[str, EntryPlace] = {}
        self._step_rect = QRect()
        self._title_words = title
        """The title, or as much of it as has room beside the buttons."""
        self._openers: dict[QAbstractButton, str] = {}
        """Buttons that can say less, with all that they say."""
        self._hovered = ""
        self._tip_at = QPoint()
        self._font, self._bold = QFont(), QFont()
        self.setMouseTracking(True)
        self.setAccessibleName(title)
        self.corner = QHBoxLayout(self)
        """Where buttons go, at the right of the first line."""
        self.corner.setContentsMargins(0, 1, 2, 0)
        self.corner.setSpacing(2)
        self.corner.addStretch(1)
        self.corner.setAlignment(Qt.AlignmentFlag.AlignTop)
        formulas().rendered.connect(self._on_rendered)
        self.set_font(self.font())

    def add_button(self, button: QAbstractButton) -> None:
        """Put a button into the corner; one that opens a menu becomes an arrow where there is no room for its word."""
        if button.text().endswith(ARROW):
            self._openers[button] = button.text()
        if button.text():
            button.setAccessibleName(f"{self.title}: {button.text().removesuffix(ARROW).strip()}")
        self.corner.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

    def set_font(self, font: QFont) -> None:
        """Set the legend's font; the title is the same in bold."""
        self._font, self._bold = QFont(font), QFont(font)
        self._bold.setWeight(QFont.Weight.DemiBold)
        self._arrange()

    def set_entries(self, entries: list[Entry], values: int) -> None:
        """Set the legend, with room for so many values an entry."""
        if entries != self.entries or values != self._values:
            self.entries, self._values = entries, values
            self._arrange()

    def set_readings(self, step: int | None, readings: Mapping[str, list[HeaderReading]]) -> None:
        """Set the values told; the step is None where they are the last ones."""
        before = {name: self._told(name) for name in self._places}
        if step != self.step:
            self.step = step
            self.update(0, 0, self.width(), self.line_height + 2)  # title and step may stand in one place
            self.update(self._step_rect)
        self.readings = readings
        for name, place in self._places.items():
            if self._told(name) != before[name]:
                self.update(place.values)

    def set_least_lines(self, lines: int) -> None:
        """Be at least so many lines high: as high as the neighbours."""
        if lines != self._least_lines:
            self._least_lines = lines
            self._set_height()

    def entry_rect(self, name: str) -> QRect:
        """Return where an entry is; empty where it is not."""
        return self._places[name].rect if name in self._places else QRect()

    def entry_at(self, position: QPoint) -> Entry | None:
        """Return the entry at a position."""
        return next((e for e in self.entries if self.entry_rect(e.name).contains(position)), None)

    def reading_text(self, name: str) -> str:
        """Return what is painted beside an entry, as no test can read it off the screen."""
        values, more = self._with_room(name)
        return "  ".join([*(read_out(reading.value) for reading in values), *([more] if more else [])])

    def step_text(self) -> str:
        """Return the step told; '' where the values are the last ones."""
        return "" if self.step is None else f"step {self.step:,}"

    def _with_room(self, name: str) -> tuple[list[HeaderReading], str]:
        """Return the values beside an entry that have room, and how many have none: '+2', or ''."""
        values, shown = self.readings.get(name, []), self._places[name].shown
        return values[:shown], f"+{len(values) - shown}" if len(values) > shown else ""

    def _told(self, name: str) -> tuple[object, ...]:
        """Return what is painted of an entry's values."""
        values, more = self._with_room(name)
        return (*((reading.colour, read_out(reading.value)) for reading in values), more)

    # --- layout ---

    @property
    def line_height(self) -> int:
        return QFontMetrics(self._font).height() + 3

    def _arrange(self) -> None:
        metrics, bold = QFontMetrics(self._font), QFontMetrics(self._bold)
        self._fit_corner(PAD + bold.horizontalAdvance(self.title) + GAP)
        room = max(self.width() - self._corner_width() - PAD, 0)
        fits = bold.horizontalAdvance(self.title) <= room
        self._title_words = (
            self.title if fits else bold.elidedText(self.title, Qt.TextElideMode.ElideRight, room)
        )
        title, step = bold.horizontalAdvance(self._title_words), metrics.horizontalAdvance("step 1,000,000")
        places, free, ends = self._flow(metrics, PAD + title + GAP)
        if self._place_of_step(step, free, ends).left() == PAD and step > title:
            places, free, ends = self._flow(metrics, PAD + step + GAP)  # it stands in place of the title
        changed = len(ends) != self.lines
        self._places, self.lines = places, len(ends)
        self._step_rect = self._place_of_step(step, free, ends)
        self._set_height()
        if changed:
            self.lines_changed.emit()
        self.update()

    def _fit_corner(self, title: int) -> None:
        """Let buttons say their words where the title, so many pixels wide, leaves room for them."""
        words = [(button.fontMetrics(), button, whole) for button, whole in self._openers.items()]
        more = sum(m.horizontalAdvance(whole) - m.horizontalAdvance(b.text()) for m, b, whole in words)
        has_room = title + self._corner_width() + more <= self.width()
        for button, whole in self._openers.items():
            button.setText(whole if has_room else ARROW)
        self.corner.activate()

    def _flow(self, metrics: QFontMetrics, x: int) -> tuple[dict[str, EntryPlace], list[int], list[int]]:
        """Return where entries stand that begin at x, and where every line is free, and where it ends."""
        height = self.line_height
        y, places = 2, {}
        ends = [self.width() - self._corner_width()]
        free = [x]
        for entry in self.entries:
            most = min(self._values, MOST_VALUES)
            width = self._entry_width(metrics, entry, most)
            if x + width > ends[-1] and x > PAD:
                x, y = PAD, y + height
                ends.append(self.width())
                free.append(x)
            while most > 1 and x + width > ends[-1]:
                most -= 1
                width = self._entry_width(metrics, entry, most)
            rect = QRect(x, y, min(width, max(ends[-1] - x, 40)), height)
            places[entry.name] = self._placed(metrics, entry.title, rect, most)
            x += width + GAP
            free[-1] = x
        return places, free, ends

    def _placed(self, metrics: QFontMetrics, words: str, rect: QRect, shown: int) -> EntryPlace:
        """Return where title and values of an entry stand that shows so many values."""
        room = rect.width() - SAMPLE - 8 - room_for_values(metrics, self._values, shown)
        if metrics.horizontalAdvance(words) > room:  # elidedText alone rounds against titles that just fit
            words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
        title = QRect(rect.left() + SAMPLE, rect.top(), room, rect.height())
        x = title.left() + metrics.horizontalAdvance(words) + 8 - INK
        values = QRect(x, rect.top(), rect.right() + 1 - x, rect.height())
        return EntryPlace(rect, title, words, values, shown)

    def _entry_width(self, metrics: QFontMetrics, entry: Entry, shown: int) -> int:
        title = metrics.horizontalAdvance(entry.title)
        return SAMPLE + title + 8 + room_for_values(metrics, self._values, shown)

    def _place_of_step(self, width: int, free: list[int], ends: list[int]) -> QRect:
        """Return where the step is told: at the end of the first line with room, else in place of the title."""
        for line, (start, end) in enumerate(zip(free, ends, strict=True)):
            if start + width <= end:
                return QRect(end - PAD - width, 2 + line * self.line_height, width, self.line_height)
        return QRect(PAD, 2, width, self.line_height)

    def _corner_width(self) -> int:
        return self.corner.sizeHint().width() + PAD

    def _set_height(self) -> None:
        self.setFixedHeight(max(self.lines, self._least_lines) * self.line_height + 5)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.line_height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    # --- painting ---

    def paintEvent(self, event: QPaintEvent) -> None:
        region, colours, height = event.region(), theme().colours, self.line_height
        with QPainter(self) as p:
            p.setFont(self._bold)
            p.setPen(QColor(colours.foreground))
            middle = Qt.AlignmentFlag.AlignVCenter
            instead = self._step_rect.left() == PAD and bool(self.step_text())
            if not instead:
                p.drawText(QRect(PAD, 2, self.width(), height), middle, self._title_words)
            p.setFont(self._font)
            p.setPen(QColor(colours.faint))
            side = Qt.AlignmentFlag.AlignLeft if instead else Qt.AlignmentFlag.AlignRight
            p.drawText(self._step_rect, middle | side, self.step_text())
            room = room_for_value(QFontMetrics(self._font))
            for entry in self.entries:
                place = self._places[entry.name]
                p.setClipRect(place.rect)
                if region.intersects(place.rect.adjusted(0, 0, -place.values.width(), 0)):
                    self._paint_entry(p, entry, place)
                if entry.shown and region.intersects(place.values):
                    self._paint_values(p, entry.name, place.values, room)

    def _paint_entry(self, p: QPainter, entry: Entry, place: EntryPlace) -> None:
        if entry.shown:
            self._paint_sample(p, entry, place.rect)
        p.setPen(QColor(theme().colours.text if entry.shown else theme().colours.faint))
        if entry.name == self._hovered or not entry.shown:
            font = QFont(self._font)
            font.setUnderline(entry.name == self._hovered)
            font.setStrikeOut(not entry.shown)
            p.setFont(font)
        p.drawText(place.title, Qt.AlignmentFlag.AlignVCenter, place.words)
        p.setFont(self._font)

    def _paint_values(self, p: QPainter, name: str, box: QRect, room: int) -> None:
        colours, middle = theme().colours, Qt.AlignmentFlag.AlignVCenter
        values, more = self._with_room(name)
        for k, reading in enumerate(values):
            p.setPen(QColor(text_colour(reading.colour) if reading.colour else colours.foreground))
            at = QRect(box.left() + INK + k * room, box.top(), room, box.height())
            p.drawText(at, middle, read_out(reading.value))
        if more:
            p.setPen(QColor(colours.faint))
            p.drawText(
                QRect(box.left() + INK + len(values) * room, box.top(), room, box.height()), middle, more
            )

    def _paint_sample(self, p: QPainter, entry: Entry, rect: QRect) -> None:
        """Draw the line that a plot draws, one or two pixels high whatever the screen's scale."""
        pen = line_pen(
            on_screen(entry.colour) if entry.colour else theme().colours.foreground, entry.stroke.style
        )
        scale = p.deviceTransform().m11()  # the pen is in the screen's own pixels
        p.setPen(on_device(pen, scale))
        for row in range(round(scale * (1 if entry.stroke.thin else 2))):
            y = rect.center().y() + row / scale
            p.drawLine(QLineF(rect.left(), y, rect.left() + SAMPLE - 6, y))

    # --- mouse ---

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        entry = self.entry_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and entry is not None:
            self.entry_clicked.emit(entry.name)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.entry_at(event.position().toPoint()) is None:
            self.title_double_clicked.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        entry = self.entry_at(event.position().toPoint())
        self._set_hovered(entry.name if entry else "")

    def leaveEvent(self, event: QEvent) -> None:
        self._set_hovered("")

    def _set_hovered(self, name: str) -> None:
        if name != self._hovered:
            self._hovered = name
            self.setCursor(Qt.CursorShape.PointingHandCursor if name else Qt.CursorShape.ArrowCursor)
            self.update()

    # --- explanations ---

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()  # a button came or went, or says something else
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            entry = self.entry_at(event.pos())
            if entry is None:
                QToolTip.showText(
                    event.globalPos(), self.title if self._title_words != self.title else "", self
                )
            else:
                self._tip(entry, event.globalPos())
            return True
        return super().event(event)

    def tip(self, name: str) -> str:
        """Return the tooltip of an entry, rich text."""
        entry = next(e for e in self.entries if e.name == name)
        readings = self.readings.get(name, [])
        told = [f"{reading.label}: {read_out(reading.value)}" for reading in readings[:MOST_NAMED_RUNS]]
        told += [f"and {len(readings) - len(told):,} runs more"] if len(readings) > len(told) else []
        values = "; ".join(told) if len(readings) > 1 else ""
        return explanation(name, entry.remark, values, "Click to hide." if entry.shown else "Click to show.")

    def _tip(self, entry: Entry, position: QPoint) -> None:
        self._tip_at = position
        QToolTip.showText(position, self.tip(entry.name), self, self.entry_rect(entry.name))

    @Slot(str)
    def _on_rendered(self, formula: str) -> None:
        if QToolTip.isVisible() and self._hovered:
            entry = next((e for e in self.entries if e.name == self._hovered), None)
            if entry is not None:
                self._tip(entry, self._tip_at)
