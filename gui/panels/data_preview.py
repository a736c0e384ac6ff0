"""The larger picture of the data at hand."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.data.dataset import Dataset
from engine.words.formats import with_minus
from gui.forms.tones import hairline, tone
from gui.hold import Hold

from .data_cells import draw_sample, draw_table, is_table
from .data_drawing import class_colour, class_indices, draw_axes, draw_points, draw_ring, marker, plane
from .point_drag import PointDrag

HEIGHT = 164
EVERY = 25
"""Milliseconds between two places that a moving hand asks for."""
PICTURES = 10
TABLE_ROWS = 20
NAMED = 4
"""Classes named in the legend at most."""


class DataPreview(QWidget):
    """Points in the plane, a mark for each class; codes as a table; or the first pictures or signals.

    A sentence stands where there is nothing to show. Points in the plane can be dragged.
    """

    point_dragged = Signal(int, float, float)
    """A point's place in the data, and where a hand has it."""
    dragging = Signal(bool)
    """A hand takes a point, or lets go of it."""
    opened = Signal()
    """A double click: the data are to be seen larger."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data: Dataset | None = None
        self._sentence = ""
        self._chosen: int | None = None
        """The number of the training sample that stands out."""
        self._drag: PointDrag | None = None
        self._hand = QPointF()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(EVERY)
        self._soon.timeout.connect(self._say)
        self._hold = Hold(self)
        self._hold.changed.connect(self.dragging)
        self._hold.ended.connect(self._end)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(280, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, HEIGHT)

    @property
    def data(self) -> Dataset | None:
        """What it shows."""
        return self._data

    def show_data(self, data: Dataset) -> None:
        self._data, self._sentence = data, ""
        self.setAccessibleName(f"{len(data.raw)} points of {data.classes} classes")
        self.update()

    def show_none(self, sentence: str, *, keep: bool = False) -> None:
        """Show a sentence, in place of the picture or, to `keep` it, within."""
        self._sentence = sentence
        if not keep:
            self._data = None
        self.update()

    @Slot(object)
    def show_chosen(self, sample: int | None) -> None:
        """Let a training sample's point stand out; None: none."""
        self._chosen = sample
        self.update()

    # --- hands ---

    def _found(self, event: QMouseEvent) -> PointDrag | None:
        if self._data is None or self._sentence or is_table(self._data):
            return None
        area, half = self._area(), plane(self._data)[2]
        return PointDrag.at(self._data, area, half, event.position(), event.globalPosition())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        drag = self._found(event) if event.button() == Qt.MouseButton.LeftButton else None
        if drag is None:
            event.ignore()
            return
        self._drag, self._hand = drag, event.globalPosition()
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        self._hold.take()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is None:
            near = self._found(event) is not None
            self.setCursor(Qt.CursorShape.OpenHandCursor if near else Qt.CursorShape.ArrowCursor)
        elif event.globalPosition() != self._hand:
            self._hand = event.globalPosition()
            if not self._soon.isActive():
                self._soon.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._hold.let_go()

    @Slot()
    def _end(self) -> None:
        """Say the last place, and move the point no more."""
        if self._soon.isActive():
            self._say()
        self._drag = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._data is not None:
            self.opened.emit()

    @Slot()
    def _say(self) -> None:
        self._soon.stop()
        if self._drag is not None:
            self.point_dragged.emit(self._drag.index, *self._drag.to(self._hand))

    # --- looks ---

    def _frame(self) -> QRectF:
        return QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)

    def _area(self) -> QRectF:
        """Return where points are drawn: above the legend."""
        return self._frame().adjusted(4, 4, -4, -(self.fontMetrics().height() + 4))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette = self.palette()
        frame = self._frame()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(hairline(palette), 1))
        painter.setBrush(palette.base())
        painter.drawRoundedRect(frame, 4, 4)
        if self._data is not None:
            if self._sentence:
                painter.setOpacity(0.35)
            if self._data.image_shape is not None:
                self._paint_pictures(painter, self._data, self._data.image_shape, frame)
            elif is_table(self._data):
                self._paint_table(painter, self._data, frame)
            else:
                self._paint_points(painter, self._data, frame)
            painter.setOpacity(1.0)
        if self._sentence:
            painter.setPen(tone(palette, "faint"))
            room = frame.adjusted(16, 8, -16, -8)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._sentence)
        painter.end()

    def _paint_points(self, painter: QPainter, data: Dataset, frame: QRectF) -> None:
        palette = self.palette()
        points, test, half, what = plane(data)
        half = half if self._drag is None else self._drag.half
        legend, area = self.fontMetrics().height() + 4, self._area()
        draw_axes(painter, area, palette)
        size = 9.0 if len(points) <= 60 else 7.0 if len(points) <= 300 else 4.5
        if len(test):
            marks = class_indices(data.labels_test, data.classes)
            draw_points(painter, area, test, marks, half, palette, size * 0.8, filled=False)
        draw_points(painter, area, points, class_indices(data.labels, data.classes), half, palette, size)
        if self._chosen is not None and self._chosen < len(points):
            draw_ring(painter, area, points[self._chosen], half, palette, 2 * size)
        row = QRectF(frame.left() + 8, area.bottom(), frame.width() - 16, legend)
        self._paint_legend(painter, data, row, what)

    def _paint_table(self, painter: QPainter, data: Dataset, frame: QRectF) -> None:
        legend = self.fontMetrics().height() + 4
        area = frame.adjusted(8, 8, -8, -legend - 2)
        draw_table(painter, area, data, TABLE_ROWS, self.palette())
        row = QRectF(frame.left() + 8, frame.bottom() - legend, frame.width() - 16, legend)
        self._paint_legend(painter, data, row, "one point a row")

    def _paint_legend(self, painter: QPainter, data: Dataset, row: QRectF, what: str) -> None:
        palette = self.palette()
        font = painter.font()
        font.setPointSizeF(self.font().pointSizeF() * 0.85)
        painter.setFont(font)
        metrics = painter.fontMetrics()
        x, y = row.left() + 4, row.center().y()
        for index, name in enumerate(data.class_names[:NAMED]):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(class_colour(index, palette))
            painter.drawPath(_scaled(marker(index), QPointF(x, y), 8))
            painter.setPen(tone(palette, "faint"))
            short = metrics.elidedText(with_minus(name), Qt.TextElideMode.ElideRight, 60)
            width = metrics.horizontalAdvance(short)
            painter.drawText(
                QRectF(x + 8, row.top(), width + 2, row.height()), Qt.AlignmentFlag.AlignVCenter, short
            )
            x += width + 24
        if data.classes > NAMED:
            painter.drawText(QRectF(x - 8, row.top(), 12, row.height()), Qt.AlignmentFlag.AlignVCenter, "…")
            x += 12
        room = QRectF(x, row.top(), row.right() - x, row.height())
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(
            room, align, metrics.elidedText(what, Qt.TextElideMode.ElideRight, int(room.width()))
        )

    def _paint_pictures(
        self, painter: QPainter, data: Dataset, shape: tuple[int, int], frame: QRectF
    ) -> None:
        palette = self.palette()
        columns, rows = 5, 2
        marks = class_indices(data.labels, data.classes)
        words = self.fontMetrics().height()
        cell_width, cell_height = (frame.width() - 12) / columns, (frame.height() - 10) / rows
        side = min(cell_width - 8, cell_height - words - 4)
        width = cell_width - 8 if shape[0] == 1 else side
        for i in range(min(PICTURES, len(data.raw))):
            left = frame.left() + 6 + (i % columns) * cell_width
            top = frame.top() + 5 + (i // columns) * cell_height
            place = QRectF(left + (cell_width - width) / 2, top + 2, width, side)
            draw_sample(painter, place, data.raw[i], shape, palette, class_colour(int(marks[i]), palette))
            painter.setPen(tone(palette, "faint"))
            name = with_minus(data.class_names[int(marks[i])])
            painter.drawText(
                QRectF(left, place.bottom(), cell_width, words), Qt.AlignmentFlag.AlignCenter, name
            )


def _scaled(path: QPainterPath, at: QPointF, size: float) -> QPainterPath:
    return QTransform.fromScale(size, size).map(path).translated(at)
