"""Axes of our own: logarithmic ones say powers of ten or decimals, linear ones plain numbers; no prefixes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from engine.figures.ticks import multiples, nice_step

Ticks = list[tuple[float, str]]
"""Where a tick is, in what the plot draws, and what it says; '' for a minor tick."""

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
ROOM = {"left": 26.0, "right": 26.0, "bottom": 52.0}
"""Pixels from label to label, at least."""
BEYOND = 8
"""Pixels that the first and the last label may reach beyond the axis."""
TO_LABEL = 6
"""Pixels from a value axis to its labels."""


def decimal(value: float, step: float) -> str:
    """Return a tick's number with the decimals that its step needs: −0.25, 12,000, 3×10⁻⁵."""
    if abs(value) < step * 1e-6:
        return "0"
    if abs(value) >= 1e7 or step < 1e-9 or max(abs(value), 10 * step) < 1e-3:
        exponent = math.floor(math.log10(abs(value)) + 1e-9)
        digits = max(0, math.ceil(exponent - math.log10(step) - 1e-9))
        return f"{value / 10.0**exponent:.{digits}f}×{power_of_ten(exponent)}".replace("-", "−")
    decimals = max(0, math.ceil(-math.log10(step) - 1e-9))
    return f"{value:,.{decimals}f}".replace("-", "−")


def power_of_ten(exponent: int) -> str:
    """Return 10 to a whole power: 1, 10, 10², 10⁻³."""
    if exponent in (0, 1):
        return "10" if exponent else "1"
    return "10" + str(exponent).translate(SUPERSCRIPTS)


def linear_ticks(low: float, high: float, most: float) -> Ticks:
    """Return the ticks of a linear axis."""
    step = nice_step(high - low, most)
    return [(v, decimal(v, step)) for v in multiples(low, high, step)]


def log_ticks(low: float, high: float, most: float) -> Ticks:
    """Return the ticks of an axis that draws log10 of values, between two such logarithms."""
    decades = high - low
    if decades < 0.7 and abs(low) < 300 and abs(high) < 300:  # two or three nice numbers are better than 10^k
        start, end = 10.0**low, 10.0**high
        step = nice_step(end - start, most)
        if step > 1e-12 * end:
            return [(math.log10(v), decimal(v, step)) for v in multiples(start, end, step) if v > 0]
        return [(v, f"10^{v:.10g}".replace("-", "−")) for v in multiples(low, high, nice_step(decades, most))]
    stride = max(1, round(nice_step(decades, most)))
    powers = [round(v) for v in multiples(low, high, stride)]
    if stride > 1:
        small = multiples(low, high, 1) if decades < 40 else []
        return [(float(k), power_of_ten(k)) for k in powers] + [(k, "") for k in small if round(k) % stride]
    between = (
        (2, 3, 5)
        if most > 5 * decades
        else (2, 5)
        if most > 3 * decades
        else (3,)
        if most > 2 * decades
        else ()
    )
    plain = bool(between) and low >= -4 and high <= 5.5  # all decimals or all powers, never some of each
    ticks = [(float(k), decimal(10.0**k, 10.0**k) if plain else power_of_ten(k)) for k in powers]
    for exponent in range(math.floor(low), math.ceil(high)):
        for digit in range(2, 10):
            place = exponent + math.log10(digit)
            if low <= place <= high:
                labelled = digit in between and (plain or (decades < 2 and abs(exponent) < 300))
                ticks.append((place, decimal(digit * 10.0**exponent, 10.0**exponent) if labelled else ""))
    return ticks


class Axis(pg.AxisItem):
    """An axis that says numbers, or where `log` is set the powers of ten that they are the exponents of."""

    def __init__(self, orientation: str, log: bool = False) -> None:
        super().__init__(orientation, maxTickLength=4)
        self.log = log
        self.whole = False
        """Whether it counts: whole numbers alone have ticks."""
        self._key: tuple[float, ...] = ()
        self._ticks: Ticks = []
        self._named: Ticks | None = None
        self.enableAutoSIPrefix(False)
        # what is drawn beyond the axis' ends has to be part of what is painted anew
        self.setStyle(autoExpandTextSpace=False, autoReduceTextSpace=False, hideOverlappingLabels=BEYOND)

    def set_log(self, log: bool) -> None:
        """Say whether what is drawn are logarithms."""
        if log != self.log:
            self.log = log
            self.picture = None
            self.update()

    def set_named(self, ticks: Ticks | None) -> None:
        """Say these words at these places instead of numbers."""
        if ticks != self._named:
            self._named = ticks
            self._key = ()
            self.picture = None
            self.update()

    def set_font(self, font: QFont) -> None:
        """Set the numbers' font."""
        self.setTickFont(font)

    def ticks(self) -> Ticks:
        """Return the ticks of the range in view, in order."""
        size = self.geometry().height() if self.orientation != "bottom" else self.geometry().width()
        key = (*self.range, size, self.log)
        if key != self._key:
            self._key = key
            low, high = self.range
            self._ticks = []
            if math.isfinite(low) and math.isfinite(high) and high > low and size > 0:
                most = size / ROOM[self.orientation]
                if self._named is not None:
                    self._ticks = [tick for tick in self._named if low <= tick[0] <= high]
                    return self._ticks
                ticks = sorted((log_ticks if self.log else linear_ticks)(low, high, most))
                self._ticks = self._whole_of(ticks) if self.whole else ticks
        return self._ticks

    def _whole_of(self, ticks: Ticks) -> Ticks:
        """Return the ticks at whole numbers, written as such."""
        valued = [(place, text, 10.0**place if self.log else place) for place, text in ticks]
        return [
            (place, f"{round(value):,}".replace("-", "−") if text else "")
            for place, text, value in valued
            if abs(value - round(value)) <= 1e-9 * max(1.0, abs(value))
        ]

    def width_of_labels(self) -> int:
        """Return the pixels that the labels of the range in view take beside a value axis."""
        metrics = QFontMetricsF(self.style["tickFont"] or QFont())
        widest = max((metrics.horizontalAdvance(text) for _, text in self.ticks()), default=0.0)
        return math.ceil(widest) + TO_LABEL

    def generateDrawSpecs(
        self, p: QPainter
    ) -> tuple[
        tuple[QPen, QPointF, QPointF], list[tuple[QPen, QPointF, QPointF]], list[tuple[QRectF, int, str]]
    ]:
        """Lay out the line, ticks and numbers; those at the ends stay inside the axis, none overlap."""
        box = self.mapRectFromParent(self.geometry())
        upright = self.orientation != "bottom"
        metrics = QFontMetricsF(self.style["tickFont"] or p.font())
        low, high = self.range
        scale = (box.height() if upright else box.width()) / ((high - low) or 1.0)
        edge = {"left": box.topRight(), "right": box.topLeft(), "bottom": box.topLeft()}[self.orientation]
        far = {"left": box.bottomRight(), "right": box.bottomLeft(), "bottom": box.topRight()}[
            self.orientation
        ]
        marks, texts, taken = [], [], -1e9
        direction = -1 if self.orientation == "left" else 1
        for place, text in self.ticks():
            at = box.bottom() - (place - low) * scale if upright else box.left() + (place - low) * scale
            length = direction * (4 if text else 2)
            if upright:
                marks.append((self.tickPen(), QPointF(edge.x(), at), QPointF(edge.x() + length, at)))
            else:
                marks.append((self.tickPen(), QPointF(at, edge.y()), QPointF(at, edge.y() + length)))
            if not text:
                continue
            width, height = metrics.horizontalAdvance(text), metrics.height()
            if upright:
                top = min(max(at - height / 2, box.top() - 2), box.bottom() - height + 3)
                left = edge.x() - TO_LABEL - width if self.orientation == "left" else edge.x() + TO_LABEL
                rect, near, end = (
                    QRectF(left, top, width, height),
                    -(top + height * 0.85),
                    -(top + height * 0.15),
                )
            else:
                left = min(max(at - width / 2, box.left() - BEYOND), box.right() - width + BEYOND)
                rect, near, end = QRectF(left, edge.y() + 4, width, height), left - 6, left + width
            if near >= taken:
                taken = end
                texts.append((rect, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip), text))
        return (self.pen(), edge, far), marks, texts

    def drawPicture(
        self,
        p: QPainter,
        axisSpec: tuple[QPen, QPointF, QPointF],
        tickSpecs: Sequence[tuple[QPen, QPointF, QPointF]],
        textSpecs: Sequence[tuple[QRectF, int, str]],
    ) -> None:
        p.setPen(axisSpec[0])
        p.drawLine(axisSpec[1], axisSpec[2])
        for pen, start, end in tickSpecs:
            p.setPen(pen)
            p.drawLine(start, end)
        if self.style["tickFont"] is not None:
            p.setFont(self.style["tickFont"])
        p.setPen(self.textPen())
        for rect, flags, text in textSpecs:
            p.drawText(rect, flags, text)


class GridLines(pg.GraphicsObject):
    """Faint lines at the labelled ticks, below everything else in a plot."""

    def __init__(self, left: Axis, bottom: Axis) -> None:
        super().__init__()
        self.left, self.bottom = left, bottom
        self.pen = QPen()
        self._box = QRectF()
        self._of: tuple[object, ...] = ()
        self._lines: list[QLineF] = []
        self.setZValue(-100)

    def viewRangeChanged(self) -> None:
        self._box = QRectF()
        self.prepareGeometryChange()
        self.update()

    def viewTransformChanged(self) -> None:
        self._box = QRectF()
        super().viewTransformChanged()

    def boundingRect(self) -> QRectF:
        if self._box.isNull():
            self._box = QRectF(self.viewRect())
        return self._box

    def paint(self, p: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        box, across, up = self.boundingRect(), self.bottom.ticks(), self.left.ticks()
        of = (box, across, up)
        if of != self._of:
            self._of = of
            self._lines = [QLineF(x, box.top(), x, box.bottom()) for x, text in across if text]
            self._lines += [QLineF(box.left(), y, box.right(), y) for y, text in up if text]
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        p.setPen(self.pen)
        if self._lines:
            p.drawLines(self._lines)
