"""A thin line under a number: dragged, it runs through the values of the field."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QEvent, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QEnterEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QWheelEvent
from PySide6.QtWidgets import QSlider, QWidget

from gui.hold import Hold

from .field_spec import Limits
from .slider_scale import SliderScale, scale_about
from .tones import blend

PLACES = 1000
"""From one end to the other."""
HEIGHT = 8
TRACK = 2.0
"""Pixels of the line."""
HANDLE = 8.0
"""Pixels across the handle, where the hand is near."""
EVERY = 10
"""Milliseconds from a value that a moving mouse asked for, once all have taken it, to the next: less than from frame
to frame of a screen, so that a hand's movements are said as they come, and whoever takes long over one gets fewer."""
FINE = 0.1
"""Of the way of the mouse, while Shift is held."""


class FieldSlider(QSlider):
    """Says every value that it is dragged to, and when a hand takes it and lets go."""

    dragged_to = Signal(object)
    """With a value; while the mouse moves no more often than forms follow."""
    dragging = Signal(bool)
    """A hand takes it, or lets go of it."""

    def __init__(self, limits: Limits, whole: bool, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setObjectName("slider")
        self.setRange(0, PLACES)
        self.setSingleStep(PLACES // 100)
        self.setPageStep(PLACES // 10)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._limits, self._whole = limits, whole
        self._scale: SliderScale | None = None
        self._shown: float | None = None
        self._place = self._from = 0.0
        """Where the hand is, as a share of the way, and the pixel from which that counts."""
        self._said = QElapsedTimer()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._say)
        self.valueChanged.connect(self._on_value_changed)
        self._hold = Hold(self)
        self._hold.changed.connect(self.dragging)
        self._hold.ended.connect(self._end)

    @property
    def scale(self) -> SliderScale | None:
        """Its ends and what lies between; None where the field is switched off."""
        return self._scale

    def sizeHint(self) -> QSize:
        return QSize(60, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(20, HEIGHT)

    def show_value(self, value: float | None) -> None:
        """Show a value; the ends stay as long as they hold it."""
        self._shown = value
        self.setVisible(value is not None)
        if value is None:
            self._scale = None
            return
        if self._scale is None or not self._scale.holds(value):
            self._scale = scale_about(value, self._limits, self._whole)
        self._move_to(value)

    def anew(self) -> None:
        """Choose ends about the value shown, as for another experiment."""
        self._scale = None
        self.show_value(self._shown)

    def _move_to(self, value: float) -> None:
        assert self._scale is not None
        if not self.isSliderDown():
            blocked = self.blockSignals(True)
            self.setValue(round(PLACES * self._scale.share_of(value)))
            self.blockSignals(blocked)
            self.update()

    # --- hands ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._scale is None:
            event.ignore()
            return
        x, place = event.position().x(), self.value() / PLACES
        is_on_handle = abs(x - self._pixel(place)) <= HANDLE
        self._place, self._from = (place if is_on_handle else self._share(x)), x
        self.setSliderDown(True)
        self._hold.take()
        self.setSliderPosition(round(PLACES * self._place))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self.isSliderDown():
            return
        x = event.position().x()
        pace = FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        self._place += pace * (x - self._from) / max(1.0, self._way())
        self._from = x
        self.setSliderPosition(round(PLACES * min(max(self._place, 0.0), 1.0)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._hold.let_go()

    @Slot()
    def _end(self) -> None:
        """Say the last value, and move no more."""
        if self._soon.isActive():
            self._say()
        self.setSliderDown(False)
        self._settle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            event.ignore()
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # it scrolls the form

    def _settle(self) -> None:
        """Be where the field's value is, with further values to either side of it."""
        if self._scale is None or self._shown is None:
            return
        if self._scale.is_at_an_end(self._shown):
            self._scale = scale_about(self._shown, self._limits, self._whole)
        self._move_to(self._shown)

    @Slot(int)
    def _on_value_changed(self, _place: int) -> None:
        waits = EVERY - self._said.elapsed() if self._said.isValid() else 0
        if not self.isSliderDown() or waits <= 0:
            self._say()
        elif not self._soon.isActive():
            self._soon.start(waits)

    @Slot()
    def _say(self) -> None:
        self._soon.stop()
        if self._scale is not None:
            self.dragged_to.emit(self._scale.value_at(self.value() / PLACES))
        self._said.start()

    # --- looks ---

    def _way(self) -> float:
        return self.width() - HANDLE

    def _pixel(self, share: float) -> float:
        return HANDLE / 2 + share * self._way()

    def _share(self, x: float) -> float:
        return min(max((x - HANDLE / 2) / max(1.0, self._way()), 0.0), 1.0)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._scale is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        palette = self.palette()
        accent, text = (
            palette.color(QPalette.ColorRole.Highlight),
            palette.color(QPalette.ColorRole.WindowText),
        )
        window = palette.color(QPalette.ColorRole.Window)
        close = self.hasFocus() or self.underMouse() or self.isSliderDown()
        middle, end = self.height() / 2, self._pixel(self.value() / PLACES)
        for left, right, colour in (
            (HANDLE / 2, self.width() - HANDLE / 2, blend(text, window, 0.18)),
            (HANDLE / 2, end, accent if close else blend(accent, window, 0.55)),
        ):
            painter.setBrush(colour)
            painter.drawRoundedRect(QRectF(left, middle - TRACK / 2, right - left, TRACK), 1, 1)
        if close:
            painter.setBrush(accent)
            painter.drawEllipse(QRectF(end - HANDLE / 2, middle - HANDLE / 2, HANDLE, HANDLE))
        painter.end()
