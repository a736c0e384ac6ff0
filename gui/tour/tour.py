"""The tour's card beside the part that it is about, and the frame around that part; nothing is blocked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from gui.plain_text import PlainLabel
from gui.tab_order import after, in_reading_order, lead_to
from gui.text_size import scaled, text_size
from gui.theme import mixed, set_sheet, theme

from .steps import STEPS, Place, TourParts

WIDTHS = (320, 400, 260, 520, 220, 640, 190)
"""Pixels that the card may be wide with text of the usual size, the better ones first."""
GAP, EDGE, AROUND = 12, 3, 6


MOVED = (
    QEvent.Type.Move,
    QEvent.Type.Resize,
    QEvent.Type.Show,
    QEvent.Type.Hide,
    QEvent.Type.LayoutRequest,
)
"""What tells that a part may be elsewhere."""


class TourFrame(QWidget):
    """A line around a part of the window; clicks go through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("tour_frame")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(theme().colours.accent), EDGE))
            inset = EDGE // 2 + 1
            painter.drawRoundedRect(self.rect().adjusted(inset, inset, -inset, -inset), 6, 6)


class Tour(QFrame):
    """Five steps; Escape leaves, Left and Right go back and on."""

    def __init__(self, parts: TourParts, has_run: Callable[[], bool], window: QWidget) -> None:
        """Take how the parts are found, and what says whether anything has run."""
        super().__init__(window)
        self.setObjectName("tour")
        self._parts, self._has_run, self._window = parts, has_run, window
        self.place = 0
        self.frames = [TourFrame(window) for _ in range(max(len(step.parts) for step in STEPS))]
        self.title = PlainLabel("", self)
        font = self.title.font()
        font.setWeight(font.Weight.DemiBold)
        font.setPointSizeF(font.pointSizeF() * 1.1)
        self.title.setFont(font)
        self.text = PlainLabel("", self)
        self.text.setWordWrap(True)
        self.waits = PlainLabel("", self)
        self.waits.setObjectName("tour_waits")
        self.waits.setWordWrap(True)
        self.leave = self._button("tour_leave", "Leave")
        self.leave.setToolTip("Leave the tour [Esc]; Help > Tour begins it again.")
        self.back = self._button("tour_back", "Back")
        self.next = self._button("tour_next", "Next")
        buttons = QHBoxLayout()
        buttons.addWidget(self.leave)
        buttons.addStretch(1)
        buttons.addWidget(self.back)
        buttons.addWidget(self.next)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addWidget(self.waits)
        column.addLayout(buttons)
        self.leave.clicked.connect(self.end)
        self.back.clicked.connect(self.go_back)
        self.next.clicked.connect(self.go_on)
        self._watched: list[QWidget] = []
        """The part, and what it lies in."""
        text_size().changed.connect(self.look_again)
        self._dress()
        self.go_to(0)

    def _button(self, name: str, text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAutoDefault(True)
        return button

    @Slot()
    def go_on(self) -> None:
        if self.place + 1 < len(STEPS):
            self.go_to(self.place + 1)
        else:
            self.end()

    @Slot()
    def go_back(self) -> None:
        self.go_to(max(self.place - 1, 0))

    def go_to(self, place: int) -> None:
        """Show a step, and take the focus."""
        self.place = place
        step = STEPS[place]
        self.title.setText(step.title)
        self.text.setText(step.text)
        self._say_what_it_waits_for()
        self.back.setEnabled(place > 0)
        self.next.setText("Next" if place + 1 < len(STEPS) else "Done")
        self._watch([widget for widget in map(widget_of, self._places()) if widget is not None])
        self._lay_out()
        self.show()
        self.raise_()
        self.next.setFocus()

    @Slot()
    def look_again(self) -> None:
        """Note that a run came or went, or that text is of another size."""
        if self.isVisible():
            self._say_what_it_waits_for()
            self._lay_out()

    def _say_what_it_waits_for(self) -> None:
        step, part = STEPS[self.place], widget_of(self._places()[0])
        hidden = step.hidden if part is None or not part.isVisible() else ""
        self.waits.setText(" ".join(filter(None, ("" if self._has_run() else step.waits, hidden))))
        self.waits.setVisible(bool(self.waits.text()))
        words = " ".join(filter(None, (step.text, self.waits.text())))
        self.setAccessibleName(f"Tour: {step.title}. {words}")

    @Slot()
    def end(self) -> None:
        """Leave the tour; the window is as it was."""
        self._watch([])
        focused: QWidget | None = self._window.focusWidget()
        held = focused is not None and self.isAncestorOf(focused)
        self.hide()
        if held:
            self._window.setFocus()
        for frame in self.frames:
            frame.hide()
            frame.deleteLater()
        self.deleteLater()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Lead from button to button: the window's own order does not know the card."""
        following = after(in_reading_order((self,)), self._window.focusWidget(), forward)
        if following is not None:
            lead_to(following, forward)
        return following is not None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Escape:
                self.end()
            case Qt.Key.Key_Right:
                self.go_on()
            case Qt.Key.Key_Left:
                self.go_back()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.go_on()
            case _:
                super().keyPressEvent(event)

    def _places(self) -> list[Place]:
        return [self._parts[name]() for name in STEPS[self.place].parts]

    def _watch(self, parts: Sequence[QWidget]) -> None:
        """Follow parts wherever the window puts them; none ends that."""
        for widget in filter(isValid, self._watched):
            widget.removeEventFilter(self)
        around = dict.fromkeys(widget for part in parts for widget in lying_in(part, self._window))
        self._watched = [self._window, *around] if around else []
        for widget in self._watched:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in MOVED:
            self.look_again()
        return False

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        colours = theme().colours
        sheet = (
            f"Tour {{ background: {mixed(colours.base, colours.accent, 0.08)}; border: 1px solid {colours.accent};"
            f" border-radius: 6px; }} #tour_waits {{ color: {colours.accent}; }}"
        )
        set_sheet(self, sheet)

    def _lay_out(self) -> None:
        """Put a frame around every part, and the card beside the first, within the window."""
        around = [seen(part, self._window) for part in self._places()]
        for k, frame in enumerate(self.frames):
            rect = around[k] if k < len(around) else QRect()
            frame.setVisible(not rect.isEmpty())
            if not rect.isEmpty():
                frame.setGeometry(rect.adjusted(-AROUND, -AROUND, AROUND, AROUND) & self._window.rect())
                frame.raise_()
        place = self._place_beside([rect for rect in around if not rect.isEmpty()])
        self.setFixedSize(place.size())
        self.move(place.topLeft())
        self.raise_()

    def _place_beside(self, parts: Sequence[QRect]) -> QRect:
        """Return where the card covers nothing of its parts, near the first, as wide as is best there.

        Where it must cover something that is as little of the parts as can be, then of Run, which other steps wait
        for, of the buttons beside it, and of what the step wants clear besides.
        """
        room = self._window.rect().adjusted(GAP, GAP, -GAP, -GAP)
        if not parts:
            place = QRect(QPoint(), self._size_at(min(scaled(WIDTHS[0]), room.width())))
            place.moveCenter(room.center())
            return place
        clear = [
            seen(self._parts[name](), self._window) for name in ("run", "transport", *STEPS[self.place].clear)
        ]
        sizes = dict.fromkeys(min(scaled(width), room.width()) for width in WIDTHS)
        places = [
            (rank, place)
            for rank, width in enumerate(sizes)
            for place in places_beside(parts[0], self._size_at(width), room, clear[-1])
        ]

        def cost(ranked: tuple[int, QRect]) -> tuple[int, ...]:
            rank, place = ranked
            hidden = sum(area(place & part) for part in parts)
            outside = area(place) - area(place & self._window.rect())
            apart = (place.center() - parts[0].center()).manhattanLength()
            return hidden + outside, *(area(place & rect) for rect in clear), rank, apart

        return min(places, key=cost)[1]

    def _size_at(self, width: int) -> QSize:
        column = self._column
        return QSize(width, max(column.totalHeightForWidth(width), column.totalMinimumSize().height()))


def widget_of(part: Place) -> QWidget | None:
    """Return the widget that a part is, or lies in."""
    return part[0] if isinstance(part, tuple) else part


def seen(part: Place, window: QWidget) -> QRect:
    """Return where a part of a window can be seen, in the window's own pixels; empty where it cannot."""
    widget = widget_of(part)
    if widget is None or not widget.isVisible():
        return QRect()
    shown = window.rect()
    for around in lying_in(widget, window):
        shown &= QRect(around.mapTo(window, QPoint()), around.size())
    return shown & part[1].translated(widget.mapTo(window, QPoint())) if isinstance(part, tuple) else shown


def lying_in(part: QWidget, window: QWidget) -> list[QWidget]:
    """Return a part of a window and all that it lies in, up to the window, which is not among them."""
    found: list[QWidget] = []
    around: QWidget | None = part
    while around is not None and around is not window:
        found.append(around)
        around = around.parentWidget()
    return found


def places_beside(part: QRect, size: QSize, room: QRect, other: QRect) -> Iterator[QRect]:
    """Return places beside a part and another one, above and below it, and at a room's edges, moved into the room."""
    width, height = size.width(), size.height()
    across = (part.right() + 1 + GAP, part.left() - GAP - width, part.center().x() - width // 2)
    upright = (part.top() + GAP, part.top() - GAP - height, part.bottom() + 1 + GAP)
    middle = part.center().y() - height // 2
    for left, top in product(
        (*across, other.right() + 1 + GAP, other.left() - GAP - width, room.left(), room.right() + 1 - width),
        (*upright, middle, room.top(), room.bottom() + 1 - height),
    ):
        x = clamped(left, room.left(), room.right() + 1 - width)
        y = clamped(top, room.top(), room.bottom() + 1 - height)
        yield QRect(QPoint(x, y), size)


def clamped(start: int, least: int, most: int) -> int:
    """Return where something begins, moved into a room."""
    return max(least, min(start, most))


def area(rect: QRect) -> int:
    """Return how many pixels a rectangle has."""
    return max(rect.width(), 0) * max(rect.height(), 0)
