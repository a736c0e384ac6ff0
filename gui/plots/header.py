"""The head of a plot: title, legend and read-out, painted in places of their own, so that nothing jumps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
from PySide6.QtWidgets import QHBoxLayout, QToolTip, QWidget

from engine.formats import read_out
from gui.theme import on_screen, text_colour, theme

from .choices import Stroke
from .curves import line_pen, on_device
from .formulas import explanation, formulas

SAMPLE, GAP, PAD = 22, 16, 6
"""Widths in pixels: of a line's sample, between entries, at the sides."""
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
        self._rects: dict[str, QRect] = {}
        self._shown: dict[str, int] = {}
        """How many values beside each entry have room."""
        self._step_rect = QRect()
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

    def add_button(self, button: QWidget) -> None:
        """Put a button into the corner."""
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
        self.step, self.readings = step, readings
        self.update()

    def set_least_lines(self, lines: int) -> None:
        """Be at least so many lines high: as high as the neighbours."""
        if lines != self._least_lines:
            self._least_lines = lines
            self._set_height()

    def entry_rect(self, name: str) -> QRect:
        """Return where an entry is; empty where it is not."""
        return self._rects.get(name, QRect())

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
        values, shown = self.readings.get(name, []), self._shown.get(name, MOST_VALUES)
        return values[:shown], f"+{len(values) - shown}" if len(values) > shown else ""

    # --- layout ---

    @property
    def line_height(self) -> int:
        return QFontMetrics(self._font).height() + 3

    def _arrange(self) -> None:
        metrics, height = QFontMetrics(self._font), self.line_height
        x = PAD + QFontMetrics(self._bold).horizontalAdvance(self.title) + GAP
        y, rects, shown = 2, {}, {}
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
            rects[entry.name] = QRect(x, y, min(width, max(ends[-1] - x, 40)), height)
            shown[entry.name] = most
            x += width + GAP
            free[-1] = x
        changed = len(ends) != self.lines
        self._rects, self._shown, self.lines = rects, shown, len(ends)
        self._step_rect = self._place_of_step(metrics.horizontalAdvance("step 1,000,000"), free, ends)
        self._set_height()
        if changed:
            self.lines_changed.emit()
        self.update()

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
        p = QPainter(self)
        colours, height = theme().colours, self.line_height
        metrics = QFontMetrics(self._font)
        p.setFont(self._bold)
        p.setPen(QColor(colours.foreground))
        middle = Qt.AlignmentFlag.AlignVCenter
        instead = self._step_rect.left() == PAD and bool(self.step_text())
        if not instead:
            p.drawText(QRect(PAD, 2, self.width(), height), middle, self.title)
        p.setFont(self._font)
        p.setPen(QColor(colours.faint))
        side = Qt.AlignmentFlag.AlignLeft if instead else Qt.AlignmentFlag.AlignRight
        p.drawText(self._step_rect, middle | side, self.step_text())
        for entry in self.entries:
            self._paint_entry(p, entry, metrics)
        p.end()

    def _paint_entry(self, p: QPainter, entry: Entry, metrics: QFontMetrics) -> None:
        colours, rect = theme().colours, self._rects[entry.name]
        p.setClipRect(rect)
        middle = Qt.AlignmentFlag.AlignVCenter
        taken = 8 + room_for_values(metrics, self._values, self._shown[entry.name])
        room = rect.width() - SAMPLE - taken
        title = QRect(rect.left() + SAMPLE, rect.top(), room, rect.height())
        words = entry.title
        if metrics.horizontalAdvance(words) > room:  # elidedText alone rounds against titles that just fit
            words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
        if entry.shown:
            self._paint_sample(p, entry, rect)
        p.setPen(QColor(colours.text if entry.shown else colours.faint))
        if entry.name == self._hovered or not entry.shown:
            font = QFont(self._font)
            font.setUnderline(entry.name == self._hovered)
            font.setStrikeOut(not entry.shown)
            p.setFont(font)
        p.drawText(title, middle, words)
        p.setFont(self._font)
        x = title.left() + metrics.horizontalAdvance(words) + 8
        values, more = self._with_room(entry.name) if entry.shown else ([], "")
        room = room_for_value(metrics)
        for k, reading in enumerate(values):
            p.setPen(QColor(text_colour(reading.colour) if reading.colour else colours.foreground))
            p.drawText(QRect(x + k * room, rect.top(), room, rect.height()), middle, read_out(reading.value))
        if more:
            p.setPen(QColor(colours.faint))
            p.drawText(QRect(x + len(values) * room, rect.top(), room, rect.height()), middle, more)
        p.setClipping(False)

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
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            entry = self.entry_at(event.pos())
            if entry is None:
                QToolTip.hideText()
            else:
                self._tip(entry, event.globalPos())
            return True
        return super().event(event)

    def tip(self, name: str) -> str:
        """Return the tooltip of an entry, rich text."""
        entry = next(e for e in self.entries if e.name == name)
        readings = self.readings.get(name, [])
        values = "; ".join(f"{r.label}: {read_out(r.value)}" for r in readings) if len(readings) > 1 else ""
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
