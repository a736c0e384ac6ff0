"""Chooses one replica of a run on a scale: of the varied number's logarithm, or one after the other."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from engine.figures.replicas import ReplicaScale
from gui.plain_text import tooltip
from gui.theme import theme

from .base import small_font

KNOB = 6.0
"""Pixels from the middle of the handle to its edge."""


class _Scale(QWidget):
    """The line with a tick a replica, the handle, and words at both ends."""

    moved = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.scale = ReplicaScale(("",), (0.0,))
        self.chosen: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("replica")

    @property
    def metrics(self) -> QFontMetrics:
        return QFontMetrics(small_font(self.font()))

    def sizeHint(self) -> QSize:
        return QSize(210, max(self.metrics.height(), 16) + 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(110, self.sizeHint().height())

    def position_of(self, replica: int) -> float:
        """Return the pixel of a replica."""
        left, right = self._line()
        return left + (right - left) * self.scale.places[replica]

    def _line(self) -> tuple[float, float]:
        left, right = (self.metrics.horizontalAdvance(word) for word in self.scale.ends)
        return left + KNOB + 5.0, max(self.width() - right - KNOB - 5.0, left + KNOB + 25.0)

    def _choose(self, replica: int) -> None:
        if replica != self.chosen:
            self.moved.emit(replica)

    def _follow(self, event: QMouseEvent) -> None:
        left, right = self._line()
        self._choose(self.scale.nearest((event.position().x() - left) / (right - left)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._follow(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._follow(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_Home: -len(self.scale.places),
            Qt.Key.Key_End: len(self.scale.places),
        }.get(Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
        else:
            self._choose(self.scale.beside(self.chosen or 0, by))

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()
        super().focusOutEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme().colours
        left, right = self._line()
        middle = self.height() / 2
        with QPainter(self) as p:
            p.setRenderHint(QPainter.RenderHint.Antialiasing)
            p.setFont(small_font(self.font()))
            p.setPen(QColor(colours.faint))
            low, high = self.scale.ends
            p.drawText(QRectF(0, 0, left, self.height()), Qt.AlignmentFlag.AlignVCenter, low)
            p.drawText(
                QRectF(right, 0, self.width() - right, self.height()),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                high,
            )
            p.setPen(QPen(QColor(colours.line), 2))
            p.drawLine(QPointF(left, middle), QPointF(right, middle))
            p.setPen(QPen(QColor(colours.faint), 1))
            for replica in range(len(self.scale.places)):
                x = self.position_of(replica)
                p.drawLine(QPointF(x, middle - 4), QPointF(x, middle + 4))
            handle = QPointF(self.position_of(min(self.chosen or 0, len(self.scale.places) - 1)), middle)
            ring = QColor(colours.foreground if self.hasFocus() else colours.accent)
            p.setPen(QPen(ring, 1.5))
            p.setBrush(QColor(colours.accent if self.chosen is not None else colours.window))
            p.drawEllipse(handle, KNOB - 1, KNOB - 1)


class ReplicaSlider(QWidget):
    """The scale with the chosen replica's name; gone where a run has one replica."""

    replica_chosen = Signal(object)
    """A replica (int), or None: no one in particular."""

    def __init__(self, parent: QWidget, clearable: bool = False) -> None:
        super().__init__(parent)
        self.setObjectName("replica_slider")
        self.line = _Scale(self)
        self.label = QToolButton(self)
        self.label.setObjectName("replica_name")
        self.label.setAccessibleName("Replica")
        self.label.setAutoRaise(True)
        self.label.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.label.setToolTip("Press to show the median of all replicas in the plots again.")
        self._clearable = clearable
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.label)
        row.addWidget(self.line, 1)
        self.line.moved.connect(self._on_moved)
        self.label.clicked.connect(self._on_label_clicked)
        self.show_scale(self.line.scale)

    def show_scale(self, scale: ReplicaScale) -> None:
        """Set the replicas to choose from."""
        self.line.scale = scale
        self.setVisible(len(scale.labels) > 1)
        metrics = self.fontMetrics()
        widest = max(metrics.horizontalAdvance(text) for text in (*scale.labels, self._no_one))
        self.label.setFixedWidth(widest + 18)
        self.show_replica(self.line.chosen)

    def show_replica(self, replica: int | None) -> None:
        """Set the replica chosen; None: no one in particular."""
        self.line.chosen = replica
        labels = self.line.scale.labels
        shown = min(replica or 0, len(labels) - 1)
        self.label.setText(self._no_one if replica is None and self._clearable else labels[shown])
        self.label.setEnabled(replica is not None)
        self.line.setToolTip(
            tooltip(f"{labels[shown]}: replica {shown} of {len(labels)}. Drag, or use the arrow keys.")
        )
        self.line.update()

    @property
    def _no_one(self) -> str:
        return "median" if self._clearable else ""

    @Slot(int)
    def _on_moved(self, replica: int) -> None:
        self.replica_chosen.emit(replica)

    @Slot()
    def _on_label_clicked(self) -> None:
        self.replica_chosen.emit(None)
