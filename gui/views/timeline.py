"""The timeline: log-spaced steps to scrub back to any snapshot, over a strip of log10 loss and accuracy."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.protocol.run_history import RunHistory
from engine.words.formats import short_count
from gui.plots.curves import polygon
from gui.text_size import scaled
from gui.theme import on_screen, theme

LIVE_WIDTH = 46
"""Pixels at the right end where the handle follows the latest step."""
HANDLE = 5
"""Pixels from the middle of the handle to its edge; the numbers stand below it."""
FOOT = HANDLE + 16
HEAD = 4
STRIP, LEAST_STRIP = 34, 28
"""Pixels of the strip from top to bottom, whatever the size of text."""
MOST_POINTS = 250


class Timeline(QWidget):
    """Shows one run; dragging asks for a step, the right end for the latest."""

    step_marked = Signal(object)
    """A step, or None for the latest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline")
        self.setAccessibleName("Timeline")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(
            "Steps on a log scale, over log₁₀ loss (line) and accuracy (faint).\n"
            "Drag to look back; surface and kernel show the nearest snapshot (ticks).\n"
            "Arrow keys move between snapshots."
        )
        self._log: RunHistory | None = None
        self._colour = theme().colours.accent
        self._last = 1
        self._snapshots: list[int] = []
        self._marked: int | None = None

    def sizeHint(self) -> QSize:
        return QSize(500, HEAD + STRIP + foot())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, HEAD + LEAST_STRIP + foot())

    # --- what is shown -------------------------------------------------------------------------------------

    def show_run(self, history: RunHistory | None, last: int, snapshots: list[int], colour: str) -> None:
        """Show a run's log up to the last step it is to take; None for no run."""
        self._log, self._last, self._snapshots, self._colour = history, max(1, last), snapshots, colour
        self.update()

    @Slot(object)
    def set_marked(self, step: int | None) -> None:
        """Put the handle at a step, or at the latest (None)."""
        self._marked = step
        self.update()

    @property
    def marked(self) -> int | None:
        return self._marked

    def position_of(self, step: int) -> float:
        """Return the pixel of a step."""
        left, right = self._ends()
        return left + (right - left) * math.log1p(min(step, self._last)) / math.log1p(self._last)

    def step_at(self, x: float) -> int:
        """Return the step at a pixel."""
        left, right = self._ends()
        share = min(max((x - left) / max(1.0, right - left), 0.0), 1.0)
        return round(math.expm1(share * math.log1p(self._last)))

    def _ends(self) -> tuple[float, float]:
        return 10.0, self.width() - scaled(LIVE_WIDTH) - 6.0

    def _latest(self) -> int:
        return int(self._log.records.steps[-1]) if self._log is not None and len(self._log.records) else 0

    # --- what people do ------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._scrub(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._scrub(event.position().x())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._ask(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        here = self._marked if self._marked is not None else self._latest() + 1
        if event.key() == Qt.Key.Key_Left:
            self._ask(max((s for s in self._snapshots if s < here), default=self._marked))
        elif event.key() == Qt.Key.Key_Right:
            self._ask(min((s for s in self._snapshots if s > here), default=None))
        elif event.key() == Qt.Key.Key_Home:
            self._ask(min(self._snapshots, default=None))
        elif event.key() == Qt.Key.Key_End:
            self._ask(None)
        else:
            super().keyPressEvent(event)

    def _scrub(self, x: float) -> None:
        if self._log is None or not len(self._log.records):
            return
        beyond = x > self.width() - scaled(LIVE_WIDTH) or x > self.position_of(self._latest()) + 8
        self._ask(None if beyond else min(self.step_at(x), self._latest()))

    def _ask(self, step: int | None) -> None:
        if step != self._marked:
            self.step_marked.emit(step)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)

    # --- painting ------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            left, right = self._ends()
            strip = QRectF(left, HEAD, right - left, self.height() - foot() - HEAD)
            self._paint_ground(painter, strip)
            if self._log is not None and len(self._log.records):
                self._paint_curves(painter, strip, self._log)
                self._paint_separated(painter, strip, self._log)
            self._paint_snapshots(painter, strip)
            self._paint_live(painter, strip)
            self._paint_handle(painter, strip)

    def _paint_ground(self, painter: QPainter, strip: QRectF) -> None:
        colours = theme().colours
        painter.setPen(QPen(QColor(colours.line), 1))
        painter.setBrush(QColor(colours.background))
        painter.drawRoundedRect(strip.adjusted(-4, -0.5, 4, 0.5), 3, 3)
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 0.8)
        painter.setFont(font)
        taken = -100.0
        for step in [0, *(10**k for k in range(1 + math.ceil(math.log10(self._last)))), self._last]:
            x = self.position_of(step)
            if step > self._last or (x - taken < scaled(34) and step != 0):
                continue
            taken = x
            painter.setPen(QPen(QColor(colours.grid), 1))
            if left_inside(x, strip):
                painter.drawLine(QPointF(x, strip.top() + 1), QPointF(x, strip.bottom() - 1))
            painter.setPen(QColor(colours.faint))
            box = QRectF(x - 30, strip.bottom() + HANDLE + 1, 60, foot() - HANDLE - 2)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, short_count(step))

    def _paint_curves(self, painter: QPainter, strip: QRectF, history: RunHistory) -> None:
        records = history.records
        chosen = np.unique(np.linspace(0, len(records) - 1, min(MOST_POINTS, len(records))).astype(int))
        x = strip.left() + strip.width() * np.log1p(records.steps[chosen]) / math.log1p(self._last)
        inner = strip.adjusted(0, 3, 0, -5)
        line = QColor(on_screen(self._colour))
        faint = QColor(line)
        faint.setAlphaF(0.4)
        if "accuracy" in records:
            share = np.median(records.column("accuracy")[chosen], axis=1)
            _draw(painter, x, inner.bottom() - inner.height() * share, QPen(faint, 1))
        if "log_loss" in records:
            loss = np.median(records.column("log_loss")[chosen], axis=1)
            finite = loss[np.isfinite(loss)]
            low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
            share = (loss - low) / (high - low) if high > low else np.ones_like(loss)
            _draw(painter, x, inner.bottom() - inner.height() * share, QPen(line, 1))

    def _paint_separated(self, painter: QPainter, strip: QRectF, history: RunHistory) -> None:
        steps = [step for step in history.events.get("separated_step", []) if step is not None]
        if steps:
            x = self.position_of(int(np.median(steps)))
            painter.setPen(QPen(QColor(theme().colours.faint), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, strip.top() + 1), QPointF(x, strip.bottom() - 1))

    def _paint_snapshots(self, painter: QPainter, strip: QRectF) -> None:
        painter.setPen(QPen(QColor(theme().colours.faint), 1))
        for step in self._snapshots:
            x = self.position_of(step)
            painter.drawLine(QPointF(x, strip.bottom() - 4), QPointF(x, strip.bottom() - 1))

    def _paint_live(self, painter: QPainter, strip: QRectF) -> None:
        colours = theme().colours
        live = self._marked is None and self._log is not None
        box = QRectF(
            self.width() - scaled(LIVE_WIDTH),
            strip.center().y() - scaled(9),
            scaled(LIVE_WIDTH) - 6,
            scaled(18),
        )
        painter.setPen(QPen(QColor(colours.accent if live else colours.line), 1))
        painter.setBrush(QColor(colours.accent) if live else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 9, 9)
        painter.setPen(QColor(colours.background if live else colours.faint))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "live")

    def _paint_handle(self, painter: QPainter, strip: QRectF) -> None:
        if self._log is None or not len(self._log.records):
            return
        colours = theme().colours
        x = self.position_of(self._latest() if self._marked is None else self._marked)
        colour = QColor(colours.accent if self.hasFocus() or self._marked is not None else colours.foreground)
        painter.setPen(QPen(colour, 1.4))
        painter.drawLine(QPointF(x, strip.top()), QPointF(x, strip.bottom()))
        painter.setPen(QPen(QColor(colours.background), 1.5))
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(x, strip.bottom()), HANDLE, HANDLE)


def foot() -> int:
    """Return the pixels below the strip: for the handle, and for numbers of the size that text has."""
    return HANDLE + scaled(FOOT - HANDLE)


def left_inside(x: float, strip: QRectF) -> bool:
    """Say whether a line at x lies within the strip and not on its border."""
    return strip.left() + 1 < x < strip.right() - 1


def _draw(
    painter: QPainter, x: np.ndarray[tuple[int], np.dtype[np.float64]], y: np.ndarray, pen: QPen
) -> None:
    """Draw a line through the points that are finite."""
    finite = np.isfinite(y)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(polygon(x[finite], y[finite]))
