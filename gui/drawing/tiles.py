"""Samples that are pictures or signals, as tiles: their class and margin beneath, a click gives another class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from engine.data.dataset import Array, Dataset, Labels
from engine.words.formats import read_out, with_minus
from gui.forms.tones import hairline, tone
from gui.panels.data_cells import draw_sample
from gui.panels.data_drawing import class_colour, class_indices

SIDE = 58
"""Pixels of a picture's side at the text size that is usual."""
WIDE = 118
"""Pixels of a signal's width."""
GAP = 6
STRIP = 3.0
"""Height of the line in the colour of the class."""


class TileView(QAbstractScrollArea):
    """All training samples in rows; only those in sight are drawn."""

    clicked = Signal(int, bool)
    """A sample, and whether it was the right button."""
    class_keyed = Signal(int, int)
    """A sample, and the number of the class that a key chose for it."""
    looked = Signal()
    """Another sample is in hand or under the mouse."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("board tiles")
        self.setAccessibleName("Samples as tiles")
        self.data: Dataset | None = None
        self.margins: Array | None = None
        """(N,) of the samples; None where they are not known."""
        self.by_hand: frozenset[int] = frozenset()
        """Samples that somebody gave their class."""
        self.order: Labels = np.zeros(0, dtype=np.int64)
        """Which sample each tile shows."""
        self.current = 0
        """The tile in hand, by its place."""
        self._classes: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def sizeHint(self) -> QSize:
        return QSize(440, 420)

    # --- what is shown ---

    def show_data(self, data: Dataset, by_hand: frozenset[int]) -> None:
        """Show the training samples of a data set."""
        if self.margins is not None and len(self.margins) != len(data.raw):
            self.margins = None
        self.data, self.by_hand = data, by_hand
        self._classes = class_indices(data.labels, data.classes)
        self.setAccessibleName(f"{len(data.raw):,} samples as tiles")
        if len(self.order) != len(data.raw):
            self.order, self.current = np.arange(len(data.raw)), 0
        self._measure()

    def show_margins(self, margins: Array | None) -> None:
        """Show margins (N,) beneath the samples; None: they are not known."""
        if margins is not None and self.data is not None and len(margins) != len(self.data.raw):
            margins = None
        self.margins = margins
        self.viewport().update()

    def sort(self, *, by_margin: bool) -> None:
        """Show the smallest margins first, or the samples in their order."""
        sample = self.sample
        count = 0 if self.data is None else len(self.data.raw)
        self.order = np.arange(count)
        if by_margin and self.margins is not None:
            self.order = np.argsort(self.margins, kind="stable")
        if sample is not None:
            self.current = int(np.flatnonzero(self.order == sample)[0])
        self.viewport().update()

    @property
    def sample(self) -> int | None:
        """The sample in hand."""
        return int(self.order[self.current]) if self.current < len(self.order) else None

    def take_sample(self, sample: int) -> None:
        """Have a sample in hand, and in sight."""
        self._take(int(np.flatnonzero(self.order == sample)[0]))

    def class_of(self, sample: int) -> int:
        """Return the number of a sample's class."""
        return int(self._classes[sample])

    # --- where tiles are ---

    @property
    def _tile(self) -> QSize:
        scale = self.fontMetrics().height() / 14
        data = self.data
        is_signal = data is not None and data.image_shape is not None and data.image_shape[0] == 1
        width = round((WIDE if is_signal else SIDE) * scale)
        return QSize(width, round(SIDE * scale))

    @property
    def columns(self) -> int:
        """How many tiles stand in a row."""
        return max(1, (self.viewport().width() - GAP) // (self._tile.width() + GAP))

    @property
    def _step(self) -> int:
        """Return the height of a row."""
        return self._tile.height() + 2 * self._words().height() + GAP + 2

    def _words(self) -> QFontMetrics:
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        return QFontMetrics(font)

    def tile_at(self, at: QPointF) -> int | None:
        """Return the place of the tile at a pixel."""
        column = int((at.x() - GAP / 2) // (self._tile.width() + GAP))
        row = int((at.y() + self.verticalScrollBar().value()) // self._step)
        place = row * self.columns + column
        return place if 0 <= column < self.columns and 0 <= place < len(self.order) else None

    def rect_of(self, place: int) -> QRectF:
        """Return where the picture of a tile is drawn."""
        row, column = divmod(place, self.columns)
        top = row * self._step - self.verticalScrollBar().value() + GAP / 2
        left = GAP + column * (self._tile.width() + GAP)
        return QRectF(left, top, self._tile.width(), self._tile.height())

    def _measure(self) -> None:
        rows = -(-len(self.order) // self.columns)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, rows * self._step - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(self._step // 2)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._measure()

    # --- hands ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.tile_at(event.position())
        if place is not None and event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self._take(place)
            self.clicked.emit(int(self.order[place]), event.button() == Qt.MouseButton.RightButton)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self.columns,
            Qt.Key.Key_Down: self.columns,
            Qt.Key.Key_Home: -len(self.order),
            Qt.Key.Key_End: len(self.order),
        }
        sample = self.sample
        if sample is None:
            event.ignore()
        elif key in steps:
            self._take(min(max(self.current + steps[key], 0), len(self.order) - 1))
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clicked.emit(sample, False)
        elif key == Qt.Key.Key_F:
            self.clicked.emit(sample, True)
        elif Qt.Key.Key_0 <= key <= Qt.Key.Key_9:
            self.class_keyed.emit(sample, (int(key) - int(Qt.Key.Key_1)) % 10)
        else:
            event.ignore()

    def _take(self, place: int) -> None:
        """Have another tile in hand, and in sight."""
        self.current = place
        bar, row = self.verticalScrollBar(), place // self.columns
        top, bottom = row * self._step, (row + 1) * self._step
        if top < bar.value():
            bar.setValue(top)
        elif bottom > bar.value() + self.viewport().height():
            bar.setValue(bottom - self.viewport().height())
        self.viewport().update()
        self.looked.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    # --- looks ---

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.data is None:
            return
        with QPainter(self.viewport()) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(self.viewport().rect(), self.palette().base())
            font = self.font()
            font.setPointSizeF(font.pointSizeF() * 0.85)
            painter.setFont(font)
            first = self.verticalScrollBar().value() // self._step * self.columns
            rows = self.viewport().height() // self._step + 2
            for place in range(first, min(first + rows * self.columns, len(self.order))):
                self._paint_tile(painter, self.data, place)

    def _paint_tile(self, painter: QPainter, data: Dataset, place: int) -> None:
        palette, area, sample = self.palette(), self.rect_of(place), int(self.order[place])
        number, shape = self.class_of(sample), data.image_shape or (1, data.raw.shape[1])
        colour, high = class_colour(number, palette), painter.fontMetrics().height()
        draw_sample(painter, area.adjusted(0, 0, 0, -STRIP), data.raw[sample], shape, palette, colour)
        painter.fillRect(QRectF(area.left(), area.bottom() - STRIP, area.width(), STRIP), colour)
        is_current = place == self.current and self.hasFocus()
        if is_current or sample in self.by_hand:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            line = palette.highlight().color() if is_current else hairline(palette)
            painter.setPen(QPen(line, 2.0 if is_current else 1.0))
            painter.drawRect(area.adjusted(-2, -2, 2, 2 * high + 2))
        name = with_minus(data.class_names[number]) + (" ✎" if sample in self.by_hand else "")
        painter.setPen(palette.text().color())
        words = QRectF(area.left(), area.bottom() + 1, area.width(), high)
        elided = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, elided)
        if self.margins is not None:
            margin = float(self.margins[sample])
            painter.setPen(tone(palette, "faint" if margin > 0 else "error"))
            painter.drawText(words.translated(0, high), Qt.AlignmentFlag.AlignCenter, read_out(margin))
