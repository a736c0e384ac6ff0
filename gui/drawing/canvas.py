"""The board itself: what mouse and keys do to the points on it."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.data.dataset import Array
from gui.forms.tones import blend, hairline
from gui.hold import Hold
from gui.model.sketch import Sketch

from .canvas_picture import draw_axis_names, draw_cross, draw_grid, draw_rings, draw_scales, draw_sketch
from .frame import PlaneFrame, fitted_frame
from .ground import Ground, draw_ground

Tool = Literal["point", "brush", "select", "flip", "erase"]
REACH = 10.0
"""Pixels around a point within which a hand takes it."""
EVERY = 25
"""Milliseconds between two places that a moving hand asks for."""
STROKE = 12.0
"""Pixels of a stroke between two places where it leaves points."""
A_CLICK = 3.0
"""Pixels that a hand may move in a click."""
PER_DAB = 2
"""Points that a brush leaves at a place."""
NUDGE = 0.01
"""Share of half the side that an arrow key moves points by; ten times as much with Shift."""
ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, 1.0),
    Qt.Key.Key_Down: (0.0, -1.0),
}
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
Doing = Literal["", "move", "band", "paint", "erase", "flip", "pan"]


class BoardCanvas(QWidget):
    """Shows a sketch and says what a hand makes of it; it changes no experiment."""

    drawn = Signal(str, bool)
    """The points of the sketch are others: what happened, in words, and whether it joins the last that was so."""
    dragging = Signal(bool)
    """A hand begins something that is one step for Undo, or ends it."""
    class_keyed = Signal(int)
    """A key chose a class by its number."""
    looked = Signal()
    """What is selected, pointed at or shown is other than before."""

    def __init__(self, sketch: Sketch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sketch = sketch
        self.tool: Tool = "point"
        self.spread = 0.08
        """How wide the brush is, as a share of half the side."""
        self.frame = PlaneFrame()
        self.view = 0.0
        """Half the side that surfaces show; 0 for none."""
        self.ground: Ground | None = None
        self.pointed: Array | None = None
        """The place (2,) under the mouse."""
        self._doing: Doing = ""
        self._start, self._hand, self._dabbed = QPointF(), QPointF(), QPointF()
        self._start_place = np.zeros(2)
        self._moved = False
        self._done: set[int] = set()
        self._cursor = np.zeros(2)
        """Where keys would add a point."""
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(EVERY)
        self._soon.timeout.connect(self._follow)
        self._hold = Hold(self)
        self._hold.changed.connect(self.dragging)
        self._hold.ended.connect(self._end)
        self.setObjectName("board canvas")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(420, 420)

    def minimumSizeHint(self) -> QSize:
        return QSize(220, 200)

    # --- what is shown ---

    def fit(self) -> None:
        """Show all points."""
        self._show(fitted_frame(self.sketch.places, self.view))

    def shows_some(self) -> bool:
        """Say whether any point is within what is shown."""
        x, y, half = self.frame.x, self.frame.y, self.frame.half
        return bool((np.abs(self.sketch.places - (x, y)) <= half).all(axis=1).any())

    def _show(self, frame: PlaneFrame) -> None:
        self.frame = frame
        self.sketch.half = frame.half
        self.update()
        self.looked.emit()

    @property
    def area(self) -> QRectF:
        """Where the plane is drawn."""
        return QRectF(self.rect()).adjusted(2, 2, -2, -2)

    def place_at(self, at: QPointF) -> Array:
        """Return the place (2,) at a pixel."""
        return self.frame.place(self.area, at)

    def pixel_of(self, index: int) -> QPointF:
        """Return where a point is drawn."""
        return self.frame.pixel(self.area, self.sketch.places[index])

    def _near(self, at: QPointF) -> int | None:
        return self.sketch.nearest(self.place_at(at), REACH / self.frame.scale(self.area))

    # --- the mouse ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.sketch.points is None or self._doing:
            return
        at, keys = event.position(), event.modifiers()
        self._start = self._hand = self._dabbed = at
        self._start_place, self._moved = self.place_at(at), False
        near = self._near(at)
        if event.button() == Qt.MouseButton.MiddleButton:
            self._begin("pan")
        elif event.button() == Qt.MouseButton.RightButton:
            if near is not None:
                self._begin("erase" if keys & SHIFT or self.tool == "erase" else "flip")
                self._touch(near)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._press(near, keys)

    def _press(self, near: int | None, keys: Qt.KeyboardModifier) -> None:
        sketch = self.sketch
        match self.tool:
            case "point" | "select" if near is not None:
                if keys & CONTROL:
                    sketch.toggle(near)
                elif near not in sketch.selection:
                    sketch.select([near])
                self._take_hold()
            case "point":
                self._begin("move")
                # what nobody takes is drawn back at once
                if self._tell(sketch.add(self._start_place)) and len(sketch.selection):
                    sketch.grab(sketch.selection)
                    self._start_place = sketch.places[sketch.selection[0]]
            case "select":
                self._begin("band")
                if not keys & (CONTROL | SHIFT):
                    sketch.select([])
            case "brush":
                self._begin("paint")
                self._dab(self._start_place)
            case "flip" | "erase":
                self._begin(self.tool)
                self._touch(near)
        self.update()
        self.looked.emit()

    def _take_hold(self) -> None:
        if not self.sketch.is_limited and len(self.sketch.selection):
            self._begin("move")
            self.sketch.grab(self.sketch.selection)

    def _begin(self, doing: Doing) -> None:
        self._doing = doing
        self._done.clear()
        self._hold.take()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hand = event.position()
        self.pointed = self.place_at(self._hand)
        if not self._doing:
            self.setCursor(self._shape(self._near(self._hand)))
            self.looked.emit()
            return
        self._moved |= (self._hand - self._start).manhattanLength() > A_CLICK
        if self._moved and not self._soon.isActive():
            self._soon.start()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._end()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._end()

    @Slot()
    def _end(self) -> None:
        """Let go: what is done from here on is another step for Undo."""
        if not self._doing:
            return
        if self._soon.isActive():
            self._follow()
        self._doing = ""
        self.sketch.let_go()
        self._hold.let_go()
        self.update()
        self.looked.emit()

    @Slot()
    def _follow(self) -> None:
        """Do what the hand does, where it is now."""
        self._soon.stop()
        here = self.place_at(self._hand)
        match self._doing:
            case "move":
                self._tell(self.sketch.move_by(here - self._start_place))
            case "band":
                self.sketch.select_within(self._start_place, here)
            case "paint":
                self._stroke()
            case "pan":
                frame = self.frame.panned(self._hand - self._dabbed, self.area)
                self._dabbed = self._hand
                self._show(frame)
            case "erase" | "flip":
                self._touch(self._near(self._hand))
        self.update()
        self.looked.emit()

    def _stroke(self) -> None:
        """Leave points along the way since the last ones."""
        way = self._hand - self._dabbed
        length = float(np.hypot(way.x(), way.y()))
        count = int(length // STROKE)
        for k in range(1, count + 1):
            self._dab(self.place_at(self._dabbed + way * (k * STROKE / length)))
        if count:
            self._dabbed += way * (count * STROKE / length)

    def _dab(self, place: Array) -> None:
        self._tell(self.sketch.paint(place, self.spread * self.frame.half, PER_DAB))

    def _touch(self, index: int | None) -> None:
        """Flip or erase a point; what was flipped stays so until the hand lets go."""
        if index is None:
            return
        if self._doing == "erase":
            self._tell(self.sketch.erase(np.array([index])))
        elif index not in self._done:
            self._done.add(index)
            self._tell(self.sketch.flip(np.array([index])))

    def leaveEvent(self, event: object) -> None:
        self.pointed = None
        self.looked.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / 120
        if notches:
            self._show(self.frame.zoomed(self.place_at(event.position()), notches))
        event.accept()

    def _shape(self, near: int | None) -> Qt.CursorShape:
        if near is not None and self.tool in ("point", "select"):
            return Qt.CursorShape.OpenHandCursor
        if near is not None and self.tool in ("flip", "erase"):
            return Qt.CursorShape.PointingHandCursor
        return Qt.CursorShape.CrossCursor if self.tool in ("point", "brush") else Qt.CursorShape.ArrowCursor

    # --- the keys ---

    def focusNextPrevChild(self, forward: bool) -> bool:
        if self.sketch.points is not None and self.sketch.select_next(1 if forward else -1):
            self.update()
            self.looked.emit()
            return True
        self.update()
        return super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, sketch = Qt.Key(event.key()), self.sketch
        if sketch.points is None:
            event.ignore()
        elif key in ARROWS:
            self._arrow(np.array(ARROWS[key]), further=bool(event.modifiers() & SHIFT))
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._tell(sketch.erase(sketch.selection))
        elif key == Qt.Key.Key_F and not event.modifiers():
            self._tell(sketch.flip(sketch.selection))
        elif key in (Qt.Key.Key_Insert, Qt.Key.Key_Space):
            if self._tell(sketch.add(self._cursor)):
                sketch.select([])
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab) and event.modifiers() & CONTROL:
            super().focusNextPrevChild(key == Qt.Key.Key_Tab)
        elif key == Qt.Key.Key_A and event.modifiers() & CONTROL:
            sketch.select(np.arange(sketch.points.count))
        elif Qt.Key.Key_1 <= key <= Qt.Key.Key_9 and not event.modifiers():
            self.class_keyed.emit(int(key) - int(Qt.Key.Key_1))
        elif key == Qt.Key.Key_Escape and self._doing:
            self._end()
        elif key == Qt.Key.Key_Escape and len(sketch.selection):
            sketch.select([])
        else:
            event.ignore()
            return
        self.update()
        self.looked.emit()

    def _arrow(self, by: Array, *, further: bool) -> None:
        """Move what is selected, or where keys would add a point."""
        sketch = self.sketch
        step = sketch.grid or NUDGE * self.frame.half
        by = by * step * (10 if further else 1)
        if len(sketch.selection):
            self._tell(sketch.nudge(by), joins=True)
        else:
            middle = np.array([self.frame.x, self.frame.y])
            moved = sketch.snapped((self._cursor + by)[None, :])[0]
            self._cursor = np.clip(moved, middle - self.frame.half, middle + self.frame.half)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _tell(self, words: str, *, joins: bool = False) -> bool:
        """Tell what happened to the points; say whether anything has."""
        if words:
            self.drawn.emit(words, joins)
        return bool(words)

    # --- looks ---

    def paintEvent(self, _event: QPaintEvent) -> None:
        palette, area = self.palette(), self.area
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            line = palette.highlight().color() if self.hasFocus() else hairline(palette)
            painter.setPen(QPen(line, 1.5 if self.hasFocus() else 1.0))
            painter.setBrush(palette.base())
            painter.drawRoundedRect(area, 4, 4)
            painter.setClipRect(area.adjusted(1, 1, -1, -1))
            if self.ground is not None and (plane := self.sketch.plane) is not None and plane.is_whole:
                draw_ground(painter, area, self.frame, self.ground, palette)
            draw_grid(painter, area, self.frame, self.sketch.grid, palette)
            draw_scales(painter, area, self.frame, palette)
            draw_axis_names(painter, area, self.sketch.axis_names, palette)
            draw_sketch(painter, area, self.frame, self.sketch, palette)
            self._paint_hand(painter, area)

    def _paint_hand(self, painter: QPainter, area: QRectF) -> None:
        sketch, palette = self.sketch, self.palette()
        accent = palette.highlight().color()
        if sketch.points is None:
            return
        draw_rings(painter, area, self.frame, sketch.places[sketch.selection], accent)
        if self._doing == "band":
            painter.setPen(QPen(accent, 1, Qt.PenStyle.DashLine))
            colour = blend(accent, palette.base().color(), 0.5)
            colour.setAlphaF(0.15)
            painter.setBrush(colour)
            painter.drawRect(QRectF(self._start, self._hand).normalized())
        if self.tool == "brush" and self.pointed is not None:
            radius = self.spread * self.frame.half * self.frame.scale(area)
            draw_rings(painter, area, self.frame, self.pointed[None, :], hairline(palette), 2 * radius)
        if self.hasFocus() and not len(sketch.selection):
            draw_cross(painter, self.frame.pixel(area, self._cursor), accent)
